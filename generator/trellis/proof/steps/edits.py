"""Typical edits of users; no step may conflict with them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from trellis.lifecycle.migrations import FOLDER, find_heads, read_migrations
from trellis.lifecycle.modules import sorted_imports
from trellis.proof.steps.own_code import (
    HEADER_MIDDLEWARE,
    HEADER_TEST,
    ITEMS_MIGRATION,
    NOTES_MIGRATION,
    NOTES_MODEL,
    NOTES_MODEL_TEST,
    NOTES_ROUTER,
    NOTES_TEST,
    PAGE_SIZE,
)
from trellis.rendering.combinations import BadTemplateError, Combination
from trellis.rendering.renderer import Renderer
from trellis.rendering.tree import File, Tree

Edited = dict[str, File]

_REPORT = re.compile(
    r"""^from\ app\.items\.jobs\ .*\n
        | ^[ ]{4}"report_items":.*\n
        | ^cron\.register\(report_items,.*\n""",
    re.MULTILINE | re.VERBOSE,
)
"""What mentions the example's job, by the queue."""

HOSTS = "f\"{env_name('trusted_hosts')} must name the hosts outside development\""
MESSAGE = '": ".join([*names, error_message(wrong)])'


class EditError(BadTemplateError):
    """The template has no place for an edit."""


@dataclass(frozen=True)
class Edit:
    """An edit of a user.

    Args:
        name: its name.
        change: applies it to the files of a service.
        kind: returns, from its files, what kind of service it is for; a step to another kind ends it.
            None for a service in which nobody does it.

    """

    name: str
    change: Callable[[Edited], None]
    kind: Callable[[Mapping[str, File]], object] = lambda _: True


def edited(files: Mapping[str, File], edits: Iterable[Edit]) -> Edited:
    """Return a service's files after these edits.

    Raises:
        EditError: the template has no place for one.

    """
    changed = dict(files)
    for edit in edits:
        edit.change(changed)
    return changed


def common_edits(*trees: Tree) -> list[Edit]:
    """Return the edits that apply to all these services, and survive steps between them."""
    found = []
    for edit in EDITS:
        kinds = {edit.kind(tree.files) for tree in trees}
        if len(kinds) == 1 and None not in kinds:
            found.append(edit)
    return found


class EditedRenderer(Renderer):
    """Renders combinations with all edits that apply to them."""

    def tree(self, combination: Combination) -> Tree:
        """Return the combination's tree, edited."""
        tree = super().tree(combination)
        files = edited(tree.files, common_edits(tree))
        return Tree(files, frozenset(), tree.broken)


def _has(path: str) -> Callable[[Mapping[str, File]], object]:
    return lambda files: path in files or None


def _is_sql(files: Mapping[str, File]) -> object:
    return "migrations/env.py" in files


def _write(files: Edited, path: str, text: str) -> None:
    mode = files[path].mode if path in files else 0o644
    files[path] = File.of(text.encode(), mode)


def _replace(files: Edited, path: str, *changes: tuple[str, str]) -> None:
    text = files[path].data.decode()
    for old, new in changes:
        if old not in text:
            raise EditError(f"{path} has no place for an edit: it does not say {old!r}")
        text = text.replace(old, new, 1)
    _write(files, path, text)


def _depend(files: Edited) -> None:
    runtime, dev = "    # Yours:\n]\n\n[dependency-groups]", "    # Yours:\n]\n\n[tool.uv]"
    _replace(
        files,
        "pyproject.toml",
        (runtime, runtime.replace("\n]", '\n    "anyio>=4.0",\n]')),
        (dev, dev.replace("\n]", '\n    "coverage>=7.0",\n]')),
    )


def _route(files: Edited) -> None:
    _write(files, "app/notes/__init__.py", "")
    _write(files, "app/notes/router.py", NOTES_ROUTER)
    _write(files, "tests/notes/__init__.py", "")
    _write(files, "tests/notes/test_router.py", NOTES_TEST)
    _wire(
        files,
        "from app.notes.router import router as notes_router",
        '    app.include_router(notes_router, prefix="/api/v1")',
    )


def _wire(files: Edited, imported: str, line: str) -> None:
    """Import something in `app/main.py`, and add a line below `# Yours:` there."""
    last = "from app.logging import configure_logging\n"
    _replace(
        files,
        "app/main.py",
        (last, f"{last}{imported}\n"),
        ("    # Yours:\n", f"    # Yours:\n{line}\n"),
    )
    _sort_imports(files, "app/main.py")


def _sort_imports(files: Edited, path: str) -> None:
    files[path] = File.of(sorted_imports(files[path].data), files[path].mode)


def _intercept(files: Edited) -> None:
    _write(files, "app/company.py", HEADER_MIDDLEWARE)
    _write(files, "tests/test_company.py", HEADER_TEST)
    _wire(files, "from app.company import CompanyMiddleware", "    app.add_middleware(CompanyMiddleware)")


def _inject(files: Edited) -> None:
    text = files["app/dependencies.py"].data.decode()
    _write(files, "app/dependencies.py", text + PAGE_SIZE)


def _permit(files: Edited) -> None:
    ends = ("    # Yours:\n}\n", "            # Yours:\n        }\n")
    scopes = ('    "notes:read": "Read notes.",\n', '            "notes:read",\n')
    changes = (
        (end, end.replace("Yours:\n", f"Yours:\n{scope}")) for end, scope in zip(ends, scopes, strict=True)
    )
    _replace(files, "app/auth/scopes.py", *changes)


def _move_folder(files: Edited) -> None:
    for old, new in (("app/health/", "app/checks/"), ("tests/health/", "tests/checks/")):
        for path in [path for path in files if path.startswith(old)]:
            files[new + path.removeprefix(old)] = files.pop(path)
    for path, file in list(files.items()):
        if path.endswith(".py") and b"app.health" in file.data:
            _write(files, path, file.data.decode().replace("app.health", "app.checks"))
            _sort_imports(files, path)


def _model(files: Edited) -> None:
    _write(files, "app/notes/models.py", NOTES_MODEL)
    _write(files, "tests/notes/test_models.py", NOTES_MODEL_TEST)
    _replace(
        files, "app/notes/__init__.py", ("", '"""Notes."""\n\nfrom app.notes.models import Note as Note\n')
    )
    _write(files, f"{FOLDER}5a1c0ffee000_create_notes.py", NOTES_MIGRATION.format(parent=_head(files)))


def _set(files: Edited) -> None:
    _replace(files, "app/config.py", ("    # Yours:\n", "    # Yours:\n    notes_limit: int = 50\n"))


def _explain(files: Edited) -> None:
    prefix = re.search(rb"^# (\w*)ENVIRONMENT=", files[".env.example"].data, re.MULTILINE)
    name = f"{prefix[1].decode() if prefix else ''}NOTES_LIMIT"
    _replace(
        files,
        ".env.example",
        ("\n# Yours:\n", f"\n# Yours:\n\n# How many notes one may have.\n# {name}=50\n"),
    )


def _compose(files: Edited) -> None:
    _replace(
        files, "compose.yaml", ("  # Yours:\n", "  # Yours:\n  mail:\n    image: axllent/mailpit:v1.27\n")
    )


def _tell(files: Edited) -> None:
    text = files["README.md"].data.decode()
    _write(
        files, "README.md", text + "\n## Notes\n\n`/api/v1/notes/limit` says how many notes one may have.\n"
    )


def _build(files: Edited) -> None:
    job = (
        "  # Yours:\n\n  notes:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n"
        "    steps:\n      - run: echo 'All is well'\n"
    )
    _replace(files, ".github/workflows/ci.yml", ("  # Yours:\n", job))


def _delete_example(files: Edited) -> None:
    for path in [path for path in files if path.startswith(("app/items/", "tests/items/"))]:
        del files[path]
    _replace(
        files,
        "app/main.py",
        ("from app.items.router import router as items_router\n", ""),
        ('    app.include_router(items_router, prefix="/api/v1")\n', ""),
    )
    for path in {"app/tasks/jobs.py", "app/tasks/worker.py"} & files.keys():
        _write(files, path, _REPORT.sub("", files[path].data.decode()))


def _drop_table(files: Edited) -> None:
    _write(files, f"{FOLDER}5a1c0ffee001_drop_items.py", ITEMS_MIGRATION.format(parent=_head(files)))


def _reorder(files: Edited) -> None:
    body = (
        "    app.add_middleware(\n"
        "        BodyLimitMiddleware, max_size=settings.max_body_size or inf, timeout=settings.body_timeout\n"
        "    )\n"
    )
    gzip = (
        "    if settings.gzip_minimum_size:\n"
        "        app.add_middleware(CompressionMiddleware, minimum_size=settings.gzip_minimum_size)\n"
    )
    _replace(files, "app/middleware.py", (body + gzip, gzip + body))


def _rename(files: Edited) -> None:
    text = files["app/main.py"].data.decode()
    changed, times = re.subn(
        r"^        title=.*,$", '        title="Notes and more",', text, flags=re.MULTILINE
    )
    if times != 1:
        raise EditError("app/main.py has no title")
    _write(files, "app/main.py", changed)


def _reformat(files: Edited) -> None:
    """Reformat the settings like a formatter with lines of 79 characters."""
    _replace(
        files,
        "app/config.py",
        *(
            (f"{indent}{before}{text}{after}\n", f"{indent}{before}\n    {indent}{text}\n{indent}{after}\n")
            for indent, before, text, after in (
                (12 * " ", "unsafe.append(", HOSTS, ")"),
                (8 * " ", "messages.append(", MESSAGE, ")"),
            )
        ),
    )


def _head(files: Edited) -> str:
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
    Edit("a middleware", _intercept),
    Edit("a dependency of routes", _inject),
    Edit("a scope", _permit, _has("app/auth/scopes.py")),
    Edit("a renamed folder", _move_folder),
    Edit("the deleted example", _delete_example),
    Edit("the dropped table of the example", _drop_table, lambda files: _is_sql(files) or None),
    Edit("another order of the middleware", _reorder),
    Edit("another title", _rename),
    Edit("a file in another format", _reformat),
)
"""The edits, in their order."""
