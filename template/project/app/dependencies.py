"""Dependencies for all routes."""

from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

from app.config import Settings


async def get_settings(connection: HTTPConnection) -> Settings:
    settings: Settings = connection.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(get_settings)]
