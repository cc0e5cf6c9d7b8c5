"""The links of a mail that is compiled: found, and slots put in their places. Done once for all who get it.

A link is tracked when it leads to one fixed address. One that holds a variable, or leads back to this instance (to
leave, to preferences, to one's own pages), is left as it is; so is everything that is not http or https.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from engine.outbound.tracked import HIDDEN, PIXEL

LONGEST = 2000  # characters of an address
OWN = ("/u/", "/leave/", "/preferences/", "/me/", "/l/", "/o/")  # below the base URL
_VARIABLE = ("{{", "{%", "{#", "\ue000")
_ANCHOR = re.compile(r"<(?:a|area)\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_HREF = re.compile(r"""(?<=\s)(href\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
_SKIPPED = re.compile(r"<!--.*?-->|<(style|script|textarea|title)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_PLAIN = re.compile(r"https?://[^\s<>\"'\ue000\ue001]+", re.IGNORECASE)
_AFTER = ".,;:!?*_~"  # what ends a sentence rather than an address
_PAIRS = {")": "(", "]": "[", "}": "{"}
_END = re.compile(r"</body\s*>", re.IGNORECASE)
_OUT_OF_SIGHT = "display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;font-size:1px;mso-hide:all"

Slot = Callable[[int], str]  # what stands at the n-th place until the recipient's own address does


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A mail with slots. `places` says what each is of, in order: a link's id, HIDDEN or PIXEL."""

    html: str
    text: str
    places: tuple[int | None, ...]


def fault(url: str) -> str | None:
    """Why a link cannot lead there; None where it can. What has no scheme, or another than http and https, cannot."""
    if len(url) > LONGEST:
        return f"This address is longer than {LONGEST} characters."
    if any(ord(c) <= 32 or ord(c) == 127 or c in "\\\ue000\ue001" for c in url):
        return "This address has a blank, a backslash or a control character in it."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "This is not an address of the web."
    if parts.scheme.lower() not in ("http", "https") or not host:
        return "A link begins with http:// or https:// and names a host."
    return None


def targets(html: str, text: str, base_url: str = "") -> list[str]:
    """What the links of a mail lead to, each once, in the order of the mail."""
    found = [_address(value) for _, _, value in _hrefs(html)] + [url for _, _, url in _plain(text)]
    return list({url: None for url in found if _tracked(url, base_url)})


def wrapped(
    html: str, text: str, ids: Mapping[str, int], slot: Slot, *, links: bool = True, opens: bool = False
) -> Wrapped:
    """The mail with slots for the links of `ids` (address → id), and what shows that machines, or people, were here.

    `slot(n)` is what stands for the n-th place. The hidden link comes with `links`, the picture with `opens`.
    """
    places = _Places(slot)
    if links:
        html = _html(html, ids, places)
        text = _text(text, ids, places)
    added = (_hidden(places.of(HIDDEN)) if links else "") + (_picture(places.of(PIXEL)) if opens else "")
    return Wrapped(_at_end(html, added), text, tuple(places.kept))


class _Places:
    def __init__(self, slot: Slot) -> None:
        self.kept: dict[int | None, int] = {}
        self._slot = slot

    def of(self, place: int | None) -> str:
        return self._slot(self.kept.setdefault(place, len(self.kept)))


def _html(html: str, ids: Mapping[str, int], places: _Places) -> str:
    done, at = [], 0
    for first, stop, value in _hrefs(html):
        url = _address(value)
        if url in ids:
            done += [html[at:first], f'"{places.of(ids[url])}"']
            at = stop
    return "".join((*done, html[at:]))


def _hrefs(html: str) -> Iterator[tuple[int, int, str]]:
    """Where the values of href in links stand, and the values, all with their quotation marks."""
    dead = [found.span() for found in _SKIPPED.finditer(html)]
    for tag in _ANCHOR.finditer(html):
        if any(first <= tag.start() < stop for first, stop in dead):
            continue
        if found := _HREF.search(tag[0]):
            yield tag.start() + found.start(2), tag.start() + found.end(2), found[2]


def _address(value: str) -> str:
    return unescape(value[1:-1]).strip()


def _text(text: str, ids: Mapping[str, int], places: _Places) -> str:
    done, at = [], 0
    for first, stop, url in _plain(text):
        if url in ids:
            done += [text[at:first], places.of(ids[url])]
            at = stop
    return "".join((*done, text[at:]))


def _plain(text: str) -> Iterator[tuple[int, int, str]]:
    """Addresses in a text part, without the punctuation behind them."""
    for found in _PLAIN.finditer(text):
        url = found[0]
        if len(url) > LONGEST + 100:  # not tracked anyway, and each sign behind it would be looked for in all of it
            continue
        while url and (url[-1] in _AFTER or (url[-1] in _PAIRS and url.count(url[-1]) > url.count(_PAIRS[url[-1]]))):
            url = url[:-1]
        end = found.start() + len(url)
        if text[end : end + 1] != "\ue000":  # a variable goes on with it
            yield found.start(), end, url


def _tracked(url: str, base_url: str) -> bool:
    return not (any(sign in url for sign in _VARIABLE) or fault(url) or is_own(url, base_url))


def is_own(url: str, base_url: str) -> bool:
    """Whether an address leads back to a page of this instance that knows its visitor already."""
    return bool(base_url) and any(url.startswith(base_url + path) for path in OWN)


def _hidden(address: str) -> str:
    return f'<div style="{_OUT_OF_SIGHT}"><a href="{address}" tabindex="-1">Only machines follow this link</a></div>'


def _picture(address: str) -> str:
    return f'<img src="{address}" width="1" height="1" alt="" border="0">'


def _at_end(html: str, added: str) -> str:
    ends = [found.start() for found in _END.finditer(html)]
    at = ends[-1] if ends else len(html)
    return html[:at] + added + html[at:]


__all__ = ["LONGEST", "OWN", "Wrapped", "fault", "is_own", "targets", "wrapped"]
