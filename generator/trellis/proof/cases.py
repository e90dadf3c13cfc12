"""The distinct inputs of a check; trees with equal parts share one run."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trellis.rendering.combinations import Combination
from trellis.rendering.reads import PROJECT, Reads
from trellis.rendering.tree import File, Tree, write_files


@dataclass(eq=False)
class Case:
    """One distinct input of a check.

    Args:
        files: the input.
        example: the first combination with it.
        sharing: the number of combinations with it.

    """

    files: Mapping[str, File]
    example: Combination
    sharing: int = 0

    def write(self, folder: Path, store: Path | None = None) -> Path:
        """Write the input into a folder and return the folder; `store` is as in `write_files`."""
        write_files(self.files, folder, store)
        return folder


@dataclass
class Cases:
    """The distinct inputs of one check, in the order of the combinations.

    Args:
        reads: what the check reads.
        file_by_file: the check reads each file by itself, with the same settings.

    """

    reads: Reads
    file_by_file: bool = False
    _cases: dict[object, Case] = field(default_factory=dict)

    def add(self, combination: Combination, tree: Tree) -> None:
        """Add the input that this combination's tree has for the check, if any."""
        files = self.reads.of(tree)
        for part in self._parts(files) if self.file_by_file or not files else [files]:
            key = tuple([(name, file.id) for name, file in part.items()])
            case = self._cases.get(key)
            if case is None:
                case = self._cases[key] = Case(part, combination)
            case.sharing += 1

    def __len__(self) -> int:
        """Return how many distinct inputs there are."""
        return len(self._cases)

    def __iter__(self) -> Iterator[Case]:
        """Iterate over the distinct inputs."""
        return iter(self._cases.values())

    def _parts(self, files: Mapping[str, File]) -> Iterable[dict[str, File]]:
        if not self.reads.tables:
            return ({name: file} for name, file in files.items())
        settings = {PROJECT: files[PROJECT]} if PROJECT in files else {}
        return ({name: file, **settings} for name, file in files.items() if name != PROJECT)
