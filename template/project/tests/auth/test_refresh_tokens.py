# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
# {% if not sync %}
from asyncio import to_thread
# {% endif %}
from concurrent.futures import ThreadPoolExecutor
# {% if database == 'postgresql' %}
from time import sleep
# {% endif %}
from typing import Any

import pytest
from fastapi.testclient import TestClient
# {% if database == 'postgresql' %}
from sqlalchemy import Engine, text
# {% endif %}

from app.auth.refresh_tokens import RefreshTokens
from app.users.models import User
from tests.auth.helpers import PASSWORD

AUTH = "/api/v1/auth"
# {% if database == 'postgresql' %}


def is_waiting(engine: Engine) -> bool:
    """Return whether a transaction waits for a lock of another one."""
    with engine.connect() as connection:
        return bool(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
# {% endif %}


@pytest.mark.parametrize("path", ["logout", "logout-all"])
def test_logout_ends_a_token_that_a_refresh_is_creating(
    anonymous: TestClient,
    user: User,
    # {% if database == 'postgresql' %}
    engine: Engine,
    # {% endif %}
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    form = {"username": user.email, "password": PASSWORD}
    tokens = anonymous.post(f"{AUTH}/token", data=form).json()
    body = {"refresh_token": tokens["refresh_token"]}
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    add = RefreshTokens.add
    with ThreadPoolExecutor(1) as pool:

        def log_out(client: TestClient) -> None:
            logout = pool.submit(client.post, f"{AUTH}/{path}", json=body, headers=headers)
            # {% if database == 'postgresql' %}
            while not (logout.done() or is_waiting(engine)):
                sleep(0.01)
            # {% else %}
            assert logout.result().status_code == 204
        # {% endif %}

        async def interrupted(self: RefreshTokens, *arguments: Any) -> None:
            # {% if sync %}
            log_out(anonymous)
            # {% else %}
            await to_thread(log_out, anonymous)
            # {% endif %}
            await add(self, *arguments)

        monkeypatch.setattr(RefreshTokens, "add", interrupted)
        following = anonymous.post(f"{AUTH}/refresh", json=body).json()
    monkeypatch.undo()
    body = {"refresh_token": following["refresh_token"]}
    assert anonymous.post(f"{AUTH}/refresh", json=body).status_code == 401
# {% endcall %}
