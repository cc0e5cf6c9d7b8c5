"""The mail that a report carries with it: its headers, as an attachment."""

from __future__ import annotations

from engine.inbound.parse.headers import Headers, split
from engine.inbound.parse.mime import Tree

RETURNED = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
)


def original_of(tree: Tree) -> Headers | None:
    """The headers of the first returned mail, or None."""
    for part in tree.walk():
        if part is tree.root or part.content_type not in RETURNED:
            continue
        if part.children:
            return part.children[0].headers
        return split(part.data().lstrip(b"\r\n"))[0]
    return None
