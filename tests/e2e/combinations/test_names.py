"""The names that a project cannot have: those of the packages that some service installs."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distributions
from itertools import product

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from trellis.proof.environments.shared import requirements
from trellis.proof.proof import Proof
from trellis.template_source import template_root

pytestmark = pytest.mark.combinations

NAMES = template_root() / "template" / "packages.txt"
PLATFORMS = [
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    {"sys_platform": "emscripten", "platform_system": "Emscripten", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
]
PYTHONS = [
    {"python_version": version.rpartition(".")[0], "python_full_version": version}
    for version in ("3.11.0", "3.11.9", "3.12.9", "3.13.9", "3.14.9")
]


def applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    """Tell whether some machine installs it: a lock file holds the packages of all of them."""
    marker = requirement.marker
    environments = (
        {**platform, **python, "extra": extra}
        for platform, python, extra in product(PLATFORMS, PYTHONS, ["", *extras])
    )
    return marker is None or any(marker.evaluate(environment) for environment in environments)


def needed(wanted: Iterable[str], installed: Mapping[NormalizedName, Distribution]) -> set[str]:
    """Return the names of the packages that these requirements bring, through others as well."""
    waiting = [Requirement(text) for text in wanted]
    seen: set[tuple[NormalizedName, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) not in seen:
            seen.add((name, extras))
            waiting.extend(following(installed.get(name), extras))
    return {name for name, _ in seen}


def following(distribution: Distribution | None, extras: Iterable[str]) -> Iterator[Requirement]:
    for text in (distribution.requires if distribution else None) or []:
        requirement = Requirement(text)
        if applies(requirement, extras):
            yield requirement


def test_every_package_of_a_service_is_a_name_that_a_project_cannot_have(proof: Proof) -> None:
    folder = proof.environment.folder
    [packages] = folder.glob("lib/python*/site-packages")
    installed = {
        canonicalize_name(distribution.name): distribution
        for distribution in distributions(path=[str(packages)])
    }
    names = NAMES.read_text().split()
    expected = sorted(needed(requirements(proof.survey.projects), installed))
    assert names == expected, f"{NAMES} must hold exactly these:\n" + "\n".join(expected)
