"""The search through all deliveries of a workspace: by person, run, state, words, kind, team and days.

Bounded: a page looks through a set number of rows and says how far back that was, so that it costs the same however
much there is. Whoever looks for something rare goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.db import Conn
from engine.outbound.kinds import KINDS
from engine.outbound.report import STATES
from engine.outbound.search import queries
from engine.outbound.search.queries import LAST, RUN
from engine.people.principal import Principal

PAGE = 50
ROWS = 40_000  # looked through for a page, a run counting as RUN more
ODD = 20_000  # the same where runs are chosen by what their rows can be, which costs more
EACH = 6_000  # the same where people are known: each row is a look-up of its own
PEOPLE = 1_000  # up to so many memberships, contacts and channels are looked up one by one
NAMES = 5_000  # as many are told from others by name; who means more has to write more of it
SHEET = 100_000  # rows of a CSV file
PIECE = 1_000


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for; empty words and None do not narrow. `before`: the row (run_id, seq) to go on after.

    `who` is part of an address or name, `person` a contact. `words` are part of code, reply, reason or queue id.
    `address`: look at what is written on the mails too, for people who had another address then.
    """

    who: str = ""
    state: str = ""
    kind: str = ""
    run_id: int | None = None
    words: str = ""
    team_id: int | None = None
    person: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    address: bool = False
    before: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One delivery in the list. `name` is the person's or channel's, `team` None for a notice."""

    run_id: int
    seq: int
    kind: str
    made_at: datetime
    address: str
    name: str
    team: str | None
    contact_id: int | None
    state: str
    attempt: int
    code: str
    words: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the list. `next`: where to go on, None when there is nothing older.

    `looked_to`: the page is short because so many rows were looked through, back to then.
    `by_person`: people were looked up, so that mail to addresses they had before is found by them alone.
    """

    rows: tuple[Listed, ...]
    next: tuple[int, int] | None
    looked_to: datetime | None = None
    by_person: bool = False


def find(conn: Conn, principal: Principal, search: Search, limit: int = PAGE) -> Found:
    """Deliveries of the principal's workspace, newest run first. Raises NotAllowed."""
    principal.require_admin()
    search = _cleaned(search)
    workspace_id = principal.workspace_id
    whom = _whom(conn, workspace_id, search)
    if whom is not None and (whom or search.person or search.team_id) and len(whom) <= PEOPLE and not search.address:
        return _by_person(conn, workspace_id, search, whom, limit)
    return _by_run(conn, workspace_id, search, whom, limit)


def told(begin: Callable[[], AbstractContextManager[Conn]], principal: Principal, search: Search) -> Iterator[Listed]:
    """All rows of a search, at most SHEET; each piece is a transaction of its own. Raises NotAllowed."""
    count, at = 0, search.before or (0, 0)
    while count < SHEET:
        with begin() as conn:
            found = find(conn, principal, search, PIECE)
        yield from found.rows
        count += len(found.rows)
        if found.next is None or found.next == at:
            return
        at = found.next
        search = replace(search, before=found.next)


def counts_of_person(conn: Conn, principal: Principal, contact_id: int) -> Mapping[str, int]:
    """How many mails a person has got, by state in reading order. Raises NotAllowed."""
    principal.require_admin()
    whom = queries.recipients(conn, principal.workspace_id, Search(person=contact_id), NAMES)
    found = queries.counts(conn, principal.workspace_id, whom, EACH)
    return {state: found[state] for state in STATES if state in found}


def teams(conn: Conn, principal: Principal) -> Sequence[tuple[int, str]]:
    """The teams of the workspace, to choose from. Raises NotAllowed."""
    principal.require_admin()
    return [(row.id, row.name) for row in queries.teams(conn, principal.workspace_id)]


def _cleaned(search: Search) -> Search:
    return replace(
        search,
        who=search.who.strip(),
        words=search.words.strip(),
        kind=search.kind if search.kind in KINDS else "",
        state=search.state if search.state in STATES else "",
    )


def _whom(conn: Conn, workspace_id: int, search: Search) -> Sequence[Any] | None:
    if not (search.who or search.person is not None or search.team_id is not None):
        return None
    return queries.recipients(conn, workspace_id, search, NAMES)


def _by_person(conn: Conn, workspace_id: int, search: Search, whom: Sequence[Any], limit: int) -> Found:
    """Rows found by their recipient, in the order of the unique key (recipient, run_id)."""
    each = max(2, EACH // max(1, len(whom)))
    rows = queries.of_recipients(conn, workspace_id, search, whom, each, limit + 1)
    low, low_at = rows[0].low, rows[0].low_at  # one row of NULLs at least
    ended = low is None or search.run_id is not None or (search.since is not None and low_at < search.since)
    found = _page([row for row in rows if row.run_id is not None], limit, None if ended else (low, LAST), low_at)
    return replace(found, by_person=bool(search.who))


def _by_run(conn: Conn, workspace_id: int, search: Search, whom: Sequence[Any] | None, limit: int) -> Found:
    """Rows found by looking through the newest runs that can hold them."""
    plain = not (search.state or search.words) and whom is None
    most = _enough(search, limit) if plain else ODD if search.state else ROWS
    found = queries.runs(conn, workspace_id, search, most)
    if not found.ids:
        return Found((), (found.floor, LAST) if found.floor else None, found.floor_at)
    chosen, until_seq, go_on = _window(search, found)
    rows = queries.in_runs(conn, workspace_id, search, chosen, until_seq, whom, limit + 1)
    return _page(rows, limit, go_on, found.low_at if found.more else found.floor_at)


def _enough(search: Search, limit: int) -> int:
    """What must be looked through for a full page where every row fits: at worst each is a run of its own."""
    seen = search.before[1] if search.before and search.before[1] < LAST else 0
    return seen + (limit + 2) * (RUN + 1)


def _window(search: Search, found: Any) -> tuple[Sequence[int], int | None, tuple[int, int] | None]:
    """The runs to look through, the last seq of the only one where it is a large one, and where to go on."""
    first = found.ids[0]
    after = search.before[1] if search.before and search.before[0] == first else 0
    if found.size - after > 2 * ROWS:
        return [first], after + ROWS, (first, after + ROWS)
    if found.more:
        return found.ids, None, (found.low, LAST)
    return found.ids, None, (found.floor, LAST) if found.floor else None


def _page(rows: Sequence[Any], limit: int, go_on: tuple[int, int] | None, looked_to: datetime | None) -> Found:
    page = tuple(map(_listed, rows[:limit]))
    if len(rows) > limit:
        return Found(page, (page[-1].run_id, page[-1].seq))
    return Found(page, go_on, looked_to if go_on else None)


def _listed(row: Any) -> Listed:
    return Listed(
        row.run_id, row.seq, row.kind, row.made_at, row.address, row.name, row.team_name, row.contact_id, row.state,
        row.attempt, row.code, row.reason or row.reply, row.sent_at,
    )  # fmt: skip


__all__: Sequence[str] = [
    "PAGE", "SHEET", "STATES", "Found", "Listed", "Search", "counts_of_person", "find", "teams", "told",
]  # fmt: skip
