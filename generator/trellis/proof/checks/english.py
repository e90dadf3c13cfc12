"""Checks of the English in texts: no archaic phrases, no long lines of prose."""

import re
from collections.abc import Iterator

WIDTH = 120
"""The longest line in a Markdown file."""

_ARCHAIC = re.compile(
    r"""\b(
    shall | who(so)?ever | unasked | anew | hence(forth)? | where(by|in|of) | there(by|in|of) | hereby
    | that \s which | cannot \s be \s had | makes? \s no \s sense
    | (is | are | was | were) \s to \s be
    | (says | knows | tells | cares) \s not
    | (?<! there \s) (is | are) \s no \s (?! longer | more | one) [A-Za-z]+
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)


def archaisms(text: str) -> Iterator[str]:
    """Find phrases that a reader of plain English stumbles over."""
    for number, line in enumerate(text.splitlines(), 1):
        for match in _ARCHAIC.finditer(line):
            yield f"{number}: not plain English: {match[0]!r}"


def long_lines(text: str) -> Iterator[str]:
    """Find lines of more than `WIDTH` characters that could be broken."""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > WIDTH and " " in line.strip():
            yield f"{number}: {len(line)} characters, more than {WIDTH}"
