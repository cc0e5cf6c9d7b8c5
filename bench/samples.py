"""A few mails of a benchmark looked at: that they are what it claims to send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from sqlalchemy import text

from bench import launching
from bench.instance import Instance
from engine import db
from sixpm.embedded import ports

COUNT = 20


@dataclass(frozen=True, slots=True)
class Samples:
    """Their mean size in bytes as received, and what is not as it should be."""

    size: int
    faults: Sequence[str]


def take(on: Instance, kind: str, *, signed: bool) -> Samples:
    """Send a few from a workspace whose own relay is a sink that keeps them, and read them."""
    kept = on.machine.folder / "samples"
    kept.mkdir()
    kept.chmod(0o777)  # the sink of root is somebody else
    workspace_id = launching.seed(on.url, COUNT, first=1_000_001)
    _use_relay(on.url, workspace_id, on.machine.sink("keeping sink", kept))
    launching.wait(on.url, launching.start(on.url, workspace_id, kind, COUNT), 60)
    on.machine.groups.pop("keeping sink")  # it costs nothing from here on
    mails = [_received(path) for path in kept.iterdir()]
    return Samples(sum(map(len, mails)) // max(1, len(mails)), _faults(mails, signed))


def _use_relay(url: str, workspace_id: int, port: int) -> None:
    engine = db.create_engine(url, size=1)
    with engine.begin() as conn:
        conn.execute(
            text("INSERT INTO relay (workspace_id, host, port, tls, connections) VALUES (:w, :host, :port, 'none', 2)"),
            {"w": workspace_id, "host": ports.LOOPBACK, "port": port},
        )
    engine.dispose()


def _received(path: Path) -> bytes:
    """The mail in a dump of smtp-sink, which puts a few X- fields of the session on top and ends lines by LF."""
    lines = path.read_bytes().splitlines(keepends=True)
    while lines and lines[0].startswith((b"X-", b"Received:", b"\t", b" ")):
        lines.pop(0)
    return b"".join(line.rstrip(b"\r\n") + b"\r\n" for line in lines)


def _faults(mails: Sequence[bytes], signed: bool) -> list[str]:
    parsed: list[EmailMessage] = [message_from_bytes(mail, policy=default) for mail in mails]
    claims = {
        f"{COUNT} mails": len(mails) == COUNT,
        "a text and an HTML part": all(
            [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"] for mail in parsed
        ),
        "different from each other in both parts": all(
            len({part.get_content() for part in parts}) == COUNT
            for parts in zip(*(mail.iter_parts() for mail in parsed), strict=True)
        ),
        "an unsubscribe header": all(mail["List-Unsubscribe"] for mail in parsed),
        f"DKIM {'signed' if signed else 'unsigned'}": all(("DKIM-Signature" in mail) == signed for mail in parsed),
    }
    return [f"samples are not: {claim}" for claim, true in claims.items() if not true]
