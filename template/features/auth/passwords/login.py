"""Password login. Unknown addresses take as long and get the same answer as wrong passwords."""

from typing import Annotated

from fastapi import Depends, HTTPException
from pydantic import SecretStr

from app.auth.challenges import unauthenticated
from app.auth.throttle import ThrottleDep
from app.users.models import User
from app.users.passwords import PasswordsDep, refuse_weak
from app.users.repository import UserRepositoryDep
from app.users.schemas import PasswordChange, canonical_email


class Login:
    """Finds the user with an email and password, and changes the password."""

    def __init__(
        self, users: UserRepositoryDep, passwords: PasswordsDep, throttle: ThrottleDep
    ) -> None:
        self.users = users
        self.passwords = passwords
        self.throttle = throttle

    async def __call__(self, email: str, password: str) -> User:
        email = canonical_email(email)
        async with self.throttle.guess(email):
            user = await self.checked(await self.users.get_by_email(email), password)
            if user is None:
                raise unauthenticated("The email or the password is wrong.")
        return user

    async def confirm(self, user: User, password: SecretStr) -> None:
        """Refuse a wrong password of a user who is logged in."""
        async with self.throttle.guess(user.email):
            if await self.checked(user, password.get_secret_value()) is None:
                raise HTTPException(403, "The current password is wrong.")

    async def change_password(self, user: User, data: PasswordChange) -> User:
        await self.confirm(user, data.current_password)
        password = data.password.get_secret_value()
        refuse_weak(password, user.email)
        return await self.users.update(user, {"password_hash": await self.passwords.hash(password)})

    async def checked(self, user: User | None, password: str) -> User | None:
        if user is None:
            await self.passwords.hash(password)  # takes as long as verifying a password
            return None
        right, new_hash = await self.passwords.verify(password, user.password_hash)
        if not right or not user.active:
            return None
        return await self.users.update(user, {"password_hash": new_hash}) if new_hash else user


LoginDep = Annotated[Login, Depends()]
