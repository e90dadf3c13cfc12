"""Database settings."""

from pathlib import Path

from pydantic import BaseModel, PositiveFloat


class DatabaseSettings(BaseModel):
    database_path: Path = Path("data/app.db")
    database_timeout: PositiveFloat = 5.0
