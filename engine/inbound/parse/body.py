"""The text of a mail from its tree: which part is the text, decoded, unflowed, unwrapped from its signatures."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.inbound.parse import limits, tnef
from engine.inbound.parse.flowed import unflow
from engine.inbound.parse.html import to_text
from engine.inbound.parse.mail import Attachment
from engine.inbound.parse.part import Part, Tree

_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\u2028\u2029\u200e\u200f]")
_BLANKS = re.compile("[\u00a0\u2000-\u200a\u202f\u3000]")
_PGP = re.compile(r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z]+:[^\n]*\n)*\n?")
_STUB = re.compile(
    r"does ?n.t support html|not support html|view (?:this|it) in (?:a|your) (?:browser|html)|"
    r"html[- ]?(?:only|capable)",
    re.I,
)
_NOT_TEXT = ("text/calendar", "text/rfc822-headers", "text/x-vcard", "text/vcard", "text/directory", "text/css",
             "text/xml",
             "text/csv", "text/x-amp-html", "text/x-patch", "text/x-diff")  # fmt: skip


_LISTED = ("message/rfc822", "message/global", "message/partial", "message/external-body", "text/calendar")


@dataclass(frozen=True)
class Body:
    """`text` as a person would read it, `html` True where it came from markup only."""

    text: str
    html: bool
    attachments: tuple[Attachment, ...]


def gather(tree: Tree) -> Body:
    """The text and the attachments of a tree."""
    chosen = _choose(tree.root, tree, 0)
    texts: list[str] = []
    html = bool(chosen)
    used: set[int] = set()
    size = 0
    for part in chosen:
        used.add(id(part))
        markup = _is_html(part)
        text = _read_part(part, tree, markup)
        if text.strip() and size < limits.TEXT_CHARS:
            texts.append(text[: limits.TEXT_CHARS - size])
            size += len(texts[-1])
            html = html and markup
    attachments = tuple(_attachment(part) for part in tree.walk() if _is_attachment(part, tree, used))
    text = "\n".join(texts)
    if not text.strip():
        text = _wrapped(tree)
    return Body(_tidy(text), html and bool(texts), attachments)


def _tidy(text: str) -> str:
    text = _INVISIBLE.sub("", _BLANKS.sub(" ", text))
    match = _PGP.search(text)
    if match is None:
        return text
    end = text.find("-----BEGIN PGP SIGNATURE-----", match.end())
    inner = text[match.end() : end if end >= 0 else len(text)]
    after = text.find("-----END PGP SIGNATURE-----", end) if end >= 0 else -1
    rest = text[after + 27 :] if after >= 0 else ""
    return text[: match.start()] + re.sub(r"(?m)^- ", "", inner) + rest


def _is_html(part: Part) -> bool:
    return part.content_type in ("text/html", "application/xhtml+xml")


def _is_text(part: Part) -> bool:
    if part.disposition == "attachment" or part.content_type in _NOT_TEXT:
        return False
    if part.main != "text" and not _is_html(part):
        return False
    return not (
        part.filename and part.disposition == "inline" and part.content_type not in ("text/plain", "text/html")
    ) and not (part.filename and not part.disposition and not _is_html(part) and not part.filename.endswith(".txt"))


def _choose(part: Part, tree: Tree, depth: int) -> list[Part]:
    """The text parts in order; of alternatives the plain one where it says anything, else the HTML."""
    if not part.children:
        return [part] if _is_text(part) else []
    if tnef.is_one(part.content_type, part.filename):
        return []
    if part.main == "message":
        return _choose(part.children[0], tree, depth + 1) if part is tree.root else []
    children = [_choose(child, tree, depth + 1) for child in part.children]
    if part.content_type == "multipart/alternative":
        return _alternative([child for child in children if child])
    if part.content_type in ("multipart/related", "multipart/signed", "multipart/report", "multipart/encrypted"):
        return next((child for child in children if child), [])
    flat = [item for child in children for item in child]
    plain = [item for item in flat if not _is_html(item)]
    return [item for item in flat if not (_is_html(item) and _footer_only(item, plain))]


def _footer_only(item: Part, plain: list[Part]) -> bool:
    """An HTML sibling of plain text in a mixed mail is the same text again, unless the plain parts are empty."""
    return any(other.raw.strip() for other in plain) and item.filename != ""


def _alternative(options: list[list[Part]]) -> list[Part]:
    plain = [option for option in options if not any(_is_html(part) for part in option)]
    markup = [option for option in options if any(_is_html(part) for part in option)]
    for option in plain:
        text = " ".join(part.text()[0].strip() for part in option)
        if text.strip() and not (markup and len(text) < 400 and _STUB.search(text)):
            return option
    return markup[-1] if markup else (plain[0] if plain else [])


def _read_part(part: Part, tree: Tree, markup: bool) -> str:
    text, fault = part.text()
    if fault:
        tree.note(fault)
    if not markup:
        if part.content_type == "text/enriched":
            text = re.sub(r"<[^<>\n]{1,60}>", "", text)
        if part.params.get("format", "").lower() == "flowed":
            text = unflow(text, part.params.get("delsp", "").lower() == "yes")
        return text
    return to_text(text)


def _wrapped(tree: Tree) -> str:
    """The text of a winmail.dat, where the mail says nothing beside it."""
    for part in tree.walk():
        if tnef.is_one(part.content_type, part.filename):
            inner = [item for child in part.children for item in _choose(child, tree, 0)]
            text = "\n".join(_read_part(item, tree, _is_html(item)) for item in inner)
            if text.strip():
                return text
    return ""


def _is_attachment(part: Part, tree: Tree, used: set[int]) -> bool:
    if id(part) in used or part.main == "multipart" or (part is tree.root and part.main == "message"):
        return False
    if part.filename or part.disposition == "attachment" or part.content_type in _LISTED:
        return _outermost(part, tree)
    return part.main not in ("text", "message") and _outermost(part, tree)


def _outermost(part: Part, tree: Tree) -> bool:
    """Not inside a message/rfc822 that is an attachment itself."""
    node = tree.root
    for number in part.path.split(".") if part.path else ():
        if node.main == "message" and node is not tree.root:
            return False
        node = node.children[int(number) - 1]
    return True


def _attachment(part: Part) -> Attachment:
    inline = part.disposition == "inline" or (bool(part.content_id) and part.disposition != "attachment")
    name = part.filename
    if not name and part.content_type == "message/rfc822" and part.children:
        name = part.children[0].headers.get("subject")[: limits.NAME_CHARS]
    return Attachment(name, part.content_type, len(part.data()), part.content_id[:200], inline, part.path)
