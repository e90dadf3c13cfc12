"""What a user could have added: routes of each kind, and a lifespan; they note what each process does."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse

from app import bootstrap

NOTES = Path(os.environ["NOTES"])
BROKEN = "BROKEN" in os.environ

router = APIRouter(prefix="/probe")


def note(text: str) -> None:
    with NOTES.open("a") as notes:
        notes.write(f"{text} {os.getpid()}\n")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    async with bootstrap.lifespan(app) as state:
        if BROKEN:
            raise RuntimeError
        yield {**state}
        note("closed")


@router.get("/slow")
async def slow(seconds: float) -> str:
    note("begun")
    await asyncio.sleep(seconds)
    note("finished")
    return "done"


@router.get("/events")
async def events() -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        for number in range(3):
            yield f"data: {number}\n\n"
            await asyncio.sleep(0.2)

    return StreamingResponse(parts(), media_type="text/event-stream")


@router.websocket("/echo")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


@router.get("/client/upgrade")
@router.api_route("/client", methods=["GET", "POST"])
async def client(request: Request) -> dict[str, str]:
    await request.body()
    return {
        "host": request.client.host if request.client else "",
        "scheme": request.url.scheme,
        "name": request.headers["host"],
        "id": request.headers.get("x-request-id", ""),
        "upgrade": request.headers.get("upgrade", ""),
    }


@router.post("/length")
async def length(request: Request) -> int:
    return len(await request.body())
