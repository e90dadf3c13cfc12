"""Routes that issue and revoke tokens: OAuth 2 password flow (RFC 6749)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.security import OAuth2PasswordRequestForm

from app.auth.dependencies import NO_STORE, AccountWrite
from app.auth.refresh_tokens import RefreshTokensDep
from app.auth.schemas import RefreshRequest, TokenPair
from app.auth.service import AuthServiceDep
from app.users.models import User
from app.users.schemas import PasswordChange, UserCreate, UserPublic

router = APIRouter(prefix="/auth", tags=["auth"], dependencies=[NO_STORE])

LoginForm = Annotated[OAuth2PasswordRequestForm, Depends()]


@router.post("/register", status_code=201, response_model=UserPublic)
async def register(data: UserCreate, auth: AuthServiceDep) -> User:
    return await auth.register(data)


@router.post("/token")
async def log_in(form: LoginForm, auth: AuthServiceDep) -> TokenPair:
    user = await auth.log_in(form.username, form.password)
    return await auth.issue_tokens(user, form.scopes)


@router.post("/refresh")
async def refresh(data: RefreshRequest, auth: AuthServiceDep) -> TokenPair:
    return await auth.refresh(data.refresh_token)


@router.post("/logout", status_code=204)
async def log_out(data: RefreshRequest, refresh_tokens: RefreshTokensDep) -> None:
    """Revoke a refresh token and all tokens of the same login."""
    await refresh_tokens.revoke(data.refresh_token)


@router.post("/logout-all", status_code=204)
async def log_out_everywhere(user: AccountWrite, auth: AuthServiceDep) -> None:
    """Revoke all tokens of the user, including access tokens."""
    await auth.revoke_all(user)


@router.post("/password")
async def change_password(
    user: AccountWrite,
    data: PasswordChange,
    auth: AuthServiceDep,
) -> TokenPair:
    """Change the password, revoke all tokens of the user, and return new ones."""
    changed = await auth.change_password(user, data)
    return await auth.issue_tokens(changed)
