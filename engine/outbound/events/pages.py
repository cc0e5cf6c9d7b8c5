"""Gets the few pages that a vendor's proof needs (Amazon's certificates), each once, from the public Internet alone."""

from __future__ import annotations

import threading
from collections import OrderedDict

from engine.errors import TransportError
from engine.outbound.events.event import Fetch
from engine.transports import net

KEPT = 16


class Pages:
    """Keeps the pages got last. May be shared by threads."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._known: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, url: str) -> bytes:
        """The page, kept or fetched. Raises TransportError."""
        with self._lock:
            if (known := self._known.get(url)) is not None:
                return known
        page = self._fetch(url)
        with self._lock:
            self._known[url] = page
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return page


def fetch(url: str, guard: net.Guard | None = None) -> bytes:
    """Get a page; redirects are not followed. Raises TransportError."""
    with net.client() as http:
        try:
            answer = net.guarded(http, guard or net.Guard(), url, None, {})
        except net.CallFailed as error:
            raise TransportError(f"{url} gave no answer: {error}") from error
    if answer.status != 200:
        raise TransportError(f"{url} answered {answer.status}.")
    return answer.body
