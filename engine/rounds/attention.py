"""What of each team needs a manager's eye, as sentences; teams with something to look at come first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.db import Conn
from engine.people.principal import Principal
from engine.rounds import words
from engine.rounds.queries import attention
from engine.rounds.queries.attention import IN_A_ROW, TeamFacts


@dataclass(frozen=True, slots=True)
class Line:
    """A team of the list: its facts, and what needs attention: (kind, words), the most pressing first."""

    facts: TeamFacts
    needs: tuple[tuple[str, str], ...]


def listed(conn: Conn, principal: Principal, now: datetime) -> list[Line]:
    """The teams the principal may see, those that need attention first, then by name."""
    of = None if principal.is_admin else principal.contact_id
    facts = attention.teams(conn, principal.workspace_id, of, now)
    trouble = attention.trouble(conn, principal.workspace_id, now) if principal.is_admin else {}
    found = [Line(one, _needs(one, trouble.get(one.id, (0, 0)))) for one in facts]
    return sorted(found, key=lambda line: not line.needs)  # stable: by name within


def _needs(team: TeamFacts, trouble: tuple[int, int]) -> tuple[tuple[str, str], ...]:
    doubts, lost = trouble
    gone = team.bounced + team.complained + team.unsubscribed
    said = (
        (team.failing, "failing", _many(team.failing, "channel fails", "channels fail")),
        (doubts, "in_doubt", _many(doubts, "question of today in doubt", "questions of today in doubt")),
        (lost, "failed", _many(lost, "question of today did not arrive", "questions of today did not arrive")),
        (gone, "bounced", _gone(team)),
        (not team.active, "paused", f"paused until {words.day(team.pause_until)}" if team.pause_until else
         "paused until somebody resumes it"),
        (team.active and team.people == team.paused_people, "missed",
         "nobody to ask" if not team.people else "nobody to ask: all are paused"),
        (team.silent, "missed", _many(team.silent, "person", "people") + f" missed the last {IN_A_ROW} questions"),
    )  # fmt: skip
    return tuple((kind, text) for true, kind, text in said if true)


def _gone(team: TeamFacts) -> str:
    counted = ((team.bounced, "bounced"), (team.complained, "complained"), (team.unsubscribed, "unsubscribed"))
    return ", ".join(f"{n} {what}" for n, what in counted if n)


def _many(n: int, one: str, several: str) -> str:
    return f"{n} {one if n == 1 else several}"
