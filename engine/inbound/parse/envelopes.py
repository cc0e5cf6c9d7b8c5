"""Envelopes that are no multipart: what they hold becomes parts of the tree, and the envelope stays an attachment.

winmail.dat (tnef.py), opaque signed S/MIME (cms.py) and uuencoded files in a plain text are opened. Nothing is
verified and nothing decrypted: an encrypted mail is kept, and its faults say "encrypted".
"""

from __future__ import annotations

from engine.inbound.parse import cms, limits, tnef
from engine.inbound.parse.headers import Headers
from engine.inbound.parse.part import UU_BEGIN, Part, Tree, filename, uudecode

_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_PGP_MESSAGE = b"-----BEGIN PGP MESSAGE-----"


def opened(part: Part, tree: Tree) -> bytes | list[Part] | None:
    """A whole MIME entity as bytes, or ready parts, or None where there is nothing to open."""
    if part.content_type in _SMIME or part.filename.lower().endswith(".p7m"):
        return _smime(part, tree) if tree.may_open() else None
    if tnef.is_one(part.content_type, part.filename):
        return _tnef(part, tree) if tree.may_open() else None
    if part.content_type == "application/pgp-encrypted":
        tree.note("encrypted")
    if part.content_type == "text/plain" and part.disposition != "attachment":
        if part.source.find(_PGP_MESSAGE, part.start, part.stop) >= 0:
            tree.note("encrypted")
        return _uuencoded(part)
    return None


def _smime(part: Part, tree: Tree) -> bytes | None:
    found = cms.read(part.data())
    if found.kind == "encrypted":
        tree.note("encrypted")
    return found.content or None


def _tnef(part: Part, tree: Tree) -> list[Part] | None:
    message = tnef.read(part.data())
    if message is None:
        return None
    out = []
    if message.text.strip():
        tree.note("text-from-tnef")
        out.append(virtual("text/html" if message.html else "text/plain", message.text.encode("utf-8", "replace")))
    out += [virtual("application/octet-stream", item.data, item.name, "attachment") for item in message.files]
    return out


def _uuencoded(part: Part) -> list[Part] | None:
    """The text around uuencoded files, then the files; None where there are none."""
    if part.encoding not in ("", "7bit", "8bit", "binary"):
        return None
    files: list[Part] = []
    text, at = [], part.start
    while len(files) < limits.PARTS and (begin := UU_BEGIN.search(part.source, at, part.stop)) is not None:
        end = part.source.find(b"\nend", begin.end() - 1, part.stop)
        if end < 0:
            break
        name = filename(begin.group(1).decode("utf-8", "replace"))
        files.append(virtual("application/octet-stream", uudecode(part.source[begin.end() : end]), name, "attachment"))
        text.append(part.source[at : begin.start()])
        at = min(part.stop, end + 4)
    if not files:
        return None
    text.append(part.source[at : part.stop])
    return [virtual("text/plain", b"".join(text), charset=part.params.get("charset", "")), *files]


def virtual(kind: str, data: bytes, name: str = "", disposition: str = "", charset: str = "utf-8") -> Part:
    """A part that no MIME header describes."""
    return Part(Headers(()), kind, {"charset": charset}, disposition, name, "", data, 0, len(data), "")
