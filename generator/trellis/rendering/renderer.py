"""Renders the tree of files of each combination; equal files are rendered once."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import TemplateError
from pathspec import PathSpec

from trellis.rendering.combinations import BadTemplateError, Combination
from trellis.rendering.memo import Memo
from trellis.rendering.source import Source
from trellis.rendering.tree import Broken, File, Tree

if TYPE_CHECKING:
    from trellis.rendering.reads import Reads


def _literal_paths(item: str) -> list[str]:
    """Return all patterns that an item of `_exclude` may give."""
    lines = [line.strip() for line in re.sub(r"(# )?{%.*?%}", "", item, flags=re.DOTALL).splitlines()]
    quoted = [text for line in lines if "{{" in line for text in re.findall(r"'([^']*)'", line)]
    return [line for line in lines if line and "{{" not in line] + quoted


class Renderer:
    """Renders combinations of a template as Copier does.

    Raises:
        BadTemplateError: the template has Jinja in a path, or two files for one path; the proof supports
            neither.

    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._exclusions = [Memo(partial(self._patterns, text)) for text in source.exclusions]
        self._copied: dict[str, File] = {}
        self._rendered: dict[str, Memo[Combination, File | Broken]] = {}
        self._folders: list[str] = []
        self._matched: dict[str, dict[str, bool]] = {}
        self._visible: dict[tuple[str, ...], tuple[list[str], list[str], frozenset[str]]] = {}
        for path in sorted(source.project.rglob("*")):
            self._add(path)

    def tree(self, combination: Combination) -> Tree:
        """Return the combination's tree; equal files of earlier trees are not rendered again."""
        copied, templates, folders = self._visible_for(combination)
        files = {name: self._copied[name] for name in copied}
        broken = {}
        for name in templates:
            rendered = self._rendered[name](combination)
            if isinstance(rendered, File):
                files[name] = rendered
            else:
                broken[name] = rendered
        return Tree(files, folders, broken)

    def part(self, combination: Combination, reads: "Reads") -> dict[str, File]:
        """Return the files of the combination's tree that a check reads; others are not rendered."""
        copied, templates, _ = self._visible_for(combination)
        rendered = {name: self._rendered[name](combination) for name in templates if reads.includes(name)}
        files = {name: self._copied[name] for name in copied if reads.includes(name)}
        return files | {name: file for name, file in rendered.items() if isinstance(file, File)}

    def names(self, reads: "Reads") -> frozenset[str]:
        """Return the names that the files of a check, and the rules that exclude them, have read so far.

        The names that `pyproject.toml` reads count only for a check of that file as a whole.
        """
        found: set[str] = set()
        for name, memo in self._rendered.items():
            if reads.includes(name):
                found |= memo.names
        paths = [name for name in (*self._copied, *self._rendered) if reads.includes(name)]
        for text, memo in zip(self._source.exclusions, self._exclusions, strict=True):
            left_out = PathSpec.from_lines("gitignore", _literal_paths(text))
            if any(map(left_out.match_file, paths)):
                found |= memo.names
        return frozenset(found)

    def renderings(self) -> dict[str, int]:
        """Return how often each file was rendered so far; 1 for copied files."""
        counts = {name: sum(1 for _ in memo) for name, memo in self._rendered.items()}
        return {**dict.fromkeys(self._copied, 1), **counts}

    def _add(self, path: Path) -> None:
        name = path.relative_to(self._source.project).as_posix()
        if "{{" in name or "{%" in name:
            raise BadTemplateError(f"{name}: the proof does not support Jinja in paths; use _exclude")
        if path.is_dir():
            self._folders.append(name)
            return
        mode = path.stat().st_mode & 0o7777
        clean = name.removesuffix(self._source.suffix)
        if clean in self._copied or clean in self._rendered:
            raise BadTemplateError(f"{clean}: there are two files for this path")
        if self._source.copies(path):
            self._copied[name] = File.of(path.read_bytes(), mode)
        else:
            self._rendered[clean] = Memo(partial(self._render, path.relative_to(self._source.root), mode))

    def _render(self, path: Path, mode: int, combination: Combination) -> tuple[File | Broken, list[str]]:
        reads: list[str] = []
        try:
            data = self._source.render_file(path, combination.values, combination.hidden, reads)
        except TemplateError as error:
            message = str(error).replace(str(self._source.root), ".")
            return Broken(f"{path.as_posix()}: {message}"), reads
        return File.of(data, mode), reads

    def _patterns(self, text: str, combination: Combination) -> tuple[list[str], list[str]]:
        reads: list[str] = []
        return (
            self._source.render_exclusion(text, combination.values, combination.hidden, reads)
            .decode()
            .splitlines(),
            reads,
        )

    def _visible_for(self, combination: Combination) -> tuple[list[str], list[str], frozenset[str]]:
        patterns = tuple(line for memo in self._exclusions for line in memo(combination))
        if patterns not in self._visible:
            self._visible[patterns] = self._left_in(patterns)
        return self._visible[patterns]

    def _left_in(self, patterns: tuple[str, ...]) -> tuple[list[str], list[str], frozenset[str]]:
        verdicts: dict[str, bool] = {}
        for line in patterns:
            verdicts |= self._verdicts(line)
        return (
            [name for name in self._copied if not verdicts.get(name)],
            [name for name in self._rendered if not verdicts.get(name)],
            frozenset(name for name in self._folders if not verdicts.get(name)),
        )

    def _verdicts(self, line: str) -> dict[str, bool]:
        """Return the paths that a pattern matches: true if it leaves them out, false if it keeps them."""
        if line not in self._matched:
            pattern = PathSpec.from_lines("gitignore", [line])
            found = {name: pattern.check_file(name).include for name in self._paths}
            self._matched[line] = {name: verdict for name, verdict in found.items() if verdict is not None}
        return self._matched[line]

    @property
    def _paths(self) -> Iterator[str]:
        return chain(self._copied, self._rendered, self._folders)
