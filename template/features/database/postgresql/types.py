"""What PostgreSQL keeps amounts and moments in."""

from sqlalchemy import DateTime, Numeric

Money = Numeric(12, 2)
UTCDateTime = DateTime(timezone=True)
