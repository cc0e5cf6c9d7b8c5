"""Structured logging, one set-up for every process. Secrets never reach a log line."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

_URL_PASSWORD = re.compile(r"(\w+://[^:/@\s]*:)[^@/\s]+@")
_SECRET_KEYS = ("password", "secret", "token", "authorization", "secret_key")


def mask(text: str) -> str:
    """`text` with the passwords of URLs replaced by ***."""
    return _URL_PASSWORD.sub(r"\1***@", text)


def _mask_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if any(word in key.lower() for word in _SECRET_KEYS):
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = mask(value)
    return event


class _Forgiving:
    """stderr whose disk may be full or whose reader may be gone: then a line is lost, and nothing else.

    Without it the line that says that the database's disk is full ended the sending loop, when logs were on that disk.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write what can be written."""
        with contextlib.suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """The same."""
        with contextlib.suppress(OSError):
            self._file.flush()


def setup(role: str, json: bool = False) -> None:
    """Send all logging of this process to stderr, one line an event, with `role` on each."""
    structlog.contextvars.bind_contextvars(role=role)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _mask_event,
            structlog.processors.JSONRenderer()
            if json
            else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "role", "event"]),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _Forgiving(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    for chatty in ("httpx", "httpcore"):  # at INFO they write whole webhook URLs
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")


def get(name: str) -> Any:
    """A logger whose lines carry `name`."""
    return structlog.get_logger(name=name)
