"""The service behind a proxy that gives it a part of the paths of a host."""

import pytest
from fastapi import APIRouter, FastAPI, Request, Response, WebSocket
from fastapi.testclient import TestClient

from app.config import Settings
from app.main import create_app

ROOT = "/shop"
BOTH = pytest.mark.parametrize("seen", [ROOT, ""], ids=["left", "removed"])
"""The prefix as the service sees it: a proxy leaves or removes it."""

router = APIRouter()


# {% if auth in ['session', 'oidc'] %}
@router.get("/cookies")
def show_cookies(request: Request) -> dict[str, str]:
    return request.cookies


@router.post("/cookies")
def set_cookies(response: Response) -> None:
    response.set_cookie("__Host-own", "1", secure=True, httponly=True)
    response.set_cookie("plain", "2", path="/other")


# {% endif %}
@router.post("/things", status_code=201)
def create_thing(request: Request, response: Response) -> None:
    response.headers["Location"] = f"{request.url.path}/1"


@router.get("/things/{number}")
def read_thing(number: int) -> int:
    return number


@router.websocket("/path")
async def tell_path(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.url.path)
    await websocket.close()


@pytest.fixture(scope="module")
def app_below_the_prefix(settings: Settings) -> FastAPI:
    changes = {"root_path": ROOT, "trusted_hosts": ["testserver"]}
    app = create_app(settings.model_copy(update=changes))
    app.include_router(router)
    return app


@pytest.fixture
def shop(client: TestClient, app_below_the_prefix: FastAPI) -> TestClient:
    """Return a client of the service below a prefix, with the rights of `client`."""
    headers = dict(client.headers)
    # {% if auth == 'session' %}
    headers["cookie"] = headers["cookie"].replace("__Host-", "__Secure-Path-")
    # {% endif %}
    shop = TestClient(
        app_below_the_prefix,
        base_url="https://testserver",
        headers=headers,
        follow_redirects=False,
    )
    shop.portal = client.portal
    shop.app_state.update(client.app_state)
    return shop


@BOTH
def test_location_has_the_prefix(shop: TestClient, seen: str) -> None:
    created = shop.post(f"{seen}/things")
    assert created.headers["location"] == f"{ROOT}/things/1"
    assert shop.get(created.headers["location"]).json() == 1


@BOTH
def test_documentation_knows_the_prefix(shop: TestClient, seen: str) -> None:
    assert f"url: '{ROOT}/openapi.json'" in shop.get(f"{seen}/docs").text
    assert shop.get(f"{seen}/openapi.json").json()["servers"] == [{"url": ROOT}]
    assert shop.get(f"{seen}/").headers["location"] == f"{ROOT}/docs"
    assert shop.get(f"{seen}/docs/assets/swagger-ui.css").status_code == 200


@BOTH
def test_problem_names_the_path_that_the_client_knows(shop: TestClient, seen: str) -> None:
    assert shop.get(f"{seen}/nowhere").json()["instance"] == f"{ROOT}/nowhere"


def test_path_that_only_begins_like_the_prefix_is_below_it(shop: TestClient) -> None:
    assert shop.get("/shopping").json()["instance"] == f"{ROOT}/shopping"


@BOTH
def test_probe_may_use_the_address(shop: TestClient, seen: str) -> None:
    assert shop.get(f"https://10.0.0.7{seen}/health/live").status_code == 200
    assert shop.get(f"https://10.0.0.7{seen}/nowhere").status_code == 400


@BOTH
def test_websocket_is_below_the_prefix(shop: TestClient, seen: str) -> None:
    with shop.websocket_connect(f"{seen}/path") as websocket:
        assert websocket.receive_text() == f"{ROOT}/path"
# {% if auth in ['session', 'oidc'] %}


def test_cookie_of_the_host_is_for_the_prefix(shop: TestClient) -> None:
    own, plain = shop.post(f"{ROOT}/cookies").headers.get_list("set-cookie")
    assert own.startswith("__Secure-Path-own=1; ")
    assert "; Path=/shop; " in own
    assert "Secure" in own
    assert plain == "plain=2; Path=/other; SameSite=lax"
    headers = {"Cookie": "__Host-own=theirs; __Secure-Path-own=1;plain=2"}
    assert shop.get(f"{ROOT}/cookies", headers=headers).json() == {"__Host-own": "1", "plain": "2"}
# {% endif %}
