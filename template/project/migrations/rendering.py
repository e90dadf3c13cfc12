"""How autogenerate writes types and defaults: so that a migration runs on SQLite and on PostgreSQL."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import False_, True_
from sqlalchemy.sql.functions import now
from sqlalchemy.types import TypeDecorator, TypeEngine

UUID_ON_SQLITE = 32
GENERAL = (
    postgresql.BYTEA,
    postgresql.INTERVAL,
    postgresql.TIME,
    sa.BLOB,
    sa.DOUBLE,
    sa.DOUBLE_PRECISION,
    sa.TIMESTAMP,
)
"""Types of one database that SQLAlchemy has a general name for."""
DEFAULTS: dict[type[Any], str] = {now: "sa.func.now()", True_: "sa.true()", False_: "sa.false()"}


def render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Return the code of a type or of a default; leave everything else to Alembic."""
    if kind == "server_default":
        return DEFAULTS.get(type(getattr(item, "arg", None)), False)
    return render_type(item, context) if kind == "type" else False


def render_type(item: TypeEngine[Any], context: AutogenContext) -> str | Literal[False]:
    if isinstance(item, sa.JSON):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if isinstance(item, TypeDecorator) and not isinstance(item, sa.Interval):
        return render_decorated(item)
    if isinstance(item, sa.Enum) and not (item.native_enum or item.create_constraint):
        return f"sa.String({item.length})"
    return render_reflected(item)


def render_decorated(item: TypeDecorator[Any]) -> str:
    """Return SQLAlchemy's own types for one of the service's."""
    small = f"sa.{item.load_dialect_impl(sqlite.dialect())!r}"
    large = f"sa.{item.load_dialect_impl(postgresql.dialect())!r}"
    return large if small == large else f'{large}.with_variant({small}, "sqlite")'


def render_reflected(item: TypeEngine[Any]) -> str | Literal[False]:
    """Return the general type for one that only one database has; a downgrade makes it again."""
    if isinstance(item, sa.DATETIME | sqlite.DATETIME):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, sa.UUID) or (isinstance(item, sa.CHAR) and item.length == UUID_ON_SQLITE):
        return "sa.Uuid()"
    return f"sa.{item.as_generic()!r}" if isinstance(item, GENERAL) else False
