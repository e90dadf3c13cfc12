"""The template's questions, as `copier.yml` and the features' rooms state them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from copier._template import filter_config, load_template_config

from trellis.template import template_root


@dataclass(frozen=True)
class Question:
    """One question of the template.

    Args:
        name: what `--set` and the answers file call it.
        details: what `copier.yml` says of it (Copier's own keys: `help`, `choices`, `default`, …).

    """

    name: str
    details: Mapping[str, Any]

    @property
    def computed(self) -> bool:
        """Tell whether nobody is ever asked: the template computes the answer."""
        return self.details.get("when") is False

    @cached_property
    def choices(self) -> dict[str, str]:
        """What may be answered, as written after `--set name=`, each with a line about it; {} if anything."""
        if self.details.get("type") == "bool":
            return {"false": "no", "true": "yes"}
        choices = self.details.get("choices") or []
        if not isinstance(choices, dict):
            return {str(choice): "" for choice in choices}
        values = {
            label: choice["value"] if isinstance(choice, dict) else choice
            for label, choice in choices.items()
        }
        return {str(value): label.removeprefix(str(value)).strip() for label, value in values.items()}

    def rule(self, choice: str) -> str:
        """Return the Jinja text that says why this answer is invalid, and nothing where it is valid."""
        choices = self.details.get("choices")
        detailed = [c for c in choices.values() if isinstance(c, dict)] if isinstance(choices, dict) else []
        rules = [about.get("validator", "") for about in detailed if str(about["value"]) == choice]
        return "".join([*rules, self.details.get("validator", "")])

    @property
    def absent(self) -> str | None:
        """The choice of a service without the feature; None if the question is not about having one."""
        return next((choice for choice in ("none", "false") if choice in self.choices), None)

    @property
    def default(self) -> str:
        """The default, as written after `--set name=`; it may be a Jinja expression."""
        default = self.details.get("default", "")
        return str(default).lower() if isinstance(default, bool) else str(default)

    @property
    def help(self) -> str:
        """The question itself."""
        return str(self.details.get("help", ""))


def load_questions() -> dict[str, Question]:
    """Return all questions of the template by name, in the order of asking, the computed ones included."""
    _, questions = filter_config(load_template_config(template_root() / "copier.yml"))
    return as_questions(questions)


def as_questions(details: Mapping[str, Mapping[str, Any]]) -> dict[str, Question]:
    """Return Copier's mapping of questions as questions."""
    return {name: Question(name, about) for name, about in details.items()}
