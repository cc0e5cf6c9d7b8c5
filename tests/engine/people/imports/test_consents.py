"""What a list says of consent: kept with its proof, never over a newer word, never of a day to come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.db import Conn
from engine.errors import Invalid
from tests.engine.people.imports.world import NOW, numbers, world


def test_consent_is_kept_with_its_proof_and_a_withdrawn_one_is_not_given_again(conn: Conn) -> None:
    here = world(conn)
    first = here.brought(
        "email,consent,consent date,source\nada@example.org,yes,2025-05-01,fair\nben@example.org,no,,\n",
        consent_source="our list",
    )
    given = {"consent": True, "consent_source": "second list", "consent_date": "2026-01-02"}

    again = here.brought("email\nada@example.org\nben@example.org\n", **given)
    between = here.consent("ben@example.org")
    here.brought("email\nben@example.org\n", **given, regive=True)

    assert here.consents("ada@example.org") == [
        ("given", "import", f"import {first.id}, people.csv, line 2: fair", "2025-05-01")
    ]
    assert (between, again.counts["kept_withdrawn"]) == ("withdrawn", 1)
    assert here.consent("ben@example.org") == "given"
    assert [state for state, *_ in here.consents("ben@example.org")] == ["withdrawn", "given"]


def test_an_older_word_than_the_one_that_holds_changes_nothing(conn: Conn) -> None:
    here = world(conn)
    here.brought("email,consent,consent date\nada@example.org,yes,2026-02-01\n", consent_source="fair")

    older = here.brought("email,consent,consent date\nada@example.org,no,2026-01-31\n", consent_source="list")
    kept = here.consent("ada@example.org")
    here.brought("email,consent,consent date\nada@example.org,no,2026-02-02\n", consent_source="list")

    assert (kept, older.same) == ("given", 1)
    assert here.consent("ada@example.org") == "withdrawn"


def test_consent_needs_to_say_where_it_is_from_and_since_when(conn: Conn) -> None:
    here = world(conn)
    data = "email\nada@example.org\n"

    with pytest.raises(Invalid) as nowhere:
        here.ready(data, consent=True, consent_date="2026-01-01")
    with pytest.raises(Invalid) as never:
        here.ready(data, consent=True, consent_source="fair")

    assert (nowhere.value.field, never.value.field) == ("consent_source", "consent_date")


def test_a_day_to_come_is_no_day_of_consent(conn: Conn) -> None:
    here, later = world(conn), f"{NOW + timedelta(days=1):%Y-%m-%d}"

    with pytest.raises(Invalid, match="yet to come"):
        here.ready("email\na@example.org\n", consent=True, consent_source="x", consent_date=later)


def test_a_consent_of_a_day_yet_to_come_is_a_fault_of_its_line(conn: Conn) -> None:
    here = world(conn)
    data = (
        "email,consent,consent date,source\na@example.org,yes,03/12/2026,fair\nb@example.org,yes,04/03/2026,fair\n"
        "c@example.org,yes,2062-01-01,fair\nd@example.org,yes,2026-03-05,fair\n"
    )

    job = here.brought(data)

    assert numbers(job) == (4, 2, 0, 0, 2)
    assert [(line, column, words) for line, column, words, _ in here.faults(job.id)] == [
        (2, "consent date", "“03/12/2026” is yet to come, read as 2026-12-03."),
        (4, "consent date", "“2062-01-01” is yet to come, read as 2062-01-01."),
    ]
