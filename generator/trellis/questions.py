"""The template's questions, from `copier.yml` and the feature folders."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from trellis.copier_internals import filter_config, load_template_config
from trellis.template_source import template_root


@dataclass(frozen=True)
class Question:
    """One question of the template.

    Args:
        name: its name in `--set` and the answers file.
        details: its entry in `copier.yml` (Copier's own keys: `help`, `choices`, `default`, …).

    """

    name: str
    details: Mapping[str, Any]

    @property
    def computed(self) -> bool:
        """Tell whether the template computes the answer, so that the question is never asked."""
        return self.details.get("when") is False

    @cached_property
    def choices(self) -> dict[str, str]:
        """The choices, as written after `--set name=`, with descriptions; {} if any text is allowed."""
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
        """Return the Jinja text that gives the reason if this answer is invalid."""
        choices = self.details.get("choices")
        detailed = [c for c in choices.values() if isinstance(c, dict)] if isinstance(choices, dict) else []
        rules = [about.get("validator", "") for about in detailed if str(about["value"]) == choice]
        return "".join([*rules, self.details.get("validator", "")])

    @property
    def absent(self) -> str | None:
        """The choice that means "without this feature"; None if the feature cannot be left out."""
        return next((choice for choice in ("none", "false") if choice in self.choices), None)

    @property
    def default(self) -> str:
        """The default, as written after `--set name=`; it may be a Jinja expression."""
        default = self.details.get("default", "")
        return str(default).lower() if isinstance(default, bool) else str(default)

    @property
    def help(self) -> str:
        """The text of the question."""
        return str(self.details.get("help", ""))


def load_questions() -> dict[str, Question]:
    """Return all questions by name, in the order of asking, including the computed ones."""
    _, questions = filter_config(load_template_config(template_root() / "copier.yml"))
    return as_questions(questions)


def as_questions(details: Mapping[str, Mapping[str, Any]]) -> dict[str, Question]:
    """Return Copier's mapping of questions as questions."""
    return {name: Question(name, about) for name, about in details.items()}
