"""SIXPM_IMAP_URL: which mailboxes are fetched from, and how one logs in to each."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from engine.config import Settings
from engine.errors import ConfigError

PORTS = {"imaps": 993, "imap": 143}  # RFC 8314 section 3.2: TLS from the start on 993
_SHAPE = "imaps://user:password@host/FOLDER, with user and password percent-encoded"


@dataclass(frozen=True, slots=True)
class Box:
    """One mailbox. `tls` False: STARTTLS before the login. The password shows in no text of it."""

    user: str
    password: str = field(repr=False)
    host: str
    port: int
    tls: bool
    folder: str

    @property
    def name(self) -> str:
        """user@host/folder: names the mailbox in rows, pages and logs."""
        port = "" if self.port == PORTS["imaps" if self.tls else "imap"] else f":{self.port}"
        return f"{self.user}@{self.host}{port}/{self.folder}"


def boxes(settings: Settings) -> tuple[Box, ...]:
    """The mailboxes of the setting, none where it is empty. Raises ConfigError, which never holds a password."""
    found = [_box(word, number) for number, word in enumerate((settings.imap_url or "").split(), 1)]
    names = [box.name for box in found]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"SIXPM_IMAP_URL names {name} twice. Leave one of them out.")
    return tuple(found)


def _box(word: str, number: int) -> Box:
    try:
        parts = urlsplit(word)
        port = parts.port
    except ValueError as error:  # its text may hold a piece of the password
        raise _wrong(number, "is no URL") from error
    missing = [name for name in ("username", "password", "hostname") if not getattr(parts, name)]
    if parts.scheme not in PORTS:
        raise _wrong(number, "begins with neither imaps:// nor imap://")
    if missing:
        raise _wrong(number, f"has no {missing[0]}")
    return _made(parts, port or PORTS[parts.scheme])


def _made(parts: SplitResult, port: int) -> Box:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    folder = unquote(parts.path.removeprefix("/")) or "INBOX"
    return Box(user, password, parts.hostname or "", port, parts.scheme == "imaps", folder)


def _wrong(number: int, what: str) -> ConfigError:
    return ConfigError(f"Address {number} of SIXPM_IMAP_URL {what}. It is written {_SHAPE}; several by blanks.")
