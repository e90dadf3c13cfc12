"""A step keeps every migration, and adds what leads from one schema to another."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from trellis.errors import BadInputError
from trellis.lifecycle.forward_migrations import Added, go_forward
from trellis.lifecycle.migrations import FOLDER, find_heads, read_migrations
from trellis.lifecycle.service import ANSWERS
from trellis.schema.writer import is_unchanged

Files = dict[str, bytes]

HEAD = '''"""{title}.

Revision ID: {revision}
Revises: {parent}
"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {quoted}
branch_labels = None
depends_on = None


def upgrade() -> None:
'''
ITEMS = """    op.create_table(
        "items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_items_named")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
    )
    op.create_index(op.f("ix_items_name"), "items", ["name"])
"""
USERS = """    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    if has_table("items"):
        with op.batch_alter_table("items") as batch:
            batch.add_column(sa.Column("owner_id", sa.Uuid(), nullable=True))
            batch.create_foreign_key(op.f("fk_items_owner_id_users"), "users", ["owner_id"], ["id"])
            batch.create_index(op.f("ix_items_owner_id"), ["owner_id"])
"""
OWNERS = """    op.add_column("items", sa.Column("owner_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_items_owner_id"), "items", ["owner_id"])
"""
TOKENS = """    op.create_table(
        "tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_tokens_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
    )
"""
VERSION = '    op.add_column("users", sa.Column("version", sa.Integer(), nullable=False))\n'


def migration(path: str, parent: str | None, body: str) -> Files:
    revision = path.partition("_create")[0]
    text = HEAD.format(
        title="Change something",
        revision=revision,
        parent=parent or "",
        quoted=f'"{parent}"' if parent else "None",
    )
    text = text.replace("Revises: \n", "Revises:\n")
    return {f"{FOLDER}{path}.py": f"{text}{body}\n\ndef downgrade() -> None:\n    pass\n".encode()}


def answers(**given: str) -> Files:
    lines = "".join(f"{name}: {value}\n" for name, value in {"_commit": "v1.2.0", **given}.items())
    return {ANSWERS: lines.encode(), "migrations/env.py": b""}


PLAIN = answers(auth="none") | migration("0001_create_items", None, ITEMS)
TOKEN = answers(auth="token") | migration("0001_create_items", None, ITEMS)
TOKEN |= migration("0002_token_create_users", "0001", USERS + VERSION)
TOKEN |= migration("0003_token_create_tokens", "0002_token", TOKENS)
COOKIE = answers(auth="cookie") | migration("0001_create_items", None, ITEMS)
COOKIE |= migration("0002_cookie_create_users", "0001", USERS)
FOREIGN = answers(auth="foreign") | migration("0001_create_items", None, ITEMS)
FOREIGN |= migration("0002_foreign_create_owners", "0001", OWNERS)
NOTHING: Files = {}
NONE = {ANSWERS: b"_commit: v1.2.0\n"}
OWN = migration("my_create_notes", "0001", '    op.create_table("notes", sa.Column("id", sa.Uuid()))\n')

Go = Callable[..., tuple[Added, Files]]


@pytest.fixture
def go(tmp_path: Path) -> Go:
    """Return a function that takes the step from one rendering to another in a service with further files."""

    def gone(old: Files, new: Files, own: Files = NOTHING) -> tuple[Added, Files]:
        before = {**old, **own}
        for path, data in before.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(data)
        added = go_forward(tmp_path, old, before, new)
        assert not added.files.keys() & before.keys()
        after = {**before, **added.files}
        if added.files:
            assert len(find_heads(read_migrations(after).values())) == 1
        return added, after

    return gone


def function(added: Added, name: str) -> str:
    """Return the body of a function of the migration that a step wrote."""
    [data] = added.files.values()
    body = data.decode().partition(f"def {name}() -> None:\n")[2].partition("\n\n\ndef")[0]
    return body.rstrip("\n") + "\n"


def test_new_migrations_follow_the_users(go: Go) -> None:
    added, after = go(PLAIN, TOKEN, OWN)
    assert added.paths == [f"{FOLDER}0002_token_create_users.py", f"{FOLDER}0003_token_create_tokens.py"]
    [users] = migration("0002_token_create_users", "my", USERS + VERSION).values()
    assert [after[path] for path in added.paths] == [users, TOKEN[added.paths[1]]]
    assert not added.lost


def test_switch_writes_one_migration(go: Go) -> None:
    added, after = go(TOKEN, COOKIE, migration("my_create_notes", "0003_token", "    pass\n"))
    [path] = added.paths
    assert path == f"{FOLDER}0004_switch_auth_to_cookie.py"
    text = after[path].decode()
    [revision] = {*read_migrations(after)} - {"0001", "0002_token", "0003_token", "my"}
    assert text == (
        f'''"""Switch auth to cookie.

Deletes the table tokens and the column version of users; a downgrade restores the schema, not the data.

Revision ID: {revision}
Revises: my
"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "my"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.drop_column("version")
    op.drop_table("tokens")


def downgrade() -> None:
{TOKENS}    with op.batch_alter_table("users") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("users") as batch:
        batch.alter_column("version", server_default=None)
'''
    )
    assert added.lost == ["the table tokens", "the column version of users"]
    assert is_unchanged(after[path])
    assert is_unchanged(after[path].replace(b"\n", b"\r\n"))
    assert not is_unchanged(after[path].replace(b'"tokens"', b'"my_tokens"'))


def test_what_is_written_is_formatted(go: Go, tmp_path: Path) -> None:
    added, _ = go(TOKEN, PLAIN)
    path = tmp_path / "migration.py"
    path.write_bytes(*added.files.values())
    for command in (
        ["format", "--line-length=100", "--diff"],
        ["check", "--select=ALL", "--ignore=D,INP,COM812,CPY,E501"],
    ):
        run = ["ruff", *command, "--isolated", str(path)]
        done = subprocess.run(run, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_what_was_dropped_comes_again_by_another_migration(go: Go) -> None:
    dropped, after = go(TOKEN, PLAIN)
    again, _ = go(PLAIN, TOKEN, {path: data for path, data in after.items() if path.startswith(FOLDER)})
    assert dropped.paths == [f"{FOLDER}0004_drop_auth.py"]
    assert again.paths == [f"{FOLDER}0005_add_auth_token.py"]
    assert function(dropped, "downgrade") == function(again, "upgrade")
    assert again.lost == []


def test_edited_migration_of_the_template_is_no_change(go: Go) -> None:
    edited = {f"{FOLDER}0001_create_items.py": PLAIN[f"{FOLDER}0001_create_items.py"] + b"# mine\r\n"}
    assert go(PLAIN, PLAIN, {**OWN, **edited})[0] == Added({})


def test_schema_that_stays_needs_no_migration(go: Go) -> None:
    renamed = answers(auth="none", database="other") | migration("0001_a_create_items", None, ITEMS)
    assert go(PLAIN, renamed, OWN)[0] == Added({})


def test_service_without_migrations_afterwards_gets_none(go: Go) -> None:
    assert go(PLAIN, NONE, OWN)[0] == Added({})


def test_first_migrations_are_the_templates(go: Go) -> None:
    added, _ = go(NONE, TOKEN)
    assert added.files == {path: data for path, data in TOKEN.items() if path.startswith(FOLDER)}


def test_several_heads_are_refused(go: Go) -> None:
    with pytest.raises(BadInputError, match="2 heads: my, other"):
        go(PLAIN, TOKEN, {**OWN, **migration("other_create_files", "0001", "    pass\n")})


def test_new_migration_follows_a_merge(go: Go) -> None:
    own = {**OWN, **migration("other_create_files", "0001", "    pass\n")}
    own |= {f"{FOLDER}merge.py": b'revision = "merge"\ndown_revision = ("my", "other")\n'}
    _, after = go(PLAIN, TOKEN, own)
    assert read_migrations(after)["0002_token"].parents == ("merge",)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_model_that_refers_to_a_dropped_table_is_named(go: Go, newline: bytes) -> None:
    model = b'class Note:\n    author = mapped_column(ForeignKey("users.id"))\n'.replace(b"\n", newline)
    with pytest.raises(BadInputError, match=r"^app/notes\.py:2 refers to users\.id"):
        go(TOKEN, PLAIN, {"app/notes.py": model})


def test_table_that_refers_to_a_dropped_one_is_named(go: Go) -> None:
    body = '    op.create_table("notes", sa.Column("author_id", sa.Uuid(), sa.ForeignKey("users.id")))\n'
    with pytest.raises(BadInputError, match=r"the table notes \(.*my_create_notes\.py\) refers to users\.id"):
        go(TOKEN, PLAIN, migration("my_create_notes", "0003_token", body))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('    op.create_table("users", sa.Column("id", sa.Uuid()))\n', "creates a table users"),
        ('    op.add_column("items", sa.Column("owner_id", sa.Uuid()))\n', "your column owner_id of items"),
    ],
)
def test_name_that_the_user_has_taken_is_refused(go: Go, body: str, told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        go(PLAIN, TOKEN, migration("my_create_own", "0001", body))


@pytest.mark.parametrize(
    "body",
    [
        '    op.drop_table("items")\n',
        "    op.execute('DROP TABLE IF EXISTS \"items\" CASCADE')\n",
        '    op.execute(sa.text("drop table items"))\n',
        '    for table in ("items",):\n        op.drop_table(table)\n',
        '    forget("items")\n\n\ndef forget(name: str) -> None:\n    op.drop_table(name)\n',
    ],
)
def test_table_that_the_user_dropped_is_left_out(go: Go, body: str) -> None:
    added, _ = go(TOKEN, PLAIN, migration("my_create_nothing", "0003_token", body))
    assert "items" not in added.files[f"{FOLDER}0004_drop_auth.py"].decode()
    assert added.lost == ["the table tokens", "the table users"]


@pytest.mark.parametrize(
    "body",
    [
        '    op.rename_table("items", "products")\n',
        '    op.execute("ALTER TABLE items RENAME TO products")\n',
    ],
)
def test_table_that_the_user_renamed_is_altered(go: Go, body: str) -> None:
    added, _ = go(TOKEN, PLAIN, migration("my_create_products", "0003_token", body))
    assert 'with op.batch_alter_table("products") as batch:' in function(added, "upgrade")
    added, _ = go(PLAIN, FOREIGN, migration("my_create_products", "0001", body))
    assert 'op.add_column("products", ' in function(added, "upgrade")


def test_what_of_the_users_is_about_a_dropped_column_goes_and_comes_back_with_it(go: Go) -> None:
    body = """    with op.batch_alter_table("items") as batch_op:
        batch_op.create_index("mine", ["owner_id", "name"], unique=True)
        batch_op.create_check_constraint("owned", "owner_id IS NOT NULL")
        batch_op.add_column(sa.Column("stock", sa.Integer(), nullable=True))
