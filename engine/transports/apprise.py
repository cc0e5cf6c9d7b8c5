"""Everything else, by Apprise (github.com/caronc/apprise), where it is installed: the extra `apprise`.

It says whether a post was taken, and not more: no id, no Retry-After, and of a refusal only the line it logs.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from engine.config import Settings
from engine.errors import ConfigError, TransportError
from engine.transports import plain
from engine.transports.base import Post, Receipt
from engine.transports.net import SECONDS
from engine.transports.service import SECRET, Config, Field, Service

MISSING = "Apprise is not installed here. The operator can add it: pip install 'sixpm[apprise]'."
_STATUS = re.compile(r"error=(\d{3})\b")
_LOGGER = "apprise"


class Apprise:
    """Posts to one Apprise URL, which is the secret.

    A library that opens its own connections cannot be held to checked addresses (net.Guard). So where hooks may not
    reach private addresses, only services are taken whose host is not of the URL's choosing; and it follows no
    redirect. Throttling inside is off: the ledger has the patience.
    """

    name = "apprise"
    limit = 40_000
    patience = SECONDS

    def __init__(self, url: str, private: bool = False) -> None:
        self._apprise = _library()
        asset = self._apprise.AppriseAsset(http_redirects=False, async_mode=False)
        with _heard() as lines:
            self._plugin: Any = self._apprise.Apprise.instantiate(url.strip(), asset=asset) if url.strip() else None
        if self._plugin is None:
            raise ConfigError(f"Apprise does not know this URL. {lines[-1] if lines else ''}".strip())
        if not private and not _fixed(self._plugin):
            raise ConfigError(
                f"{self._plugin.service_name} goes to a host that the URL names, which Apprise cannot keep off our own"
                " network. Use the signed webhook, or set SIXPM_HOOKS_PRIVATE."
            )
        self._plugin.redirects = False  # whatever the URL says
        self._plugin.request_rate_per_sec = 0

    def send(self, post: Post) -> Receipt:
        """Post once, as plain text. A refusal that names no HTTP status may have come after the post: in doubt."""
        self._plugin.socket_connect_timeout = self._plugin.socket_read_timeout = self.patience
        text = plain.cut(plain.clean(post.text), min(self.limit, self._plugin.body_maxlen))
        with _heard() as lines:
            taken = self._plugin.notify(body=text, title="", body_format=self._apprise.NotifyFormat.TEXT)
        if taken:
            return Receipt("ok", "")
        raise _refused(self._plugin.service_name, lines)

    def close(self) -> None:
        """Nothing is kept open."""


def _library() -> Any:
    try:
        return import_module("apprise")
    except ImportError as error:
        raise ConfigError(MISSING) from error


def _fixed(plugin: Any) -> bool:
    """Whether the service's host is its own: no form of its URL takes one, and it is reached by the network at all."""
    schemes = {"dbus", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"}
    names = {plugin.protocol} if isinstance(plugin.protocol, str) else set(plugin.protocol or ())
    return not names & schemes and not any("{host}" in form for form in plugin.templates)


class _Lines(logging.Handler):
    """What this thread's call logs."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.lines.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    handler, logger = _Lines(), logging.getLogger(_LOGGER)
    logger.addHandler(handler)
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)


def _refused(service: str, lines: list[str]) -> TransportError:
    words = plain.cut(" ".join(lines) or "no reason given", 300)
    found = _STATUS.search(words)
    status = int(found[1]) if found else 0
    return TransportError(
        f"{service} (by Apprise): {words}",
        permanent=400 <= status < 500 and status not in {408, 425, 429},
        code=str(status or "failed"),
        in_doubt=not status or (status >= 500 and status != 503),
        scope="rate" if status == 429 else "recipient",
    )


def _build(config: Config, secret: str | None, settings: Settings) -> Apprise:
    return Apprise(secret or "", private=settings.hooks_private)


SERVICE = Service(
    kind="apprise",
    label="Apprise",
    build=_build,
    host=lambda config, secret, settings: "apprise",  # its URLs do not always name one: the allow-list takes the word
    fields=(
        Field(SECRET, "Apprise URL", "Paste an Apprise URL.", "Stored encrypted, never shown again.",
              "zulip://botname@organization/token"),
    ),
    steps=(
        "For services not in this list. Apprise knows over a hundred; its documentation says what each one's URL is.",
        "It tells less exactly than the others here why a post failed, and cannot change a post later.",
    ),
)  # fmt: skip
