"""Keep a mail, or a message of another service, as it came. The caller commits, and only then answers 250 or 2xx."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.db import Conn
from engine.inbound.queries import keeping
from engine.inbound.queries.keeping import Incoming


def store(
    conn: Conn,
    source: str,
    external_id: str,
    envelope_from: str,
    envelope_to: Sequence[str],
    raw: bytes,
    now: datetime,
    platform: str = "mail",
) -> tuple[int, bool]:
    """(inbound id, whether it is new). The same (source, external_id) again changes nothing and gives the first id.

    `platform`: whose reader reads it (engine.inbound.platforms); `external_id` is then what the service calls it.
    """
    recipients = [_text(address) for address in envelope_to]
    fresh = keeping.insert_inbound(
        conn, source, _text(external_id), _text(envelope_from), recipients, raw, now, platform
    )
    if fresh is not None:
        return fresh, True
    return keeping.inbound_id(conn, source, _text(external_id)), False


def bring_in(conn: Conn, mails: Sequence[Incoming]) -> list[int]:
    """Keep mails that lay in files, each with the time when it was received there; the ids of those that are new.

    Their source is "import": they are read as all others are, and nothing is sent because of them.
    """
    clean = [
        mail._replace(
            external_id=_text(mail.external_id),
            envelope_from=_text(mail.envelope_from),
            envelope_to=[_text(address) for address in mail.envelope_to],
        )
        for mail in mails
    ]
    return keeping.insert_all(conn, keeping.IMPORT, clean)


def brought_in(conn: Conn, external_ids: Sequence[str]) -> frozenset[str]:
    """Those of these external ids that `bring_in` has kept before."""
    return keeping.known(conn, keeping.IMPORT, external_ids)


def _text(value: str) -> str:
    """`value` as PostgreSQL takes it: no NUL, no lone surrogate (an SMTP client may send any byte)."""
    return value.encode("utf-8", "replace").decode().replace("\0", "")[:1000]