"""
    added, _ = go(FOREIGN, PLAIN, migration("my_create_rules", "0002_foreign", body))
    assert function(added, "upgrade") == (
        """    with op.batch_alter_table("items") as batch:
        batch.drop_index(op.f("ix_items_owner_id"))
        batch.drop_index("mine")
        batch.drop_constraint("owned", type_="check")
        batch.drop_column("owner_id")
"""
    )
    assert function(added, "downgrade") == (
        """    with op.batch_alter_table("items") as batch:
        batch.add_column(sa.Column("owner_id", sa.Uuid(), nullable=True))
        batch.create_check_constraint("owned", "owner_id IS NOT NULL")
        batch.create_index(op.f("ix_items_owner_id"), ["owner_id"])
        batch.create_index("mine", ["owner_id", "name"], unique=True)
"""
    )
    assert added.lost == ["the column owner_id of items"]


def test_values_that_a_new_foreign_key_does_not_allow_are_lost_by_name(go: Go) -> None:
    added, _ = go(FOREIGN, COOKIE)
    assert function(added, "upgrade").partition(")\n    op.execute")[2] == (
        """("UPDATE items SET owner_id = NULL WHERE owner_id NOT IN (SELECT id FROM users)")
    with op.batch_alter_table("items") as batch:
        batch.create_foreign_key(op.f("fk_items_owner_id_users"), "users", ["owner_id"], ["id"])
