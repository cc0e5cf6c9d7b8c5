"""The same mail by two ways is one mail; a copy that somebody forged takes nobody's place.

Two mails are the same when they have the Message-ID, the sender and the delivery they answer in common, and say the
same. Of one without Message-ID its words and its Date stand in; Received lines and the build of the MIME differ by way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from engine.db import Conn
from engine.errors import SixpmError
from engine.inbound.outcome import Arrived, Outcome, Ruling
from engine.inbound.queries import keeping
from engine.inbound.queries.keeping import Holder

SAME = Ruling("repeat", "The same mail is here already.")
OTHER_WORDS = "Mail {} has the same Message-ID and says something else. One of them may be forged."


class Raced(SixpmError):
    """The same mail was read elsewhere at the same time, and committed first. Read again, it is the repetition."""


def once(conn: Conn, arrived: Arrived, become: Callable[[], Outcome]) -> Outcome:
    """What becomes of a mail that is the first of its kind; else what it is for the one that was.

    The key is written with the move of the mail: who comes second then fails as Raced.
    """
    mail, parsed, ident = arrived.mail, arrived.parsed, key(arrived)
    there = keeping.holder(conn, ident, mail.id)
    if there is None:
        return replace(become(), key=ident)
    if parsed.automatic:
        return Outcome(SAME)
    if there.words is not None and _plain(there.words) != _plain(parsed.reply_text):
        doubtful = _doubtful(arrived, there)
        return Outcome(doubtful) if doubtful else become()
    if there.state == "held" and mail.part_id is None:
        return _instead(conn, there, ident, become)
    return Outcome(SAME)


def _instead(conn: Conn, there: Holder, ident: str, become: Callable[[], Outcome]) -> Outcome:
    """What becomes of a mail whose first copy is held: the same as without that one, or, held as well, a repetition.

    The held one stays with the person who has to look at it; assigned to somebody, it is then the repetition.
    """
    step = conn.begin_nested()
    if keeping.free_key(conn, there.id, ident):
        outcome = become()
        if outcome.ruling.trigger != "hold":
            step.commit()
            return replace(outcome, key=ident)
    step.rollback()
    return Outcome(SAME)


def key(arrived: Arrived) -> str:
    """The same for one mail by two ways; another for each delivery it answers, and for each plain address it was
    brought to: to a listener it comes once for each. From is part of it.

    What has neither Message-ID nor Date may be said again tomorrow: then the day it came stands in.
    """
    parsed, claim = arrived.parsed, arrived.claim
    words = hashlib.sha256(_plain(parsed.text).encode("utf-8", "replace")).hexdigest()
    what = parsed.message_id or f"{_instant(parsed.date) or f'{arrived.mail.received_at:%Y-%m-%d}'}\n{words}"
    about = f"{claim.run_id}.{claim.seq}" if claim else ",".join(f"to {door.id}" for door in arrived.doors)
    about += "" if arrived.mail.platform == "mail" else f" {arrived.mail.platform}"
    sender = parsed.from_.address if parsed.from_ else ""
    return hashlib.sha256("\n".join((what, about, sender)).encode("utf-8", "replace")).hexdigest()


def _doubtful(arrived: Arrived, there: Holder) -> Ruling | None:
    """Held in the workspace that it is for; who assigns it by hand has looked at both."""
    if arrived.mail.part_id is not None:
        return None
    theirs = [arrived.about.workspace_id] if arrived.about else [door.workspace_id for door in arrived.doors]
    return Ruling("hold", OTHER_WORDS.format(there.id), next(iter(theirs), None))


def _plain(words: str) -> str:
    return " ".join(words.split())


def _instant(date: str) -> str:
    return datetime.fromisoformat(date).astimezone(UTC).isoformat() if date else ""
