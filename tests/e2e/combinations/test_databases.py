"""A user's models, migrations and rows move between SQLite and PostgreSQL unchanged."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from trellis.proof.environments.shared import Environment, cache_folder, requirements, shared_environment
from trellis.proof.suites.servers import embedded_servers
from trellis.rendering.enumeration import find_combinations
from trellis.rendering.renderer import Renderer
from trellis.rendering.source import Source
from trellis.rendering.tree import File, Tree, write_files
from trellis.template_source import template_root

pytestmark = pytest.mark.combinations

OTHERS = {
    "license": "MIT",
    "python_version": "3.11",
    "auth": "jwt",
    "tasks": "none",
    "static_files": "no",
    "websockets": "none",
    "server": "uvicorn",
    "deployment": "none",
    "ci": "none",
}
CHECKS = ("ruff check .", "ruff format --check .", "deptry .")
IMPORT = "from app.orders.models import Order  # noqa: F401"
MODELS = '''"""Orders of customers."""

import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false, func, true
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base, Money


class State(Enum):
    """The state of an order."""

    NEW = "new"
    DONE = "done"


class Order(Base):
    """An order, in a table whose constraints get names that PostgreSQL cuts off."""

    __tablename__ = "orders_of_customers_with_a_name_that_is_long"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount_is_not_negative_in_any_case"),
        Index(None, "state", "placed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    reference: Mapped[str] = mapped_column(String(40), index=True, server_default="none")
    amount: Mapped[Decimal]
    weight: Mapped[Decimal | None] = mapped_column(Money(10, 3))
    ratio: Mapped[float] = mapped_column(server_default="1")
    state: Mapped[State]
    kind: Mapped[Literal["private", "company"]] = mapped_column(default="private")
    details: Mapped[dict[str, Any] | None]
    labels: Mapped[list[str]]
    paid: Mapped[bool] = mapped_column(server_default=false())
    visible: Mapped[bool] = mapped_column(server_default=true())
    placed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    due: Mapped[date | None]
    opens: Mapped[time | None]
    took: Mapped[timedelta | None]
    scan: Mapped[bytes | None]
    previous_order_of_the_same_customer_id: Mapped[int | None] = mapped_column(
        ForeignKey("orders_of_customers_with_a_name_that_is_long.id")
    )
    user_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
'''
CREATE = """
import sys
import psycopg

with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    connection.execute("CREATE DATABASE " + sys.argv[2])
"""
ALEMBIC = """
import shlex
import sys
from alembic.config import main

for command in sys.argv[1:]:
    main(argv=shlex.split(command), prog="alembic")
"""
FILL = """
import sys
from datetime import timedelta
from decimal import Decimal
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from app.main import Order
from app.users.models import User

with Session(create_engine(sys.argv[1])) as session, session.begin():
    session.add(user := User(email="ada@example.com", password_hash="!"))
    session.flush()
    for n in range(3):
        session.add(Order(
            id=n + 1, amount=Decimal(n) / 100, weight=Decimal("1.005"), state="NEW", labels=["é"],
            details={"n": n}, scan=b"\\0", took=timedelta(hours=n), user_id=user.id,
            previous_order_of_the_same_customer_id=n or None,
        ))
"""
SHOW = """
import sys
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from app.main import Order
from app.users.models import User

with Session(create_engine(sys.argv[1])) as session:
    for model in (User, Order):
        for row in session.execute(select(model.__table__).order_by(model.id)):
            print(row)
"""


@pytest.fixture(scope="module")
def trees(source: Source) -> dict[object, Tree]:
    """Return a service with each of the two databases."""
    renderer = Renderer(source)
    found = find_combinations(source, {**OTHERS, "database_style": "async"}).valid
    services = {combination.values["database"]: renderer.tree(combination) for combination in found}
    return {database: services[database] for database in ("sqlite", "postgresql")}


@pytest.fixture(scope="module")
def environment(trees: dict[object, Tree]) -> Environment:
    projects = [tree.files["pyproject.toml"] for tree in trees.values()]
    return shared_environment(requirements(projects), cache_folder(template_root()))


@pytest.fixture(scope="module")
def server(environment: Environment) -> Iterator[str]:
    with embedded_servers(environment, ["postgresql"]) as servers:
        yield servers["postgresql"].replace("postgresql:", "postgresql+psycopg:", 1)


@pytest.fixture
def services(
    trees: dict[object, Tree], environment: Environment, server: str, tmp_path: Path
) -> dict[object, "Service"]:
    """Return the services, each with the user's model and an empty database."""
    name = f"database_{uuid4().hex}"
    subprocess.run([environment.python, "-c", CREATE, server.replace("+psycopg", ""), name], check=True)
    urls = {
        "sqlite": f"sqlite:///{tmp_path}/app.db",
        "postgresql": server.replace("/postgres?", f"/{name}?"),
    }
    return {
        database: Service(tmp_path / str(database), tree, environment.python, urls[str(database)])
        for database, tree in trees.items()
    }


class Service:
    """A service with a user's model, and its database."""

    def __init__(self, folder: Path, tree: Tree, python: Path, url: str) -> None:
        self.folder = folder
        self.python = python
        self.url = url
        main = tree.files["app/main.py"].data.decode()
        imported = main.replace("\n\n\ndef create_app", f"\n{IMPORT}\n\n\ndef create_app", 1)
        own = {"orders/__init__.py": "", "orders/models.py": MODELS, "main.py": imported}
        write_files(tree.files, folder)
        write_files({name: File.of(text.encode()) for name, text in own.items()}, folder / "app")

    def run(self, *arguments: str) -> str:
        path = self.url.removeprefix("sqlite:///")
        settings = {"LOG_LEVEL": "ERROR", "DATABASE_URL": self.url, "DATABASE_PATH": path}
        done = subprocess.run(
            [self.python, *arguments],
            cwd=self.folder,
            env=os.environ | settings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def alembic(self, *commands: str) -> None:
        self.run("-c", ALEMBIC, *commands)


@pytest.mark.parametrize(("old", "new"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_migration_and_rows_of_the_user_move_to_the_other_database(
    old: str, new: str, services: dict[object, Service]
) -> None:
    before, after = services[old], services[new]
    before.alembic("upgrade head", """revision --autogenerate -m 'Add "orders" (C:/orders).'""")
    for check in CHECKS:
        before.run("-m", *check.split())
    before.alembic("upgrade head", "check")
    before.run("-c", FILL, before.url)

    [migration] = before.folder.glob("migrations/versions/*_add_orders*.py")
    copied = after.folder / "migrations" / "versions" / migration.name
    copied.write_bytes(migration.read_bytes())
    after.alembic("upgrade head", "check")
    after.run("-m", "migrations.copy", before.url, after.url)
    assert after.run("-c", SHOW, after.url) == before.run("-c", SHOW, before.url)
    after.alembic("downgrade base")
