import logging
from email import message_from_bytes
from email.message import Message
from email.policy import SMTP
from typing import Any, Self

import pytest
from pydantic import SecretStr

from app import mail
from app.config import Settings
from app.mail import notify

HEADERS = {"From", "To", "Subject", "Content-Type", "MIME-Version", "Content-Transfer-Encoding"}


class Server:
    """A mail server that records what it receives."""

    calls: list[Any]

    def __init__(self, host: str, port: int, **_options: object) -> None:
        self.calls.append((host, port))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.calls.append("quit")

    def starttls(self, **_options: object) -> None:
        self.calls.append("starttls")

    def login(self, user: str, password: str) -> None:
        self.calls.append((user, password))

    def send_message(self, sent: Message) -> None:
        """Read the message as its recipient does."""
        message = message_from_bytes(sent.as_bytes(), policy=SMTP)
        assert set(message) == HEADERS
        self.calls.append((message["To"], message["Subject"], message.get_content()))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what the mail servers received."""
    monkeypatch.setattr(Server, "calls", [], raising=False)
    monkeypatch.setattr(mail, "SMTP", Server)
    monkeypatch.setattr(mail, "SMTP_SSL", Server)
    return Server.calls


def with_server(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"smtp_url": SecretStr(url)})


def test_notification_goes_to_the_log_where_there_is_no_server(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        notify(settings, "Hello", "It works.")
    assert "Notification to root@localhost: Hello\nIt works." in caplog.text


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://relay", [("relay", 25)]),
        ("smtp+starttls://ada:p%40ss@mail", [("mail", 587), "starttls", ("ada", "p@ss")]),
        ("smtps://ada:secret@mail:4465", [("mail", 4465), ("ada", "secret")]),
    ],
)
def test_notification_is_sent_as_the_url_says(
    settings: Settings, calls: list[Any], url: str, expected: list[Any]
) -> None:
    notify(with_server(settings, url), "Hello", "It works.")
    assert calls == [*expected, ("root@localhost", "Hello", "It works."), "quit"]


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?Hello=0d=0aBcc:=20all=40example.com=0d=0a=0d=0aBuy?=",
        "=?utf-8?b?SGVsbG8NCkJjYzogYWxsQGV4YW1wbGUuY29t?=",
        "Ünïcödé, 你好, 🎉",
        "long " * 39 + "end",
        "a,b <c@example.com>; d: e",
    ],
)
def test_subject_arrives_as_it_was_given(
    settings: Settings, calls: list[Any], subject: str
) -> None:
    notify(with_server(settings, "smtp://relay"), subject, "Ünïcödé\n.\n")
    assert calls[1] == ("root@localhost", subject, "Ünïcödé\n.\n")


@pytest.mark.parametrize("url", ["http://mail", "smtp://", "mail"])
def test_wrong_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be a URL like smtps://"):
        Settings(smtp_url=SecretStr(url))
