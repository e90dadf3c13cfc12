"""Merges lists that both the user and the template extended in the same place.

A merged file of Python, TOML, YAML or JSON must mean exactly what both sides added and removed, each in its
own table, call or class; otherwise the conflict stays.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, product

from trellis.lifecycle.meaning import has_both, meaning_of
from trellis.lifecycle.modules import sorted_imports

_TRIES = 64
_PLAIN = (".gitignore", ".dockerignore", ".env.example", "Dockerfile", ".md")
"""How the names of files end in which lines, or paragraphs, stand for themselves."""
_INDEPENDENT = re.compile(
    rb"""\s*(?:
        (?:from|import|def|async\ def|class)\b | [@#] | [)\]}]   # imports, definitions, comments, ends
        | .*[,(\[{]$                                             # elements of a list, and what begins one
        | \w+:\ .+                                               # fields
        | (?:await\ )?[\w.]+\(.*\)$                              # calls
    )""",
    re.VERBOSE,
)
"""Statements of Python whose order is free."""
_IN_LINE = re.compile(rb"(?=[^\n]*\n\Z)(?:(from \S+ import )([\w, ]*)(\n)|(.*?[\[{])([^\n]*?)([\]}][^\]}]*))")
"""A list in one line: what is before its elements, the elements, and what is after them."""

Lines = Sequence[bytes]


@dataclass
class Piece:
    """Lines of a merged file: those of all, in `mine`, or those of each side where they are in conflict."""

    mine: list[bytes] = field(default_factory=list)
    base: list[bytes] = field(default_factory=list)
    theirs: list[bytes] = field(default_factory=list)
    conflict: bool = False


@dataclass(frozen=True)
class _Edit:
    """Lines of the base that a side replaces by others."""

    start: int
    end: int
    lines: Lines
    rank: int = 0

    def by_depth(self) -> "Iterator[_Edit]":
        """Return lines that are added as two parts: those that continue the block above, and the others."""
        margin = min((_indentation(line) for line in self.lines if line.strip()), default=0)
        outer = (n for n, line in enumerate(self.lines) if line.strip() and _indentation(line) == margin)
        first = 0 if self.end > self.start else next(outer, 0)
        yield _Edit(self.start, self.start, self.lines[:first])
        yield _Edit(self.start, self.end, self.lines[first:], rank=1)

    def meets(self, other: "_Edit") -> bool:
        """Tell whether two edits change the same lines; those that only touch do not."""
        inside = self.start < other.start < self.end or other.start < self.start < other.end
        return inside or max(self.start, other.start) < min(self.end, other.end)


def merge_lists(path: str, versions: Sequence[bytes], pieces: Sequence[Piece]) -> bytes | None:
    """Return a file with the lines of both sides; None if the result would be wrong.

    Args:
        path: its path.
        versions: what the template rendered last, what the user has, what the template renders now.
        pieces: the merged file, with its conflicts.

    """
    conflicts = [piece for piece in pieces if piece.conflict]
    if path.endswith(_PLAIN):
        if any(_depends_on_order(path, piece) for piece in conflicts):
            return None
        return _joined(_paragraphs(path, piece) if piece.conflict else piece.mine for piece in pieces)
    if path.endswith(".py") and not all(_is_independent(piece) for piece in conflicts):
        return None
    meanings = [meaning_of(path, data) for data in versions]
    for texts in _choices(pieces):
        merged = _with_imports_sorted(path, _joined(texts), versions)
        if has_both(meaning_of(path, merged), *meanings):
            return merged
    return None


def _choices(pieces: Sequence[Piece]) -> Iterator[Sequence[Lines]]:
    """Return ways to put the pieces together: the same way for all conflicts first."""
    found = [list(_woven(piece)) if piece.conflict else [piece.mine] for piece in pieces]
    if all(found):
        for number in range(max(map(len, found))):
            yield [ways[number % len(ways)] for ways in found]
        yield from islice(product(*found), _TRIES)


def _with_imports_sorted(path: str, data: bytes, versions: Sequence[bytes]) -> bytes:
    """Sort the imports of a Python file if they were sorted before."""
    if not path.endswith(".py"):
        return data
    return sorted_imports(data) if all(sorted_imports(one) == one for one in versions) else data


def _joined(texts: "Iterator[Lines] | Sequence[Lines]") -> bytes:
    return b"".join(chain.from_iterable(texts))


def _depends_on_order(path: str, piece: Piece) -> bool:
    """Tell whether lines of plain text are more than added, or, in a list of patterns, take others back."""
    negated = path.endswith("ignore") and any(line.startswith(b"!") for line in piece.mine + piece.theirs)
    return bool(piece.base) or negated


def _paragraphs(path: str, piece: Piece) -> Lines:
    """Return what both added: the template's first, but before paragraphs what continues the text above."""
    first, second = piece.theirs, piece.mine
    if first and second and not first[0].strip() and second[0].strip():
        first, second = second, first
    apart = path.endswith(".md") and first and first[-1].strip() and second[:1] and second[0].startswith(b"#")
    return [*first, *([b"\n"] if apart else []), *second]


def _is_independent(piece: Piece) -> bool:
    """Tell whether the order of all outer lines of both sides is free."""
    for lines in (piece.mine, piece.theirs):
        written = [line for line in lines if line.strip()]
        margin = min(map(_indentation, written), default=0)
        outer = [line for line in written if _indentation(line) == margin]
        if not all(_INDEPENDENT.match(line.rstrip()) for line in outer):
            return False
    return True


def _woven(piece: Piece) -> Iterator[Lines]:
    """Return the ways to put both sides together, by lines, or by the elements of a list in one line."""
    yield from _woven_lines(piece)
    lines = [_IN_LINE.fullmatch(b"".join(side)) for side in (piece.mine, piece.base, piece.theirs)]
    parts = [[part for part in line.groups() if part is not None] for line in lines if line]
    if len(parts) == len(lines) and len({(before, after) for before, _, after in parts}) == 1:
        (before, _, after), *_ = parts
        mine, base, theirs = ([b", " + one for one in inner.split(b", ") if one] for _, inner, _ in parts)
        for woven in _woven_lines(Piece(mine, base, theirs)):
            yield [before + b"".join(woven).removeprefix(b", ") + after]


def _woven_lines(piece: Piece) -> Iterator[Lines]:
    """Return the ways to put both sides' lines together; none if they changed the same ones."""
    theirs = list(_edits(piece.base, piece.theirs))
    same = {edit for edit in theirs if edit.end > edit.start}
    mine = [edit for edit in _edits(piece.base, piece.mine) if edit not in same]
    if any(edit.meets(other) for edit in mine for other in theirs):
        return
    known = {line for edit in theirs for line in edit.lines if line.strip()}
    fresh = [_Edit(e.start, e.end, [line for line in e.lines if line not in known]) for e in mine]
    for own in (fresh, mine):
        for edits in ([*theirs, *own], [*own, *theirs]):
            yield _applied(piece.base, edits)
            yield _applied(piece.base, [part for edit in edits for part in edit.by_depth()])


def _edits(base: Lines, side: Lines) -> Iterator[_Edit]:
    compared = difflib.SequenceMatcher(None, base, side, autojunk=False)
    for tag, start, end, first, last in compared.get_opcodes():
        if tag != "equal":
            yield _Edit(start, end, tuple(side[first:last]))


def _applied(base: Lines, edits: Sequence[_Edit]) -> Lines:
    done = 0
    lines: list[bytes] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end, edit.rank)):
        lines += [*base[done : edit.start], *edit.lines]
        done = edit.end
    return [*lines, *base[done:]]


def _indentation(line: bytes) -> int:
    return len(line) - len(line.lstrip())
