"""The bytes of one attachment, found again in the raw mail by Attachment.path."""

from __future__ import annotations

from engine.inbound.parse.mime import read
from engine.inbound.parse.part import Part

MOST = 64 * 1024 * 1024


def attached(raw: bytes, path: str, most: int = MOST) -> bytes | None:
    """The decoded bytes of the part at `path` ("1.2", as in Attachment.path), at most `most` of them; None where
    there is no such part. As bounded and as unwilling to raise as the parser itself."""
    part: Part | None = read(raw).root
    for number in path.split(".") if path else ():
        index = int(number) - 1 if number.isascii() and number.isdigit() and len(number) < 6 else -1
        part = part.children[index] if part is not None and 0 <= index < len(part.children) else None
    return part.data()[:most] if part is not None else None
