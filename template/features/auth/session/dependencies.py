"""Who calls: authentication by session cookie, and permissions."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Response, Security
from fastapi.requests import HTTPConnection
from fastapi.security import SecurityScopes

from app.auth.cookies import COOKIE, CsrfHeader, SessionCookie
from app.auth.csrf import refuse_forgery
from app.auth.scopes import SCOPES_OF_ROLE
from app.auth.sessions import LoginSession, LoginSessions, LoginSessionsDep
from app.dependencies import SettingsDep
from app.users.models import User
from app.users.repository import UserRepository, UserRepositoryDep

CHALLENGE = "Cookie"


def documented(_cookie: SessionCookie, _token: CsrfHeader) -> None:
    """List both in the OpenAPI document; `get_caller` checks them."""


SCHEME = documented


@dataclass(frozen=True)
class Caller:
    """The authenticated caller, their scopes and their session."""

    user: User
    scopes: frozenset[str]
    session: LoginSession


async def get_caller(
    connection: HTTPConnection,
    settings: SettingsDep,
    sessions: LoginSessionsDep,
    users: UserRepositoryDep,
) -> Caller:
    secret = get_credentials(connection)
    caller = await authenticate(secret, sessions, users)
    refuse_forgery(connection, settings, secret)
    return caller


def get_credentials(connection: HTTPConnection) -> str:
    """Return the secret of the session in the cookie."""
    secret = connection.cookies.get(COOKIE)
    if not secret:
        raise unauthenticated("Authentication is required: log in first.")
    return secret


async def authenticate(credentials: str, sessions: LoginSessions, users: UserRepository) -> Caller:
    """Return the caller whose session has this secret, on HTTP and WebSockets alike."""
    session = await sessions.use(credentials)
    user = await users.get(session.user_id) if session else None
    if session is None or user is None or not user.accepts(session.user_version):
        raise unauthenticated("The session has ended.")
    return Caller(user, SCOPES_OF_ROLE[user.role], session)
