"""Database settings."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, SecretStr
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from app.setting_types import Count, Seconds

INVALID_URL = (PyMongoError, ValueError)


def with_name(url: SecretStr) -> SecretStr:
    """Check that the URL is a MongoDB URL and names a database. Do not look up its hosts."""
    try:
        parsed = parse_uri(url.get_secret_value().replace("+srv://", "://", 1), validate=True)
    except INVALID_URL:
        raise ValueError("not a URL like mongodb://user:password@host:27017/name") from None
    if not parsed["database"] or parsed["collection"]:
        raise ValueError("must name a database, for example mongodb://host:27017/name")
    return url


class DatabaseSettings(BaseModel):
    database_url: Annotated[SecretStr, AfterValidator(with_name)] = SecretStr(
        "mongodb://localhost:27017/app"
    )
    database_pool_size: Count = 100
    database_timeout: Seconds = 5.0
