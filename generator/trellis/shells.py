"""Completion of `NAME=CHOICE` in Bash, zsh and fish.

Bash splits words at `=` and replaces only the part behind the last one; zsh and fish complete
`--set=NAME=CHOICE` as one word. Typer knows neither, and lets Bash and zsh end `NAME=` with a space.
"""

import os
import shlex
from typing import TYPE_CHECKING

from typer import _completion_shared
from typer._click.shell_completion import add_completion_class
from typer._completion_classes import FishComplete, ZshComplete

if TYPE_CHECKING:
    from typer._click.shell_completion import CompletionItem

_BASH = r"""
%(complete_func)s() {
    local IFS=$'\n'
    COMPREPLY=( $( env _TYPER_COMPLETE_ARGS="${COMP_LINE:0:COMP_POINT}" \
                   _TRELLIS_WORDBREAKS="$COMP_WORDBREAKS" \
                   %(autocomplete_var)s=complete_trellisbash $1 ) )
    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}

complete -o default -F %(complete_func)s %(prog_name)s
"""

_ZSH = r"""
#compdef %(prog_name)s

%(complete_func)s() {
  eval "$(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" \
              %(autocomplete_var)s=complete_trelliszsh %(prog_name)s)"
}

compdef %(complete_func)s %(prog_name)s
"""


class _Bash(ZshComplete):
    """Completion of the part of a word that Bash replaces."""

    name = "trellisbash"

    def complete(self) -> str:
        args, word = self.get_completion_args()
        option, incomplete = _option_apart(word)
        found = [item.value for item in self.get_completions(args, word)]
        if "=" in os.environ.get("_TRELLIS_WORDBREAKS", "="):
            start = incomplete.rfind("=") + 1
            return "\n".join(value[start:] for value in found)
        return "\n".join(option + value for value in found)


class _Zsh(ZshComplete):
    """Completion that zsh evaluates: described choices, and a space only after a whole word."""

    name = "trelliszsh"

    def complete(self) -> str:
        args, word = self.get_completion_args()
        found = self.get_completions(args, word)
        if not found:
            return "_files"
        option, incomplete = _option_apart(word)
        start = incomplete.rfind("=") + 1
        names = [item for item in found if item.value.endswith("=")]
        values = [item for item in found if not item.value.endswith("=")]
        taken = ["compset -P '*='"] if option or start else []
        return "\n".join([*taken, *_offer(values, start, ""), *_offer(names, start, " -S ''")])


class _Fish(FishComplete):
    """Completion of whole words."""

    name = "trellisfish"

    def format_completion(self, item: "CompletionItem") -> str:
        _, word = self.get_completion_args()
        option, _ = _option_apart(word)
        return option + super().format_completion(item)


def _option_apart(word: str) -> tuple[str, str]:
    """Return `--set=` and `database=` of `--set=database=`."""
    name, equals, value = word.partition("=")
    return (f"{name}=", value) if word.startswith("-") and equals else ("", word)


def _offer(items: "list[CompletionItem]", start: int, options: str) -> list[str]:
    described = [
        shlex.quote(item.value[start:].replace(":", r"\:") + (f":{item.help}" if item.help else ""))
        for item in items
    ]
    return [f"local -a offered=({' '.join(described)}); _describe '' offered{options}"] if described else []


def improve_completion() -> None:
    """Let `--show-completion` and `--install-completion` give these scripts, and answer them."""
    scripts = _completion_shared._completion_scripts  # noqa: SLF001 (Typer has no other place for them)
    fish = scripts["fish"].replace("=complete_fish", "=complete_trellisfish")
    scripts |= {"bash": _BASH, "zsh": _ZSH, "fish": fish}
    for shell in (_Bash, _Zsh, _Fish):
        add_completion_class(shell, shell.name)
