"""Users, as the provider names them."""

from typing import Annotated
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field

from app.auth.scopes import Role

Text = Annotated[str, Field(max_length=1000)]


class User(BaseModel):
    """The subject of a token: a person, or a machine that acts for itself."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    subject: Text
    email: Text | None
    role: Role

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


def user_id(issuer: str, subject: str) -> UUID:
    """Return the id of a user, which is always the same for the same issuer and subject."""
    return uuid5(uuid5(NAMESPACE_URL, issuer), subject)
