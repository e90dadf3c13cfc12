import pytest

from app.config import env_name, load_settings


def test_client_is_not_the_audience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(env_name("oidc_client_id"), load_settings().oidc_audience)
    with pytest.raises(SystemExit, match=f"{env_name('oidc_audience')}: must not be the client's"):
        load_settings()
    monkeypatch.setenv(env_name("oidc_client_audience"), "true")
    assert load_settings().oidc_audience == load_settings().oidc_client_id


@pytest.mark.parametrize(
    "origin",
    ["keycloak:8080", "http://keycloak/", "http://me@keycloak", "ftp://keycloak", "http://a..b"],
)
def test_internal_origin_is_a_scheme_and_a_host(
    monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    monkeypatch.setenv(env_name("oidc_internal_origin"), origin)
    with pytest.raises(SystemExit, match=f"{env_name('oidc_internal_origin')}: must be scheme"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("oidc_issuer", "https://"),
        ("oidc_issuer", "https://id.example.com?tenant=a"),
        ("oidc_issuer", "https://id.example.com/.well-known/openid-configuration"),
        ("oidc_redirect_uri", "https://example.com/back#top"),
        ("oidc_scope", "email"),
        ("oidc_scope", "openid,email"),
    ],
)
def test_login_that_cannot_work_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(env_name(name), value)
    with pytest.raises(SystemExit, match=f"^Invalid settings: {env_name(name)}: must "):
        load_settings()


@pytest.mark.parametrize("algorithms", ["none", "HS256", "RS256, HS256", ","])
def test_algorithm_without_a_public_key_cannot_be_allowed(
    monkeypatch: pytest.MonkeyPatch, algorithms: str
) -> None:
    monkeypatch.setenv(env_name("oidc_algorithms"), algorithms)
    with pytest.raises(SystemExit, match=env_name("oidc_algorithms")):
        load_settings()


def test_algorithms_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(env_name("oidc_algorithms"), "RS256, ES256")
    assert load_settings().oidc_algorithms == ["RS256", "ES256"]
