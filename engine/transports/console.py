"""Writes posts to a text stream: for development, and for trying a team without any chat service."""

from __future__ import annotations

import sys
from typing import TextIO

from engine.transports import plain
from engine.transports.base import Post, Receipt
from engine.transports.service import Service


class Console:
    """Every post is accepted; what was written is the receipt."""

    name = "console"
    limit = 2_000

    def __init__(self, stream: TextIO | None = None) -> None:
        """`stream`: else the standard output of the moment of sending."""
        self._stream = stream

    def send(self, post: Post) -> Receipt:
        """Write one block with the address and the text, each line of it indented."""
        text = plain.cut(plain.clean(post.text), self.limit)
        stream = self._stream or sys.stdout
        lines = "".join(f"  {line}\n" for line in text.splitlines())
        stream.write(f"→ {post.to}\n{lines}")
        stream.flush()
        return Receipt("ok", "written to the console")

    def close(self) -> None:
        """The stream is not ours to close."""


SERVICE = Service("console", "Console", lambda *_: Console(), lambda *_: "", offered=False)
