"""What each choice adds to a service, found by rendering with and without it."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from trellis.errors import BadInputError
from trellis.questions import Question, load_questions
from trellis.rendering.combinations import Combination
from trellis.rendering.enumeration import Completion
from trellis.rendering.renderer import Renderer
from trellis.rendering.source import Source, opened
from trellis.rendering.tree import Tree
from trellis.template_source import template_root


@dataclass(frozen=True)
class Addition:
    """What a choice adds to a service, compared with the first choice of its question."""

    requires: dict[str, str] = field(default_factory=dict)
    """The answer to another question that this choice needs."""
    packages: list[str] = field(default_factory=list)
    dev_packages: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def find_additions() -> dict[str, dict[str, Addition]]:
    """Return what each choice adds, by the question's name and the choice."""
    asked = {
        name: question
        for name, question in load_questions().items()
        if question.choices and not question.computed
    }
    with opened(template_root()) as source:
        comparison = _Comparison(source, asked)
        return {name: comparison.of(name) for name in asked}


class _Comparison:
    def __init__(self, source: Source, asked: Mapping[str, Question]) -> None:
        self._completion = Completion(source)
        self._renderer = Renderer(source)
        self._asked = asked
        self._defaults = {name: question.default for name, question in asked.items()}

    def of(self, name: str) -> dict[str, Addition]:
        """Return what the choices of this question add."""
        first, *_ = self._asked[name].choices
        found = {}
        for choice in self._asked[name].choices:
            requires, with_choice = self._service(name, choice)
            without = self._combination({name: first, **requires}, name)
            found[choice] = self._difference(requires, with_choice, without)
        return found

    def _service(self, name: str, choice: str) -> tuple[dict[str, str], Combination]:
        """Return a service with this choice, and the other answer that it needs, if any."""
        for requires in self._other_answers(name):
            if combination := self._combination({name: choice, **requires}, name):
                return requires, combination
        raise BadInputError(f"no service has {name}={choice}", code="template_error")

    def _other_answers(self, name: str) -> Iterator[dict[str, str]]:
        yield {}
        for other, question in self._asked.items():
            if other != name:
                yield from ({other: choice} for choice in question.choices)

    def _combination(self, answers: Mapping[str, str], name: str) -> Combination | None:
        """Return the service with these answers and the defaults, if this question applies to it."""
        combination = self._completion.of({**self._defaults, **answers})
        answer = combination and combination[name]
        return combination if answer and answer.asked else None

    def _difference(self, requires: dict[str, str], one: Combination, other: Combination | None) -> Addition:
        tree = self._renderer.tree(one)
        before = self._renderer.tree(other) if other else tree
        return Addition(
            requires=requires,
            packages=_new(_packages(tree), _packages(before)),
            dev_packages=_new(_dev_packages(tree), _dev_packages(before)),
            services=_new(_services(tree), _services(before)),
            files=_new(list(tree.files), list(before.files)),
        )


def _new(names: list[str], known: list[str]) -> list[str]:
    return sorted(set(names) - set(known))


def _packages(tree: Tree) -> list[str]:
    project = tomllib.loads(tree.files["pyproject.toml"].data.decode())
    return list(project["project"]["dependencies"])


def _dev_packages(tree: Tree) -> list[str]:
    project = tomllib.loads(tree.files["pyproject.toml"].data.decode())
    return list(project["dependency-groups"]["dev"])


def _services(tree: Tree) -> list[str]:
    compose = tree.files.get("compose.yaml")
    return list(yaml.safe_load(compose.data)["services"]) if compose else []
