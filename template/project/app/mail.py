"""Send notifications by email, or write them to the log if no mail server is set."""

import logging
from email.header import Header
from email.mime.text import MIMEText
from smtplib import SMTP, SMTP_SSL
from ssl import create_default_context
from typing import Annotated
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import Field, StringConstraints

from app.config import Settings

logger = logging.getLogger(__name__)

SECONDS = 20
ONE_LINE = r"^[^\p{Cc}\p{Zl}\p{Zp}]+$"
"""No control characters and no line breaks, also none of Unicode's: a header cannot have them."""

Subject = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=ONE_LINE)]
Text = Annotated[str, Field(max_length=10_000)]


def notify(settings: Settings, subject: Subject, text: Text) -> None:
    if settings.smtp_url is None:
        logger.info("Notification to %s: %s\n%s", settings.notification_recipient, subject, text)
        return
    message = MIMEText(text, "plain", "utf-8")
    message["From"] = settings.notification_sender
    message["To"] = settings.notification_recipient
    # EmailMessage would decode what looks encoded, and with it line breaks (CVE-2024-6923).
    message["Subject"] = Header(subject, "utf-8", header_name="Subject").encode()
    url = urlsplit(settings.smtp_url.get_secret_value())
    with connect(url) as server:
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)


def connect(url: SplitResult) -> SMTP:
    """Connect to a mail server: without TLS, with TLS (`smtps`), or with `smtp+starttls`."""
    host = url.hostname or ""
    if url.scheme == "smtps":
        context = create_default_context()
        return SMTP_SSL(host, url.port or 465, timeout=SECONDS, context=context)
    if url.scheme == "smtp":
        return SMTP(host, url.port or 25, timeout=SECONDS)
    server = SMTP(host, url.port or 587, timeout=SECONDS)
    server.starttls(context=create_default_context())
    return server