"""
    )
    assert added.lost == ["those values of items.owner_id that users does not have"]


def test_column_without_a_value_for_old_rows_is_refused(go: Go) -> None:
    new = {**PLAIN, **migration("0002_create_place", "0001", VERSION.replace("users", "items"))}
    path = f"{FOLDER}0001_create_items.py"
    strange = {
        path: PLAIN[path].replace(
            b'sa.Column("id"', b'sa.Column("at", Point(), nullable=False), sa.Column("id"'
        )
    }
    with pytest.raises(BadInputError, match=r"items\.at may not be NULL"):
        go(PLAIN, {**new, **strange})


def test_names_that_a_user_has_taken_stay_the_users(go: Go) -> None:
    own = migration("0007_create_notes", "0003_token", "    pass\n")
    added, _ = go(TOKEN, COOKIE, own)
    assert added.paths == [f"{FOLDER}0008_switch_auth_to_cookie.py"]
    path = f"{FOLDER}0002_token_create_users.py"
    taken = {path: migration("my_create_notes", "0001", "    pass\n")[f"{FOLDER}my_create_notes.py"]}
    added, _ = go(PLAIN, TOKEN, taken)
    assert added.paths[0] == f"{FOLDER}0002_token_create_users_2.py"


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"auth": "cookie", "tasks": "none", "_commit": "v1.2.0"}, "switch_auth_to_cookie"),
        ({"auth": "cookie", "tasks": "queue", "_commit": "v1.2.0"}, "change_auth_and_tasks"),
        ({"auth": "token", "tasks": "none", "_commit": "v1.3.0"}, "update_to_v1_3_0"),
    ],
)
def test_file_is_named_after_the_step(go: Go, changed: Mapping[str, str], name: str) -> None:
    old = {**TOKEN, **answers(auth="token", tasks="none")}
    added, _ = go(old, {**COOKIE, **answers(**changed)})
    assert added.paths == [f"{FOLDER}0004_{name}.py"]
