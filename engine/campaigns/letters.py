"""What the sending loop sends for runs of kind campaign; and the last look at whether somebody may still have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from engine import db
from engine.campaigns import freeze, reminding
from engine.campaigns.content.language.faults import Refused
from engine.campaigns.content.language.rendering import Unfilled
from engine.campaigns.queries import flying, freezing, lettering, resting
from engine.campaigns.queries import reminding as queries
from engine.campaigns.saying import Saying, saying
from engine.db import Conn
from engine.outbound.drafts import Draft, LetterDraft, Row, Unmade, Withheld

GONE = Withheld("erased")
HAS = Withheld("has it already")
REMINDER = "Reminder: "  # before the subject
REPLIES = timedelta(days=400)  # so long an answer is taken by its address: people find old mails


def campaign_mails(conn: Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
    """The Contents of runs of kind campaign. Consent and the frequency cap are asked again here, for minutes or days
    have gone by since the freeze; suppression is asked by the loop itself (engine.outbound.content)."""
    of = lettering.campaign_of(conn, workspace_id, rows[0].run_id)
    if of is None:
        return {}
    now, ids = db.now(conn), [row.recipient for row in rows]
    try:
        said = {no: saying(conn, of, no, now) for no in {row.about for row in rows}}  # of a run, one
    except Refused as error:  # it names what went since: each row says so, and the campaign is held for it
        return dict.fromkeys((row.seq for row in rows), Unmade(str(error)))
    people = lettering.people(conn, workspace_id, of.topic_id or 0, ids)
    capped, done, first = _capped(conn, of, ids, now), _done(conn, of, rows), _first(conn, of, ids)
    found: dict[int, Draft] = {}
    for row in rows:
        person = people.get(row.recipient)
        refused = done.get(row.recipient) or _refused(of, person, row.recipient in capped)
        found[row.seq] = refused or _mail(of, said[row.about], row, person, now, first.get(row.recipient))
    return found


def _capped(conn: Conn, of: Any, whom: Sequence[int], now: datetime) -> frozenset[int]:
    """Those who had enough of other campaigns meanwhile: what was accepted counts, what is planned may not come."""
    cap = freeze.cap_of(conn, of)
    if cap is None or of.part == freeze.ALONE:
        return frozenset()
    return frozenset(freezing.capped(conn, of.workspace_id, of.id, now - cap[1], cap[0], planned=False, whom=whom))


def _done(conn: Conn, of: Any, rows: Sequence[Row]) -> Mapping[int, Withheld]:
    """Who needs it no more: of a reminder those who have answered, of other runs those another run has reached, or may
    have reached, since this one was made."""
    ids = [row.recipient for row in rows]
    if of.part == reminding.PART:
        return dict.fromkeys(queries.answered(conn, of.id, ids), Withheld(reminding.ANSWERED))
    others = [run for run in flying.sends(conn, of.id, of.run_id or 0, reminding.SENDS) if run != rows[0].run_id]
    return dict.fromkeys(resting.reached(conn, others, rows[0].run_id, ids) if others else (), HAS)


def _first(conn: Conn, of: Any, ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
    """The mails that a reminder follows, by contact."""
    if of.part != reminding.PART:
        return {}
    return queries.first_mails(conn, flying.sends(conn, of.id, of.run_id or 0, reminding.SENDS), ids)


def _refused(of: Any, person: Any, capped: bool) -> Withheld | None:
    if person is None or person.erased_at is not None or person.standing != "known":
        return GONE
    said = {person.channel_state, person.topic_state}
    if "withdrawn" in said or (of.needs_consent and "given" not in said):
        return Withheld(freeze.NO_CONSENT)
    return Withheld(freeze.CAPPED) if capped else None


def _mail(of: Any, said: Saying, row: Row, person: Any, now: datetime, first: tuple[int, int] | None
          ) -> LetterDraft | Unmade:  # fmt: skip
    try:
        letter, leave = said.letter(row.run_id, row.seq, person, tracked=person.tracked)
    except Unfilled as error:
        return Unmade(str(error))
    subject = f"{REMINDER}{letter.subject}" if of.part == reminding.PART else letter.subject
    return LetterDraft(
        subject, letter.pieces, letter.text, person.name, person.id, said.files, leave, f"campaign-{of.id}",
        of.name, after=(first,) if first else (), reply_until=(now + REPLIES).date(),
    )  # fmt: skip


__all__ = ["campaign_mails"]
