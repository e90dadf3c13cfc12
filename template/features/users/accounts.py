"""Create accounts."""

from typing import Annotated

from fastapi import Depends

from app.auth.scopes import Role
from app.users.models import User
from app.users.passwords import PasswordsDep, refuse_weak
from app.users.repository import UserRepositoryDep
from app.users.schemas import UserCreate


class Accounts:
    """Creates accounts."""

    def __init__(self, users: UserRepositoryDep, passwords: PasswordsDep) -> None:
        self.users = users
        self.passwords = passwords

    async def register(self, data: UserCreate, role: Role = "user") -> User:
        password = data.password.get_secret_value()
        refuse_weak(password, data.email)
        password_hash = await self.passwords.hash(password)
        return await self.users.add(User(email=data.email, password_hash=password_hash, role=role))


AccountsDep = Annotated[Accounts, Depends()]
