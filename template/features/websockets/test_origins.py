import pytest
from fastapi import HTTPException
from fastapi.requests import HTTPConnection

# {% if auth == 'session' %}
from app.auth.csrf import refuse_other_origins
# {% endif %}
from app.config import Settings
# {% if auth != 'session' %}
from app.realtime.dependencies import refuse_other_origins
# {% endif %}


def refused(settings: Settings, scheme: str, **headers: str) -> bool:
    encoded = [
        (name.replace("_", "-").encode(), value.encode("latin-1"))
        for name, value in headers.items()
    ]
    scope = {"type": "http", "scheme": scheme, "headers": encoded}
    try:
        refuse_other_origins(HTTPConnection(scope), settings)
    except HTTPException:
        return True
    return False


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("https", "example.com", "https://example.com"),
        ("https", "example.com:443", "https://example.com"),
        ("http", "example.com:80", "http://example.com"),
        ("https", "Example.com:8443", "https://example.com:8443"),
        ("wss", "example.com", "https://example.com"),
        ("ws", "[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_page_of_this_service_is_accepted(
    settings: Settings, scheme: str, host: str, origin: str
) -> None:
    assert not refused(settings, scheme, host=host, origin=origin)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://example.com:8443",
        "http://example.com",
        "https://example.com.evil.example",
        "https://evil.example/example.com",
        "https://example.com@evil.example",
        "null",
        "",
        "http://[",
        "https://[::1",
        "https://example.com:port",
        "https://example.com, https://evil.example",
        "https://ex\xe4mple.com",
        "a" * 10_000,
    ],
)
def test_other_page_is_refused(settings: Settings, origin: str) -> None:
    assert refused(settings, "https", host="example.com", origin=origin)
    assert refused(settings, "wss", host="example.com", origin=origin)


def test_page_of_an_allowed_origin_is_accepted(settings: Settings) -> None:
    shop = settings.model_copy(update={"cors_origins": ["https://shop.example"]})
    assert not refused(shop, "https", host="example.com", origin="https://shop.example")
    assert refused(shop, "https", host="example.com", origin="https://shop.example:8443")


# {% if auth == 'session' %}
def test_wildcard_does_not_open_sessions_to_every_page(settings: Settings) -> None:
    anybody = settings.model_copy(update={"cors_origins": ["*"]})
    assert refused(anybody, "https", host="example.com", origin="https://evil.example")
# {% else %}
def test_wildcard_accepts_every_page(settings: Settings) -> None:
    anybody = settings.model_copy(update={"cors_origins": ["*"]})
    assert not refused(anybody, "https", host="example.com", origin="https://evil.example")
# {% endif %}


@pytest.mark.parametrize(
    ("site", "accepted"),
    [
        (None, True),
        ("none", True),
        ("same-origin", True),
        ("same-site", False),
        ("cross-site", False),
    ],
)
def test_site_decides_where_the_origin_is_missing(
    settings: Settings, site: str | None, *, accepted: bool
) -> None:
    headers = {"sec_fetch_site": site} if site else {}
    assert refused(settings, "https", host="example.com", **headers) is not accepted
