"""How long a workspace keeps what: the rules, what a workspace set in their place, and the pass that takes things away.

A rule has a default, which may be "for ever", a shortest span, and the reason for both. What is evidence of a doubt or
of something open stays in any case. The scheduler takes away some at a time, so that no pass holds a lock for long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.db import Conn
from engine.errors import Invalid
from engine.people import rights
from engine.people.keeping import queries
from engine.people.principal import Principal

FOR_EVER = 36_500  # days; what a person writes for "for ever" where the rule is shorter
MOST = 20_000  # rows of one thing in one pass
EVENTS = timedelta(days=7)  # how far back a reader of a workspace's log can go on; they carry no words


@dataclass(frozen=True, slots=True)
class Rule:
    """What is kept for how many days: `days` None is for ever, `least` the shortest a workspace may choose."""

    what: str
    title: str
    days: int | None
    least: int
    most: int
    why: str


RULES = {
    rule.what: rule
    for rule in (
        Rule("raw_mail", "Mail that came in, as it came", 365, 30, FOR_EVER,
             "To read it again when an answer looks wrong. The words of answers stay. Held mail stays too."),
        Rule("parsed_mail", "What was read out of it", 730, 30, FOR_EVER,
             "To see why a mail was taken for what it was. The words of answers stay."),
        Rule("deliveries", "Who got which mail", None, 90, FOR_EVER,
             "Runs that are over go whole. Runs with a doubt stay, and digests that the next one goes on from."
             " 90 days, since late bounces, complaints and answers name their mail."),
        Rule("acts", "Who did what", 730, 180, 730, "To look back at who changed what."),
        Rule("provider_events", "What relays reported", 90, 30, 90,
             "Their raw form says who opened and clicked what, from where. No provider repeats one after 90 days."),
        Rule("hits", "Links followed and pictures shown", 400, 30, FOR_EVER,
             "A campaign's numbers are made of them, people and machines apart. They go with their mail, too."),
        Rule("sessions", "Sessions that were not used", 90, 7, 90, "To see on which devices one was signed in."),
        Rule("messages", "Messages of conversations", None, 180, FOR_EVER,
             "They are what people wrote to teams and to the workspace. That there was one, and when, stays."),
        Rule("entries", "Entries of rounds that are over", None, 365, FOR_EVER,
             "They are what teams wrote, and what digests and exports are made of. With them go the answers' words."),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule as it holds in a workspace. `chosen` is the workspace's own number, `days` what holds (None: for ever)."""

    rule: Rule
    chosen: int | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Due:
    """What would go with such a number of days, and how old the oldest of it is; counted up to queries.COUNTED."""

    count: int
    more: bool
    oldest: datetime | None


def listed(conn: Conn, principal: Principal) -> list[Kept]:
    """Every rule as it holds. Raises NotAllowed."""
    rights.require(principal, "change_retention")
    chosen = queries.chosen(conn, principal.workspace_id)
    return [Kept(rule, chosen.get(what), chosen.get(what, rule.days)) for what, rule in RULES.items()]


def clean(typed: Mapping[str, str]) -> dict[str, int | None]:
    """The days of each rule as typed; None where the default is to hold. Raises Invalid with the rule's name."""
    found: dict[str, int | None] = {}
    for what, rule in RULES.items():
        text = typed.get(what, "").strip()
        if not text:
            found[what] = None
            continue
        if not text.isdecimal() or not rule.least <= int(text) <= rule.most:
            raise Invalid(f"{rule.title}: write {rule.least} to {rule.most} days, or leave it empty.", what)
        found[what] = int(text)
    return found


def preview(conn: Conn, principal: Principal, days: Mapping[str, int | None], now: datetime) -> dict[str, Due]:
    """What would go by and by if these numbers held. Raises NotAllowed."""
    rights.require(principal, "change_retention")
    found = {}
    for what, rule in RULES.items():
        holds = days.get(what) or rule.days
        if holds is not None and (row := queries.due(conn, principal.workspace_id, what, _before(now, holds))):
            found[what] = Due(min(row[0], queries.COUNTED), row[0] > queries.COUNTED, row[1])
    return found


def save(conn: Conn, principal: Principal, days: Mapping[str, int | None]) -> None:
    """Let these numbers hold; None is the default. Raises NotAllowed."""
    rights.require(principal, "change_retention")
    queries.save(conn, principal.workspace_id, {what: days.get(what) for what in RULES})


def tidy(conn: Conn, now: datetime, most: int = MOST) -> dict[str, int]:
    """Take away what is due in all workspaces, at most so many rows of each thing; how many went. Never commits."""
    gone = {}
    for what, rule in RULES.items():
        take: Callable[[Conn, datetime, int | None, int], int] = queries.TAKE[what]
        gone[what] = take(conn, now, rule.days, most)
        queries.told(conn, what, now, gone[what], gone[what] >= most)
    queries.drop_events(conn, now - EVENTS, most)  # last: it holds the logs until the commit
    return gone


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=min(days, FOR_EVER))


__all__ = ["FOR_EVER", "RULES", "Due", "Kept", "Rule", "clean", "listed", "preview", "save", "tidy"]
