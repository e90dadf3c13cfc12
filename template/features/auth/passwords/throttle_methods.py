@asynccontextmanager
async def guess(self, email: str) -> AsyncGenerator[None]:
    """Count a failed guess of a password: one whose block raises an error.

    No more are checked at once than may fail.
    """
    account = digest(f"account {email}")
    limits = {
        account: self.settings.login_failures_allowed,
        digest(f"address {self.address}"): self.settings.login_failures_allowed * ADDRESS_SHARE,
    }
    made = await self.add(*limits)
    for key, allowed in limits.items():
        others = await self.others(key, made)
        if refusal := others.refusal(allowed):
            await self.forget(made)
            raise refusal
    try:
        yield
    except BaseException:
        await self.fail(made)
        raise
    await self.forget(made, account)

async def register(self) -> None:
    """Count a registration from this address."""
    key = digest(f"registration {self.address}")
    made = await self.add(key)
    others = await self.others(key, made)
    if others.failed + others.running >= self.settings.registrations_allowed:
        await self.forget(made)
        raise too_many("Too many registrations. Try again later.", WINDOW.seconds)
