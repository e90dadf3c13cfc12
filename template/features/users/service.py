"""Create accounts."""

from app.auth.scopes import Role
from app.users.models import User
from app.users.passwords import Passwords, reject_weak_password
from app.users.repository import UserRepository
from app.users.schemas import UserCreate


async def create_account(
    users: UserRepository, passwords: Passwords, data: UserCreate, role: Role = "user"
) -> User:
    """Create a user with a password.

    Raises:
        RequestValidationError: the password is easy to guess.

    """
    password = data.password.get_secret_value()
    reject_weak_password(password, data.email)
    password_hash = await passwords.hash(password)
    return await users.add(User(email=data.email, password_hash=password_hash, role=role))
