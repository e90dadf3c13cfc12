"""Reads the schema that a chain of migrations leads to from their code, without executing it.

It follows Alembic's operations in `upgrade`, and in functions of the same file that `upgrade` calls, through
conditions and through loops over constants. It leaves out all other code.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from trellis.schema.code import flat, substituted
from trellis.schema.elements import Arguments, column_of, constraint_of, constraints_of, index_of
from trellis.schema.model import Schema, Table

_SQL_DROP = re.compile(r"\s*DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?[\"`]?(\w+)", re.IGNORECASE)
_SQL_RENAME = re.compile(r"\s*ALTER\s+TABLE\s+[\"`]?(\w+)[\"`]?\s+RENAME\s+TO\s+[\"`]?(\w+)", re.IGNORECASE)

Values = Mapping[str, ast.expr]
"""The values of names."""


def read_schema(migrations: Iterable[tuple[str, bytes]], start: Schema | None = None) -> Schema:
    """Return the schema after migrations.

    Args:
        migrations: the path and the content of each, in their order.
        start: the schema before them, which is changed; nothing by default.

    """
    schema: Schema = {} if start is None else start
    for path, data in migrations:
        with suppress(SyntaxError, ValueError):
            _Reader(schema, path, ast.parse(data)).read()
    return schema


class _Reader:
    """Applies one migration to a schema."""

    def __init__(self, schema: Schema, path: str, module: ast.Module) -> None:
        self._schema, self._path = schema, path
        self._functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
        self._values = _assigned(module.body, {})
        self._calls: list[str] = []
        self._batches: dict[str, str] = {}

    def read(self) -> None:
        self._call("upgrade", [], [])

    def _call(self, name: str, arguments: list[ast.expr], keywords: list[ast.keyword]) -> None:
        function = self._functions.get(name)
        if function is None or name in self._calls:
            return
        given = dict(zip((argument.arg for argument in function.args.args), arguments, strict=False))
        given |= {keyword.arg: keyword.value for keyword in keywords if keyword.arg}
        self._calls.append(name)
        self._run(function.body, {**self._values, **given})
        self._calls.pop()

    def _run(self, body: list[ast.stmt], values: Values) -> None:
        for statement in body:
            match statement:
                case ast.Assign() | ast.AnnAssign():
                    values = {**values, **_assigned([statement], values)}
                case ast.Expr(value=ast.Call() as call):
                    self._expression(substituted(call, values))
                case ast.If(body=inner, orelse=other) | ast.Try(body=inner, orelse=other):
                    self._run(inner, values)
                    self._run(other, values)
                case ast.With(items=items, body=inner):
                    for item in items:
                        self._open(substituted(item.context_expr, values), item.optional_vars)
                    self._run(inner, values)
                case ast.For(target=ast.Name(id=name), iter=several, body=inner):
                    several = substituted(several, values)
                    for one in several.elts if isinstance(several, (ast.List, ast.Tuple)) else ():
                        self._run(inner, {**values, name: one})

    def _open(self, opened: ast.expr, name: ast.expr | None) -> None:
        match opened, name:
            case ast.Call(func=ast.Attribute(attr="batch_alter_table")) as call, ast.Name(id=batch):
                self._batches[batch] = Arguments.of(call).text(0, "table_name")

    def _expression(self, node: ast.expr) -> None:
        match node:
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
                self._call(name, arguments, keywords)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)) as call:
                if owner in self._batches:
                    self._change(name, Arguments.of(call), self._schema.get(self._batches[owner]))
                elif owner == "op":
                    self._operate(name, Arguments.of(call))

    def _operate(self, name: str, arguments: Arguments) -> None:
        """Apply an operation that names its table."""
        match name:
            case "create_table":
                self._create(arguments)
            case "drop_table":
                self._schema.pop(arguments.text(0, "table_name"), None)
            case "rename_table":
                self._rename(arguments.text(0, "old_table_name"), arguments.text(1, "new_table_name"))
            case "execute":
                self._execute(arguments.text(0, "sqltext"))
            case "drop_index" if len(arguments.positional) == 1 and "table_name" not in arguments.named:
                for table in self._schema.values():
                    table.indexes.pop(arguments.text(0, "index_name"), None)
            case "add_column" | "drop_column" | "alter_column":
                self._change(name, *self._with_table(arguments, 0, "table_name"))
            case "create_foreign_key":
                self._change(name, *self._with_table(arguments, 1, "source_table"))
            case _:
                self._change(name, *self._with_table(arguments, 1, "table_name"))

    def _with_table(self, arguments: Arguments, place: int, name: str) -> tuple[Arguments, Table | None]:
        return arguments.without(place, name), self._schema.get(arguments.text(place, name))

    def _change(self, name: str, arguments: Arguments, table: Table | None) -> None:
        """Apply an operation to a table, as in a batch."""
        if table is None:
            return
        match name:
            case "add_column":
                if isinstance(node := arguments.at(0, "column"), ast.Call):
                    self._add(table, node)
            case "drop_column":
                table.drop_column(arguments.text(0, "column_name"))
            case "alter_column":
                _alter(table, arguments)
            case "create_index":
                index = index_of(arguments)
                table.indexes[index.name.text] = index
            case "drop_index":
                table.indexes.pop(arguments.text(0, "index_name"), None)
            case "drop_constraint":
                table.constraints.pop(arguments.text(0, "constraint_name"), None)
            case _:
                if constraint := constraint_of(name, arguments):
                    table.constraints[constraint.name.text] = constraint

    def _create(self, arguments: Arguments) -> None:
        name = arguments.text(0, "table_name")
        options = tuple((key, flat(value)) for key, value in arguments.named.items() if key != "table_name")
        table = Table(name, name, options=options, path=self._path)
        for node in arguments.positional[1:]:
            if isinstance(node, ast.Call):
                self._add(table, node)
        self._schema[name] = table

    def _add(self, table: Table, node: ast.Call) -> None:
        """Add a column or a constraint of `create_table`."""
        if flat(node.func).endswith("Column"):
            column = column_of(node)
            table.columns[column.name] = column
        for constraint in constraints_of(node, table.name):
            table.constraints[constraint.name.text] = constraint

    def _rename(self, old: str, new: str) -> None:
        if table := self._schema.pop(old, None):
            table.name = new
            self._schema[new] = table

    def _execute(self, sql: str) -> None:
        if found := _SQL_DROP.match(sql):
            self._schema.pop(found[1], None)
        elif found := _SQL_RENAME.match(sql):
            self._rename(found[1], found[2])


def _alter(table: Table, arguments: Arguments) -> None:
    name = arguments.text(0, "column_name")
    if not (column := table.columns.get(name)):
        return
    given = {key: flat(value) for key, value in arguments.named.items()}
    default = given.get("server_default", column.default)
    table.columns[name] = replace(
        column,
        type=given.get("type_", column.type),
        nullable=given.get("nullable", str(column.nullable)) != "False",
        default=None if default in ("None", "False") else default,
    )
    if new := arguments.text(len(arguments.positional), "new_column_name"):
        table.rename_column(name, new)


def _assigned(body: Iterable[ast.stmt], values: Values) -> dict[str, ast.expr]:
    """Return the values of assigned names, with known names replaced."""
    found: dict[str, ast.expr] = {}
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = substituted(value, {**values, **found})
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = substituted(value, {**values, **found})
    return found
