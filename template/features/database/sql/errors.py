"""Answer database errors."""

import logging

from fastapi import FastAPI, Request, Response
from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError

from app.database.availability import is_unavailable
from app.errors import problem_response

logger = logging.getLogger(__name__)


def install_database_errors(app: FastAPI) -> None:
    app.exception_handler(exc.IntegrityError)(on_conflict)
    app.exception_handler(StaleDataError)(on_conflict)
    app.exception_handler(exc.DBAPIError)(on_database_error)
    app.exception_handler(exc.TimeoutError)(on_no_connection)


async def on_conflict(request: Request, error: Exception) -> Response:
    logger.info("Conflict: %s", error)
    return problem_response(request.scope, 409, "The request conflicts with stored data.")


async def on_database_error(request: Request, error: exc.DBAPIError) -> Response:
    if not is_unavailable(error):
        raise error
    return await on_no_connection(request, error)


async def on_no_connection(request: Request, error: Exception) -> Response:
    logger.warning("The database is not available: %s", error)
    return problem_response(request.scope, 503, "The database is not available.")
