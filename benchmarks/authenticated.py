"""Throughput of `GET /api/v1/items/{item_id}` with a token (jwt, PostgreSQL), against FastAPI's tutorial.

The other application is written by hand after that tutorial ("OAuth2 with Password (and hashing), Bearer
with JWT tokens") on the same tables: it decodes the token, loads the user and then the item, and nothing
surrounds it. Both run in the service's own environment on its embedded PostgreSQL, turn by turn; wrk asks
over loopback.

Usage: uv run python -m benchmarks.authenticated [--rounds 5] [--seconds 4]
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.requests import ITEM, prepared, report, requests_a_second

TARGET = 0.9
TUTORIAL = """
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from app.config import load_settings
from app.items.models import Item
from app.items.schemas import ItemRead
from app.users.models import User

settings = load_settings()
url = settings.database_url.get_secret_value().replace("postgresql://", "postgresql+psycopg://")
sessions = async_sessionmaker(create_async_engine(url), expire_on_commit=False)
app = FastAPI()
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]


async def get_current_user(
    token: Annotated[str, Depends(oauth2_scheme)], session: SessionDep
) -> User:
    credentials_exception = HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    try:
        key = settings.jwt_key.get_secret_value()
        username = jwt.decode(token, key, algorithms=["HS256"]).get("sub")
    except jwt.InvalidTokenError:
        raise credentials_exception
    user = await session.scalar(select(User).where(User.email == username))
    if user is None:
        raise credentials_exception
    return user


async def get_current_active_user(
    current_user: Annotated[User, Depends(get_current_user)],
) -> User:
    if not current_user.active:
        raise HTTPException(400, "Inactive user")
    return current_user


@app.get("/api/v1/items/{item_id}", response_model=ItemRead)
async def read_item(
    item_id: UUID,
    session: SessionDep,
    current_user: Annotated[User, Depends(get_current_active_user)],
) -> Item:
    item = await session.get(Item, item_id)
    if item is None or item.owner_id != current_user.id:
        raise HTTPException(404)
    return item
"""
APPLICATIONS = {"service": "from app.main import app", "tutorial": TUTORIAL}
SEED = f"""
import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import jwt

import app.main
from app.auth.scopes import SCOPES_OF_ROLE
from app.auth.access_tokens import create_access_token
from app.config import load_settings
from app.database.connection import open_database
from app.items.models import Item
from app.users.models import User


async def main() -> None:
    settings = load_settings().model_copy(update={{"access_token_minutes": 60}})
    now = datetime.now(UTC)
    item = Item(id=UUID("{ITEM}"), name="Chair", price=Decimal(1), tags=[], created_at=now, updated_at=now)
    async with open_database(settings) as database, database() as session:
        user = User(email="ada@example.com", password_hash="")
        session.add(user)
        await session.flush()
        item.owner_id = user.id
        session.add(item)
        await session.commit()
    key = settings.jwt_key.get_secret_value()
    print(create_access_token(settings, user.id, 0, SCOPES_OF_ROLE["user"]))
    print(jwt.encode({{"sub": user.email, "exp": now + timedelta(hours=1)}}, key))


asyncio.run(main())
"""
WAIT = "import os, sys; print(os.environ['DATABASE_URL'], flush=True); sys.stdin.read()"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("benchmarks.authenticated: wrk is not installed (Debian: apt-get install wrk)")
    rates: dict[str, list[float]] = {name: [] for name in APPLICATIONS}
    with TemporaryDirectory() as folder:
        service = prepared(Path(folder, "service"), APPLICATIONS, "auth=jwt", "database=postgresql")
        with database(service) as url:
            os.environ["DATABASE_URL"] = url
            tokens = dict(zip(APPLICATIONS, seeded(service), strict=True))
            for _ in range(options.rounds):
                for name, token in tokens.items():
                    headers = [f"Authorization: Bearer {token}"]
                    rates[name].append(requests_a_second(service, name, options.seconds, headers))
    report(rates, f"Target: at least {TARGET} of the tutorial's application.")


@contextmanager
def database(service: Path) -> Generator[str]:
    """Run the service's embedded PostgreSQL, and give its address."""
    python = service / ".venv" / "bin" / "python"
    waiting = [python, "-m", "dev", "--run", python, "-c", WAIT]
    with subprocess.Popen(
        waiting, cwd=service, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        if process.stdout is None:
            raise RuntimeError("the pipe that was asked for is not there")
        yield process.stdout.readline().strip()


def seeded(service: Path) -> list[str]:
    """Make the tables, a user and an item of theirs; return a token for each application."""
    python = service / ".venv" / "bin" / "python"
    upgrade = [python, "-m", "alembic", "upgrade", "head"]
    subprocess.run(upgrade, cwd=service, check=True, stderr=subprocess.DEVNULL)
    made = subprocess.run([python, "-c", SEED], cwd=service, check=True, stdout=subprocess.PIPE, text=True)
    return made.stdout.split()


if __name__ == "__main__":
    main()
