"""Moved files get the template's changes; what a deleted file misses is said."""

import json
from pathlib import Path

import pytest

from tests.lifecycle.conftest import Make, Trellis, commit, git, release

pytestmark = pytest.mark.combinations


def move(service: Path, old: str, new: str) -> None:
    """Move a file or folder as a user does, and rename what is imported from it."""
    (service / new).parent.mkdir(parents=True, exist_ok=True)
    git(service, "mv", old, new)
    names = [path.removesuffix(".py").replace("/", ".") for path in (old, new)]
    for path in service.rglob("*.py"):
        path.write_text(path.read_text().replace(f" {names[0]}", f" {names[1]}"))
    commit(service, f"Move {old} to {new}")


def change(template: Path, name: str, old: str, new: str) -> None:
    path = template / "template" / "project" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_renamed_package_gets_one_step_after_the_other(make: Make, template: Path, trellis: Trellis) -> None:
    service = make()
    move(service, "app", "shop")
    result = trellis("add", "store=file", "loud", service=service)
    assert result.exit_code == 0, result.output
    assert "  app/ -> shop/" in result.stdout.splitlines()
    assert not (service / "app").exists()
    assert "from shop.store import keep" in (service / "tests" / "store" / "test_store.py").read_text()
    assert 'WORD = "HELLO"' in (service / "shop" / "greeting.py").read_text()
    commit(service)
    move(service, "shop/greeting.py", "shop/hello.py")
    change(template, "app/greeting.py.jinja", "Greets.", "Greets everybody.")
    (template / "template" / "project" / "app" / "polite.py").write_text("from app.greeting import greet\n")
    release(template, "v1.1.0")
    result = trellis("update", service=service)
    assert result.exit_code == 0, result.output
    assert (service / "shop" / "hello.py").read_text().startswith('"""Greets everybody."""')
    assert (service / "shop" / "polite.py").read_text() == "from shop.hello import greet\n"
    commit(service)
    result = trellis("drop", "store", "loud", service=service)
    assert result.exit_code == 0, result.output
    assert not (service / "shop" / "store").exists()
    assert {path.name for path in (service / "shop").iterdir()} == {"__init__.py", "hello.py", "polite.py"}


def test_status_names_moved_files(make: Make, trellis: Trellis) -> None:
    service = make(store="file")
    move(service, "app/store", "app/shelf")
    git(service, "mv", "tests/test_greeting.py", "tests/test_hello.py")
    found = json.loads(trellis("status", "--json", service=service).stdout)
    assert (found["changed"], found["deleted"]) == ([], [])
    assert found["moved"] == [
        {"old": "app/store/", "new": "app/shelf/"},
        {"old": "tests/test_greeting.py", "new": "tests/test_hello.py"},
    ]


def test_moved_file_with_lines_of_the_users_is_no_silent_loss(make: Make, trellis: Trellis) -> None:
    service = make(store="file")
    move(service, "app/store", "app/shelf")
    path = service / "app" / "shelf" / "__init__.py"
    path.write_text(path.read_text() + "\n\nMINE = 1\n")
    commit(service)
    refused = trellis("drop", "store", service=service)
    assert refused.exit_code == 1
    assert "  app/shelf/__init__.py holds 3 lines of yours" in refused.stderr.splitlines()
    assert trellis("drop", "store", "--discard", service=service).exit_code == 0
    assert not (service / "app" / "shelf").exists()


def test_change_to_a_deleted_file_is_shown_and_ends_with_1(
    make: Make, template: Path, trellis: Trellis
) -> None:
    service = make()
    git(service, "rm", "--quiet", "app/greeting.py", "tests/test_greeting.py")
    commit(service)
    change(template, "app/greeting.py.jinja", "Greets.", "Greets everybody.")
    release(template, "v1.1.0")
    result = trellis("update", service=service)
    assert result.exit_code == 1
    lines = [line.strip() for line in result.stdout.splitlines()]
    for line in ("--- app/greeting.py", '-"""Greets."""', '+"""Greets everybody."""'):
        assert line in lines
    assert not any("test_greeting" in line for line in lines)
    assert not (service / "app" / "greeting.py").exists()
    commit(service)
    assert trellis("add", "store=memory", service=service).exit_code == 0


def test_deleted_package_stays_away_with_what_imports_it(
    make: Make, template: Path, trellis: Trellis
) -> None:
    project = template / "template" / "project"
    (project / "app" / "all.py").write_text("WORDS = [\n    # Yours:\n]\n")
    release(template, "v1.1.0")
    service = make(store="file")
    git(service, "rm", "-r", "--quiet", "app/store", "tests/store")
    commit(service)
    (project / "app" / "all.py").write_text(
        "from app.greeting import WORD\nfrom app.store import keep\n\n"
        "WORDS = [\n    WORD,\n    keep,\n    # Yours:\n]\n"
    )
    (project / "app" / "store" / "more.py").write_text("MORE = 1\n")
    release(template, "v1.2.0")
    result = trellis("update", service=service)
    assert result.exit_code == 0, result.output
    assert not (service / "app" / "store").exists()
    assert (service / "app" / "all.py").read_text() == (
        "from app.greeting import WORD\n\nWORDS = [\n    WORD,\n    # Yours:\n]\n"
    )


MIGRATION = '''"""Create {table}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {parent}
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("{table}", sa.Column("id", sa.Integer(), nullable=False))


def downgrade() -> None:
    op.drop_table("{table}")
'''


def add_migration(template: Path, revision: str, parent: str | None, table: str) -> None:
    folder = template / "template" / "project" / "migrations" / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    quoted = f'"{parent}"' if parent else "None"
    text = MIGRATION.format(revision=revision, parent=quoted, table=table)
    (folder / f"{revision}_create_{table}.py").write_text(text)


def test_new_migration_comes_to_the_moved_ones(make: Make, template: Path, trellis: Trellis) -> None:
    add_migration(template, "0001", None, "names")
    release(template, "v1.1.0")
    service = make()
    move(service, "migrations", "db/migrations")
    add_migration(template, "0002", "0001", "words")
    release(template, "v1.2.0")
    result = trellis("update", service=service)
    assert result.exit_code == 0, result.output
    assert not (service / "migrations").exists()
    names = {path.name for path in (service / "db" / "migrations" / "versions").iterdir()}
    assert names == {"0001_create_names.py", "0002_create_words.py"}


def test_tables_of_a_deleted_package_are_dropped_where_a_step_adds_migrations(
    make: Make, template: Path, trellis: Trellis
) -> None:
    models = 'class Name(Base):\n    __tablename__ = "names"\n'
    (template / "template" / "features" / "store" / "memory.py").write_text(models)
    release(template, "v1.1.0")
    service = make(store="memory")
    git(service, "rm", "-r", "--quiet", "app/store", "tests/store")
    commit(service)
    add_migration(template, "0001", None, "names")
    add_migration(template, "0002", "0001", "words")
    release(template, "v1.2.0")
    assert trellis("update", service=service).exit_code == 0
    [dropped] = (service / "migrations" / "versions").glob("0003_*.py")
    assert 'op.drop_table("names")' in dropped.read_text()
    assert 'down_revision = "0002"' in dropped.read_text()
