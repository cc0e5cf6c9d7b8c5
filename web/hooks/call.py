"""What a machine's call is made of, read within bounds, and how it is answered. All hooks of providers use this."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from engine.outbound.events.event import Call, Unreadable
from engine.outbound.events.pages import Pages, fetch


def install(app: Flask) -> None:
    """Give `app` its way to the pages that proofs need (Amazon's certificates, and its question whether we want it),
    and the real time that they are judged by: a provider knows nothing of ours."""
    app.extensions.setdefault("sixpm_fetch", fetch)
    app.extensions.setdefault("sixpm_pages", Pages(app.extensions["sixpm_fetch"]))
    app.extensions.setdefault("sixpm_real_time", lambda: datetime.now(UTC))


def real_time() -> datetime:
    """The instant that proofs are judged by."""
    found: datetime = current_app.extensions["sixpm_real_time"]()
    return found


def call(body: bytes, tail: str = "") -> Call:
    """The request with this body. `tail`: what its address ends with."""
    login = request.authorization
    basic = (login.username or "", login.password or "") if login is not None and login.type == "basic" else None
    return Call({name.lower(): value for name, value in request.headers.items()}, body, basic, tail)


def body(limit: int) -> bytes:
    """The body as it came, unpacked where it is gzip. Raises RequestEntityTooLarge, Unreadable."""
    request.max_content_length = limit
    came = request.get_data(cache=False)
    coding = request.headers.get("Content-Encoding", "identity").strip().casefold()
    if coding == "identity":
        return came
    if coding not in ("gzip", "x-gzip"):
        raise Unreadable(f"A body in {coding} is not taken.")
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        whole = unpacking.decompress(came, limit + 1)
    except zlib.error as error:
        raise Unreadable("The body is no gzip.") from error
    if len(whole) > limit:
        raise RequestEntityTooLarge
    if not unpacking.eof:
        raise Unreadable("The body ends in the middle.")
    return whole


def say(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    """A plain answer, for the provider's log and who looks there."""
    return Response(text + "\n", status, {"Content-Type": "text/plain; charset=utf-8", **(headers or {})})
