"""Run migrations on the database in the settings."""

# {% if database == 'sqlite' %}
import sys
from typing import Any

# {% endif %}
from alembic import context
# {% if database == 'sqlite' %}
from alembic.util import CommandError
# {% endif %}
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

import app.main  # noqa: F401 -- imports all models
from app.config import Settings, load_settings
from app.database.base import Base
from app.database.connection import database_url
from migrations.rendering import render_item
# {% if database == 'sqlite' %}
from migrations.sqlite import make_atomic
# {% endif %}

settings: Settings = context.config.attributes.get("settings") or load_settings()
url = context.get_x_argument(as_dictionary=True).get("url") or database_url(settings)
OPTIONS = {
    "target_metadata": Base.metadata,
    "render_as_batch": True,  # SQLite alters a table by recreating it
    "render_item": render_item,
}
LONGEST_NAME = 63
"""What PostgreSQL allows, so that a longer name is cut in the same way on every database."""


# {% if database == 'sqlite' %}
def migrate_offline() -> None:
    """Print the SQL: `alembic upgrade head --sql`. What alters a table looks at it, so let there be one."""
    if context.get_starting_revision_argument():
        raise CommandError("On SQLite, --sql prints all migrations up to the one that you name.")
    engine = create_engine("sqlite://", max_identifier_length=LONGEST_NAME)
    make_atomic(engine)
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(show)
        context.configure(connection=connection, as_sql=False, **OPTIONS)
        with context.begin_transaction():
            context.run_migrations()


def show(statement: str) -> None:
    if not statement.startswith(("PRAGMA", "SELECT")):
        sys.stdout.write(f"{statement.strip()};\n\n")
# {% else %}
def migrate_offline() -> None:
    """Print the SQL: `alembic upgrade head --sql`."""
    context.configure(url=url, literal_binds=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()
# {% endif %}


def migrate() -> None:
    # {% if database == 'sqlite' %}
    settings.database_path.parent.mkdir(parents=True, exist_ok=True)
    # {% endif %}
    engine = create_engine(url, poolclass=NullPool, max_identifier_length=LONGEST_NAME)
    # {% if database == 'sqlite' %}
    if engine.dialect.name == "sqlite":
        make_atomic(engine)
    # {% endif %}
    with engine.connect() as connection:
        context.configure(connection=connection, **OPTIONS)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    migrate_offline()
else:
    migrate()
