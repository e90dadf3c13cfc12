import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_origin

import pytest
from pydantic import SecretStr

from app.config import Settings, env_name, load_settings
from app.main import create_app
# {% if tasks == 'celery' %}
from app.tasks.queue import Transport, create_celery
# {% endif %}
from serve.config import ServerSettings


def test_every_setting_is_explained_in_the_example_file() -> None:
    example = Path(".env.example").read_text(encoding="utf-8")
    explained = re.findall(r"^#? ?([A-Z0-9_]+)=", example, flags=re.MULTILINE)
    assert sorted(explained) == sorted(env_name(name) for name in ServerSettings.model_fields)


def test_wrong_value_stops_the_start_with_one_message_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(env_name("environment"), "The moon")
    with pytest.raises(SystemExit) as stopped:
        create_app()
    message = stopped.value.code  # Python prints a text, and exits with status 1
    assert isinstance(message, str)
    assert message.startswith(f"Invalid settings: {env_name('environment')}: ")
    assert "\n" not in message
    assert capfd.readouterr() == ("", "")


def test_message_does_not_show_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(env_name("max_body_size"), "hunter2")
    with pytest.raises(SystemExit) as stopped:
        load_settings()
    assert env_name("max_body_size") in str(stopped.value)
    assert "hunter2" not in str(stopped.value)


EXAMPLES = {
    "cors_origins": ["https://a.example", "http://b.example:8080"],
    "trusted_hosts": ["example.com", "*.example.com"],
    "trusted_proxies": ["10.0.0.0/8", "2001:db8::1/128"],
}


@pytest.mark.parametrize("write", [json.dumps, ", ".join, " ".join, ",".join])
def test_every_list_is_json_or_separated(
    monkeypatch: pytest.MonkeyPatch, write: Callable[[list[str]], str]
) -> None:
    lists = {
        name: EXAMPLES.get(name) or field.default
        for name, field in ServerSettings.model_fields.items()
        if get_origin(field.annotation) is list
    }
    for name, values in lists.items():
        monkeypatch.setenv(env_name(name), write(values))
    settings = load_settings(ServerSettings)
    assert {name: list(map(str, getattr(settings, name))) for name in lists} == lists


@pytest.mark.parametrize(
    ("name", "value", "understood"),
    [
        ("cors_origins", "https://A.example/", "https://a.example"),
        ("cors_origins", "https://a.example:443", "https://a.example"),
        ("cors_origins", "http://[::1]:5173", "http://[::1]:5173"),
        ("cors_origins", "capacitor://localhost", "capacitor://localhost"),
        ("cors_origins", "*", "*"),
        ("trusted_hosts", "Example.com", "example.com"),
        ("trusted_hosts", "::1", "[::1]"),
        ("trusted_hosts", "[::1]", "[::1]"),
        ("trusted_hosts", "127.0.0.1", "127.0.0.1"),
        ("trusted_proxies", "::ffff:127.0.0.0/104", "127.0.0.0/8"),
    ],
)
def test_list_is_understood_as_browsers_write_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, understood: str
) -> None:
    monkeypatch.setenv(env_name(name), value)
    assert list(map(str, getattr(load_settings(), name))) == [understood]


