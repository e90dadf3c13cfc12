"""Password login. Unknown addresses take as long and get the same answer as wrong passwords."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request

from app.auth.challenges import unauthenticated
from app.auth.failures import LoginFailuresDep
from app.auth.throttle import ADDRESS_SHARE, account_key, address_key
from app.dependencies import SettingsDep
from app.users.models import User
from app.users.passwords import PasswordsDep
from app.users.repository import UserRepositoryDep
from app.users.schemas import canonical_email


class Login:
    """Finds the user with this email and password."""

    def __init__(
        self,
        request: Request,
        settings: SettingsDep,
        users: UserRepositoryDep,
        passwords: PasswordsDep,
        failures: LoginFailuresDep,
    ) -> None:
        self.address = request.client.host if request.client else ""
        self.allowed = settings.login_failures_allowed
        self.users = users
        self.passwords = passwords
        self.failures = failures

    async def __call__(self, email: str, password: str) -> User:
        email = canonical_email(email)
        account, address = account_key(email), address_key(self.address)
        await self.wait_for(account, self.allowed)
        await self.wait_for(address, self.allowed * ADDRESS_SHARE)
        user = await self.checked(await self.users.get_by_email(email), password)
        if user is None:
            await self.failures.add(account, address)
            raise unauthenticated("The email or the password is wrong.")
        await self.failures.forget(account)
        return user

    async def wait_for(self, key: str, allowed: int) -> None:
        if seconds := await self.failures.seconds_to_wait(key, allowed):
            headers = {"Retry-After": str(seconds)}
            raise HTTPException(429, "Too many failed logins. Try again later.", headers=headers)

    async def checked(self, user: User | None, password: str) -> User | None:
        if user is None:
            await self.passwords.hash(password)  # takes as long as verifying a password
            return None
        right, new_hash = await self.passwords.verify(password, user.password_hash)
        if not right or not user.active:
            return None
        return await self.users.update(user, {"password_hash": new_hash}) if new_hash else user


LoginDep = Annotated[Login, Depends()]
