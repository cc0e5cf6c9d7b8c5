"""The content of a CMS message (RFC 5652), as opaque S/MIME carries it: read, never verified.

A walk over BER that copies at most the content: definite and indefinite lengths, constructed octet strings, all
bounded. https://www.rfc-editor.org/rfc/rfc8551 section 3.5.2 (signed), 3.3 (enveloped), 3.6 (compressed).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal

_DEPTH = 12
_STEPS = 100_000
_INFLATED = 16 * 1024 * 1024
_SIGNED = bytes.fromhex("2a864886f70d010702")
_ENVELOPED = (bytes.fromhex("2a864886f70d010703"), bytes.fromhex("2a864886f70d0109100117"))
_COMPRESSED = bytes.fromhex("2a864886f70d0109100109")
_SEQUENCE, _OCTETS, _CONTEXT, _OID = 0x30, 0x04, 0xA0, 0x06

Kind = Literal["signed", "encrypted", "compressed", "unknown"]


@dataclass(frozen=True)
class Message:
    """`content`: the MIME entity inside, b"" where it cannot be read without a key."""

    kind: Kind
    content: bytes = b""


@dataclass(frozen=True)
class _Node:
    """One BER element: its tag and where its content stands; `after` is where the next one begins."""

    tag: int
    start: int
    stop: int
    after: int


def read(data: bytes) -> Message:
    """What the message is and what it holds; "unknown" for anything that is not CMS."""
    try:
        return _Walk(data).message()
    except (ValueError, IndexError, zlib.error):
        return Message("unknown")


class _Walk:
    """A reader over one buffer that counts its steps, so that no nesting can keep it busy."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.steps = 0

    def message(self) -> Message:
        kind, inside = self._typed(self._node(0, len(self.data), 0))
        if kind in _ENVELOPED:
            return Message("encrypted")
        if kind not in (_SIGNED, _COMPRESSED):
            return Message("unknown")
        body = next((node for node in self._children(inside, 0) if node.tag == _SEQUENCE), None)
        if body is None:
            return Message("unknown")
        _, wrapped = self._typed(self._encapsulated(body))
        content = self._octets(wrapped, 0)
        if kind == _COMPRESSED:
            return Message("compressed", zlib.decompressobj().decompress(content, _INFLATED))
        return Message("signed", content)

    def _encapsulated(self, body: _Node) -> _Node:
        """encapContentInfo: the first SEQUENCE among the fields that begins with a content type and holds content."""
        for node in self._children(body, 0):
            inner = self._children(node, 0)[:2] if node.tag == _SEQUENCE else []
            if len(inner) == 2 and inner[0].tag == _OID and inner[1].tag == _CONTEXT:
                return node
        raise ValueError("no content")

    def _typed(self, node: _Node) -> tuple[bytes, _Node]:
        """(content type, what is in the [0] behind it) of a ContentInfo."""
        inner = self._children(node, 0)
        if node.tag != _SEQUENCE or len(inner) < 2 or inner[0].tag != _OID or inner[1].tag != _CONTEXT:
            raise ValueError("not a ContentInfo")
        return self.data[inner[0].start : inner[0].stop], inner[1]

    def _octets(self, node: _Node, depth: int) -> bytes:
        """The octet strings below a node, one after the other."""
        if node.tag == _OCTETS:
            return self.data[node.start : node.stop]
        if depth > _DEPTH:
            raise ValueError("too deep")
        return b"".join(self._octets(child, depth + 1) for child in self._children(node, depth))

    def _children(self, node: _Node, depth: int) -> list[_Node]:
        out, at = [], node.start
        while at < node.stop:
            child = self._node(at, node.stop, depth + 1)
            out.append(child)
            at = child.after
        return out

    def _node(self, at: int, limit: int, depth: int) -> _Node:
        self.steps += 1
        if self.steps > _STEPS or depth > _DEPTH:
            raise ValueError("too much")
        tag, first = self.data[at], self.data[at + 1]
        if tag & 0x1F == 0x1F:
            raise ValueError("long tag")
        start = at + 2
        if first == 0x80:
            stop = self._indefinite(start, limit, depth)
            return _Node(tag, start, stop, stop + 2)
        size = first
        if first > 0x80:
            count = first & 0x7F
            size = int.from_bytes(self.data[start : start + count], "big") if count <= 8 else limit
            start += count
        stop = min(start + size, limit)
        return _Node(tag, start, stop, stop)

    def _indefinite(self, at: int, limit: int, depth: int) -> int:
        """Where the end-of-contents mark of an indefinite length stands."""
        while at + 1 < limit and self.data[at : at + 2] != b"\0\0":
            at = self._node(at, limit, depth + 1).after
        return min(at, limit)
