"""Create accounts and change passwords."""

from typing import Annotated

from fastapi import Depends, HTTPException

from app.auth.scopes import Role
from app.users.models import User
from app.users.passwords import PasswordsDep, refuse_weak
from app.users.repository import UserRepositoryDep
from app.users.schemas import PasswordChange, UserCreate


class Accounts:
    """Creates accounts and changes their passwords."""

    def __init__(self, users: UserRepositoryDep, passwords: PasswordsDep) -> None:
        self.users = users
        self.passwords = passwords

    async def register(self, data: UserCreate, role: Role = "user") -> User:
        password_hash = await self.hash_of_good(data.password.get_secret_value(), data.email)
        user = User(email=data.email, password_hash=password_hash, role=role)
        return await self.users.add(user)

    async def change_password(self, user: User, data: PasswordChange) -> User:
        current = data.current_password.get_secret_value()
        right, _ = await self.passwords.verify(current, user.password_hash)
        if not right:
            raise HTTPException(403, "The current password is wrong.")
        password_hash = await self.hash_of_good(data.password.get_secret_value(), user.email)
        return await self.users.update(user, {"password_hash": password_hash})

    async def hash_of_good(self, password: str, email: str) -> str:
        refuse_weak(password, email)
        return await self.passwords.hash(password)


AccountsDep = Annotated[Accounts, Depends()]
