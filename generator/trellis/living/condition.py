"""How a service stands to its template."""

from dataclasses import dataclass
from pathlib import Path

from trellis.errors import BadInputError
from trellis.living.copies import Copies
from trellis.living.migrations import FOLDER
from trellis.living.record import check_record
from trellis.living.rendering import Files, render
from trellis.living.service import ANSWERS, Service
from trellis.living.template import opened_template
from trellis.living.versions import newer_than, read_versions


@dataclass(frozen=True)
class Condition:
    """How a service stands to its template.

    Args:
        template: the template's address.
        version: the version that the service has.
        newer: the versions after it, the newest first.
        answers: the service's answers.
        changed: the template's files that the user changed.
        deleted: the template's files that the user deleted.
        problems: what is not sound; a step would be refused for it.

    """

    template: str
    version: str
    newer: list[str]
    answers: dict[str, object]
    changed: list[str]
    deleted: list[str]
    problems: list[str]


def find_condition(service: Service) -> Condition:
    """Compare a service, as its folder is now, with what its template renders for its answers."""
    problems: list[str] = []
    newer: list[str] = []
    rendered: Files = {}
    try:
        newer = newer_than(service, read_versions(service))
        with Copies() as copies:
            with opened_template(service, service.version, copies) as template:
                template.check_own()
            rendered = render(service, service.own_answers, copies).files
            check_record(service, rendered, copies)
    except BadInputError as error:
        problems.append(str(error))
    changed = [path for path, data in rendered.items() if _differs(service.folder / path, data)]
    return Condition(
        template=service.source,
        version=service.version,
        newer=newer,
        answers=service.own_answers,
        changed=sorted(path for path in changed if path != ANSWERS),
        deleted=sorted(
            path for path in rendered if not path.startswith(FOLDER) and not (service.folder / path).exists()
        ),
        problems=problems,
    )


def _differs(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes().replace(b"\r\n", b"\n") != data.replace(b"\r\n", b"\n")
