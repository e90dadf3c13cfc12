import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.config import Settings, load_settings, variable
from serve.config import ServerSettings


def test_every_setting_is_explained_in_the_example_file() -> None:
    example = Path(".env.example").read_text(encoding="utf-8")
    explained = re.findall(r"^#? ?([A-Z0-9_]+)=", example, flags=re.MULTILINE)
    assert sorted(explained) == sorted(variable(name) for name in ServerSettings.model_fields)


def test_wrong_value_stops_the_start_with_one_message_that_names_the_variable() -> None:
    start = subprocess.run(
        [sys.executable, "-c", "import app.main"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {variable("environment"): "moon"},
    )
    assert start.returncode == 1
    assert start.stderr.startswith(f"Wrong configuration: {variable('environment')}: ")
    assert start.stderr.count("\n") == 1


def test_message_does_not_show_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable("max_body_size"), "hunter2")
    with pytest.raises(SystemExit) as stopped:
        load_settings()
    assert variable("max_body_size") in str(stopped.value)
    assert "hunter2" not in str(stopped.value)


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable("trusted_hosts"), "example.com, *.example.com,")
    assert load_settings().trusted_hosts == ["example.com", "*.example.com"]


def test_networks_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable("trusted_proxies"), "10.0.0.0/8, 2001:db8::1")
    assert list(map(str, load_settings().trusted_proxies)) == ["10.0.0.0/8", "2001:db8::1/128"]


def test_setting_may_be_a_secret_file(tmp_path: Path) -> None:
    (tmp_path / variable("log_level").lower()).write_text("ERROR")
    assert Settings(_env_file=None, _secrets_dir=tmp_path).log_level == "ERROR"


def test_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable("log_level"), "")
    assert load_settings().log_level == "INFO"


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"debug": "true"}, "debug"),
        ({"trusted_hosts": "*"}, "trusted_hosts"),
        ({"trusted_hosts": "example.com,*"}, "trusted_hosts"),
        ({"trusted_hosts": ""}, "trusted_hosts"),
    ],
)
def test_production_refuses(
    production: pytest.MonkeyPatch, changes: dict[str, str], refused: str
) -> None:
    for name, value in changes.items():
        production.setenv(variable(name), value)
    with pytest.raises(SystemExit, match=rf"{variable(refused)} must .* in production"):
        load_settings()


def test_production_refuses_a_default_secret(production: pytest.MonkeyPatch) -> None:
    class WithSecret(Settings):
        signing_key: SecretStr = SecretStr("for development")

    with pytest.raises(ValueError, match=f"{variable('signing_key')} must not be the default"):
        WithSecret()
    production.setenv(variable("signing_key"), "a real one")
    assert WithSecret().signing_key.get_secret_value() == "a real one"


def test_production_starts_with_safe_settings(production: pytest.MonkeyPatch) -> None:
    assert load_settings().environment == "production"


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make the environment that of a production whose settings are all safe."""
    monkeypatch.setenv(variable("environment"), "production")
    monkeypatch.setenv(variable("trusted_hosts"), "example.com")
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, SecretStr):
            monkeypatch.setenv(variable(name), field.default.get_secret_value() + "2")
    return monkeypatch
