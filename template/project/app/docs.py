"""The documentation pages. Their assets come from a package, not from other hosts."""

from pathlib import Path

import fastapi_offline
from fastapi import FastAPI, Request
# {% if auth == 'oidc' %}
from fastapi.openapi.docs import (
    get_redoc_html,
    get_swagger_ui_html,
    get_swagger_ui_oauth2_redirect_html,
)
# {% else %}
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
# {% endif %}
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from app.config import Settings

ASSETS_PATH = "/docs/assets"
# {% if auth == 'oidc' %}
REDIRECT_PATH = "/docs/oauth2-redirect"
# {% endif %}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; worker-src blob:; "
    "script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
)


def install_docs(app: FastAPI, settings: Settings) -> None:
    """Serve Swagger UI at `/docs` and ReDoc at `/redoc`. In development, `/` redirects to `/docs`."""
    assets = StaticFiles(directory=Path(fastapi_offline.__file__).parent / "static")

    if settings.environment == "development":

        @app.get("/", include_in_schema=False)
        async def show_docs(request: Request) -> RedirectResponse:
            return RedirectResponse(f"{request.scope.get('root_path', '')}/docs")

    @app.get("/docs", include_in_schema=False)
    async def swagger_ui(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        # {% filter replace('page =', 'page =' if auth == 'oidc' else 'return') %}
        page = with_policy(
            # {% endfilter %}
            get_swagger_ui_html(
                openapi_url=f"{root}{app.openapi_url}",
                title=app.title,
                swagger_js_url=f"{root}{ASSETS_PATH}/swagger-ui-bundle.js",
                swagger_css_url=f"{root}{ASSETS_PATH}/swagger-ui.css",
                swagger_favicon_url=f"{root}{ASSETS_PATH}/favicon.png",
                # {% if auth == 'oidc' %}
                oauth2_redirect_url=f"{root}{REDIRECT_PATH}",
                init_oauth={
                    "clientId": settings.oidc_client_id,
                    "usePkceWithAuthorizationCodeGrant": True,
                },
                # {% endif %}
            )
        )
        # {% if auth == 'oidc' %}
        page.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
        return page

    @app.get(REDIRECT_PATH, include_in_schema=False)
    async def swagger_ui_redirect() -> HTMLResponse:
        """Pass the provider's answer to the page that opened this window."""
        page = with_policy(get_swagger_ui_oauth2_redirect_html())
        page.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
        return page
    # {% endif %}

    @app.get("/redoc", include_in_schema=False)
    async def redoc(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        return with_policy(
            get_redoc_html(
                openapi_url=f"{root}{app.openapi_url}",
                title=app.title,
                redoc_js_url=f"{root}{ASSETS_PATH}/redoc.standalone.js",
                redoc_favicon_url=f"{root}{ASSETS_PATH}/favicon.png",
                with_google_fonts=False,
            )
        )

    app.mount(ASSETS_PATH, assets, name="docs-assets")


def with_policy(page: HTMLResponse) -> HTMLResponse:
    page.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return page
