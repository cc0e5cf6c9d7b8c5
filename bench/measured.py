"""The product's own WSGI application, told to say of each answer what it took. gunicorn loads `application()`.

    X-Bench-First       milliseconds until the first bytes of the answer were there
    X-Bench-Whole       milliseconds until all of them were
    X-Bench-Statements  statements before the first bytes
    X-Bench-Sql         milliseconds in them
    X-Bench-Said        how each begins and what it took, as JSON

An answer is held back until it is whole, so that its headers can tell of it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from sqlalchemy import Engine, event

from web.app import create_app

LONGEST = 160  # characters of a statement that are told
WSGI = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


class Count(threading.local):
    """Statements of the request that this thread serves, and the seconds in them."""

    statements = 0
    seconds = 0.0
    began = 0.0
    said: list[tuple[float, str]] | None = None


_count = Count()


def _before(*_: Any) -> None:
    _count.began = time.perf_counter()


def _after(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
    spent = time.perf_counter() - _count.began
    _count.statements += 1
    _count.seconds += spent
    if _count.said is not None:
        _count.said.append((round(spent * 1e3, 1), " ".join(statement.split())[:LONGEST]))


def application() -> WSGI:
    """The application, measured."""
    event.listen(Engine, "before_cursor_execute", _before)
    event.listen(Engine, "after_cursor_execute", _after)
    app = create_app()

    def measured(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        _count.statements, _count.seconds, _count.said = 0, 0.0, []
        head: list[Any] = []

        def hold_back(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
            head.extend((status, headers))
            return lambda _: None

        began = time.perf_counter()
        answer = app(environ, hold_back)
        parts = iter(answer)
        body = [next(parts, b"")]
        first, statements, seconds = time.perf_counter() - began, _count.statements, _count.seconds
        body += parts
        close = getattr(answer, "close", None)
        if close:
            close()
        whole = time.perf_counter() - began
        said = {"First": first * 1e3, "Whole": whole * 1e3, "Statements": statements, "Sql": seconds * 1e3,
                "Said": json.dumps(_count.said)}  # fmt: skip
        start(head[0], [*head[1], *((f"X-Bench-{name}", str(value)) for name, value in said.items())])
        return body

    return measured
