"""What a mail offers to machines and people, and machines that take all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from html import unescape

import httpx

from sixpm.embedded import ports
from tests.stories.instance import Instance

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_LINKS = re.compile(r'(?:href|src)="([^"]+)"')


@dataclass(frozen=True)
class Letter:
    """What one person got: all that a machine can ask for, and where one click leaves."""

    links: tuple[str, ...]  # as a reader sees them
    hidden: tuple[str, ...]
    pictures: tuple[str, ...]
    pages: tuple[str, ...]  # to leave, and to say what one wants
    leave: str

    @classmethod
    def of(cls, raw: bytes) -> Letter:
        """Read a mail."""
        mail = message_from_bytes(raw, policy=policy.default)
        part = mail.get_body(("html",))
        assert part is not None
        found = [unescape(url) for url in _LINKS.findall(part.get_content()) if url.startswith(("http:", "https:"))]
        hits = [url for url in found if "/l/" in url]
        leave = re.search(r"<(http[^>]+)>", str(mail["List-Unsubscribe"]))
        assert leave
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        pages = tuple(url for url in found if "/leave/" in url or "/preferences/" in url)
        return cls(tuple(hits[:-1]), tuple(hits[-1:]), tuple(url for url in found if "/o/" in url), pages, leave[1])

    @property
    def all(self) -> tuple[str, ...]:
        """Everything there is."""
        return (*self.links, *self.hidden, *self.pictures, *self.pages, self.leave)


@dataclass
class Machine:
    """Who asks from these addresses, one after the other, with a browser's agent."""

    client: httpx.Client
    addresses: Iterator[str]

    def ask(self, method: str, url: str, **more: object) -> httpx.Response:
        """One request."""
        headers = {"User-Agent": FIREFOX, "X-Forwarded-For": next(self.addresses)}
        answer = self.client.request(method, url, headers=headers, **more)  # type: ignore[arg-type]
        assert answer.status_code < 400, (method, url, answer.status_code)
        return answer

    def scan(self, letter: Letter) -> None:
        """Follow all of it, as a gateway does that looks first and fetches then."""
        for url in letter.all:
            self.ask("HEAD", url)
            self.ask("GET", url)

    def follow(self, letter: Letter) -> None:
        """Follow what a reader sees, at once."""
        for url in (*letter.links, *letter.pages):
            self.ask("GET", url)

    def press(self, letter: Letter) -> None:
        """Press the one-click link (RFC 8058)."""
        self.ask("POST", letter.leave, data={"List-Unsubscribe": "One-Click"})


@contextmanager
def web_behind_a_proxy(house: Instance) -> Iterator[httpx.Client]:
    """Who asks the web; it believes what a proxy in front of it says of addresses."""
    house.more["web"] = {"SIXPM_TRUSTED_PROXIES": "1"}
    if "web" in house.parts:
        house.parts.pop("web").kill()
        house.wait("its port is free", lambda: not ports.answers(house.settings.web_port), 20)
    house.up("web")
    try:
        with httpx.Client(timeout=30) as client:
            yield client
    finally:
        del house.more["web"]
        house.parts.pop("web").kill()
