"""What a chat service says about itself, so that the form, the allow-list and the registry read it in one place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from engine.config import Settings
from engine.transports.base import SendTransport

Config = Mapping[str, object]
Build = Callable[[Config, str | None, Settings], SendTransport]
Host = Callable[[Config, str | None, Settings], str]

SECRET = "secret"  # noqa: S105  # the name of the field that is sealed and never shown again


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to paste. `missing` is said when it is left empty ("": the transport says it).

    `wrong` is said when it is not what `pattern` matches as a whole. The field named SECRET is sealed.
    """

    name: str
    label: str
    missing: str
    hint: str = ""
    placeholder: str = ""
    pattern: str = ""
    wrong: str = ""

    def refusal(self, value: str) -> str:
        """What is wrong with a value somebody typed; "" for nothing."""
        if not value:
            return self.missing
        return self.wrong if self.pattern and not re.fullmatch(self.pattern, value) else ""


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of channel. `steps` say where to find what `fields` ask for; `host` is where its posts go.

    `offered`: it stands on the page. `edits`: a post that is out can be changed (engine.transports.base.Editor).
    """

    kind: str
    label: str
    build: Build
    host: Host
    fields: tuple[Field, ...] = ()
    steps: tuple[str, ...] = ()
    offered: bool = True
    fresh: Callable[[], str] | None = None  # makes a secret, where the service gives none and both sides need one
    edits: bool = False


def text(config: Config, name: str) -> str | None:
    """A setting of a channel as text."""
    value = config.get(name)
    return str(value) if value else None


def host(url: str | None) -> str:
    """The host of an address; "" where it has none."""
    try:
        return urlsplit(url or "").hostname or ""
    except ValueError:
        return ""
