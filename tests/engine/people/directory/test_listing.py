"""Contacts as a list: what each filter finds, and pages that neither repeat nor skip."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Engine, event, text, update

from engine import db
from engine import models as m
from engine.db import Conn
from engine.errors import NotAllowed
from engine.people import consent, contacts, suppression
from engine.people.directory import listing
from engine.people.directory.listing import PAGE, Which, words_of
from engine.people.directory.queries import listing as queries
from engine.people.principal import SYSTEM, Principal, of_session
from tests import factories as make
from tests.factories.rows import NOON

SECRET = "a secret key for tests, long enough"


@pytest.fixture
def now(conn: Conn) -> datetime:
    return db.now(conn)


@pytest.fixture
def ws(conn: Conn) -> int:
    return make.workspace(conn).id


def names(conn: Conn, who: Principal, which: Which) -> list[str]:
    return [line.name for line in listing.listed(conn, who, which).lines]


def some(conn: Conn, ws: int) -> dict[str, int]:
    """Four people, oldest first."""
    people = {
        "Ada Keller": "ada.keller@example.org", "Boris Adamov": "boris@adams.example", "Chidi Obi": "c@example.org",
        "Zoë Núñez": "zoe@example.net",
    }  # fmt: skip
    return {name: make.contact(conn, ws, name, email=email)[0] for name, email in people.items()}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ada", ["Boris Adamov", "Ada Keller"]),  # the beginning of a word of name or address
        ("KELLER ada", ["Ada Keller"]),
        ("ada.keller@ex", ["Ada Keller"]),  # the beginning of an address, whole
        ("example.org", ["Chidi Obi", "Ada Keller"]),
        ("@adams.ex", ["Boris Adamov"]),
        ("<ada.keller@example.org>,", ["Ada Keller"]),
        ("ada.kell", ["Ada Keller"]),
        ("zoë", ["Zoë Núñez"]),
        ("eller", []),
        ("c", ["Chidi Obi"]),  # one letter is a word of its own
        ("a'b\\c | ! & ( :* @", []),
        ("' OR 1=1 --@'", []),
        ("", ["Zoë Núñez", "Chidi Obi", "Boris Adamov", "Ada Keller"]),
    ],
)
def test_words_find_by_their_beginning(conn: Conn, ws: int, typed: str, found: list[str]) -> None:
    some(conn, ws)

    assert names(conn, SYSTEM(ws), Which(words=words_of(typed))) == found


def test_each_filter_narrows_and_they_narrow_together(conn: Conn, ws: int, now: datetime) -> None:
    people, who = some(conn, ws), SYSTEM(ws)
    team = make.team(conn, make.Workspace(ws, ""))
    make.member(conn, team, contact_id=people["Ada Keller"])
    tagged = m.Contact.id.in_([people["Ada Keller"], people["Chidi Obi"]])
    conn.execute(update(m.Contact).where(tagged).values(tags=["press"]))
    conn.execute(update(m.Contact).where(m.Contact.id == people["Boris Adamov"]).values(standing="refused"))
    consent.say(conn, ws, people["Chidi Obi"], "mail", 0, "withdrawn", "admin", "they called", "", now)
    suppression.add(conn, ws, SECRET, ["zoe@example.net"], "manual", now)

    assert names(conn, who, Which(tag="press")) == ["Chidi Obi", "Ada Keller"]
    assert names(conn, who, Which(team_id=team.id)) == ["Ada Keller"]
    assert names(conn, who, Which(standing="refused")) == ["Boris Adamov"]
    assert names(conn, who, Which(said="withdrawn")) == ["Chidi Obi"]
    assert names(conn, who, Which(said="given")) == []
    assert names(conn, who, Which(suppressed="mail")) == ["Zoë Núñez"]
    assert names(conn, who, Which(tag="press", said="withdrawn", words="'chidi':*")) == ["Chidi Obi"]
    assert names(conn, who, Which(tag="press", team_id=team.id, said="withdrawn")) == []


@pytest.mark.parametrize("newest", [PAGE + 20, 5000])  # the second page is not full among them, or is
@pytest.mark.parametrize("which", [Which(), Which(tag="press"), Which(tag="press", said="given")])
def test_pages_go_on_where_the_last_one_ended(
    conn: Conn, ws: int, which: Which, newest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "NEWEST", newest)
    ids = [make.contact(conn, ws, f"P{n}")[0] for n in range(2 * PAGE + 3)]
    conn.execute(text("UPDATE contact SET tags = '{press}' WHERE workspace_id = :w"), {"w": ws})
    conn.execute(
        text("INSERT INTO consent (workspace_id, contact_id, channel, state, source, at)"
             " SELECT workspace_id, id, 'mail', 'given', 'admin', now() FROM contact WHERE workspace_id = :w"),
        {"w": ws},
    )  # fmt: skip
    seen: list[int] = []

    while True:
        found = listing.listed(conn, SYSTEM(ws), which)
        seen += [line.id for line in found.lines]
        if found.after is None:
            break
        which = replace(which, before=found.after)

    assert seen == ids[::-1]


def test_teams_are_shown_and_those_that_were_left_are_not(conn: Conn, ws: int) -> None:
    here = [make.team(conn, make.Workspace(ws, ""), name) for name in ("Beta", "Alpha", "Gone")]
    contact_id, _ = make.contact(conn, ws, "Ann")
    for team in here:
        gone = make.member(conn, team, contact_id=contact_id)
    conn.execute(update(m.Membership).where(m.Membership.id == gone.id).values(left_at=NOON))

    line = listing.listed(conn, SYSTEM(ws), Which()).lines[0]

    assert [name for _, name in line.teams] == ["Alpha", "Beta"]


def test_others_workspaces_and_the_erased_are_not_listed(conn: Conn, ws: int, now: datetime) -> None:
    some(conn, make.workspace(conn).id)
    gone = some(conn, ws)["Ada Keller"]
    conn.execute(update(m.Contact).where(m.Contact.id == gone).values(erased_at=now))

    assert len(listing.listed(conn, SYSTEM(ws), Which()).lines) == 3


def test_only_admins_may(conn: Conn, ws: int) -> None:
    with pytest.raises(NotAllowed):
        listing.listed(conn, of_session(ws, 1, 1, "user"), Which())


def test_a_page_is_three_statements_whatever_it_lists(conn: Conn, ws: int, engine_db: Engine) -> None:
    some(conn, ws)

    with counted(engine_db) as said:
        listing.listed(conn, SYSTEM(ws), Which(words="'ada':*", tag="x", said="given"))
        listing.listed(conn, SYSTEM(ws), Which(words="'ada':*"))

    assert len(said) <= 7


def test_the_sheet_reads_all_in_slices(engine_db: Engine, conn: Conn, ws: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "SLICE", 2)
    people = some(conn, ws)
    consent.say(conn, ws, people["Ada Keller"], "mail", 0, "given", "form", "", "", db.now(conn))
    conn.commit()

    slices = list(listing.slices(engine_db.begin, SYSTEM(ws), Which()))

    assert [[row.name for row in found] for found in slices] == [
        ["Zoë Núñez", "Chidi Obi"], ["Boris Adamov", "Ada Keller"], [],
    ]  # fmt: skip
    assert slices[1][1].consent == "mail: given"


def test_a_bounce_on_the_wire_says_whose_address_it_was(conn: Conn, ws: int) -> None:
    from engine import sealing
    from engine.outbound.queries.flushing import add_suppressions

    ident = contacts.add(conn, ws, "Ada@Example.org", "Ada", None)
    fact = (ws, sealing.address_hash(SECRET, "ada@example.org"), "bounced", "550", "ada@example.org")
    add_suppressions(conn, [fact])

    assert conn.scalar(text("SELECT contact_id FROM suppression")) == ident


class counted:
    """The statements that an engine runs inside the block."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.said = engine, list[str]()

    def __enter__(self) -> list[str]:
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self.said

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, _conn: object, _cursor: object, statement: str, *_: object) -> None:
        self.said.append(statement)
