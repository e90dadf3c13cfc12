"""What users typically do to a service, done to a tree: the edits that no step may collide with."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from trellis.living.migrations import FOLDER, find_heads, read_migrations
from trellis.proof.combinations import BadTemplateError, Combination
from trellis.proof.rendering import File, Renderer, Tree

Files = dict[str, File]

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
HOSTS = "f\"{variable('trusted_hosts')} must name the hosts in production\""
MESSAGE = '": ".join([*names, wrong["msg"].removeprefix("Value error, ")])'


class EditError(BadTemplateError):
    """The template has no place for an edit; the text names both."""


@dataclass(frozen=True)
class Edit:
    """Something that users do.

    Args:
        name: what it is.
        change: does it to the files of a service.
        kind: returns, from its files, what kind of service it is for; a step to another kind ends it.
            None for a service in which nobody does it.

    """

    name: str
    change: Callable[[Files], None]
    kind: Callable[[Mapping[str, File]], object] = lambda _: True


def edited(files: Mapping[str, File], edits: Iterable[Edit]) -> Files:
    """Return a service's files after these edits.

    Raises:
        EditError: the template has no place for one.

    """
    changed = dict(files)
    for edit in edits:
        edit.change(changed)
    return changed


def common_edits(*trees: Tree) -> list[Edit]:
    """Return the edits that make sense in all these services, and go from one to another."""
    found = []
    for edit in EDITS:
        kinds = {edit.kind(tree.files) for tree in trees}
        if len(kinds) == 1 and None not in kinds:
            found.append(edit)
    return found


class EditedRenderer(Renderer):
    """Renders combinations as they are after all edits that make sense in them."""

    def tree(self, combination: Combination) -> Tree:
        """Return the combination's tree, edited."""
        tree = super().tree(combination)
        files = edited(tree.files, common_edits(tree))
        return Tree(files, frozenset(), tree.broken)


def _has(path: str) -> Callable[[Mapping[str, File]], object]:
    return lambda files: path in files or None


def _kind_of_example(files: Mapping[str, File]) -> object:
    """Return what the example has to do with: the kind of database, and of jobs."""
    return _is_sql(files), "app/tasks/jobs.py" in files, "app/tasks/worker.py" in files


def _is_sql(files: Mapping[str, File]) -> object:
    return "migrations/env.py" in files


def _write(files: Files, path: str, text: str) -> None:
    mode = files[path].mode if path in files else 0o644
    files[path] = File.of(text.encode(), mode)


def _replace(files: Files, path: str, *changes: tuple[str, str]) -> None:
    text = files[path].data.decode()
    for old, new in changes:
        if old not in text:
            raise EditError(f"{path} has no place for an edit: it does not say {old!r}")
        text = text.replace(old, new, 1)
    _write(files, path, text)


def _depend(files: Files) -> None:
    runtime, dev = "    # Yours:\n]\n\n[dependency-groups]", "    # Yours:\n]\n\n[tool.uv]"
    _replace(
        files,
        "pyproject.toml",
        (runtime, runtime.replace("\n]", '\n    "anyio>=4.0",\n]')),
        (dev, dev.replace("\n]", '\n    "coverage>=7.0",\n]')),
    )


def _route(files: Files) -> None:
    _write(files, "app/notes/__init__.py", "")
    _write(files, "app/notes/router.py", NOTES_ROUTER)
    _write(files, "tests/notes/__init__.py", "")
    _write(files, "tests/notes/test_router.py", NOTES_TEST)
    last = "from app.logging import configure_logging\n"
    added = "from app.notes.router import router as notes_router\n"
    route = '    app.include_router(items_router, prefix="/api/v1")\n'
    _replace(files, "app/main.py", (last, last + added), (route, route + route.replace("items", "notes")))


def _model(files: Files) -> None:
    _write(files, "app/notes/models.py", NOTES_MODEL)
    _write(files, "tests/notes/test_models.py", NOTES_MODEL_TEST)
    _replace(
        files, "app/notes/__init__.py", ("", '"""Notes."""\n\nfrom app.notes.models import Note as Note\n')
    )
    _write(files, f"{FOLDER}5a1c0ffee000_create_notes.py", NOTES_MIGRATION.format(parent=_head(files)))


