"""Structured logging, including the server's: readable lines in development, JSON elsewhere."""

import logging
import re
import sys
from contextvars import ContextVar

import structlog
from structlog.typing import EventDict, Processor

from app.config import Settings

SUCCESSFUL_PROBE = re.compile(r'"(GET|HEAD) [^\s?"]*/health/(live|ready)(\?\S*)? [^"]*" 2\d\d')

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def drop_color_message(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Remove Uvicorn's second copy of a message, which is for terminals."""
    event.pop("color_message", None)
    return event


def add_request_id(_logger: object, _method: str, event: EventDict) -> EventDict:
    if id_ := request_id.get():
        event["request_id"] = id_
    return event


SHARED_PROCESSORS: list[Processor] = [
    add_request_id,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    drop_color_message,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def is_worth_logging(record: logging.LogRecord) -> bool:
    """Leave out successful health checks, which fill access logs."""
    return not (record.name.endswith("access") and SUCCESSFUL_PROBE.search(record.getMessage()))


def configure_logging(settings: Settings) -> None:
    """Write all log records to standard error, with the id of the request."""
    as_text: list[Processor] = [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]
    as_json: list[Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("message"),
        structlog.processors.JSONRenderer(),
    ]
    handler = logging.StreamHandler()
    handler.addFilter(is_worth_logging)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED_PROCESSORS,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(as_text if settings.environment == "development" else as_json),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level, force=True)
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger) and logger.handlers:  # silenced ones stay silent
            logger.handlers.clear()
            logger.propagate = True