@pytest.mark.parametrize(
    ("value", "understood"),
    [("/shop", "/shop"), ("/shop/v1.2/", "/shop/v1.2"), ("/", "")],
)
def test_root_path_has_no_slash_at_its_end(
    monkeypatch: pytest.MonkeyPatch, value: str, understood: str
) -> None:
    monkeypatch.setenv(env_name("root_path"), value)
    assert load_settings().root_path == understood


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cors_origins", "a.example"),
        ("cors_origins", "a.example:8080"),
        ("cors_origins", "https://a.example/shop"),
        ("cors_origins", "https://a.example;https://b.example"),
        ("cors_origins", "https://*.example"),
        ("cors_origins", "https://["),
        ("cors_origins", "https://a..example"),
        ("cors_origins", "https://a.example:0"),
        ("cors_origins", "https://a.example:port"),
        ("cors_origins", "null"),
        ("cors_origins", '["https://a.example"'),
        ("cors_origins", "[1]"),
        ("root_path", "shop"),
        ("root_path", "//shop"),
        ("root_path", "/api"),
        ("root_path", "/docs/shop"),
        ("root_path", "/a b"),
        ("root_path", "/a/../b"),
        ("root_path", "/shop?x"),
        ("root_path", "https://example.com/shop"),
        ("trusted_hosts", "https://example.com"),
        ("trusted_hosts", "example.com:8000"),
        ("trusted_hosts", "example.com/"),
        ("trusted_hosts", ".example.com"),
        ("trusted_hosts", "a.example;b.example"),
        ("trusted_hosts", "*example.com"),
        ("trusted_hosts", "a..example"),
        ("trusted_hosts", ","),
        ("trusted_hosts", "[]"),
        ("trusted_proxies", "nginx"),
        ("trusted_proxies", "[10]"),
        ("trusted_proxies", "10.0.0.0/33"),
        ("readiness_timeout", "inf"),
        ("readiness_timeout", "nan"),
        ("server_port", "65536"),
        # {% for key in auth_secrets %}
        ("{{ key }}", "short"),
        ("{{ key }}", 40 * " "),
        # {% endfor %}
        ("server_host", "203.0.113.1"),
        ("server_host", 64 * "x"),
        ("drain_file", "/"),
        ("drain_file", "/nowhere/draining"),
        # {% if database == 'sqlite' %}
        ("database_path", "/"),
        # {% endif %}
        # {% if redis %}
        ("redis_url", "localhost:6379"),
        ("redis_url", "redis://localhost/abc"),
        ("redis_url", "redis://localhost/0?foo=1"),
        ("redis_url", "redis://localhost/0?decode_responses=False"),
        ("redis_url", "rediss://localhost/0?ssl_cert_reqs=bogus"),
        # {% endif %}
        # {% if tasks == 'celery' %}
        ("broker_url", "nonsense"),
        ("broker_url", "http://host"),
        ("broker_url", "redis://host/abc"),
        ("broker_url", "amqp://host//?foo=1"),
        ("redis_url", "unix:///run/redis.sock"),
        ("redis_url", "redis://host/0?client_name=a"),
        # {% endif %}
        # {% if tasks != 'none' %}
        ("smtp_url", "smtp://"),
        ("smtp_url", "smtps://%C3%BC:password@host"),
        ("notification_sender", "ü@example.com"),
        # {% endif %}
    ],
)
def test_wrong_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    assert_refused(monkeypatch, name, value)


def test_number_has_an_upper_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    for _, names in explained_settings():
        for name in names:
            if ServerSettings.model_fields[name].annotation in {int, float}:
                assert_refused(monkeypatch, name, 20 * "9")


def test_url_has_a_host_and_a_port_that_can_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    for explanation, names in explained_settings():
        for scheme in re.findall(r"([\w+]+)://", explanation)[:1]:
            for name in names:
                for url in ("https://[", f"{scheme}://host:abc", f"{scheme}://host:99999"):
                    assert_refused(monkeypatch, name, url)


def explained_settings() -> Iterator[tuple[str, list[str]]]:
    """Yield each paragraph of the template's part of the example file, and its settings."""
    fields = {env_name(name): name for name in ServerSettings.model_fields}
    example = Path(".env.example").read_text(encoding="utf-8")
    for paragraph in example.partition("\n# Yours:")[0].split("\n\n"):
        names = re.findall(r"^# ([A-Z0-9_]+)=", paragraph, flags=re.MULTILINE)
        yield paragraph, [fields[name] for name in names]


