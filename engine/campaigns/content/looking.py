"""What to mend in a mail before it goes out: its weight, its links, its images, a text part that says something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from engine.campaigns.content.files import File
from engine.campaigns.content.making import Letter, Made

CLIPPED = 102 * 1024  # bytes of HTML; Gmail shows no more of a mail and hides the rest behind a link
HEAVY = 80 * 1024
LONG_SUBJECT = 70  # characters; mailboxes show about so many
MOST_ENCLOSED = 5 * 1024 * 1024
SCHEMES = ("http", "https", "mailto", "tel")
# An <a>, or a link of Markdown, which may be around an image. Neither looks beyond where the next one begins.
_LINK = re.compile(
    r"""(<a\b(?:[^<>"']|"[^"]*"|'[^']*')*>)|(?<!!)\[(?:[^][\n]|!\[[^][\n]*\]\([^()\n]*\))*\]\(\s*<?([^)>\s]*)""",
    re.IGNORECASE,
)
_HREF = re.compile(r"""\shref\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ALT = re.compile(r'\balt="\s*[^"\s]')
_SOURCE = re.compile(r'\bsrc="([^"]*)"')
_FOOT = "\n--\n"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `must`: it should not leave so. `line` is of the body, 0 where it is of none."""

    words: str
    must: bool = False
    line: int = 0


def looked(made: Made, letter: Letter, locale: str, files: Sequence[File] = (), leaves: bool = True) -> list[Finding]:
    """What is to be mended in the letter of somebody with this locale. `leaves`: it will have List-Unsubscribe."""
    key = made.locale(locale)
    written = next(text for name, text in made.version.texts.items() if name.lower() == key)
    body = made.sheets[key].body
    found = [*_weight(letter, files), *_links(written.body), *_images(body, files), *_words(letter, leaves)]
    return sorted(found, key=lambda one: (not one.must, one.line))


def _weight(letter: Letter, files: Sequence[File]) -> Iterator[Finding]:
    size = len(letter.html.encode())
    if size > CLIPPED:
        yield Finding(f"It has {size // 1024} KB; Gmail cuts a mail off at 102 KB. Shorten it.", must=True)
    elif size > HEAVY:
        yield Finding(f"It has {size // 1024} KB of the 102 KB that Gmail shows. Do not add much.")
    if (enclosed := sum(file.size for file in files)) > MOST_ENCLOSED:
        yield Finding(f"Its files have {enclosed // 1024**2} MB; some mailboxes refuse that. Send links instead.")
    if len(letter.subject) > LONG_SUBJECT:
        yield Finding(f"The subject has {len(letter.subject)} characters; most mailboxes show {LONG_SUBJECT} at most.")


def _links(source: str) -> Iterator[Finding]:
    for found in _LINK.finditer(source):
        href = _HREF.search(found[1]) if found[1] else None
        address = ((href[1] if href else found[2]) or "").strip("\"' ")
        if words := _wrong(address):
            yield Finding(words, must=True, line=source.count("\n", 0, found.start()) + 1)


def _wrong(address: str) -> str:
    """What is wrong with an address as it was written, tags included."""
    if address in ("", "#"):
        return "A link has no address. Write one, or take the link out."
    parts = _parts(address)
    if parts is None or address.startswith(("{{", "{%")):
        return "" if parts else f"“{address[:60]}” is no address. Mend it."  # a tag is one of ours, or was refused
    if not parts.scheme:
        return f"The link to “{address[:60]}” leads nowhere in a mail. Write it with https:// and its host."
    if parts.scheme.lower() not in SCHEMES:
        return f"A link with “{parts.scheme}:” is taken out of the mail. Write one with https://."
    if parts.scheme.lower().startswith("http") and "." not in parts.netloc and parts.hostname != "localhost":
        return f"“{address[:60]}” has no host. Mend it."
    return ""


def _parts(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _images(body: str, files: Sequence[File]) -> Iterator[Finding]:
    cids = {file.cid for file in files if file.cid}
    for image in _IMAGE.findall(body):
        source = _SOURCE.search(image)
        shown = source[1] if source else ""
        if not _ALT.search(image):
            yield Finding(f"The image {shown[:60]} has no alt text. Say in it what the image shows.")
        if not shown:
            yield Finding("An image has no address that a mail can have. Add the file, or write https://.", must=True)
        elif shown.startswith("cid:") and shown.removeprefix("cid:") not in cids:
            yield Finding(f"There is no image “{shown.removeprefix('cid:')}” with this text. Add the file.", must=True)


def _words(letter: Letter, leaves: bool) -> Iterator[Finding]:
    if not leaves:
        yield Finding("It has no List-Unsubscribe: people would report it as spam to leave.", must=True)
    if not re.search(r"\w", f"\n{letter.text}".partition(_FOOT)[0]):
        yield Finding("The text part says nothing: it is all images. Write some words, or alt texts.", must=True)


__all__ = ["CLIPPED", "Finding", "looked"]
