"""Routes that issue and revoke tokens: OAuth 2 password flow (RFC 6749)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.security import OAuth2PasswordRequestForm

from app.auth.challenges import unauthenticated
from app.auth.dependencies import AccountHolder
from app.auth.issuing import RevocationDep, TokenIssuerDep
from app.auth.login import LoginDep
from app.auth.refresh_tokens import RefreshTokensDep
from app.auth.schemas import RefreshRequest, TokenPair
from app.auth.throttle import ThrottleDep
from app.users.accounts import AccountsDep
from app.users.models import User
from app.users.repository import UserRepositoryDep
from app.users.schemas import PasswordChange, UserCreate, UserRead

router = APIRouter(prefix="/auth", tags=["auth"])

LoginForm = Annotated[OAuth2PasswordRequestForm, Depends()]


@router.post("/register", status_code=201, response_model=UserRead)
async def register(data: UserCreate, accounts: AccountsDep, throttle: ThrottleDep) -> User:
    await throttle.register()
    return await accounts.register(data)


@router.post("/token")
async def log_in(form: LoginForm, login: LoginDep, issue: TokenIssuerDep) -> TokenPair:
    user = await login(form.username, form.password)
    return await issue(user, form.scopes)


@router.post("/refresh")
async def refresh(
    data: RefreshRequest,
    users: UserRepositoryDep,
    refresh_tokens: RefreshTokensDep,
    issue: TokenIssuerDep,
) -> TokenPair:
    used = await refresh_tokens.use(data.refresh_token)
    user = await users.get(used.user_id) if used else None
    if used is None or user is None or not user.active:
        raise unauthenticated("The refresh token is not valid.", error="invalid_token")
    return await issue.successor(user, used, data.refresh_token)


@router.post("/logout", status_code=204)
async def log_out(data: RefreshRequest, refresh_tokens: RefreshTokensDep) -> None:
    """Revoke a refresh token and all tokens of the same login."""
    await refresh_tokens.revoke(data.refresh_token)


@router.post("/logout-all", status_code=204)
async def log_out_everywhere(user: AccountHolder, revoke_all: RevocationDep) -> None:
    """Revoke all tokens of the user, including access tokens."""
    await revoke_all(user)


@router.post("/password")
async def change_password(
    user: AccountHolder,
    data: PasswordChange,
    login: LoginDep,
    revoke_all: RevocationDep,
    issue: TokenIssuerDep,
) -> TokenPair:
    """Change the password, revoke all tokens of the user, and return new ones."""
    changed = await login.change_password(user, data)
    return await issue(await revoke_all(changed))