def assert_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Assert that the message is one line and names this setting alone."""
    with monkeypatch.context() as changed:
        changed.setenv(env_name(name), value)
        with pytest.raises(SystemExit, match=rf"^Invalid settings: {env_name(name)}: [^;\n]+\Z"):
            load_settings(ServerSettings)


# {% if tasks == 'celery' %}
@pytest.mark.parametrize(
    ("url", "understood"),
    [
        ("rediss://host/0", "rediss://host/0?ssl_cert_reqs=required"),
        ("rediss://host?ssl_cert_reqs=optional", "rediss://host?ssl_cert_reqs=optional"),
    ],
)
@pytest.mark.parametrize("name", ["redis_url", "broker_url"])
def test_celery_is_told_to_check_certificates(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str, understood: str
) -> None:
    monkeypatch.setenv(env_name(name), url)
    assert create_celery(load_settings()).conf.broker_url == understood


@pytest.mark.parametrize("name", ["redis_url", "broker_url"])
def test_each_redis_may_hold_malformed_messages(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(env_name(name), "redis://host/1")
    connection = create_celery(load_settings()).connection_for_write()
    assert connection.get_transport_cls() is Transport


# {% endif %}
@pytest.mark.parametrize(
    ("host", "address"), [("localhost", "127.0.0.1"), ("[127.0.0.1]", "127.0.0.1")]
)
def test_host_of_the_server_becomes_an_address(
    monkeypatch: pytest.MonkeyPatch, host: str, address: str
) -> None:
    monkeypatch.setenv(env_name("server_host"), host)
    assert load_settings(ServerSettings).server_host == address


def test_setting_may_be_a_secret_file(tmp_path: Path) -> None:
    (tmp_path / env_name("log_level").lower()).write_text("ERROR")
    assert Settings(_env_file=None, _secrets_dir=tmp_path).log_level == "ERROR"


@pytest.mark.parametrize("name", ["enviroment", "trusted_host", "max_bodysize"])
def test_misspelled_variable_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    message = f"^Invalid settings: {env_name(name)}: did you mean {env_name('')}[A-Z_]+\\?$"
    with monkeypatch.context() as patch:
        patch.setenv(env_name(name), "1")
        with pytest.raises(SystemExit, match=message):
            load_settings()
    Path(".env").write_text(f"{env_name(name)}=1\n")
    with pytest.raises(SystemExit, match=message):
        load_settings()


def test_variables_of_others_are_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("COMPOSE_PROJECT_NAME=shop\nHOSTS=a\nURL=b\nKEY=c\nTIMEOUT=1\n")
    assert load_settings().environment == "development"


def test_file_that_is_not_utf_8_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_bytes(b"LOG_LEVEL=\xfc\n")
    with pytest.raises(SystemExit, match="secret files must be UTF-8"):
        load_settings()


def test_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(env_name("log_level"), "")
    assert load_settings().log_level == "INFO"


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"debug": "true"}, "debug"),
        ({"trusted_hosts": "*"}, "trusted_hosts"),
        ({"trusted_hosts": "example.com,*"}, "trusted_hosts"),
        ({"trusted_hosts": ""}, "trusted_hosts"),
        # {% if auth == 'oidc' %}
        ({"oidc_issuer": "http://id.example.com"}, "oidc_issuer"),
        ({"oidc_redirect_uri": "http://example.com/back"}, "oidc_redirect_uri"),
        # {% endif %}
        # {% if passwords %}
        ({"argon2_memory_cost": "32"}, "argon2_memory_cost"),
        # {% endif %}
    ],
)
@pytest.mark.parametrize("environment", ["production", "staging"])
def test_production_refuses_unsafe_settings(
    production: pytest.MonkeyPatch, environment: str, changes: dict[str, str], refused: str
) -> None:
    production.setenv(env_name("environment"), environment)
    for name, value in changes.items():
        production.setenv(env_name(name), value)
    with pytest.raises(SystemExit, match=rf"{env_name(refused)} must .* outside development"):
        load_settings()


def test_all_unsafe_settings_are_named_at_once(production: pytest.MonkeyPatch) -> None:
    production.setenv(env_name("debug"), "true")
    production.delenv(env_name("trusted_hosts"))
    fields = Settings.model_fields.items()
    secrets = [name for name, field in fields if isinstance(field.default, SecretStr)]
    for name in secrets:
        production.delenv(env_name(name))
    with pytest.raises(SystemExit) as stopped:
        load_settings()
    for name in ("debug", "trusted_hosts", *secrets):
        assert f"{env_name(name)} must " in str(stopped.value)


def test_production_refuses_a_default_secret(production: pytest.MonkeyPatch) -> None:
    class WithSecret(Settings):
        signing_key: SecretStr = SecretStr("for development")
        previous_key: SecretStr | None = None

    with pytest.raises(ValueError, match=f"{env_name('signing_key')} must not be a default"):
        WithSecret()
    production.setenv(env_name("signing_key"), "a real one")
    assert WithSecret().signing_key.get_secret_value() == "a real one"
    production.setenv(env_name("previous_key"), "for development")
    with pytest.raises(ValueError, match=f"{env_name('previous_key')} must not be a default"):
        WithSecret()


def test_production_starts_with_safe_settings(production: pytest.MonkeyPatch) -> None:
    assert load_settings().environment == "production"


def test_documentation_is_off_in_production_unless_it_is_asked_for(
    production: pytest.MonkeyPatch,
) -> None:
    assert not load_settings().docs_enabled
    production.setenv(env_name("docs_enabled"), "true")
    assert load_settings().docs_enabled
    production.setenv(env_name("environment"), "development")
    production.delenv(env_name("docs_enabled"))
    assert load_settings().docs_enabled


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Set environment variables for production, all of them safe."""
    monkeypatch.setenv(env_name("environment"), "production")
    monkeypatch.setenv(env_name("trusted_hosts"), "example.com")
    # {% if auth == 'oidc' %}
    monkeypatch.setenv(env_name("oidc_issuer"), "https://id.example.com")
    monkeypatch.setenv(env_name("oidc_redirect_uri"), "https://example.com/api/v1/auth/callback")
    # {% endif %}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, SecretStr):
            monkeypatch.setenv(env_name(name), field.default.get_secret_value() + "2")
    return monkeypatch