def _set(files: Files) -> None:
    _replace(files, "app/config.py", ("    # Yours:\n", "    # Yours:\n    notes_limit: int = 50\n"))


def _explain(files: Files) -> None:
    prefix = re.search(rb"^# (\w*)ENVIRONMENT=", files[".env.example"].data, re.MULTILINE)
    name = f"{prefix[1].decode() if prefix else ''}NOTES_LIMIT"
    _replace(
        files,
        ".env.example",
        ("\n# Yours:\n", f"\n# Yours:\n\n# How many notes one may have.\n# {name}=50\n"),
    )


def _compose(files: Files) -> None:
    _replace(
        files, "compose.yaml", ("  # Yours:\n", "  # Yours:\n  mail:\n    image: axllent/mailpit:v1.27\n")
    )


def _tell(files: Files) -> None:
    text = files["README.md"].data.decode()
    _write(
        files, "README.md", text + "\n## Notes\n\n`/api/v1/notes/limit` says how many notes one may have.\n"
    )


def _build(files: Files) -> None:
    job = (
        "  # Yours:\n\n  notes:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n"
        "    steps:\n      - run: echo 'All is well'\n"
    )
    _replace(files, ".github/workflows/ci.yml", ("  # Yours:\n", job))


def _delete_example(files: Files) -> None:
    for path in [path for path in files if path.startswith(("app/items/", "tests/items/"))]:
        del files[path]
    _replace(
        files,
        "app/main.py",
        ("from app.items.router import router as items_router\n", ""),
        ('    app.include_router(items_router, prefix="/api/v1")\n', ""),
    )
    if "app/tasks/jobs.py" in files:
        text = files["app/tasks/jobs.py"].data.decode()
        uses = re.compile(r"^(from app\.items\.jobs .*|    (DAILY_)?REPORT,)\n", re.MULTILINE)
        _write(files, "app/tasks/jobs.py", uses.sub("", text))
    if _is_sql(files):
        _write(files, f"{FOLDER}5a1c0ffee001_drop_items.py", ITEMS_MIGRATION.format(parent=_head(files)))


def _reorder(files: Files) -> None:
    body = (
        "    if settings.max_body_size:\n"
        "        app.add_middleware(BodyLimitMiddleware, max_size=settings.max_body_size)\n"
    )
    gzip = (
        "    if settings.gzip_minimum_size:\n"
        "        app.add_middleware(CompressionMiddleware, minimum_size=settings.gzip_minimum_size)\n"
    )
    _replace(files, "app/middleware.py", (body + gzip, gzip + body))


def _rename(files: Files) -> None:
    text = files["app/main.py"].data.decode()
    changed, times = re.subn(
        r"^        title=.*,$", '        title="Notes and more",', text, flags=re.MULTILINE
    )
    if times != 1:
        raise EditError("app/main.py has no title")
    _write(files, "app/main.py", changed)


def _reformat(files: Files) -> None:
    """Do to the settings what a formatter does with lines of 79 characters."""
    _replace(
        files,
        "app/config.py",
        *(
            (f"{indent}{before}{text}{after}\n", f"{indent}{before}\n    {indent}{text}\n{indent}{after}\n")
            for indent, before, text, after in (
                (12 * " ", "raise ValueError(", HOSTS, ")"),
                (8 * " ", "messages.append(", MESSAGE, ")"),
            )
        ),
    )


def _head(files: Files) -> str:
    """Return the last migration's revision."""
    chain = read_migrations({path: file.data for path, file in files.items()})
    heads = find_heads(chain.values())
    if len(heads) != 1:
        raise EditError(f"the migrations have {len(heads)} heads: {', '.join(heads)}")
    return heads[0]


EDITS = (
    Edit("a dependency", _depend),
    Edit("a setting", _set),
    Edit("an environment variable", _explain),
    Edit("a router with its tests", _route),
    Edit("a model with its migration", _model, lambda files: _is_sql(files) or None),
    Edit("a compose service", _compose, _has("compose.yaml")),
    Edit("a README section", _tell),
    Edit("a CI job", _build, _has(".github/workflows/ci.yml")),
    Edit("the deleted example", _delete_example, _kind_of_example),
    Edit("another order of the middleware", _reorder),
    Edit("another title", _rename),
    Edit("a file in another format", _reformat),
)
"""The edits, in the order in which they are made."""
