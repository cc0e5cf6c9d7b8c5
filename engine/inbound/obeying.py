"""What each order by mail does, and what the person is told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from engine.db import Conn
from engine.inbound import amend, entries, fanout
from engine.inbound.entries import Words
from engine.inbound.outcome import NOTHING, Arrived
from engine.inbound.parse.command import Order, asked_again
from engine.inbound.queries import ordering, whose
from engine.inbound.queries.ordering import Last, Writer
from engine.inbound.telling import day
from engine.outbound.followup import FollowUp
from engine.people.principal import Principal

REGRET = timedelta(days=7)  # so long an order or an answer can be taken back by mail
FURTHEST = timedelta(days=730)
SHOWN, LETTERS = 20, 300  # entries in a mail back, and letters of each
Did = Mapping[str, Any]


class Skip(Protocol):
    """What skipping a day came to (engine.rounds.ordered.Skip)."""

    @property
    def day(self) -> date | None:
        """The day that is not asked about, or None."""

    @property
    def did(self) -> Did:
        """What taking it back needs."""

    @property
    def why(self) -> str:
        """Why there was no day to skip: the state of the part that would have been."""


@dataclass(frozen=True, slots=True)
class Acts:
    """What rounds lend to orders: engine.rounds.ordered."""

    pause: Callable[[Conn, Principal, int, date | None, datetime], Did]
    skip: Callable[[Conn, Principal, int, int | None, datetime], Skip]
    take_back: Callable[[Conn, Principal, int, Did, datetime], bool]


@dataclass(frozen=True, slots=True)
class Writing:
    """An order that came: in which mail, by whom, about which part, and the day it was written on where they are."""

    arrived: Arrived
    order: Order
    who: Principal
    membership_id: int
    writer: Writer
    part_id: int | None
    today: date


@dataclass(frozen=True, slots=True)
class Done:
    """What an order did. `did` is what taking it back needs, empty where nothing changed; `act` is its record.

    The mail that tells of it has `title`, the paragraphs `says`, the list `points`, a `hint`, and a button to the page
    `way` of the person's own. `last` is called after everything else (Outcome.last).
    """

    title: str
    says: Sequence[str] = ()
    points: Sequence[str] = ()
    hint: str = ""
    way: str = ""
    button: str = "Open your page"
    did: Did = field(default_factory=dict)
    act: str = ""
    detail: str = "by mail"
    followup: FollowUp = NOTHING
    last: Callable[[Conn], object] | None = None


UNDO = "Changed your mind? Reply “undo” to this mail within a week, or use your page."


def obey(conn: Conn, here: Writing, acts: Acts) -> Done:
    """Do what the order says."""
    match here.order.kind:
        case "stop":
            return _stop(conn, here, acts)
        case "pause":
            return _pause(conn, here, acts)
        case "skip":
            return _skip(conn, here, acts)
        case "undo":
            return _undo(conn, here, acts)
        case "edit":
            return _edit(conn, here)
        case _:
            return _help(here)


def _stop(conn: Conn, here: Writing, acts: Acts) -> Done:
    did = acts.pause(conn, here.who, here.membership_id, None, here.arrived.now)
    says = [f"You are not asked any more by {here.writer.team}, and get no digest, until you resume."]
    if not did:
        return Done("You were paused already", says, hint="To come back, open your page.", way="/stop")
    says.append("What you wrote stays with the team.")
    hint = "To come back, reply “undo” within a week, or resume on your page at any time."
    return Done("You get no more mails", says, hint=hint, way="/stop", did=did, act="paused")


def _pause(conn: Conn, here: Writing, acts: Acts) -> Done:
    if not here.order.when:
        return _stop(conn, here, acts)
    until = asked_again(here.order.when, here.today)
    today = _today(here)
    if until is None or not today < until <= today + FURTHEST:
        return _which_day(here, until)
    did = acts.pause(conn, here.who, here.membership_id, until, here.arrived.now)
    on = day(until, here.today)
    if not did:
        return Done(f"Paused until {on} already", ["Nothing has changed."], way="/stop")
    says = [f"You get no question and no digest of {here.writer.team} before that day, and are asked again from it on."]
    return Done(
        f"Paused until {on}", says, hint=UNDO, way="/stop", did=did, act="paused", detail=f"until {until}, by mail"
    )


def _today(here: Writing) -> date:
    """The day it is where they are: a mail that was held is obeyed days after it was written."""
    return max(here.today, here.arrived.now.astimezone(ZoneInfo(here.writer.zone)).date())


def _which_day(here: Writing, found: date | None) -> Done:
    """Nothing is done about a day that is none: how to write one."""
    why = "names no day that is understood here, or could be two"
    if found is not None:
        why = "is more than two years away" if found > _today(here) else "is no day to come"
    later = _today(here) + timedelta(days=7 + (0 - _today(here).weekday()) % 7)
    return Done(
        "Until which day? Nothing has changed",
        [f"“{here.order.line[:100]}”: that {why}. Write the day on which you are to be asked again like this:"],
        [f"pause until {later:%A}", f"pause until {later.day} {later:%B}", f"pause until {later}", "pause for 2 weeks"],
        "You can also choose the day on your page.",
        "/stop",
    )


def _skip(conn: Conn, here: Writing, acts: Acts) -> Done:
    skip = acts.skip(conn, here.who, here.membership_id, here.part_id, here.arrived.now)
    if skip.day is not None:
        says = ["You are not reminded, and the digest says that you were not asked. An answer is welcome all the same."]
        return Done(f"Skipped: {day(skip.day, here.today)}", says, hint=UNDO, did=skip.did, act="skipped_question")
    why = {
        "answered": "You have answered already. To take that back, reply “undo”.",
        "missed": "The time to answer is over.",
        "excused": "You are not asked on that day as it is.",
    }.get(skip.why, "Nothing is asked of you today.")
    return Done("Nothing to skip", [why])


def _undo(conn: Conn, here: Writing, acts: Acts) -> Done:
    now, ws = here.arrived.now, here.who.workspace_id
    found = ordering.last_done(conn, ws, here.membership_id, now - REGRET, here.arrived.mail.received_at)
    if not found:
        says = ["You have ordered and written nothing by mail or on your page within a week that could be taken back."]
        return Done("Nothing to undo", says, hint="Older entries can be changed on your page.", way="/history")
    if here.order.rest:  # words that are numbered in the end
        for one in found:
            amend.hold(conn, ws, here.membership_id, _answer(one), here.writer.team_id)
    says, points, followup = [], [], FollowUp()
    for one in found:
        said, texts, more = _taken_back(conn, here, acts, one)
        says.append(said)
        points += texts
        followup += more
    return Done(
        "Taken back", says, points, "What was removed can be put back on your page.", "/history",
        did={"undone": len(found)}, act="undid", followup=followup,
    )  # fmt: skip


def _answer(last: Last) -> int:
    """The answer of which taking this back removes entries; 0 for none."""
    return int(last.did.get("answer", 0)) if last.command else last.id


def _taken_back(conn: Conn, here: Writing, acts: Acts, last: Last) -> tuple[str, list[str], FollowUp]:
    """Take one thing back: what is said of it, the entries to list, and what follows."""
    now, ws = here.arrived.now, here.who.workspace_id
    if not last.command:
        ids, followup = amend.remove_answer(conn, here.who, last.id, now)
        return "Your last answer is removed:", _listed(ordering.texts(conn, ws, ids)), followup
    ordering.set_undone(conn, last.id, now)
    if last.command == "edit":
        _, followup = amend.remove_answer(conn, here.who, last.did["answer"], now)
        ids, more = amend.restore_all(conn, here.who, last.did["removed"], now)
        says = "Your change is taken back. Your answer is again:" if ids else "Your change is taken back."
        return says, _listed(ordering.texts(conn, ws, ids)), followup + more
    done = acts.take_back(conn, here.who, here.membership_id, last.did, now)
    return _UNDONE[last.command, done], [], FollowUp()


_UNDONE = {
    ("stop", True): "You get the mails of your team as before.",
    ("pause", True): "Your pause is as it was before.",
    ("skip", True): "You are asked for that day again.",
    ("stop", False): "It was changed since on your page, so nothing was done.",
    ("pause", False): "It was changed since on your page, so nothing was done.",
    ("skip", False): "The time to answer for that day is over, so it stays skipped. An answer is welcome all the same.",
}


def _edit(conn: Conn, here: Writing) -> Done:
    ws, mail, now = here.who.workspace_id, here.arrived.mail, here.arrived.now
    last = ordering.last_answer(conn, ws, here.membership_id, here.part_id, now - REGRET)
    part = whose.part(conn, ws, last[1]) if last else None
    found = entries.read(here.order.rest, part.questions if part else 1)
    if not found:
        says = ["Write “edit” in the first line, and below it all that your last answer should say."]
        return Done("What should it say? Nothing has changed", says, hint="You can also change it on your page.")
    if last is None or part is None:
        return Done(
            "Nothing to change yet", ["There is no answer of yours of the last week to change."], way="/history"
        )
    amend.hold(conn, ws, here.membership_id, last[0], part.team_id)
    gone = set(ordering.moderated(conn, ws, last[0], here.who.actor))
    kept = tuple(entry for entry in found if entry.text not in gone)
    stays = ["What a manager of the team had removed stays so."] if len(kept) < len(found) else []
    if not kept:
        return Done("Nothing has changed", stays, way="/history")
    removed, followup = amend.remove_answer(conn, here.who, last[0], now)
    words = Words(here.order.rest, kept, "mail", here.arrived.parsed.cut_text, mail.id)
    answer_id = entries.answer(conn, part, words, mail.received_at, actor=here.who.actor)
    followup += fanout.posts(conn, part, answer_id, now)
    return Done(
        "Changed", [*stays, "Your last answer now says:"], _listed([entry.text for entry in kept]), UNDO, "/history",
        act="edited_answer",
        did={"answer": answer_id, "removed": removed}, followup=followup,
        last=lambda c: entries.number(c, part, answer_id, words, mail.received_at),
    )  # fmt: skip


def _listed(texts: Sequence[str]) -> list[str]:
    shown = [text if len(text) <= LETTERS else f"{text[:LETTERS]} …" for text in texts[:SHOWN]]
    return shown if len(texts) <= SHOWN else [*shown, f"and {len(texts) - SHOWN} more"]


def _help(here: Writing) -> Done:
    return Done(
        "What you can write",
        [f"Just reply to a question of {here.writer.team} in your own words. Or write one of these as the first line:"],
        [
            "skip: you are not asked for this day",
            "pause until Monday: no mails before that day; a date or “for 2 weeks” works as well",
            "stop: no more mails of this team, until you come back",
            "edit: what you write below it replaces your last answer",
            "undo: takes back your last answer, or the last of these",
            "help: this mail",
        ],
        "Everything else is on your page: your hours, days away, and all you wrote.",
    )


__all__ = ["REGRET", "Acts", "Done", "Writing", "obey"]
