# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
"""Password rules and password hashes."""

import os
# {% if not sync %}
from asyncio import wrap_future
# {% endif %}
from collections.abc import Callable, Generator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from string import digits, punctuation
from threading import BoundedSemaphore
from typing import Annotated, Any
from unicodedata import normalize

from fastapi import Depends, Request
from fastapi.exceptions import HTTPException, RequestValidationError
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from app.config import Settings

COMMON = frozenset(chain.from_iterable(FREQUENCY_LISTS.values()))
"""Passwords of breaches, words and names. Guessers try them first, with digits or signs appended."""
APPENDED = digits + punctuation
MIN_NAME_LENGTH = 3
MAX_WAITING = 20
"""How many passwords may be hashed or wait for it. More would keep other requests waiting, too."""


class Passwords:
    """Hashes passwords with Argon2id (RFC 9106), at the cost in the settings."""

    def __init__(self, settings: Settings, threads: Executor) -> None:
        self.threads = threads
        self.places = BoundedSemaphore(MAX_WAITING)
        cost = Argon2Hasher(
            time_cost=settings.argon2_time_cost, memory_cost=settings.argon2_memory_cost
        )
        self.hasher = PasswordHash([cost])

    async def hash_new(self, password: SecretStr, email: str) -> str:
        """Hash a new password. Raise a validation error if it is easy to guess."""
        text = password.get_secret_value()
        reject_weak_password(text, email)
        return await self.hash(text)

    async def hash(self, password: str) -> str:
        hashed: str = await self.run(self.hasher.hash, canonical(password))
        return hashed

    async def verify(self, password: str, known: str) -> tuple[bool, str | None]:
        """Return whether the password is correct, and a new hash if the cost has changed."""
        result: tuple[bool, str | None] = await self.run(self.check, canonical(password), known)
        return result

    async def run(self, function: Callable[..., Any], *arguments: str) -> Any:
        """Run a function in the threads for hashes."""
        if not self.places.acquire(blocking=False):
            raise HTTPException(503, "Too many passwords wait for a check. Try again in a moment.")
        try:
            # {% if sync %}
            return self.threads.submit(function, *arguments).result()
            # {% else %}
            return await wrap_future(self.threads.submit(function, *arguments))
            # {% endif %}
        finally:
            self.places.release()

    def check(self, password: str, known: str) -> tuple[bool, str | None]:
        try:
            return self.hasher.verify_and_update(password, known)
        except UnknownHashError:  # an account without a password, from another kind of login
            self.hasher.hash(password)  # takes as long as a verification
            return False, None


def canonical(password: str) -> str:
    """Normalize characters that can be typed in several ways (RFC 8265)."""
    return normalize("NFC", password)


def reject_weak_password(password: str, email: str) -> None:
    """Raise a validation error for a password that is easy to guess."""
    name = email.partition("@")[0]
    if {password.casefold(), password.casefold().rstrip(APPENDED)} & COMMON:
        reason = "This password is too common."
    elif len(name) >= MIN_NAME_LENGTH and name in password.casefold():
        reason = "The password must not contain the part of the email address before the @."
    else:
        return
    place = ("body", "password")
    raise RequestValidationError([{"type": "weak_password", "loc": place, "msg": reason}])


@contextmanager
def open_passwords(settings: Settings) -> Generator[Passwords]:
    """Hash one password per processor at a time, because hashing needs time and memory."""
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="hashing") as threads:
        yield Passwords(settings, threads)


async def get_passwords(request: Request) -> Passwords:
    passwords: Passwords = request.state.passwords
    return passwords


PasswordsDep = Annotated[Passwords, Depends(get_passwords)]
# {% endcall %}
