"""Checks of single files: leftover Jinja, scars of conditions, syntax errors."""

import configparser
import io
import json
import re
import tokenize
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from trellis.proof.checks.english import archaisms, long_lines

_BINARY = {".ico", ".png", ".jpg", ".gif", ".webp", ".woff", ".woff2", ".gz"}
_NOT_OURS = {"LICENSE"}
_JINJA = re.compile(r"\{\{-?\s*[A-Za-z_'\"(\[]|\{%|%\}|\{#")
_GITHUB_EXPRESSION = re.compile(r"\$\{\{.*?\}\}")
_MINIFIED = {".html", ".css", ".js", ".svg"}
_OPENING = ("[", "{", "(")
_CLOSING = ("]", "}", ")")


def text_problems(folder: Path) -> Iterator[str]:
    """Find problems in the text of each file in a folder."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield from problems(path.relative_to(folder).as_posix(), path.read_bytes())


def problems(name: str, data: bytes) -> list[str]:
    """Return the problems of a file's text, one line for each."""
    suffix = "." + name.rpartition(".")[2] if "." in name else ""
    if suffix in _BINARY:
        return []
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return [f"{name}: not UTF-8: {error}"]
    found = [
        *leftovers(text, suffix),
        *scars(text, suffix),
        *_empty_parts(text, suffix),
        *_syntax(text, suffix),
        *(() if name in _NOT_OURS else archaisms(text)),
        *(long_lines(text) if suffix == ".md" else ()),
    ]
    return [f"{name}:{problem}" for problem in found]


def leftovers(text: str, suffix: str) -> Iterator[str]:
    """Find Jinja that was not rendered.

    These braces are allowed: GitHub's `${{ }}`, Python's f-strings, expressions without names and texts
    (`{{ 7 * 7 }}`). In assets, only statements count.
    """
    looked_at = _GITHUB_EXPRESSION.sub("", text)
    if suffix == ".py" and _JINJA.search(looked_at):  # else its tokens need not be found
        looked_at = _without_format_strings(looked_at)
    for number, line in enumerate(looked_at.splitlines(), 1):
        match = re.search(r"\{%|%\}", line) if suffix in _MINIFIED else _JINJA.search(line)
        if match:
            yield f"{number}: leftover Jinja {match[0]!r}: {line.strip()[:80]}"


def scars(text: str, suffix: str) -> Iterator[str]:
    """Find blank lines and spaces that a condition left behind."""
    if not text:
        return
    if not text.endswith("\n") and suffix not in _MINIFIED:
        yield f"{text.count(chr(10)) + 1}: no newline at the end"
    if text.startswith("\n"):
        yield "1: blank line at the beginning"
    if text.endswith("\n\n"):
        yield f"{text.count(chr(10))}: blank line at the end"
    allowed = 2 if suffix in {".py", ".mako"} else 1
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield f"{number}: space at the end of the line"
        if number > allowed and not any(lines[number - 1 - allowed : number]) and number < len(lines):
            yield f"{number}: {allowed + 1} blank lines"
        if not line and 1 < number < len(lines) and _at_bracket(lines[number - 2], lines[number]):
            yield f"{number}: blank line beside a bracket"


def _at_bracket(before: str, after: str) -> bool:
    return before.endswith(_OPENING) or (bool(before) and after.lstrip().startswith(_CLOSING))


def _empty_parts(text: str, suffix: str) -> Iterator[str]:
    """Find empty sections, tables and lists."""
    if suffix == ".md":
        yield from _empty_sections(text)
    elif suffix == ".toml":
        for match in re.finditer(r"^\[[^\n]+\]\n(?=\s*(\[|\Z))", text, re.MULTILINE):
            yield f"{text.count(chr(10), 0, match.start()) + 1}: empty table {match[0].strip()}"
    if suffix in {".toml", ".yml", ".yaml", ".json"}:
        for match in re.finditer(r"[\[{]\n\s*[\]}]", text):
            yield f"{text.count(chr(10), 0, match.start()) + 1}: empty list or table"


def _empty_sections(text: str) -> Iterator[str]:
    heading: tuple[int, str] | None = None
    in_code = False
    for number, line in enumerate(text.splitlines(), 1):
        in_code ^= line.startswith("```")
        level = len(line) - len(line.lstrip("#"))
        if level and not in_code:
            if heading and level <= len(heading[1]) - len(heading[1].lstrip("#")):
                yield f"{heading[0]}: empty section {heading[1]!r}"
            heading = (number, line)
        elif line.strip():
            heading = None
    if heading:
        yield f"{heading[0]}: empty section {heading[1]!r}"


def _without_format_strings(code: str) -> str:
    """Return Python code with the text of f-strings blanked out."""
    lines = code.splitlines(keepends=True)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError):
        return code
    for token in reversed(tokens):
        if tokenize.tok_name[token.type] in {"FSTRING_MIDDLE", "TSTRING_MIDDLE"} or (
            token.type == tokenize.STRING and "f" in token.string[:2].lower()
        ):
            _blank(lines, token.start, token.end)
    return "".join(lines)


def _blank(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> None:
    for row in range(start[0], end[0] + 1):
        line = lines[row - 1]
        left = start[1] if row == start[0] else 0
        right = end[1] if row == end[0] else len(line.rstrip("\n"))
        lines[row - 1] = line[:left] + " " * (right - left) + line[right:]


def _ini(text: str) -> None:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    for section in parser.sections():
        if not parser.items(section):
            raise ValueError(f"empty section [{section}]")


def _yaml(text: str) -> None:
    for _ in yaml.compose_all(text, Loader=yaml.SafeLoader):
        pass


_PARSERS: dict[str, Callable[[str], object]] = {
    ".toml": tomllib.loads,
    ".yml": _yaml,
    ".yaml": _yaml,
    ".json": json.loads,
    ".ini": _ini,
}


def _syntax(text: str, suffix: str) -> Iterator[str]:
    try:
        _PARSERS.get(suffix, str)(text)
    except (ValueError, yaml.YAMLError, configparser.Error) as error:
        yield f" not valid {suffix[1:].upper()}: {error}"
