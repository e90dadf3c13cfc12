"""Log in with passwords; start and end sessions."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Response
from pydantic import SecretStr

from app.auth.cookies import COOKIE, set_cookie
from app.auth.csrf import csrf_token
from app.auth.dependencies import unauthenticated
from app.auth.login_throttle import LoginThrottleDep
from app.auth.schemas import CurrentSession
from app.auth.sessions import LoginSessionsDep
from app.users.dependencies import refuse_taken_email
from app.users.models import User
from app.users.passwords import PasswordsDep
from app.users.repository import UserRepositoryDep
from app.users.schemas import PasswordChange, UserCreate, UserPublic, canonical_email


@dataclass
class AuthService:
    """Accounts with passwords, and their sessions."""

    users: UserRepositoryDep
    passwords: PasswordsDep
    throttle: LoginThrottleDep
    sessions: LoginSessionsDep

    # {% filter indent(4, true) %}
    # {% include 'template/features/auth/passwords/methods.py' %}
    # {% endfilter %}

    async def open_session(
        self,
        user: User,
        request: Request,
        response: Response,
    ) -> CurrentSession:
        """Start a session with a new secret, and end the browser's old session."""
        if earlier := request.cookies.get(COOKIE):
            await self.sessions.end_by_secret(earlier)
        secret = await self.sessions.start(user, request.headers.get("User-Agent", ""))
        set_cookie(response, secret, int(self.sessions.lifetime.total_seconds()))
        return CurrentSession(user=UserPublic.model_validate(user), csrf_token=csrf_token(secret))

    async def revoke_all(self, user: User, **changes: Any) -> User:
        """End all sessions of a user, and change the user."""
        changed = await self.users.update(user, {**changes, "version": user.version + 1})
        await self.sessions.end_all(user.id)
        return changed


AuthServiceDep = Annotated[AuthService, Depends()]
