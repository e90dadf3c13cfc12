"""Answer database errors."""

import logging

from fastapi import FastAPI, Request, Response
from pymongo.errors import ConnectionFailure, DuplicateKeyError, PyMongoError

from app.errors import problem_response

logger = logging.getLogger(__name__)


class StaleDocumentError(Exception):
    """A document was deleted or changed by another request."""


def install_database_errors(app: FastAPI) -> None:
    app.exception_handler(DuplicateKeyError)(on_conflict)
    app.exception_handler(StaleDocumentError)(on_conflict)
    app.exception_handler(PyMongoError)(on_database_error)


async def on_conflict(request: Request, error: Exception) -> Response:
    logger.info("Conflict: %s", str(error).partition(" dup key:")[0])  # values follow
    return problem_response(request.scope, 409, "The request conflicts with stored data.")


async def on_database_error(request: Request, error: PyMongoError) -> Response:
    if not is_unavailable(error):
        raise error
    logger.warning("The database is not available: %s", error)
    return problem_response(request.scope, 503, "The database is not available.")


def is_unavailable(error: PyMongoError) -> bool:
    """Return whether the same request may succeed later."""
    return (
        isinstance(error, ConnectionFailure)
        or error.timeout
        or error.has_error_label("TransientTransactionError")
    )
