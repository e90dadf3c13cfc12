"""Columns, constraints and indexes, read from the calls that make them."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trellis.schema.code import flat
from trellis.schema.model import KINDS, Column, Constraint, Index, Name, Options

_KINDS = {function: kind for kind, function in KINDS.items()}
_OPERATIONS = {
    "create_foreign_key": "foreignkey",
    "create_unique_constraint": "unique",
    "create_check_constraint": "check",
    "create_primary_key": "primary",
}


@dataclass(frozen=True)
class Arguments:
    """The arguments of a call."""

    positional: Sequence[ast.expr]
    named: Mapping[str, ast.expr]

    @classmethod
    def of(cls, call: ast.Call) -> "Arguments":
        """Return the arguments of a call."""
        return cls(call.args, {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg})

    def at(self, place: int, name: str) -> ast.expr | None:
        """Return an argument that is given by its place or its name."""
        return self.positional[place] if place < len(self.positional) else self.named.get(name)

    def text(self, place: int, name: str) -> str:
        """Return such an argument as text, without `op.f` or `sa.text` around it."""
        return _text(self.at(place, name))

    def without(self, place: int, name: str) -> "Arguments":
        """Return the others."""
        positional = [node for number, node in enumerate(self.positional) if number != place]
        return Arguments(positional, {key: node for key, node in self.named.items() if key != name})

    def options(self, *known: str) -> Options:
        """Return the source of the named arguments, but for those that are known."""
        return tuple((key, flat(node)) for key, node in self.named.items() if key not in known)


def column_of(call: ast.Call) -> Column:
    """Return the column that `sa.Column(…)` makes."""
    arguments = Arguments.of(call)
    others = [node for node in arguments.positional[1:] if not _is_foreign_key(node)]
    kind = arguments.named.get("type_")
    nullable, default = arguments.named.get("nullable"), arguments.named.get("server_default")
    is_key = "primary_key" in arguments.named
    return Column(
        name=arguments.text(0, "name"),
        type=flat(kind or (others.pop(0) if others else ast.Name("None"))),
        nullable=not is_key if nullable is None else flat(nullable) != "False",
        default=None if default is None or flat(default) == "None" else flat(default),
        extras=tuple(map(flat, others)),
        options=arguments.options("name", "type_", "nullable", "server_default"),
    )


def constraints_of(call: ast.Call, table: str) -> Iterator[Constraint]:
    """Return the constraints that an argument of `create_table` makes: one, or a column's foreign keys."""
    arguments = Arguments.of(call)
    kind = _KINDS.get(flat(call.func).rpartition(".")[2])
    if kind == "foreignkey":
        columns, targets = (_texts(arguments.at(place, "")) for place in (0, 1))
        yield _foreign_key(table, columns, targets, arguments.options("name"), arguments.named.get("name"))
    elif kind == "check":
        yield _check(arguments.at(0, "sqltext"), arguments.named.get("name"), arguments.options("name"))
    elif kind:
        columns = tuple(map(_text, arguments.positional))
        name = _name(arguments.named.get("name"), f"{kind}_{table}_{'_'.join(columns)}")
        yield Constraint(kind, name, columns, options=arguments.options("name"))
    for node in arguments.positional:
        if not isinstance(node, ast.Call) or not _is_foreign_key(node):
            continue
        given = Arguments.of(node)
        column, target = arguments.text(0, "name"), given.text(0, "column")
        yield _foreign_key(table, (column,), (target,), given.options("name"), given.named.get("name"))


def constraint_of(operation: str, arguments: Arguments) -> Constraint | None:
    """Return the constraint that an operation in a batch makes; None for another operation."""
    kind = _OPERATIONS.get(operation)
    name = _name(arguments.at(0, "constraint_name"), "")
    match kind:
        case None:
            return None
        case "foreignkey":
            columns, remote = (
                _texts(arguments.at(place, key)) for place, key in ((2, "local_cols"), (3, "remote_cols"))
            )
            referent = arguments.text(1, "referent_table")
            options = arguments.options("constraint_name", "referent_table", "local_cols", "remote_cols")
            return Constraint(kind, name, columns, referent=referent, remote=remote, options=options)
        case "check":
            options = arguments.options("constraint_name", "condition")
            return _check(arguments.at(1, "condition"), arguments.at(0, "constraint_name"), options)
    options = arguments.options("constraint_name", "columns")
    return Constraint(kind, name, _texts(arguments.at(1, "columns")), options=options)


def index_of(arguments: Arguments) -> Index:
    """Return the index that `create_index` makes in a batch."""
    columns = arguments.at(1, "columns")
    elements = columns.elts if isinstance(columns, (ast.List, ast.Tuple)) else []
    name = _name(arguments.at(0, "index_name"), "")
    return Index(name, tuple(map(flat, elements)), arguments.options("index_name", "columns"))


def _foreign_key(
    table: str, columns: tuple[str, ...], targets: Iterable[str], options: Options, name: ast.expr | None
) -> Constraint:
    parts = [target.rpartition(".") for target in targets]
    referent = parts[0][0] if parts else ""
    return Constraint(
        "foreignkey",
        _name(name, f"fk_{table}_{'_'.join(columns)}_{referent}"),
        columns,
        referent=referent,
        remote=tuple(remote for _, _, remote in parts),
        options=options,
    )


def _check(condition: ast.expr | None, name: ast.expr | None, options: Options) -> Constraint:
    words = tuple(dict.fromkeys(re.findall(r"[A-Za-z_]\w*", _text(condition))))
    source = flat(condition) if condition else ""
    return Constraint("check", _name(name, f"ck_{'_'.join(words)}"), words, condition=source, options=options)


def _name(node: ast.expr | None, default: str) -> Name:
    """Return a name; one within `op.f` is used as it is, another one as a naming convention has it."""
    if node is None or not _text(node):
        return Name(default)
    return Name(_text(node), final=isinstance(node, ast.Call))


def _is_foreign_key(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and flat(node.func).endswith("ForeignKey")


def _text(node: ast.expr | None) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Call(args=[inner]):
            return _text(inner)
    return ""


def _texts(node: ast.expr | None) -> tuple[str, ...]:
    return tuple(map(_text, node.elts)) if isinstance(node, (ast.List, ast.Tuple)) else ()
