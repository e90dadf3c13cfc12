def network(address: str) -> str:
    """Return what counts as one client: an address, or for IPv6 its /64 network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    is_long = isinstance(parsed, IPv6Address)
    return str(IPv6Network((parsed, 64), strict=False) if is_long else parsed)


@dataclass(frozen=True)
class Others:
    """The other attempts of the last minutes: those that failed, and those that are being checked."""

    failed: int
    running: int
    age: timedelta
    """The time since the last one that failed."""

    def refusal(self, allowed: int) -> HTTPException | None:
        """Return why another attempt may not begin. The wait doubles with each failure too many."""
        wait = 0
        if self.failed >= allowed:
            wait = min(2 ** (self.failed - allowed + 1), MAX_WAIT) - int(self.age.total_seconds())
        if wait > 0:
            return too_many("Too many failed logins. Try again later.", wait)
        if self.running >= max(allowed - self.failed, 1):
            return too_many("Too many logins at once. Try again in a moment.", 1)
        return None


def too_many(reason: str, seconds: int) -> HTTPException:
    return HTTPException(429, reason, headers={"Retry-After": str(seconds)})
