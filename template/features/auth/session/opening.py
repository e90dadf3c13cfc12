"""Start and end sessions."""

from typing import Annotated

from fastapi import Depends, Request, Response

from app.auth.cookies import COOKIE, set_cookie
from app.auth.csrf import csrf_token
from app.auth.schemas import CurrentSession
from app.auth.sessions import LoginSessionsDep
from app.users.models import User
from app.users.schemas import UserRead


class SessionOpener:
    """Starts a session with a new secret, and ends the browser's old session."""

    def __init__(self, request: Request, response: Response, sessions: LoginSessionsDep) -> None:
        self.request = request
        self.response = response
        self.sessions = sessions

    async def __call__(self, user: User) -> CurrentSession:
        if earlier := self.request.cookies.get(COOKIE):
            await self.sessions.end_by_secret(earlier)
        user_agent = self.request.headers.get("User-Agent", "")
        secret = await self.sessions.start(user.id, user_agent)
        set_cookie(self.response, secret, int(self.sessions.lifetime.total_seconds()))
        self.response.headers["Cache-Control"] = "no-store"
        return CurrentSession(user=UserRead.model_validate(user), csrf_token=csrf_token(secret))


class Revocation:
    """Ends all sessions of a user."""

    def __init__(self, sessions: LoginSessionsDep) -> None:
        self.sessions = sessions

    async def __call__(self, user: User) -> User:
        await self.sessions.end_all(user.id)
        return user


RevocationDep = Annotated[Revocation, Depends()]
SessionOpenerDep = Annotated[SessionOpener, Depends()]
