"""What channels are told of a round that closed, and in digests: the Contents of their runs.

The link to the page comes second, for a service cuts what is too long at its end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from engine.config import settings
from engine.db import Conn
from engine.outbound.drafts import Draft, PostDraft
from engine.outbound.drafts import Row as Delivery
from engine.rounds import groups, words
from engine.rounds.groups import Groups, Person
from engine.rounds.queries import digesting, posting
from engine.rounds.queries.digesting import Range

Section = tuple[date, int, str]  # of a post: the day, the question's place, and the question


def round_posts(conn: Conn, workspace_id: int, rows: Sequence[Delivery]) -> Mapping[int, Draft]:
    """A post by seq; `about` is the round."""
    found = posting.rounds(conn, workspace_id, [row.about for row in rows])
    ids = [one.id for one in found]
    entries = groups.by_range(posting.entries_of(conn, workspace_id, ids))
    members = groups.by_range(posting.members_of(conn, workspace_id, ids))
    made = {
        one.id: _draft("round.closed", one, [one.local_date], entries.get(n, []), members.get(n, []))
        for n, one in enumerate(found)
    }
    return {row.seq: made[row.about] for row in rows if row.about in made}


def digest_posts(conn: Conn, workspace_id: int, rows: Sequence[Delivery]) -> Mapping[int, Draft]:
    """A post by seq; `about` is the channel's digest. It covers what a person's digest of the same range does."""
    found = posting.digests(conn, workspace_id, [row.about for row in rows])
    ranges = [Range(one.team_id, one.since_no, one.until_no, one.since_at, one.made_at) for one in found]
    entries = groups.by_range(digesting.entries_in(conn, workspace_id, ranges))
    members = groups.by_range(digesting.members_in(conn, workspace_id, ranges))
    comments = groups.by_range(digesting.comments_in(conn, workspace_id, ranges))
    made = {}
    for n, one in enumerate(found):
        days = sorted({entry.local_date for entry in entries.get(n, [])}) or [one.local_date]
        said = entries.get(n, []), members.get(n, []), comments.get(n, [])
        made[one.id] = _draft("digest.made", one, days, *said)
    return {row.seq: made[row.about] for row in rows if row.about in made}


def _draft(
    kind: str, of: Any, days: Sequence[date], entries: Sequence[Any], members: Sequence[Any],
    comments: Sequence[Any] = (),
) -> PostDraft:  # fmt: skip
    people = groups.grouped(entries, members)
    asked = len(people.answered) + len(people.not_answered)
    head = f"{of.team}, {words.days(days)}: {len(people.answered)} of {asked} answered"
    link = f"{(of.base_url or settings().base_url).rstrip('/')}/teams/{of.team_id}"
    sections = _sections(entries, people)
    several = len(days) > 1
    parts = [f"{head}\n{link}", *(_section(key, lines, several) for key, lines in sections.items())]
    parts += [_said(comments), _others(people)]
    noun = kind.partition(".")[0]
    data = {
        "type": kind, noun: {"id": of.id, "date": of.local_date.isoformat()},
        "team": {"id": of.team_id, "name": of.team, "url": link}, "asked": asked, "answered": len(people.answered),
        "away": [person.name for person in people.away], "entries": _data(sections),
    }  # fmt: skip
    return PostDraft("\n\n".join(filter(None, parts)), data)


def _sections(entries: Sequence[Any], people: Groups) -> dict[Section, list[tuple[str, str]]]:
    """(name, text) of the entries under each question, in the order of the questions and of the names."""
    names = {person.membership_id: (place, person.name) for place, person in enumerate(people.answered)}
    said: dict[Section, list[tuple[int, str, str]]] = {}
    for entry in entries:
        asked = entry.question is not None and entry.question < len(entry.questions)
        place, question = (entry.question, entry.questions[entry.question]) if asked else (len(entry.questions), "")
        order, name = names.get(entry.membership_id, (len(names), ""))
        said.setdefault((entry.local_date, place, question), []).append((order, name, " ".join(entry.text.split())))
    return {key: [line[1:] for line in sorted(said[key], key=lambda line: line[0])] for key in sorted(said)}


def _said(comments: Sequence[Any]) -> str:
    lines = [f"- {one.name}: {' '.join(one.text.split())}" for one in comments]
    return "\n".join(["Said about these days", *lines]) if lines else ""


def _section(key: Section, lines: Sequence[tuple[str, str]], several: bool) -> str:
    day, _, question = key
    head = ": ".join(filter(None, (words.day(day) if several else "", question)))
    return "\n".join(filter(None, (head, *(f"- {name}: {text}" for name, text in lines))))


def _others(people: Groups) -> str:
    """Who was away or could not be asked, by name; of those who did not answer, how many: this is no list of shame."""
    told = (("Away", _names(people.away)), ("Not asked", _names(people.not_asked)))
    silent = len(people.not_answered)
    lines = [f"{head}: {names}" for head, names in told if names]
    return "\n".join([*lines, *([f"Did not answer: {silent}"] if silent else [])])


def _names(people: Sequence[Person]) -> str:
    return ", ".join(f"{person.name} ({person.note})" if person.note else person.name for person in people)


def _data(sections: Mapping[Section, Sequence[tuple[str, str]]]) -> list[dict[str, str]]:
    return [
        {"date": day.isoformat(), "question": question, "name": name, "text": text}
        for (day, _, question), lines in sections.items()
        for name, text in lines
    ]
