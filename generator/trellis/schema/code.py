"""Python expressions, parsed and laid out as Ruff formats them."""

import ast
import json
import re
import sys
from collections.abc import Iterable, Mapping
from copy import deepcopy

WIDTH = 100
"""The longest line of a service."""

_INDENT = 4
_LONG = ("create_table",)
"""Calls with one argument on each line, however short they are."""


def flat(node: ast.expr) -> str:
    """Return an expression on one line."""
    match node:
        case ast.Constant(value=str(text)):
            return quoted(text)
        case ast.Attribute():
            return f"{flat(node.value)}.{node.attr}"
        case ast.Call():
            return f"{flat(node.func)}({', '.join(_elements(node))})"
        case ast.List():
            return f"[{', '.join(map(flat, node.elts))}]"
        case ast.Tuple():
            return f"({', '.join(map(flat, node.elts))}{',' if len(node.elts) == 1 else ''})"
    return ast.unparse(node)


def quoted(text: str) -> str:
    """Return a string literal in double quotes, or in single ones if that saves escapes."""
    if '"' in text and "'" not in text:
        return repr(text)
    return json.dumps(text, ensure_ascii=False)


def call(function: str, /, *arguments: str, **keywords: str) -> str:
    """Return a call on one line; arguments that are empty are left out."""
    named = [f"{key}={value}" for key, value in keywords.items()]
    return f"{function}({', '.join([*filter(None, arguments), *named])})"


def strings(values: Iterable[str]) -> str:
    """Return a list of string literals."""
    return f"[{', '.join(map(quoted, values))}]"


def laid_out(expression: str, indent: int) -> list[str]:
    """Return the lines of an expression at an indentation, none longer than necessary."""
    return _lines(parsed(expression), indent, "", "")


def parsed(expression: str) -> ast.expr:
    """Return an expression, parsed."""
    return ast.parse(expression, mode="eval").body


def imports_of(code: bytes) -> dict[str, str]:
    """Return the names that a module imports, each with the statement that does so."""
    found: dict[str, str] = {}
    for node in ast.parse(code).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                found[name] = ast.unparse(_with_names(node, [alias]))
    return found


def imported(statements: Iterable[str]) -> str:
    """Return imports sorted and grouped like Ruff does."""
    groups: list[list[str]] = [[], [], []]
    for statement in sorted(set(statements), key=lambda text: (text.startswith("from"), text)):
        module = re.split(r"[ .]", statement)[1]
        groups[0 if module in sys.stdlib_module_names else 2 if module == "app" else 1].append(statement)
    return "\n\n".join("\n".join(group) for group in groups if group)


def substituted(node: ast.expr, values: Mapping[str, ast.expr]) -> ast.expr:
    """Return an expression with names replaced by values."""
    return _Substitution(values).visit(deepcopy(node)) if values else node


def _with_names(node: ast.Import | ast.ImportFrom, names: list[ast.alias]) -> ast.stmt:
    if isinstance(node, ast.Import):
        return ast.Import(names)
    return ast.ImportFrom(node.module, names, node.level)


def _lines(node: ast.expr, indent: int, before: str, after: str) -> list[str]:
    margin, text = " " * indent, flat(node)
    is_long = isinstance(node, ast.Call) and flat(node.func).endswith(_LONG)
    if indent + len(before + text + after) <= WIDTH and not is_long:
        return [f"{margin}{before}{text}{after}"]
    match node:
        case ast.Call():
            opening, closing = f"{flat(node.func)}(", ")"
            parts = [("", argument) for argument in node.args]
            parts += [(f"{keyword.arg}=", keyword.value) for keyword in node.keywords]
        case ast.List(elts=elements):
            opening, closing, parts = "[", "]", [("", element) for element in elements]
        case _:
            return [f"{margin}{before}{text}{after}"]
    inner = ", ".join(f"{prefix}{flat(part)}" for prefix, part in parts)
    within = indent + _INDENT
    if within + len(inner) <= WIDTH and not is_long:
        lines = [f"{' ' * within}{inner}"]
    else:
        lines = [line for prefix, part in parts for line in _lines(part, within, prefix, ",")]
    return [f"{margin}{before}{opening}", *lines, f"{margin}{closing}{after}"]


def _elements(node: ast.Call) -> list[str]:
    named = [f"{keyword.arg}=" if keyword.arg else "**" for keyword in node.keywords]
    values = [flat(keyword.value) for keyword in node.keywords]
    return [*map(flat, node.args), *(name + value for name, value in zip(named, values, strict=True))]


class _Substitution(ast.NodeTransformer):
    """Replaces names by values, and joins f-strings of constants."""

    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace a known name."""
        return self._values.get(node.id, node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """Join an f-string of constants."""
        parts = [
            self.visit(part.value) if isinstance(part, ast.FormattedValue) else part for part in node.values
        ]
        texts = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
        return ast.Constant("".join(texts)) if len(texts) == len(parts) else node
