"""Files of a campaign: attached to the mail, or shown inside it as `cid:name`. Bounded one by one and all together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.campaigns.content.queries import versions as queries
from engine.campaigns.content.version import Version
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.outbound.drafts import Enclosure
from engine.people import rights
from engine.people.principal import Principal

MOST_BYTES = 5 * 1024 * 1024  # of one file
MOST_IN_ALL = 10 * 1024 * 1024  # of a campaign: many receivers refuse a mail over 10 MB, and base64 adds a third
MOST_FILES = 20
IMAGES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}
ATTACHED = {
    **IMAGES,
    "application/pdf": b"%PDF-",
    "text/calendar": b"BEGIN:VCALENDAR",
    "text/csv": b"",
    "text/plain": b"",
}
_CID = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class File:
    """A file without its bytes. `cid` is the name by which a text shows it; empty for what is attached."""

    id: int
    name: str
    type: str
    cid: str
    size: int


def add(
    conn: Conn, principal: Principal, campaign_id: int, name: str, kind: str, content: bytes, inline: bool,
    now: datetime,
) -> File:  # fmt: skip
    """Keep a file for a campaign; the next save says whether it is sent. Raises Invalid for what may not be sent."""
    rights.require(principal, "write_campaigns")
    workspace_id = principal.workspace_id
    if queries.campaign(conn, workspace_id, campaign_id, lock=True) is None:
        raise NotFound("There is no such campaign here. It may have been removed.")
    name, kind = clean_name(name), kind.partition(";")[0].strip().lower()
    _check(kind, content, inline)
    there = listed(conn, workspace_id, campaign_id)
    if len(there) >= MOST_FILES:
        raise Invalid(f"A campaign has at most {MOST_FILES} files. Take one out first.", "file")
    if sum(file.size for file in there) + len(content) > MOST_IN_ALL:
        raise Invalid(f"All files together have at most {MOST_IN_ALL // 1024**2} MB. Send a link instead.", "file")
    cid = _cid(name, [file.cid for file in there]) if inline else ""
    file_id = queries.insert_file(conn, workspace_id, campaign_id, name, kind, cid, content, now)
    return File(file_id, name, kind, cid, len(content))


def listed(conn: Conn, workspace_id: int, campaign_id: int) -> Sequence[File]:
    """The files of a campaign."""
    return [
        File(row.id, row.name, row.type, row.cid, row.size) for row in queries.files(conn, workspace_id, campaign_id)
    ]


def enclosures(conn: Conn, version: Version) -> tuple[Enclosure, ...]:
    """What goes out with a version, with its bytes."""
    ids = [*version.inline, *version.attached]
    rows = queries.data(conn, version.workspace_id, version.campaign_id, ids) if ids else ()
    return tuple(Enclosure(row.name, row.type, bytes(row.data), row.cid) for row in rows)


def clean_name(name: str) -> str:
    """A file's name without folders and without what no file is called. Raises Invalid."""
    last = re.split(r"[/\\]", name)[-1]
    clean = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*;').strip(" .")[:100]
    if not clean:
        raise Invalid("The file needs a name. Give it one and add it again.", "file")
    return clean


def _check(kind: str, content: bytes, inline: bool) -> None:
    allowed = IMAGES if inline else ATTACHED
    if kind not in allowed:
        what = "PNG, JPEG and GIF images" if inline else "images, PDF, calendar, CSV and text files"
        raise Invalid(f"Only {what} can be sent so. Send a link to anything else.", "file")
    if not content:
        raise Invalid("The file is empty. Choose another.", "file")
    if len(content) > MOST_BYTES:
        raise Invalid(f"A file has at most {MOST_BYTES // 1024**2} MB. Make it smaller, or send a link.", "file")
    if not content.startswith(allowed[kind]) or (kind.startswith("text/") and b"\0" in content):
        raise Invalid("The file is not what its name says. Choose another.", "file")


def _cid(name: str, taken: Sequence[str]) -> str:
    base = _CID.sub("-", name.rpartition(".")[0].lower() or name.lower()).strip("-")[:40] or "image"
    return next(cid for cid in (base, *(f"{base}-{n}" for n in range(2, 100))) if cid not in taken)


__all__ = ["ATTACHED", "IMAGES", "MOST_BYTES", "MOST_FILES", "MOST_IN_ALL", "File", "add", "enclosures", "listed"]
