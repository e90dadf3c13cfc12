# {% if passwords %}
from io import StringIO
# {% endif %}
# {% if database == 'sqlite' %}
from pathlib import Path
# {% endif %}
# {% if passwords or database == 'sqlite' %}

# {% endif %}
import pytest
from fastapi.testclient import TestClient

# {% if auth == 'api_key' %}
from app.auth.dependencies import HEADER
# {% endif %}
from app.config import Settings
from app.users import create_admin
# {% if passwords %}
from tests.auth.helpers import PASSWORD, LogIn, NewUser
# {% else %}
from tests.auth.helpers import LogIn, NewUser
# {% endif %}

ADMIN = "grace@example.com"


@pytest.fixture(autouse=True)
def terminal(settings: Settings, clean_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the command on the database of the tests{{ ', with a password typed in' if passwords }}."""
    monkeypatch.setattr(create_admin, "load_settings", lambda: settings)
    # {% if passwords %}
    monkeypatch.setattr("sys.stdin", StringIO(f"{PASSWORD}\n"))
# {% endif %}


def roles(client: TestClient, headers: dict[str, str]) -> dict[str, str]:
    users = client.get("/api/v1/users", headers=headers).json()["items"]
    return {user["email"]: user["role"] for user in users}


def test_admin_is_made(
    anonymous: TestClient,
    new_user: NewUser,
    login_as: LogIn,
    capsys: pytest.CaptureFixture[str],
) -> None:
    create_admin.main(["Grace@Example.com"])
    assert capsys.readouterr().out.startswith(f"{ADMIN} is an admin.")
    headers = login_as(new_user("root@example.com", role="admin"))
    assert roles(anonymous, headers)[ADMIN] == "admin"


def test_existing_account_is_not_changed(
    anonymous: TestClient, new_user: NewUser, login_as: LogIn
) -> None:
    new_user(ADMIN)
    with pytest.raises(SystemExit, match="already has an account"):
        create_admin.main([ADMIN])
    headers = login_as(new_user("root@example.com", role="admin"))
    assert roles(anonymous, headers)[ADMIN] == "user"


# {% if database == 'sqlite' %}
def test_database_without_tables_is_one_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = settings.model_copy(update={"database_path": tmp_path / "empty.db"})
    monkeypatch.setattr(create_admin, "load_settings", lambda: empty)
# {% else %}
def test_database_that_does_not_answer_is_one_line(
    settings_of_no_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(create_admin, "load_settings", lambda: settings_of_no_database)
    # {% endif %}
    with pytest.raises(SystemExit, match=r"^Database error: .*\. See docs/.*\.$") as ended:
        create_admin.main([ADMIN])
    assert "\n" not in str(ended.value)


# {% if passwords %}
@pytest.mark.parametrize(
    ("email", "password", "reason"),
    [
        ("grace", PASSWORD, "not a valid email address"),
        (ADMIN, "short", ": A password has at least 8 characters."),
        (ADMIN, "password123", "too common"),
    ],
)
def test_bad_input_is_named(
    email: str,
    password: str,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f"{password}\n"))
    with pytest.raises(SystemExit) as ended:
        create_admin.main([email])
    assert ended.value.code == 2
    assert reason in capsys.readouterr().err
# {% else %}
def test_admin_without_a_valid_key_gets_another(
    anonymous: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = []
    for _ in range(2):
        create_admin.main([ADMIN])
        keys.append(capsys.readouterr().out.split()[-1])
    assert keys[0] != keys[1]
    for key in keys:
        assert roles(anonymous, {HEADER: key}) == {ADMIN: "admin"}


def test_bad_input_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        create_admin.main(["grace"])
    assert ended.value.code == 2
    assert "not a valid email address" in capsys.readouterr().err
# {% endif %}
