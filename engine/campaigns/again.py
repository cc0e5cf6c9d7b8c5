"""STORY rest: those whom a campaign means and who have not got it get it now, as a further run of it.

Never anybody who has it, may have it, or is about to get it: those are no rest, and whoever changes between the freeze
and the sending is withheld then (engine.campaigns.letters). Doubts are sent once more only where a person says so: the
same rows, with the same Message-ID, as everywhere (engine.outbound.settle.doubts).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine import move, sealing
from engine.campaigns import approvals, campaigns, flight, freeze, whom
from engine.campaigns.campaigns import Audience, Campaign
from engine.campaigns.queries import flying, freezing, resting, rows
from engine.campaigns.queries.resting import Rest
from engine.campaigns.queries.rows import People
from engine.campaigns.reminding import SENDS
from engine.config import required, settings
from engine.db import Conn
from engine.errors import Invalid
from engine.outbound.followup import FollowUp
from engine.outbound.queries import planning
from engine.outbound.settle import doubts
from engine.outbound.settle.doubts import Which
from engine.people import allowlist, rights
from engine.people.principal import Principal

PART = "rest"
MAY = ("running", "finishing", "finished")
GONE = "they are no longer here"
HINTS = 100
NOBODY = "Nobody is left who could get it now. Look at the reasons."
PRESSED = "The rest was sent meanwhile, perhaps by somebody else. This is how it stands now."
MORE = "It is {now:,} now, not {seen:,}. Look at it once more."
ASK = "With those it reaches {n:,} people, more than were approved. Copy the campaign and have the copy approved."
POSTED = "It is a post to a channel, which has no rest. Send it once more from the channel's page."
LETTER = "It was a letter to one person, and has no rest. Write to them once more from their own page."
WHY_NOT = {
    "paused": "It is paused. Let it go on first.",
    "holding": "It is held. Look at why, and let it go on first.",
    "cancelled": "It was cancelled, and stays so. Write to those who have not got it in a new campaign.",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """So many rows ended so: `n` of people who could get it now."""

    state: str
    reason: str
    n: int


@dataclass(frozen=True, slots=True)
class Left:
    """Who has not got a campaign. `n` could now: `ended` says why they have not; `stays` would be left out still.

    `new`: people who fit the query since, None where it cannot be read any more. `doubts` may have it, `young` of them
    too recently to be sent a second time. `last` is the newest run: whoever presses says by it what they have seen.
    """

    n: int
    ended: tuple[Ended, ...]
    stays: tuple[tuple[str, int], ...]
    new: int | None
    doubts: int
    young: int
    last: int
    why_not: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody presses for, and what they saw before: the newest run, and how many that would be."""

    last: int
    seen: int
    newcomers: bool = False
    doubts: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """What a press did: the new run (None: only doubts), its rows, the doubts that are sent once more."""

    run_id: int | None
    rows: int
    resent: int
    followup: FollowUp


def look(conn: Conn, principal: Principal, campaign_id: int, now: datetime, audience: Audience = whom.contacts) -> Left:
    """Who has not got it, and what a press would do. Raises NotFound."""
    of = campaigns.get(conn, principal, campaign_id)
    if of.run_id is None:
        return Left(0, (), (), None, 0, 0, 0, "It has not been launched.")
    if of.channel_id is not None:
        return Left(0, (), (), None, 0, 0, 0, POSTED)
    runs = flying.sends(conn, of.id, of.run_id, SENDS)
    if not runs:
        return Left(0, (), (), None, 0, 0, 0, LETTER)
    ended, stays, _ = _judged(conn, of, runs, now)
    doubted = doubts.counted(conn, _doubts(conn, of, runs), settings().doubt_after)
    return Left(
        sum(one.n for one in ended), ended, stays, _new(conn, of, runs, now, audience), sum(g.n for g in doubted),
        sum(g.young for g in doubted), runs[-1], "" if of.state in MAY else WHY_NOT.get(of.state, "Launch it first."),
    )  # fmt: skip


def send(
    conn: Conn, principal: Principal, campaign_id: int, asked: Asked, now: datetime, audience: Audience = whom.contacts
) -> Sent:
    """Send the rest, once for what somebody saw. Raises Invalid where more are left than they saw, where somebody
    pressed before, where nobody is left or the campaign does not fly; NotAllowed, NotFound."""
    rights.require(principal, "launch_campaigns")
    of = campaigns.locked(conn, principal, campaign_id)
    if of.channel_id is not None:
        raise Invalid(POSTED)
    if of.run_id is None or of.state not in MAY:
        raise Invalid(WHY_NOT.get(of.state, "Launch it first."))
    runs = flying.sends(conn, of.id, of.run_id, SENDS)
    if not runs:
        raise Invalid(LETTER)
    if runs[-1] != asked.last:
        raise Invalid(PRESSED)
    people = _people(conn, of, runs, asked, now, audience)
    frozen = freeze.freeze(conn, of, people, now, part=PART)
    again = _resend(conn, of, runs, principal, now) if asked.doubts else None
    if frozen is None and not (again and again.rows):
        raise Invalid(NOBODY)
    if of.state != "running":
        move.one(conn, "campaign", of.id, "reopen", now, actor=principal.actor, note="the rest is sent")
    flight.respace(conn, of, now)
    hints = FollowUp(batches=frozen.due[:HINTS] if frozen else ()) + (again.followup if again else FollowUp())
    return Sent(frozen.run_id if frozen else None, frozen.size if frozen else 0, again.rows if again else 0, hints)


