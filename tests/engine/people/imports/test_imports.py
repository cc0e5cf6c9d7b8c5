"""Files of people through the whole story: judged, merged, listed; what is here before decides what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from engine.db import Conn
from engine.errors import IllegalMove, Invalid, NotAllowed, NotFound
from engine.people import contacts, standing, suppression
from engine.people.directory.person import clean_tags
from engine.people.imports import deciding, imports
from engine.people.imports.queries import jobs
from engine.people.principal import of_session
from tests.engine.people.imports.world import NOW, SECRET, World, numbers, world

FILE = """Email;Vorname;Nachname;Zeitzone;Sprache;Telefon;Schlagworte;Ort;Alter;Kunde;Seit
ada@example.org;Ada;Keller;europe/berlin;de;0170 123 45 67;vip, beta;Köln;41;ja;31.12.2020
Info@Example.org;Ben;;;;;;"Bonn
am Rhein";;nein;
"""


def test_lines_become_people_with_typed_attributes(conn: Conn) -> None:
    here = world(conn)

    job = here.brought(FILE, tags=("spring",))

    assert (job.state, numbers(job)) == ("done", (2, 2, 0, 0, 0))
    assert here.people() == {
        "ada@example.org": ("Ada Keller", "Europe/Berlin", "de",
                            {"ort": "Köln", "alter": 41, "kunde": True, "seit": "2020-12-31"},
                            ["spring", "vip", "beta"]),
        "info@example.org": ("Ben", None, "en", {"ort": "Bonn\nam Rhein", "kunde": False}, ["spring"]),
    }  # fmt: skip
    assert jobs.attributes(conn, here.id) == {"alter": "number", "kunde": "bool", "ort": "text", "seit": "date"}
    assert list(conn.scalars(text("SELECT platform || ' ' || address FROM contact_address"))) == ["sms 01701234567"]


def test_a_dry_run_says_what_a_run_then_does_and_changes_nobody(conn: Conn) -> None:
    here = world(conn)
    contacts.add(conn, here.id, "old@example.org", "Old", None)
    contacts.add(conn, here.id, "same@example.org", "Same", None)
    data = (
        "email,name,age\nnew@example.org,New,1\nold@example.org,Older,2\nnonsense,No,3\n"
        "new@example.org,Newer,4\nsame@example.org,Same,\nlast@example.org,Last,old\n"
    )

    dry = here.checked(data, kinds={"age": "number"})
    after_dry, faults = here.people(), here.faults(dry.id)
    deciding.start(conn, here.admin, dry.id, NOW)
    job = here.work(dry.id)

    assert dry.state == "checked"
    assert after_dry.keys() == {"old@example.org", "same@example.org"}
    assert numbers(dry) == numbers(job) == (6, 1, 1, 1, 3)
    assert faults == here.faults(job.id)
    assert [(line, raw) for line, _, _, raw in faults] == [
        (2, "new@example.org,New,1"), (4, "nonsense,No,3"), (7, "last@example.org,Last,old"),
    ]  # fmt: skip
    assert faults[0][2] == "The same address comes again in line 5: that line counts."
    assert faults[2][1:3] == ("age", "“old” is not a number.")


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_where_a_slice_ends_makes_no_difference(conn: Conn, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    lines = ["email,name,city,tags"]
    for n in range(24):
        lines.append(f"p{n % 7}@example.org,Name {n},{'' if n % 3 else f'City {n}'},t{n % 4}")
    data = "\n".join(lines)
    whole, parts = world(conn, "whole"), world(conn, "parts")
    for here in (whole, parts):
        contacts.add(conn, here.id, "p3@example.org", "Three", "Europe/Rome")
    job = whole.brought(data)

    monkeypatch.setattr(imports, "SLICE", size)
    dry = parts.checked(data)
    deciding.start(conn, parts.admin, dry.id, NOW)
    sliced = parts.work(dry.id)

    assert parts.people() == whole.people()
    assert numbers(dry) == numbers(sliced) == numbers(job) == (24, 6, 1, 0, 17)
    assert parts.faults(sliced.id) == whole.faults(job.id)
    undone = parts.undone(sliced.id)
    assert parts.people() == {"p3@example.org": ("Three", "Europe/Rome", "en", {}, [])}
    assert undone.counts | {"kept_withdrawn": 0} == {"removed": 6, "restored": 1, "kept": 0, "kept_withdrawn": 0}


@pytest.mark.parametrize(
    ("existing", "name", "zone", "attributes", "tags"),
    [
        ("update", "New", "Europe/Paris", {"city": "Rome", "age": 5}, ["old", "new"]),
        ("fill", "Old", "Europe/Paris", {"city": "Bonn", "age": 5}, ["old", "new"]),
        ("leave", "Old", None, {"city": "Bonn"}, ["old"]),
    ],
)
def test_whoever_is_here_is_updated_or_filled_or_left(
    conn: Conn, existing: str, name: str, zone: str, attributes: dict[str, Any], tags: list[str]
) -> None:
    here = world(conn)
    here.brought("email,name,city,tags\nada@example.org,Old,Bonn,old\n")

    job = here.brought(
        "email,name,zone,city,age,tags\nADA@example.org,New,Europe/Paris,Rome,5,new\n", existing=existing
    )

    assert here.people()["ada@example.org"] == (name, zone, "en", attributes, tags)
    assert (job.changed, job.same) == ((0, 1) if existing == "leave" else (1, 0))


def test_an_empty_cell_takes_nothing_away(conn: Conn) -> None:
    here = world(conn)
    here.brought("email,name,locale,city\nada@example.org,Ada,de,Bonn\n")

    job = here.brought("email,name,locale,city\nada@example.org,,,\n")

    assert here.people()["ada@example.org"] == ("Ada", None, "de", {"city": "Bonn"}, [])
    assert job.same == 1


def test_who_gets_no_mail_still_gets_none_is_counted_and_is_known_as_such(conn: Conn) -> None:
    here = world(conn)
    suppression.add(conn, here.id, SECRET, ["gone@example.org"], "unsubscribe", NOW - timedelta(days=9))
    data = "email\nGone@example.org\nada@example.org\n"
    whose = text("SELECT contact_id FROM suppression")

    dry = here.checked(data)
    while_tried = conn.scalar(whose)
    deciding.start(conn, here.admin, dry.id, NOW)
    job = here.work(dry.id)
    known = conn.scalar(whose)
    undone = here.undone(job.id)

    assert dry.counts["suppressed"] == job.counts["suppressed"] == 1
    assert while_tried is None
    assert known is not None
    assert (undone.counts["removed"], undone.counts["kept"], conn.scalar(whose)) == (2, 0, None)
    assert suppression.is_suppressed(conn, here.id, SECRET, "gone@example.org")


def test_who_bounced_since_they_came_in_is_not_taken_back(conn: Conn) -> None:
    here = world(conn)
    job = here.brought("email\nada@example.org\n")
    suppression.add(conn, here.id, SECRET, ["ada@example.org"], "bounce", NOW + timedelta(days=1))

    assert here.undone(job.id).counts["kept"] == 1


def test_whoever_was_turned_away_stays_away_and_whoever_waits_is_let_in(conn: Conn) -> None:
    here = world(conn)
    for name in ("waits", "away"):
        standing.hold(conn, here.id, f"{name}@example.org", name)
    conn.execute(text("UPDATE contact SET standing = 'refused' WHERE email = 'away@example.org'"))

    job = here.brought("email\nwaits@example.org\naway@example.org\n")

    assert here.person("waits@example.org").standing == "known"
    assert here.person("away@example.org").standing == "refused"
    assert [(line, words) for line, _, words, _ in here.faults(job.id)] == [
        (3, "This person wrote to you once and was turned away. Let them in first.")
    ]
    assert job.lines == job.made + job.changed + job.same + job.faults


def test_a_phone_number_of_somebody_else_is_a_fault(conn: Conn) -> None:
    here = world(conn)
    here.brought("email,phone\nada@example.org,+49 170 1\n+\n".replace("1\n+", "1234567"))

    job = here.brought(
        "email,phone\nben@example.org,0049 170 1234567\ncy@example.org,+41790000000\ndi@example.org,+41790000000\n"
    )

    assert [(line, words) for line, _, words, _ in here.faults(job.id)] == [
        (2, "This phone number is another person's here."),
        (4, "The phone number is that of line 3 too: one of them is wrong."),
    ]
    assert here.people().keys() == {"ada@example.org", "cy@example.org"}


def test_an_undo_takes_away_those_nobody_touched_and_gives_the_others_back(conn: Conn) -> None:
    here = world(conn)
    first = here.brought("email,name,phone,consent\nold@example.org,Old,+4915100,no\n".replace("100,", "100000,"),
                         consent_source="list")  # fmt: skip
    before = here.people()
    job = here.brought(
        "email,name,tags,phone,consent\nold@example.org,Other,x,+49152000000,yes\nnew@example.org,New,,,yes\n"
        "seen@example.org,Seen,,,\nkept@example.org,Kept,,,\n",
        consent_source="fair", regive=True,
    )  # fmt: skip
    contacts.change(conn, here.admin, here.person("seen@example.org").id, "Somebody changed it", None)
    conn.execute(text("INSERT INTO away (workspace_id, contact_id, first_day, last_day)"
                      " VALUES (:ws, :id, '2026-01-01', '2026-01-02')"),
                 {"ws": here.id, "id": here.person("kept@example.org").id})  # fmt: skip

    undone = here.undone(job.id)

    assert undone.state == "undone"
    assert here.people().keys() == {"old@example.org", "seen@example.org", "kept@example.org"}
    assert here.people()["old@example.org"] == before["old@example.org"]
    assert here.consent("old@example.org") == "withdrawn"
    assert [state for state, *_ in here.consents("old@example.org")] == ["withdrawn"]
    assert list(conn.scalars(text("SELECT address FROM contact_address"))) == ["+4915100000"]
    assert {name: undone.counts[name] for name in ("removed", "restored", "kept")} == {
        "removed": 1, "restored": 1, "kept": 2,
    }  # fmt: skip
    assert [(line, raw) for line, _, _, raw in here.faults(job.id)] == [
        (4, "seen@example.org"),
        (5, "kept@example.org"),
    ]
    assert here.job(first.id).state == "done"


def test_an_older_import_is_not_taken_back_under_a_newer_one(conn: Conn) -> None:
    here = world(conn)
    first = here.brought("email,name\nada@example.org,Ada\n")
    here.brought("email,name\nada@example.org,Ada\n")

    undone = here.undone(first.id)

    assert undone.counts["kept"] == 1
    assert here.people().keys() == {"ada@example.org"}


def test_a_cancel_keeps_what_was_done_and_an_undo_takes_it_back(conn: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    here = world(conn)
    monkeypatch.setattr(imports, "SLICE", 10)
    ident = here.ready("email\n" + "".join(f"p{n}@example.org\n" for n in range(50)))
    deciding.start(conn, here.admin, ident, NOW)
    imports.go_on(conn, ident, NOW, SECRET)

    deciding.cancel(conn, here.admin, ident, NOW)
    more = imports.go_on(conn, ident, NOW, SECRET)
    done = len(here.people())
    here.undone(ident)

    assert (more, done) == (False, 10)
    assert here.people() == {}
    with pytest.raises(IllegalMove):
        deciding.cancel(conn, here.admin, ident, NOW)


@pytest.mark.parametrize("slices", [1, 5], ids=["under way", "over"])
def test_a_dry_run_that_is_stopped_has_made_nobody(conn: Conn, monkeypatch: pytest.MonkeyPatch, slices: int) -> None:
    here = world(conn)
    monkeypatch.setattr(imports, "SLICE", 10)
    ident = here.ready("email\nnobody\n" + "".join(f"p{n}@example.org\n" for n in range(49)))
    deciding.check(conn, here.admin, ident, NOW)
    for _ in range(slices):
        imports.go_on(conn, ident, NOW, SECRET)

    deciding.cancel(conn, here.admin, ident, NOW)

    job = deciding.get(conn, here.admin, ident)
    assert (job.state, job.lines, job.made, job.faults) == ("cancelled", 0, 0, 0)


def test_the_file_is_not_kept_once_it_has_become_people(conn: Conn) -> None:
    here = world(conn)

    here.brought("email\nada@example.org\n")

    assert conn.scalar(text("SELECT count(*) FROM import_piece")) == 0


def test_a_line_that_never_ends_fails_the_import_with_words(conn: Conn) -> None:
    here = world(conn)
    ident = here.ready("email\nada@example.org\n" + "x" * 3_000_000)
    deciding.start(conn, here.admin, ident, NOW)

    job = here.work(ident)

    assert (job.state, job.reason) == ("failed", "Line 3 does not end. Is this a table?")


def test_only_admins_import_and_only_in_their_workspace(conn: Conn) -> None:
    here, there = world(conn), world(conn, "there")
    ident = here.ready("email\nada@example.org\n")
    user = of_session(here.id, 1, 8, "user")

    with pytest.raises(NotAllowed):
        deciding.start(conn, user, ident, NOW)
    with pytest.raises(NotAllowed):
        World(conn, user).upload("email\na@example.org\n")
    with pytest.raises(NotFound):
        deciding.start(conn, there.admin, ident, NOW)


def test_the_statements_of_a_slice_are_as_many_for_one_line_as_for_a_thousand(conn: Conn) -> None:
    here = world(conn)
    counts = []
    for number in (1, 1000):
        ident = here.ready("email,name\n" + "".join(f"p{n}@example.org,P {n}\n" for n in range(number)))
        deciding.start(conn, here.admin, ident, NOW)
        seen: list[str] = []
        listen = lambda *of, seen=seen: seen.append(of[2])  # noqa: E731
        event.listen(conn, "before_cursor_execute", listen)
        here.work(ident)
        event.remove(conn, "before_cursor_execute", listen)
        counts.append(len(seen))

    assert counts[0] == counts[1] < 30


def test_two_workers_on_one_import_exclude_each_other(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        here = world(conn)
        ident = here.ready("email\n" + "".join(f"p{n}@example.org\n" for n in range(20)))
        deciding.start(conn, here.admin, ident, NOW)

    with engine_db.connect() as one, engine_db.connect() as other:
        with one.begin():
            more = imports.go_on(one, ident, NOW, SECRET)
            with other.begin():
                locked, offered = imports.go_on(other, ident, NOW, SECRET), jobs.unfinished(other)
        with other.begin():
            after = imports.go_on(other, ident, NOW, SECRET)

    assert (more, locked, offered, after) == (False, False, [], False)
    with engine_db.begin() as conn:
        assert numbers(World(conn, here.admin).job(ident)) == (20, 20, 0, 0, 0)
        assert len(World(conn, here.admin).people()) == 20


def test_a_person_who_comes_in_meanwhile_makes_the_slice_begin_anew(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        here = world(conn)
        ident = here.ready("email,name\nada@example.org,Ada\nben@example.org,Ben\n")
        deciding.start(conn, here.admin, ident, NOW)

    with engine_db.connect() as one, engine_db.connect() as other, one.begin() as slice_:
        event.listen(one, "before_cursor_execute", lambda *of: _comes_in(other, here.id, of[2]))
        with pytest.raises(imports.Raced):
            imports.go_on(one, ident, NOW, SECRET)
        slice_.rollback()
    with engine_db.begin() as conn:
        imports.go_on(conn, ident, NOW, SECRET)

        found = World(conn, here.admin)
        assert numbers(found.job(ident)) == (2, 1, 1, 0, 0)
        assert found.people()["ada@example.org"][0] == "Ada"


def _comes_in(conn: Conn, workspace_id: int, statement: str) -> None:
    if "INSERT INTO contact " in statement:
        contacts.add(conn, workspace_id, "ada@example.org", "Somebody", None)
        conn.commit()


def test_tags_are_the_words_that_a_persons_page_keeps_and_a_sheet_of_people_brings_them_back(conn: Conn) -> None:
    here = world(conn)
    data = "email,tags,tags\na@example.org,VIP; #Big Customer|vip,Straße\nb@example.org,press vip,\n"

    here.brought(data)

    tagged = {email: found[4] for email, found in here.people().items()}
    assert tagged == {"a@example.org": ["vip", "big", "customer", "strasse"], "b@example.org": ["press", "vip"]}
    for email, tags in tagged.items():
        assert clean_tags(" ".join(tags)) == sorted(tags), email


def test_a_file_makes_no_more_attributes_than_a_page_of_them_takes(conn: Conn) -> None:
    here = world(conn)
    names = [f"fact {n}" for n in range(101)]

    with pytest.raises(Invalid, match="at most 100 attributes"):
        here.ready(f"email,{','.join(names)}\na@example.org{',x' * 101}\n")

    assert here.brought(f"email,{','.join(names[:100])}\na@example.org{',x' * 100}\n").made == 1
    assert here.brought(f"email,{names[0]}\nb@example.org,x\n").made == 1  # no new one
