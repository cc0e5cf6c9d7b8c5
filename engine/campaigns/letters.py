"""What the sending loop sends for runs of kind campaign; and the last look at whether somebody may still have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from engine import db
from engine.campaigns import freeze
from engine.campaigns.campaigns import Campaign
from engine.campaigns.content.language.rendering import Unfilled
from engine.campaigns.queries import freezing, lettering
from engine.campaigns.saying import Saying, saying
from engine.db import Conn
from engine.outbound.drafts import Draft, LetterDraft, Row, Unmade, Withheld

GONE = Withheld("erased")
REPLIES = timedelta(days=400)  # so long an answer is taken by its address: people find old mails


def campaign_mails(conn: Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
    """The Contents of runs of kind campaign. Consent and the frequency cap are asked again here, for minutes or days
    have gone by since the freeze; suppression is asked by the loop itself (engine.outbound.content)."""
    of = lettering.campaign_of(conn, workspace_id, rows[0].run_id)
    if of is None:
        return {}
    now = db.now(conn)
    said = {no: saying(conn, of, no, now) for no in {row.about for row in rows}}  # of a run, one
    people = lettering.people(conn, workspace_id, of.topic_id or 0, [row.recipient for row in rows])
    capped = _capped(conn, of, [row.recipient for row in rows], now)
    found: dict[int, Draft] = {}
    for row in rows:
        person = people.get(row.recipient)
        refused = _refused(of, person, row.recipient in capped)
        found[row.seq] = refused or _mail(of, said[row.about], row, person, now)
    return found


def _capped(conn: Conn, of: Campaign, whom: Sequence[int], now: datetime) -> frozenset[int]:
    """Those who had enough of other campaigns meanwhile: what was accepted counts, what is planned may not come."""
    cap = freeze.cap_of(conn, of)
    if cap is None:
        return frozenset()
    return frozenset(freezing.capped(conn, of.workspace_id, of.id, now - cap[1], cap[0], planned=False, whom=whom))


def _refused(of: Campaign, person: Any, capped: bool) -> Withheld | None:
    if person is None or person.erased_at is not None or person.standing != "known":
        return GONE
    said = {person.channel_state, person.topic_state}
    if "withdrawn" in said or (of.needs_consent and "given" not in said):
        return Withheld(freeze.NO_CONSENT)
    return Withheld(freeze.CAPPED) if capped else None


def _mail(of: Campaign, said: Saying, row: Row, person: Any, now: datetime) -> LetterDraft | Unmade:
    try:
        letter, leave = said.letter(row.run_id, row.seq, person, tracked=person.tracked)
    except Unfilled as error:
        return Unmade(str(error))
    return LetterDraft(
        letter.subject, letter.pieces, letter.text, person.name, person.id, said.files, leave, f"campaign-{of.id}",
        of.name, reply_until=(now + REPLIES).date(),
    )  # fmt: skip


__all__ = ["campaign_mails"]
