"""Webhooks as sources: the application behind a real HTTP server, a plain client before it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import httpx
from flask import Flask
from werkzeug.serving import make_server

from engine import config, db
from tests.conformance.sources import LIMIT, Place, Said, Shape, Told
from tests.engine.inbound.world import DOMAIN, SECRET
from web.app import create_app

KEY = "the secret of the webhook"


@contextmanager
def serving(place: Place, prepare: Callable[[Flask], object] = id, **settings: str) -> Iterator[str]:
    """The whole application on `place`, listening; gives its URL. `settings`: more of them, by their names; `prepare`
    gets the application before it listens."""
    fixed = {"DATABASE_URL": place.url, "SECRET_KEY": SECRET, "REPLY_DOMAIN": DOMAIN, "SMTPD_SIZE": str(LIMIT)}
    for name, value in {**fixed, "HOME": str(place.folder), "INBOUND_SECRET": KEY, **settings}.items():
        place.env.setenv(f"SIXPM_{name}", value)
    config.settings.cache_clear()
    db.engine.cache_clear()
    app = create_app()
    app.extensions["sixpm_enqueue"] = Offers(place)
    prepare(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        if db.engine.cache_info().currsize:
            db.engine().dispose()
        db.engine.cache_clear()


class Offers:
    """The application's way to the broker."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def inbound(self, ids: Sequence[int]) -> None:
        """Mails to be read."""
        for ident in ids:
            self._place.offer(ident)


class HookSender:
    """A provider: `post` makes the request of a mail, and what it says decides whether it comes again."""

    def __init__(self, post: Callable[[bytes, str, Sequence[str]], httpx.Response]) -> None:
        self._post = post
        self._last: tuple[bytes, str, Sequence[str]] = (b"", "", ())

    def deliver(self, raw: bytes, envelope_from: str, envelope_to: Sequence[str]) -> list[Told]:
        """One request."""
        self._last = (raw, envelope_from, envelope_to)
        try:
            answer = self._post(raw, envelope_from, envelope_to)
        except httpx.TransportError as error:
            return [Told(Said.AGAIN, str(error))]
        said = Said.TAKEN if answer.is_success else Said.AGAIN if answer.is_server_error else Said.REFUSED
        return [Told(said, f"{answer.status_code} {answer.text}")]

    def repeat(self) -> list[Told]:
        """The provider's retry."""
        return self.deliver(*self._last)


class RawHook:
    """POST /hooks/inbound/raw."""

    name = "webhook"
    envelope = True
    limited = True
    cannot: frozenset[Shape] = frozenset()

    @contextmanager
    def running(self, place: Place) -> Iterator[HookSender]:
        """The web process."""
        with serving(place) as url:
            yield HookSender(lambda raw, sender, to: self._post(url, raw, sender, to))

    def original(self, kept: bytes) -> bytes:
        """It adds nothing."""
        return kept

    def _post(self, url: str, raw: bytes, sender: str, to: Sequence[str]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "message/rfc822"}
        given = {"from": sender, "to": list(to)}
        return httpx.post(f"{url}/hooks/inbound/raw", params=given, content=raw, headers=headers, timeout=30)
