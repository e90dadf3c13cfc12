"""Serve the files in `public/` under `/static`."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.staticfiles import PathLike

PUBLIC = Path(__file__).parent / "public"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Vary": "Accept-Encoding",
}
A_YEAR = "public, max-age=31536000"
ASK_EACH_TIME = "no-cache"


class CachedStaticFiles(StaticFiles):
    """Static files. Browsers cache them for a year, except pages, which they revalidate by ETag."""

    def file_response(self, full_path: PathLike, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(full_path, *args, **kwargs)
        is_page = Path(full_path).suffix == ".html"
        response.headers.update(HEADERS)
        response.headers["Cache-Control"] = ASK_EACH_TIME if is_page else A_YEAR
        return response


def install_static_files(app: FastAPI) -> None:
    """Serve `public/`; its `index.html` is at `/static/`."""
    app.mount("/static", CachedStaticFiles(directory=PUBLIC, html=True), name="static")
