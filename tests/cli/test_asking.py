"""What a person sees and types on a terminal, when `trellis new` and Copier ask."""

import shlex
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Trellis
from tests.cli.prompts import ASKED, Ask, all_but
from tests.terminal import COLUMNS, CTRL_C, CTRL_U, ENTER


def answers(service: Path) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load((service / ".copier-answers.yml").read_text())
    return found


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode)
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def commanded(text: str) -> list[str]:
    """Return the arguments of the command that is shown after success, which may go over several lines."""
    lines = text.rpartition("  trellis ")[2].partition("\nNext:")[0].splitlines()
    return shlex.split("".join(line.ljust(COLUMNS) for line in [f"  trellis {lines[0]}", *lines[1:]]))[1:]


def test_answers_are_shown_in_the_order_of_asking(ask: Ask, service: Path) -> None:
    terminal = ask(*all_but("static_files"))
    terminal.wait_for(ASKED["static_files"].help)
    terminal.press("y")
    terminal.wait_for("Write this service?")
    shown = [line.split()[0] for line in terminal.lines if line.startswith("  ")]
    assert shown[1:] == [name for name in ASKED if name != "database_style"]
    terminal.press(ENTER)
    assert terminal.wait() == 0, terminal.text
    assert answers(service)["static_files"] is True


@pytest.mark.parametrize(
    "given", [[], ["database=sqlite", "database_style=sync", 'author=Ann O\'Neil & "Co"']]
)
def test_command_that_is_shown_makes_the_same_service(
    trellis: Trellis, service: Path, given: list[str]
) -> None:
    made = trellis("new", service, "--defaults", *(f"--set={answer}" for answer in given))
    before = files(service)
    service.rename(service.with_name("before"))
    assert trellis(*commanded(made.stdout)).exit_code == 0
    assert files(service) == before


def test_default_author_is_who_git_says(
    trellis: Trellis, service: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path_factory.mktemp("git") / "config"
    config.write_text('[user]\nname = Ada Lovelace\nemail = "not an address"\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    made = trellis("new", service, "--defaults")
    assert (answers(service)["author"], answers(service)["email"]) == ("Ada Lovelace", "")
    assert "--set 'author=Ada Lovelace'\n" in made.stdout
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    before = files(service)
    service.rename(service.with_name("before"))
    assert trellis(*commanded(made.stdout)).exit_code == 0
    assert files(service) == before


def test_author_that_git_does_not_say_is_in_the_command(
    trellis: Trellis, service: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path_factory.mktemp("git") / "config"
    config.write_text("[user]\nname = Ada Lovelace\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    made = trellis("new", service, "--defaults", "--set", "author=The developers")
    assert "--set 'author=The developers'\n" in made.stdout


@pytest.mark.parametrize(
    ("name", "wrong", "reason", "right"),
    [
        ("project_name", " ", "project_name: use 1 to 80 characters", "Shop"),
        ("project_slug", "-a", "project_slug: start with a letter", "shop"),
        ("email", "ada", "email: use an address like ada@example.com", "ada@example.com"),
        ("env_prefix", "shop", 'env_prefix: uppercase, ending in "_", e.g. SHOP_', "SHOP_"),
    ],
)
def test_invalid_text_is_answered_again(  # noqa: PLR0913, PLR0917 (the cases)
    ask: Ask, service: Path, name: str, wrong: str, reason: str, right: str
) -> None:
    terminal = ask(*all_but(name))
    terminal.wait_for(ASKED[name].help)
    terminal.press(CTRL_U, wrong, ENTER)
    terminal.wait_for(reason)
    terminal.press(CTRL_U, right, ENTER)
    terminal.wait_for("Write this service?")
    terminal.press(ENTER)
    assert terminal.wait() == 0, terminal.text
    assert answers(service)[name] == right


def test_answer_is_changed_and_what_no_longer_fits_is_asked_again(
    ask: Ask, service: Path, trellis: Trellis
) -> None:
    terminal = ask(*all_but("description"), "--set=database=sqlite", "--set=auth=jwt")
    terminal.wait_for("Description")
    terminal.press(CTRL_U, "Sells 'things'.", ENTER)
    terminal.wait_for("async or sync".capitalize())
    terminal.choose("sync")
    terminal.wait_for("Write this service?")
    terminal.press("n")
    terminal.wait_for("Which answer do you want to change?")
    shown = terminal.text.partition("? Write this service?")[2]
    assert "--set database=sqlite --set database_style=sync --set auth=jwt" in shown.replace("\n", "")
    terminal.choose("database ")
    terminal.wait_for("Which database?")
    terminal.choose("none")
    terminal.wait_for("auth=jwt needs a database")
    terminal.wait_for("How do clients authenticate?")
    terminal.choose("oidc")
    terminal.wait_for("? Write this service? (Y/n)")
    terminal.press(ENTER)
    assert terminal.wait() == 0, terminal.text
    found = answers(service)
    assert (found["database"], found["auth"], found["description"]) == ("none", "oidc", "Sells 'things'.")
    assert "database_style" not in found
    before = files(service)
    service.rename(service.with_name("before"))
    assert trellis(*commanded(terminal.text)).exit_code == 0
    assert files(service) == before


@pytest.mark.parametrize("keys", [[CTRL_C], ["n", CTRL_C], ["n", "\x1b[A", ENTER]])
def test_service_that_is_not_confirmed_is_not_written(ask: Ask, service: Path, keys: list[str]) -> None:
    terminal = ask(*all_but("ci"))
    terminal.wait_for("Which CI?")
    terminal.press(ENTER)
    terminal.wait_for("Write this service?")
    for key in keys:
        terminal.press(key)
        if key == "n":
            terminal.wait_for("Stop without writing anything")
    assert terminal.wait() == 130, terminal.text
    assert "stopped; nothing was changed" in terminal.text
    assert list(service.parent.iterdir()) == []
