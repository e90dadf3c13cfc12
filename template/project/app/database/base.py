"""Base class of models."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from app.database.types import ChoiceType, JSONType, Money, UTCDateTime

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """A model. Its constraints have names, so migrations can change them."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy's own form
        Decimal: Money,
        Enum: ChoiceType,
        Literal: ChoiceType,
        datetime: UTCDateTime,
        dict[str, Any]: JSONType,
        list[str]: JSONType,
    }


def utc_now() -> datetime:
    return datetime.now(UTC)
