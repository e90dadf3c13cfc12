"""What the shell may complete."""

from trellis.presets import PRESETS


def complete_preset(incomplete: str) -> list[str]:
    """Return the presets that begin so."""
    return [name for name in PRESETS if name.startswith(incomplete)]


def complete_answer(incomplete: str) -> list[tuple[str, str]]:
    """Return what may follow `--set`: the questions' names, or, after the `=`, one's choices."""
    from trellis.questions import load_questions  # noqa: PLC0415 (Copier's import takes its time)

    name, equals, _ = incomplete.partition("=")
    questions = load_questions()
    if equals and name in questions:
        found = [(f"{name}={value}", about) for value, about in questions[name].choices.items()]
    else:
        found = [(f"{key}=", question.help) for key, question in questions.items() if not question.computed]
    return [(text, about) for text, about in found if text.startswith(incomplete)]


def complete_name(incomplete: str) -> list[tuple[str, str]]:
    """Return the questions about features that a service may do without."""
    from trellis.questions import load_questions  # noqa: PLC0415 (Copier's import takes its time)

    found = [(name, question.help) for name, question in load_questions().items() if question.absent]
    return [(name, about) for name, about in found if name.startswith(incomplete)]
