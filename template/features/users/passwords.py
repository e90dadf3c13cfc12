"""Passwords: which are good enough, and their hashes."""

import os
from asyncio import wrap_future
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated
from unicodedata import normalize

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.dependencies import SettingsDep

COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text("utf-8").split())
SHORTEST_NAME = 3

HASHING = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="hashing")
"""Hashes no more passwords at once than there are processors: each takes time and much memory."""


class Passwords:
    """Hashes passwords by Argon2id (RFC 9106), at the cost that the settings ask for."""

    def __init__(self, settings: SettingsDep) -> None:
        cost = Argon2Hasher(
            time_cost=settings.argon2_time_cost, memory_cost=settings.argon2_memory_cost
        )
        self.hasher = PasswordHash([cost])

    async def hash(self, password: str) -> str:
        return await wrap_future(HASHING.submit(self.hasher.hash, canonical(password)))

    async def verify(self, password: str, known: str) -> tuple[bool, str | None]:
        """Tell whether the password is right, with a new hash where the cost has changed."""
        check = self.hasher.verify_and_update
        return await wrap_future(HASHING.submit(check, canonical(password), known))


def canonical(password: str) -> str:
    """Return the one form of characters that can be typed in several ways (RFC 8265)."""
    return normalize("NFC", password)


def refuse_weak(password: str, email: str) -> None:
    """Raise an error of validation for a password that is guessed first."""
    name = email.partition("@")[0]
    if password.casefold() in COMMON:
        reason = "This password is among the commonest."
    elif len(name) >= SHORTEST_NAME and name in password.casefold():
        reason = "The password must not contain the name of the email address."
    else:
        return
    place = ("body", "password")
    raise RequestValidationError([{"type": "weak_password", "loc": place, "msg": reason}])


PasswordsDep = Annotated[Passwords, Depends()]
