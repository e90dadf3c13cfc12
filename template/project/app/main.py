# {% from 'template/text.jinja' import python_string %}
"""The application: what `{{ start_command | replace('uv run -m', 'python -m') | replace('uv run ', '') }}` and `python -m serve` run."""

from fastapi import FastAPI

from app import __version__, bootstrap
from app.config import Settings, load_settings
from app.items.router import router as items_router
from app.logging import configure_logging


def create_app(settings: Settings | None = None) -> FastAPI:
    """Create the application with the given settings, or with those from the environment."""
    settings = settings or load_settings()
    configure_logging(settings)
    app = FastAPI(
        title={{python_string(project_name)}},
        description={{python_string(description)}},
        version=__version__,
        lifespan=bootstrap.lifespan,
        openapi_url="/openapi.json" if settings.docs_enabled else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(items_router, prefix="/api/v1")
    # Yours:

    bootstrap.install(app, settings)
    return app


app = create_app()
