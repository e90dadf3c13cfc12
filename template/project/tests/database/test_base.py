from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Dialect, column
from sqlalchemy.dialects import postgresql, sqlite

from app.database.base import Money, UTCDateTime

BERLIN = timezone(timedelta(hours=2))
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(params=[sqlite.dialect(), postgresql.dialect()], ids=lambda dialect: dialect.name)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    dialect: Dialect = request.param
    return dialect


def test_time_of_any_zone_is_stored_in_utc(dialect: Dialect) -> None:
    kept = UTCDateTime().process_bind_param(NOON.astimezone(BERLIN), dialect)
    assert repr(kept) == repr(NOON)


@pytest.mark.parametrize("found", [NOON.replace(tzinfo=None), NOON, NOON.astimezone(BERLIN)])
def test_time_is_read_in_utc(found: datetime, dialect: Dialect) -> None:
    read = UTCDateTime().process_result_value(found, dialect)
    assert repr(read) == repr(NOON)


def test_time_without_a_zone_is_refused(dialect: Dialect) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        UTCDateTime().process_bind_param(NOON.replace(tzinfo=None), dialect)


@pytest.mark.parametrize(
    ("amount", "kept"),
    [("0.01", 1), ("-0.01", -1), ("9999999999.99", 999999999999), ("0.005", 1), ("2", 200)],
)
def test_amount_is_kept_in_cents_on_sqlite(amount: str, kept: int) -> None:
    assert Money().process_bind_param(Decimal(amount), sqlite.dialect()) == kept
    read = Money().process_result_value(kept, sqlite.dialect())
    assert str(read) == f"{Decimal(amount):.2f}".replace("0.00", "0.01")


@pytest.mark.parametrize(("amount", "kept"), [("0.005", "0.01"), ("2", "2.00"), ("-1.5", "-1.50")])
def test_amount_is_rounded_as_on_postgresql(amount: str, kept: str) -> None:
    assert str(Money().process_bind_param(Decimal(amount), postgresql.dialect())) == kept
    assert Money().process_result_value(Decimal(kept), postgresql.dialect()) == Decimal(kept)


@pytest.mark.parametrize("kind", [Money, UTCDateTime])
def test_null_stays_null(kind: type[Any], dialect: Dialect) -> None:
    assert kind().process_bind_param(None, dialect) is None
    assert kind().process_result_value(None, dialect) is None


def test_amount_is_compared_with_amounts_and_multiplied_by_numbers() -> None:
    price = column("price", Money())
    literal = {"dialect": sqlite.dialect(), "compile_kwargs": {"literal_binds": True}}
    assert str((price > Decimal("1.50")).compile(**literal)) == "price > 150"
    assert str((price * 2).compile(**literal)) == "price * 2"


def test_interval_is_added_to_a_moment() -> None:
    moment = column("moment", UTCDateTime())
    later = (moment + timedelta(hours=1)).compile(dialect=postgresql.dialect())
    assert list(later.params.values()) == [timedelta(hours=1)]
