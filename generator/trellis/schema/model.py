"""Tables with their columns, constraints and indexes, each by its name and with its source text."""

from dataclasses import dataclass, field, replace

from trellis.schema.code import call, quoted, strings

Options = tuple[tuple[str, str], ...]
"""Keyword arguments, in their order, with their source text."""

KINDS = {
    "primary": "PrimaryKeyConstraint",
    "foreignkey": "ForeignKeyConstraint",
    "unique": "UniqueConstraint",
    "check": "CheckConstraint",
}


@dataclass(frozen=True)
class Name:
    """The name of a constraint or an index.

    Args:
        text: it.
        final: whether it is used as it is (`op.f`); else a naming convention may put something before it.

    """

    text: str
    final: bool = True

    @property
    def source(self) -> str:
        """The argument that gives it."""
        return f"op.f({quoted(self.text)})" if self.final else quoted(self.text)


@dataclass(frozen=True)
class Column:
    """A column.

    Args:
        name: its name.
        type: the source of its type.
        nullable: whether it may be NULL.
        default: the source of its default in the database; None if it has none.
        extras: further arguments (`sa.Identity()`), with their source.
        options: further keyword arguments.

    """

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    extras: tuple[str, ...] = ()
    options: Options = ()

    @property
    def source(self) -> str:
        """The call that makes it."""
        options = dict(self.options)
        if self.default:
            options["server_default"] = self.default
        if "primary_key" not in options:
            options["nullable"] = str(self.nullable)
        return call("sa.Column", quoted(self.name), self.type, *self.extras, **options)


@dataclass(frozen=True)
class Constraint:
    """A constraint of a table.

    Args:
        kind: what Alembic calls its type: a key of `KINDS`.
        name: its name.
        columns: the columns that it is about.
        condition: for a check: the source of its condition.
        referent: for a foreign key: the table that it refers to.
        remote: for a foreign key: the columns there.
        options: further keyword arguments.

    """

    kind: str
    name: Name
    columns: tuple[str, ...] = ()
    condition: str = ""
    referent: str = ""
    remote: tuple[str, ...] = ()
    options: Options = ()

    @property
    def source(self) -> str:
        """The argument of `create_table` that makes it."""
        options = {"name": self.name.source, **dict(self.options)}
        function = f"sa.{KINDS[self.kind]}"
        if self.kind == "foreignkey":
            targets = strings(f"{self.referent}.{column}" for column in self.remote)
            return call(function, strings(self.columns), targets, **options)
        if self.kind == "check":
            return call(function, self.condition, **options)
        return call(function, *map(quoted, self.columns), **options)

    def created_in(self, batch: str) -> str:
        """Return the operation that makes it in a table that is there."""
        options = dict(self.options)
        match self.kind:
            case "foreignkey":
                lists = strings(self.columns), strings(self.remote)
                name, referent = self.name.source, quoted(self.referent)
                return call(f"{batch}.create_foreign_key", name, referent, *lists, **options)
            case "check":
                return call(f"{batch}.create_check_constraint", self.name.source, self.condition, **options)
            case "unique":
                name, columns = self.name.source, strings(self.columns)
                return call(f"{batch}.create_unique_constraint", name, columns, **options)
        return call(f"{batch}.create_primary_key", self.name.source, strings(self.columns), **options)


@dataclass(frozen=True)
class Index:
    """An index of a table.

    Args:
        name: its name.
        columns: the source of its columns and expressions, each.
        options: further keyword arguments.

    """

    name: Name
    columns: tuple[str, ...]
    options: Options = ()

    def is_about(self, column: str) -> bool:
        """Tell whether it has a column."""
        return quoted(column) in self.columns


@dataclass
class Table:
    """A table.

    Args:
        name: its name.
        original: the name under which it was created.
        columns: its columns, by name.
        constraints: its constraints, by name.
        indexes: its indexes, by name.
        options: further keyword arguments of `create_table`.
        path: the migration that created it.

    """

    name: str
    original: str
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: dict[str, Constraint] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    options: Options = ()
    path: str = field(default="", compare=False)

    @property
    def referents(self) -> set[str]:
        """The tables that it refers to."""
        found = {constraint.referent for constraint in self.constraints.values()}
        return found - {"", self.name}

    def drop_column(self, name: str) -> None:
        """Remove a column, and the constraints and indexes that are about it."""
        self.columns.pop(name, None)
        self.constraints = {k: c for k, c in self.constraints.items() if name not in c.columns}
        self.indexes = {k: i for k, i in self.indexes.items() if not i.is_about(name)}

    def rename_column(self, old: str, new: str) -> None:
        """Give a column another name, in constraints and indexes too."""
        self.columns = {
            new if name == old else name: replace(column, name=new) if name == old else column
            for name, column in self.columns.items()
        }
        for key, constraint in self.constraints.items():
            columns = tuple(new if column == old else column for column in constraint.columns)
            self.constraints[key] = replace(constraint, columns=columns)
        for key, index in self.indexes.items():
            columns = tuple(quoted(new) if column == quoted(old) else column for column in index.columns)
            self.indexes[key] = replace(index, columns=columns)


Schema = dict[str, Table]
"""The tables of a database, by their names."""


def ordered(tables: Schema) -> list[Table]:
    """Return tables so that each comes after those that it refers to."""
    found: dict[str, Table] = {}
    waiting = dict(sorted(tables.items()))
    while waiting:
        ready = [name for name, table in waiting.items() if not table.referents & waiting.keys()]
        for name in ready or list(waiting):
            found[name] = waiting.pop(name)
    return list(found.values())
