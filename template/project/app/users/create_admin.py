# {% from 'template/text.jinja' import fitted %}
# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
"""Create an admin: `uv run -m app.users.create_admin ada@example.com`."""

import argparse
import sys
# {% if not sync %}
from asyncio import run
# {% endif %}
from collections.abc import Sequence
# {% if passwords %}
from getpass import getpass
# {% endif %}

# {% if passwords %}
from fastapi.exceptions import RequestValidationError
# {% endif %}
from pydantic import ValidationError
# {% if sql %}
from sqlalchemy.exc import DBAPIError
# {% else %}
from pymongo.errors import PyMongoError
# {% endif %}

# {% if auth == 'api_key' %}
from app.auth.keys import ApiKeys
from app.auth.scopes import SCOPES
from app.auth.service import AuthService
# {% endif %}
from app.config import Settings, load_settings
from app.database.connection import open_database
# {% if passwords %}
from app.schemas import error_message
# {% endif %}
from app.users.models import User
# {% if passwords %}
from app.users.passwords import open_passwords
# {% endif %}
from app.users.repository import UserRepository
from app.users.schemas import UserCreate

# {% set failure = 'DBAPIError' if sql else 'PyMongoError' %}
# {% set store_handle = 'session' if sql else 'database' %}

# {% if passwords %}
async def create_admin(settings: Settings, data: UserCreate) -> None:
    # {% call fitted() %}
    async with (
        open_database(settings) as database,
        # {% if sql %}
        database() as session,
        # {% endif %}
    ):
        # {% endcall %}
        users = UserRepository({{store_handle}})
        if await users.get_by_email(data.email):
            raise SystemExit(f"{data.email} already has an account. An admin can change its role.")
        with open_passwords(settings) as passwords:
            password_hash = await passwords.hash_new(data.password, data.email)
        await users.add(User(email=data.email, password_hash=password_hash, role="admin"))
        # {% if sql %}
        await session.commit()
# {% endif %}


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask for the password, or read it from standard input if that is not a terminal."""
    parser = argparse.ArgumentParser(prog="uv run -m app.users.create_admin")
    parser.add_argument("email", help="the email address for the admin's login")
    email = parser.parse_args(arguments).email
    password = getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        data = UserCreate.model_validate({"email": email, "password": password})
        # {% if sync %}
        create_admin(load_settings(), data)
        # {% else %}
        run(create_admin(load_settings(), data))
        # {% endif %}
    except (ValidationError, RequestValidationError) as error:
        parser.error("; ".join(map(error_message, error.errors())))
    except {{failure}} as error:
        raise SystemExit(database_problem(error)) from None
    sys.stdout.write(f"{data.email} is an admin.\n")
# {% else %}
async def create_admin(settings: Settings, data: UserCreate) -> str:
    """Create the admin, unless there is one, and return a new key, which is not stored."""
    # {% call fitted() %}
    async with (
        open_database(settings) as database,
        # {% if sql %}
        database() as session,
        # {% endif %}
    ):
        # {% endcall %}
        users = UserRepository({{store_handle}})
        user = await users.get_by_email(data.email)
        if user and not (user.is_admin and user.active):
            raise SystemExit(f"{data.email} already has an account. An admin can change its role.")
        user = user or await users.add(User(email=data.email, role="admin"))
        auth = AuthService(settings, users, ApiKeys({{store_handle}}))
        issued = await auth.issue_first_key(user, set(SCOPES))
        # {% if sql %}
        await session.commit()
    # {% endif %}
    return issued.key


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="uv run -m app.users.create_admin")
    parser.add_argument("email", help="the admin's email address")
    email = parser.parse_args(arguments).email
    try:
        data = UserCreate.model_validate({"email": email})
    except ValidationError as error:
        parser.error("; ".join(wrong["msg"] for wrong in error.errors()))
    try:
        # {% if sync %}
        key = create_admin(load_settings(), data)
        # {% else %}
        key = run(create_admin(load_settings(), data))
        # {% endif %}
    except {{failure}} as error:
        raise SystemExit(database_problem(error)) from None
    sys.stdout.write(f"{data.email} is an admin. Save this key; it is not shown again:\n{key}\n")
# {% endif %}


def database_problem(error: {{failure}}) -> str:
    """Return one line about a database that does not answer, or has no tables."""
    # {% if sql %}
    reason, *_ = str(error.orig).splitlines()
    # {% else %}
    reason = str(error).partition(" (")[0]
    # {% endif %}
    return f"Database error: {reason}. See docs/authentication.md, Users."


if __name__ == "__main__":
    main()
# {% endcall %}