def _people(
    conn: Conn, of: Campaign, runs: Sequence[int], asked: Asked, now: datetime, audience: Audience
) -> People:  # fmt: skip
    """Whom a press means. Raises Invalid where those are more than whoever pressed has seen."""
    ended, _, people = _judged(conn, of, runs, now)
    count = sum(one.n for one in ended)
    if asked.newcomers:
        fresh = resting.newcomers(audience(conn, of.query, of.workspace_id, now), runs)
        added = rows.count(conn, fresh)
        _settle(conn, of, resting.size(conn, runs) + added)
        count, people = count + added, resting.either(people, fresh)
    if count > asked.seen:
        raise Invalid(MORE.format(now=count, seen=asked.seen))
    return people


def _settle(conn: Conn, of: Campaign, reached: int) -> None:
    if approvals.needed(conn, of, reached) and not approvals.granted(conn, of, reached):
        raise Invalid(ASK.format(n=reached))


def _judged(
    conn: Conn, of: Campaign, runs: Sequence[int], now: datetime
) -> tuple[tuple[Ended, ...], tuple[tuple[str, int], ...], People]:
    """Who could get it now, by how their rows ended; who could not, by why; and the first of them as a select."""
    words = {"gone": GONE, "no_address": freeze.NO_ADDRESS, "no_consent": freeze.NO_CONSENT}
    rest = resting.rest(of, runs, words)
    barred = _barred(conn, of, rest, now)
    could: Counter[tuple[str, str]] = Counter()
    stays: Counter[str] = Counter(why for why, _, _ in barred.values())
    for state, reason, why, n in resting.grouped(conn, rest):
        if why:
            stays[why] += n
        else:
            could[state, reason] += n
    could.subtract((state, reason) for _, state, reason in barred.values())
    ended = tuple(Ended(state, reason, n) for (state, reason), n in could.most_common() if n)
    return ended, tuple(stays.most_common()), resting.without(rest, barred)


def _barred(conn: Conn, of: Campaign, rest: Rest, now: datetime) -> dict[int, tuple[str, str, str]]:
    """(why, state, reason) by contact, of those whose address is still suppressed, or who still had enough of others.

    Only who was left out or refused is asked about: whoever was not is judged by the freeze as any other.
    """
    found = resting.asked_again(conn, rest)
    if not found:
        return {}
    chosen = settings()
    secret = required(chosen.secret_key, "secret_key")
    hashes = [sealing.address_hash(secret, row.address) for row in found]
    gone = planning.suppressed(conn, of.workspace_id, hashes)
    capped = _capped(conn, of, [row.contact_id for row in found if row.reason == freeze.CAPPED], now)
    barred = {}
    for row, value in zip(found, hashes, strict=True):
        if value in gone:
            barred[row.contact_id] = f"suppressed: {gone[value]}", row.state, row.reason
        elif row.contact_id in capped:
            barred[row.contact_id] = freeze.CAPPED, row.state, row.reason
        elif row.reason == allowlist.SUPPRESSED and not allowlist.allowed(chosen, row.address):
            barred[row.contact_id] = allowlist.SUPPRESSED, row.state, row.reason
    return barred


def _capped(conn: Conn, of: Campaign, ids: Sequence[int], now: datetime) -> frozenset[int]:
    cap = freeze.cap_of(conn, of) if ids else None
    if cap is None:
        return frozenset()
    most, since = cap[0], now - cap[1]
    return frozenset(freezing.capped(conn, of.workspace_id, of.id, since, most, planned=True, whom=ids))


def _new(conn: Conn, of: Campaign, runs: Sequence[int], now: datetime, audience: Audience) -> int | None:
    try:
        return rows.count(conn, resting.newcomers(audience(conn, of.query, of.workspace_id, now), runs))
    except Invalid:  # it names what is no longer there
        return None


def _doubts(conn: Conn, of: Campaign, runs: Sequence[int]) -> Which:
    return Which(of.workspace_id, rows=tuple(resting.doubts(conn, runs)))


def _resend(conn: Conn, of: Campaign, runs: Sequence[int], principal: Principal, now: datetime) -> doubts.Resent | None:
    which = _doubts(conn, of, runs)
    return doubts.resend(conn, which, now, principal.actor, settings().doubt_after) if which.rows else None


__all__ = ["PART", "Asked", "Ended", "Left", "Sent", "look", "send"]
