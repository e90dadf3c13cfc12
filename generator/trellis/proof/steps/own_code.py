"""The code that users write in the proof of steps."""

NOTES_ROUTER = '''"""Notes."""

from fastapi import APIRouter

from app.dependencies import SettingsDep

router = APIRouter(prefix="/notes", tags=["notes"])


@router.get("/limit")
async def get_limit(settings: SettingsDep) -> int:
    return settings.notes_limit
'''
NOTES_TEST = """from fastapi.testclient import TestClient


def test_limit_of_notes_is_a_setting(client: TestClient) -> None:
    assert client.get("/api/v1/notes/limit").json() == 50
"""
NOTES_MODEL = '''"""What is kept of a note."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class Note(Base):
    """A note."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(200))
'''
NOTES_MODEL_TEST = """from sqlalchemy import Engine, insert, select

from app.notes.models import Note


def test_note_is_kept(engine: Engine, clean_database: None) -> None:
    with engine.begin() as connection:
        connection.execute(insert(Note).values(id=1, text="Water the plants"))
        assert connection.scalars(select(Note.text)).all() == ["Water the plants"]
"""
NOTES_MIGRATION = '''"""Create the notes.

Revision ID: 5a1c0ffee000
Revises: {parent}
"""

import sqlalchemy as sa
from alembic import op

revision = "5a1c0ffee000"
down_revision = "{parent}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )


def downgrade() -> None:
    op.drop_table("notes")
'''
ITEMS_MIGRATION = '''"""Drop the items.

Revision ID: 5a1c0ffee001
Revises: {parent}
"""

import sqlalchemy as sa
from alembic import op

revision = "5a1c0ffee001"
down_revision = "{parent}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("items")


def downgrade() -> None:
    op.create_table(
        "items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.String(1000), nullable=True),
        sa.Column("price", sa.Numeric(12, 2), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
    )
    op.create_index(op.f("ix_items_owner_id"), "items", ["owner_id"])
'''
HEADER_MIDDLEWARE = '''"""Headers of the company."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class CompanyMiddleware:
    """Name the company in each response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_company(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Company"] = "Notes & Co"
            await send(message)

        await self.app(scope, receive, send_with_company)
'''
HEADER_TEST = """from fastapi.testclient import TestClient


def test_response_names_the_company(client: TestClient) -> None:
    assert client.get("/health/live").headers["x-company"] == "Notes & Co"
"""
PAGE_SIZE = """

def get_page_size(size: int = 20) -> int:
    return min(size, 100)


PageSize = Annotated[int, Depends(get_page_size)]
"""
