"""Finds where the user's code uses what a step removes: names, fields, methods and fixtures."""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from trellis.lifecycle.modules import imported_from, module_of
from trellis.lifecycle.rendered import Files

Use = tuple[int, str]
"""A line, and the name that it uses."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Definitions:
    """What code defines.

    Args:
        names: the names at the top of each module.
        members: the fields and methods of each class, without those of its bases.
        bases: the bases of each class.
        aliases: the class that an annotation of another name stands for, such as `SettingsDep`.
        fixtures: the fixtures of pytest.

    """

    names: dict[str, set[str]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    bases: dict[str, list[str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    fixtures: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, files: Files) -> "Definitions":
        """Return what Python files define."""
        found = cls()
        for path, data in files.items():
            if tree := parsed(path, data):
                found._read(module_of(path), tree)
        return found

    def members_of(self, name: str) -> set[str]:
        """Return the fields and methods of a class, with those of its bases."""
        found, waiting = set(self.members.get(name, ())), list(self.bases.get(name, ()))
        for base in waiting:
            found |= self.members.get(base, set())
            waiting += [one for one in self.bases.get(base, ()) if one not in waiting]
        return found

    def _read(self, module: str, tree: ast.Module) -> None:
        self.names[module] = {name for node in tree.body for name in _defined(node)}
        for node in ast.walk(tree):
            match node:
                case ast.ClassDef(name=name):
                    self.members[name] = {member for one in node.body for member in _defined(one)}
                    self.bases[name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if _is_fixture(node):
                    self.fixtures.add(name)
                case ast.Assign(
                    targets=[ast.Name(id=name)],
                    value=ast.Subscript(
                        value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[ast.Name(id=kind), *_])
                    ),
                ):
                    self.aliases[name] = kind


@dataclass(frozen=True)
class Removed:
    """What a step removes.

    Args:
        names: names from the top of modules that stay.
        members: fields and methods of classes that stay.
        fixtures: fixtures.
        aliases: the class that an annotation of another name stands for.

    """

    names: Mapping[str, AbstractSet[str]]
    members: Mapping[str, AbstractSet[str]]
    fixtures: AbstractSet[str]
    aliases: Mapping[str, str]

    @classmethod
    def between(cls, old: Files, new: Files, own: Files) -> "Removed":
        """Compare what the template defines before and after a step; leave out what the user defines."""
        before, after, user = (Definitions.of(files) for files in (old, new, own))
        names = {
            module: known - after.names[module] - user.names.get(module, set())
            for module, known in before.names.items()
            if module in after.names
        }
        members = {
            name: before.members_of(name) - after.members_of(name) - user.members_of(name)
            for name in before.members.keys() & after.members.keys()
        }
        return cls(names, members, before.fixtures - after.fixtures - user.fixtures, before.aliases)


def find_uses(path: str, before: bytes, tree: ast.Module, removed: Removed) -> Iterator[Use]:
    """Return where a file uses what a step removes.

    Args:
        path: the file's path.
        before: its content before the step.
        tree: its code after the step.
        removed: what the step removes.

    """
    modules = dict(_modules(path, tree, removed.names))
    yield from _imported_names(path, tree, removed)
    yield from _unbound(parsed(path, before), tree)
    for node in ast.walk(tree):
        yield from _fixtures(node, removed.fixtures)
    yield from _members(tree, removed, {}, modules)


def parsed(path: str, data: bytes) -> ast.Module | None:
    """Return the code of a Python file; None for another file, or one in conflict."""
    try:
        return ast.parse(data) if path.endswith(".py") else None
    except (SyntaxError, ValueError):
        return None


def _modules(path: str, tree: ast.Module, known: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Return the modules that a file imports whole, by the names that it gives them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname or alias.name, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = imported_from(path, node)
            for alias in node.names:
                if (module := f"{source}.{alias.name}") in known:
                    yield alias.asname or alias.name, module


def _imported_names(path: str, tree: ast.Module, removed: Removed) -> Iterator[Use]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            gone = removed.names.get(imported_from(path, node), frozenset())
            yield from ((alias.lineno, alias.name) for alias in node.names if alias.name in gone)


def _unbound(before: ast.Module | None, after: ast.Module) -> Iterator[Use]:
    """Return the uses of what a file imported or defined before the step, and does not any more."""
    if before:
        gone = _bound(before.body) - _bound(ast.walk(after)) - set(dir(builtins))
        for node in ast.walk(after):
            if isinstance(node, ast.Name) and node.id in gone:
                yield node.lineno, node.id


def _bound(nodes: Iterable[ast.AST]) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found |= {(alias.asname or alias.name).partition(".")[0] for alias in names}
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.stmt():
                found |= set(_defined(node))
    return found


def _fixtures(node: ast.AST, gone: AbstractSet[str]) -> Iterator[Use]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() if node.name.startswith("test_") or _is_fixture(node):
            yield from ((one.lineno, one.arg) for one in _parameters(node) if one.arg in gone)
        case ast.Call(func=ast.Attribute(attr="usefixtures"), args=arguments):
            constants = (one for one in arguments if isinstance(one, ast.Constant) and one.value in gone)
            yield from ((one.lineno, str(one.value)) for one in constants)


def _members(
    node: ast.AST, removed: Removed, kinds: Mapping[str, str], modules: Mapping[str, str]
) -> Iterator[Use]:
    """Return the uses of fields, methods and names in modules; `kinds` has the classes of parameters."""
    if isinstance(node, _Function):
        kinds = {**kinds, **dict(_kinds(node, removed.aliases))}
    match node:
        case ast.Attribute(value=owner, attr=name):
            text = ast.unparse(owner)
            gone = removed.names.get(modules.get(text, text), frozenset())
            if name in gone or name in removed.members.get(_kind(text, kinds), frozenset()):
                yield node.end_lineno or node.lineno, name
        case ast.Call(func=ast.Name(id=kind), keywords=keywords):
            gone = removed.members.get(kind, frozenset())
            yield from ((one.lineno, one.arg) for one in keywords if one.arg and one.arg in gone)
    for child in ast.iter_child_nodes(node):
        yield from _members(child, removed, kinds, modules)


def _kinds(function: _Function, aliases: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Return the classes of a function's parameters, as their annotations say."""
    for argument in _parameters(function):
        text = ast.unparse(argument.annotation) if argument.annotation else ""
        yield argument.arg, aliases.get(text, text)


def _parameters(function: _Function) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _kind(owner: str, kinds: Mapping[str, str]) -> str:
    """Return the class of an object, as far as its annotation or its name tells."""
    return kinds.get(owner) or ("Settings" if owner.rpartition(".")[2] == "settings" else "")


def _defined(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.Assign():
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _is_fixture(function: _Function) -> bool:
    return any(
        re.match(r"(?:pytest(?:_asyncio)?\.)?fixture\b", ast.unparse(one)) for one in function.decorator_list
    )
