"""Database settings."""

from pathlib import Path

from pydantic import BaseModel

from app.setting_types import File, Seconds


class DatabaseSettings(BaseModel):
    database_path: File = Path("data/app.db")
    database_timeout: Seconds = 5.0
