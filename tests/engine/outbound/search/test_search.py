"""The search finds what is there, by every word of it, and however many rows a page looks through at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from engine import move
from engine.config import load
from engine.db import Conn
from engine.errors import NotAllowed
from engine.outbound import search
from engine.outbound.health.tally import Counter
from engine.outbound.kinds import KINDS
from engine.outbound.queries.flushing import these
from engine.outbound.search import Found, Search
from engine.people.principal import SYSTEM, of_session
from tests import factories as make
from tests.factories import Member, Team, Workspace
from tests.factories.rows import NOON

SETTINGS = load(secret_key="a secret of the tests, more than 32 bytes long")


@pytest.fixture
def ws(conn: Conn) -> Workspace:
    """A workspace."""
    return make.workspace(conn)


@pytest.fixture
def crew(conn: Conn, ws: Workspace) -> Team:
    """A team of it."""
    return make.team(conn, ws, "Rockets")


def sent(conn: Conn, who: Member, kind: str = "prompt", days: int = 0, state: str = "sent", **of: Any) -> int:
    """A run of one mail to somebody, some days after noon; its number."""
    at = NOON + timedelta(days=days)
    run = make.run(conn, who.workspace_id, kind, made_at=at, size=1, state="done")
    batch = make.batch(conn, who.workspace_id, run, state="done")
    make.delivery(conn, who.workspace_id, run, batch, 1, recipient=who.id, address=who.email, **of)
    make.settle(conn, run, state, at=at)
    return run


def runs(found: Found) -> list[int]:
    return [row.run_id for row in found.rows]


def find(conn: Conn, ws: Workspace, **words: Any) -> list[int]:
    return runs(search.find(conn, SYSTEM(ws.id), Search(**words)))


def test_a_person_is_found_by_part_of_the_name_or_address(conn: Conn, ws: Workspace, crew: Team) -> None:
    ada, ben = make.member(conn, crew, "Ada Keller"), make.member(conn, crew, "Ben")
    first, _, last = sent(conn, ada), sent(conn, ben), sent(conn, ada, "digest")

    by = [find(conn, ws, who=words) for words in ("keller", ada.email.upper(), ada.email[:4], "100%", "nobody")]

    assert by == [[last, first]] * 3 + [[], []]


def test_all_mail_to_one_person_is_that_of_every_team_and_notices_and_nobody_elses(conn: Conn, ws: Workspace) -> None:
    crews = [make.team(conn, ws), make.team(conn, ws)]
    ada = make.member(conn, crews[0], "Ada")
    again = make.member(conn, crews[1], contact_id=ada.contact_id)
    own = replace(ada, id=ada.contact_id)
    kinds = [kind.name for kind in KINDS.values() if kind.contacts]
    mine = [sent(conn, ada), sent(conn, again), *(sent(conn, own, kind) for kind in kinds)]
    sent(conn, replace(ada, id=ada.contact_id + again.id + 1000))  # a membership of somebody else
    channel = sent(conn, ada, "post", transport="slack")  # a channel whose number is that of the membership

    found = search.find(conn, SYSTEM(ws.id), Search(person=ada.contact_id))

    assert runs(found) == mine[::-1]
    assert channel not in runs(found)
    assert search.counts_of_person(conn, SYSTEM(ws.id), ada.contact_id) == {"sent": len(mine)}


def test_a_team_is_its_members_and_its_channels(conn: Conn, ws: Workspace, crew: Team) -> None:
    other = make.member(conn, make.team(conn, ws), "Ben")
    ada, channel = make.member(conn, crew, "Ada"), make.channel(conn, crew)
    mine = [sent(conn, ada), sent(conn, replace(ada, id=channel, email="#general"), "post", transport="slack")]
    sent(conn, other)

    assert find(conn, ws, team_id=crew.id) == mine[::-1]
    assert find(conn, ws, team_id=crew.id, kind="post") == mine[1:]
    assert find(conn, ws, team_id=crew.id, who="general") == mine[1:]


def test_mail_to_an_address_of_before_is_found_by_what_is_written_on_it(conn: Conn, ws: Workspace, crew: Team) -> None:
    ada = make.member(conn, crew, "Ada", email="ada@new.example")
    old = sent(conn, replace(ada, email="ada@old.example"))

    assert find(conn, ws, who="ada@old") == [old]
    assert find(conn, ws, who="ada@", address=True) == [old]


def test_words_are_part_of_code_reply_reason_or_queue_id(conn: Conn, ws: Workspace, crew: Team) -> None:
    ada = make.member(conn, crew, "Ada")
    coded = sent(conn, ada, code="550", reply="5.1.1 no such user")
    queued = sent(conn, ada, queue_id="4bC1x")
    why = sent(conn, ada, reason="it is past the time until which it was useful")

    assert [find(conn, ws, words=words) for words in ("550", "NO SUCH", "4bc1", "past the time", "100%")] == [
        [coded], [coded], [queued], [why], [],
    ]  # fmt: skip


def test_days_are_those_on_which_a_run_was_planned(conn: Conn, ws: Workspace, crew: Team) -> None:
    ada = make.member(conn, crew, "Ada")
    made = [sent(conn, ada, days=days) for days in range(4)]
    span = {"since": NOON + timedelta(days=1), "until": NOON + timedelta(days=3)}

    assert find(conn, ws, **span) == find(conn, ws, who="ada", **span) == made[2:0:-1]


def test_what_went_wrong_is_found_whether_its_run_is_counted_yet_or_not(conn: Conn, ws: Workspace, crew: Team) -> None:
    ada = make.member(conn, crew, "Ada")
    plain, lost = sent(conn, ada), sent(conn, ada, state="expired")
    late = sent(conn, ada)
    Counter(SETTINGS).recount(conn, NOON)
    move.deliveries(conn, "return_", these(late, [1]), NOON)  # comes after the run was counted as plain
    fresh = sent(conn, ada, state="bounced")

    odd = {row.run_id: row.odd for row in conn.execute(text("SELECT run_id, odd FROM tallied"))}

    assert odd == {plain: False, lost: True, late: False}
    assert find(conn, ws, state="expired") == [lost]
    assert find(conn, ws, state="bounced") == [fresh, late]
    assert find(conn, ws, state="sent") == [plain]


def test_what_is_open_is_found_in_runs_that_go_on(conn: Conn, ws: Workspace, crew: Team) -> None:
    ada = make.member(conn, crew, "Ada")
    run = make.run(conn, ws.id, size=2)
    batch = make.batch(conn, ws.id, run, horizon=1, owner="w:1")
    for seq in (1, 2):
        make.delivery(conn, ws.id, run, batch, seq, recipient=ada.id + seq, address=ada.email)

    pages = [search.find(conn, SYSTEM(ws.id), Search(state=state)).rows for state in ("sending", "queued", "deferred")]

    assert [[row.seq for row in page] for page in pages] == [[1], [2], []]


@pytest.mark.parametrize("words", [{}, {"state": "expired"}, {"who": "ada"}, {"words": "no such"}, {"run_id": 0}])
def test_pages_show_every_row_once_however_little_one_looks_through(
    conn: Conn, ws: Workspace, crew: Team, monkeypatch: pytest.MonkeyPatch, words: dict[str, Any]
) -> None:
    ada = make.member(conn, crew, "Ada")
    for size in (1, 1, 7, 1, 40, 1):
        run = make.run(conn, ws.id, size=size, state="done")
        batch = make.batch(conn, ws.id, run, state="done")
        for seq in range(1, size + 1):
            of: dict[str, Any] = {
                "recipient": ada.id if seq == 1 else 10_000 + seq,
                "state": "expired",
                "reply": "no such user",
            }
            make.delivery(conn, ws.id, run, batch, seq, **of)
        largest = run if size == 40 else 0
        words = {**words, "run_id": largest} if "run_id" in words and largest else words
    Counter(SETTINGS).recount(conn, NOON)
    for name, value in {"ROWS": 10, "ODD": 10, "EACH": 2}.items():
        monkeypatch.setattr(search, name, value)
    monkeypatch.setattr(search.queries, "WALKED", 2)

    seen = [(row.run_id, row.seq) for page in pages(conn, ws, Search(**words)) for row in page.rows]

    assert seen == sorted(set(seen), key=lambda key: (-key[0], key[1]))
    assert len(seen) == {"who": 6, "run_id": 40}.get(next(iter(words), ""), 51)


def pages(conn: Conn, ws: Workspace, wanted: Search, limit: int = 3) -> Iterator[Found]:
    for _ in range(200):
        found = search.find(conn, SYSTEM(ws.id), wanted, limit)
        yield found
        if found.next is None:
            return
        wanted = replace(wanted, before=found.next)
    raise AssertionError("the pages never end")


def test_a_search_that_stops_says_how_far_back_it_looked(
    conn: Conn, ws: Workspace, crew: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = make.member(conn, crew, "Ada")
    for days in range(5):
        sent(conn, ada, days=days)
    monkeypatch.setattr(search, "ROWS", 10)

    found = search.find(conn, SYSTEM(ws.id), Search(words="no such"))

    assert (found.rows, found.looked_to) == ((), NOON + timedelta(days=3))
    assert found.next is not None


def test_a_sheet_has_what_all_pages_have(conn: Conn, ws: Workspace, crew: Team, begins: Begins) -> None:
    ada = make.member(conn, crew, "Ada")
    made = [sent(conn, ada) for _ in range(5)]

    told = list(search.told(begins, SYSTEM(ws.id), Search(who="ada")))

    assert [row.run_id for row in told] == made[::-1]


Begins = Callable[[], AbstractContextManager[Conn]]


@pytest.fixture
def begins(conn: Conn) -> Begins:
    """Transactions that see what the test has made."""

    @contextmanager
    def begin() -> Iterator[Conn]:
        yield conn

    return begin


def test_only_admins_search_and_only_their_workspace(conn: Conn, ws: Workspace, crew: Team) -> None:
    sent(conn, make.member(conn, crew, "Ada"))
    other = make.workspace(conn, "Other")

    assert [find(conn, other, **words) for words in ({}, {"who": "ada"}, {"team_id": crew.id})] == [[], [], []]
    with pytest.raises(NotAllowed):
        search.find(conn, of_session(ws.id, 1, 1, "user"), Search())
