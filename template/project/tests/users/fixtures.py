"""Store the users of the tests as the service does."""

from typing import Any
from uuid import uuid4

import pytest
# {% if sql %}
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.auth.scopes import Role
from app.database.base import Base
# {% else %}
from pymongo.database import Database

from app.auth.scopes import Role
from app.database.documents import Record
# {% endif %}
from app.users.models import User
# {% if passwords %}
from tests.auth.helpers import PASSWORD_HASH, Keep, NewUser
# {% else %}
from tests.auth.helpers import Keep, NewUser
# {% endif %}


@pytest.fixture
# {% if sql %}
def keep(engine: Engine, clean_database: None) -> Keep:
    """Return a function that stores a row."""

    def kept(row: Base) -> None:
        with Session(engine, expire_on_commit=False) as session:
            session.add(row)
            session.commit()

    return kept
# {% else %}
def keep(database: Database[dict[str, Any]], clean_database: None) -> Keep:
    """Return a function that stores a record."""

    def kept(record: Record) -> None:
        database[record.collection].insert_one(record.to_document())

    return kept
# {% endif %}


@pytest.fixture
def new_user(keep: Keep) -> NewUser:
    """Return a function that creates a user{{ ' with the password `PASSWORD`' if passwords }}."""

    def create(email: str, role: Role = "user", **fields: Any) -> User:
        # {% if passwords %}
        fields = {"password_hash": PASSWORD_HASH, **fields}
        # {% endif %}
        user = User(id=uuid4(), email=email, role=role, **fields)
        keep(user)
        return user

    return create


@pytest.fixture
def user(new_user: NewUser) -> User:
    """Return the user that `client` is logged in as."""
    return new_user("ada@example.com")
