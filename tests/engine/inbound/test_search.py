"""The search of entries: words of any language, quotes, beginnings, and no input that breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from engine.db import Conn
from engine.inbound import search
from engine.inbound.queries import finding
from engine.inbound.queries.finding import Which
from engine.models.checkins import SEARCHED
from tests import factories as make
from tests.engine.inbound.world import EVENING, World, world

TEXTS = (
    "Fixed the login bug, with “curly quotes”—and a dash",
    "Reviewed two branches of the parser",
    "ÜBERARBEITET: Änderung am Plan",
    "Исправил сборку",
    "修复了构建 on CI",
    "Deployed v1.2.3 to example.org, see re-use of O'Neill's back\\slash",
    "Don’t panic #release",
    "Closed PR-123: no <script> in src/web/app.py",
)


def written(conn: Conn) -> World:
    here = world(conn)
    for text in TEXTS:
        make.entry(conn, here.part, text, at=EVENING)
    return here


def texts(conn: Conn, here: World, typed: str) -> list[str]:
    rows = finding.found(conn, here.ws.id, here.team.id, Which(search.read(typed)), 50)
    return [row.text for row in rows]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("login", [0]),
        ("LOG", [0]),
        ("t", [0, 1, 5, 6]),
        ("don’t", [6]),
        ("log bug", []),  # only the last word may be a beginning
        ("bug log", [0]),
        ("the", [0, 1]),
        ("the -bug", [1]),
        ("login or parser", [0, 1]),
        ('"two branches"', [1]),
        ('"branches two"', []),
        ('"two branch"', []),
        ('"two branches" pars', [1]),
        ('"two branches', [1]),
        ("curly", [0]),
        ("dash", [0]),
        ("“login”", [0]),
        ("überarbeitet", [2]),
        ("änder", [2]),
        ("исправ", [3]),
        ("ИСПРАВИЛ", [3]),
        ("构建", [4]),
        ("构建 ci", [4]),
        ("-构建 ci", []),
        ("example.org", [5]),
        ("v1.2.3", [5]),
        ("re-use", [5]),
        ("o'neill", [5]),
        ("back\\slash", [5]),
        ("don't", [6]),
        ("#release", [6]),
        ("123", [7]),
        ("pr-123", [7]),
        ("script", [7]),
        ("app.py", [7]),
        ("web/app.py", [7]),
        ("<script> app", [7]),
        ("!!! ??", []),
        ("nobody", []),
    ],
)
def test_what_is_found(conn: Conn, typed: str, found: list[int]) -> None:
    here = written(conn)

    assert texts(conn, here, typed) == [TEXTS[number] for number in found]


def test_an_empty_search_narrows_nothing(conn: Conn) -> None:
    here = written(conn)

    assert texts(conn, here, "  ") == list(TEXTS)


def test_no_entry_of_another_team_or_workspace_is_found(conn: Conn) -> None:
    here = written(conn)
    other = make.team(conn, here.ws, "Others")
    their = make.participation(conn, make.round_of(conn, other), make.member(conn, other, "Bob"))
    make.entry(conn, their, "login of others")

    assert texts(conn, here, "login") == [TEXTS[0]]
    assert finding.found(conn, here.ws.id + 1, here.team.id, Which(search.read("login")), 50) == []
    assert finding.counted(conn, here.ws.id, other.id, Which(search.read("login"))).entries == 1


def test_a_team_number_typed_as_a_word_is_a_word(conn: Conn) -> None:
    here = written(conn)

    assert texts(conn, here, f"team {here.team.id}") == []
    assert texts(conn, here, f'"team {here.team.id}"') == []


def test_the_index_answers(conn: Conn) -> None:
    here = written(conn)
    conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
    conn.exec_driver_sql("SET LOCAL enable_indexscan = off")
    conn.exec_driver_sql("SET LOCAL enable_hashjoin = off")
    expression = SEARCHED.format("e.")
    plan = conn.exec_driver_sql(
        f"EXPLAIN SELECT e.id FROM entry e WHERE {expression} @@ to_tsquery('simple', 'login')"
    ).scalars()

    assert "ix_entry_search" in "\n".join(plan)
    assert texts(conn, here, "login")


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ("log", ["login"]),
        ("bug login", ["login", "bug"]),
        ("-bug login", ["login"]),
        ('"the login"', ["the", "login"]),
        ("ogin", []),
        ("", []),
        ("u", []),
    ],
)
def test_matches_are_marked(typed: str, marked: list[str]) -> None:
    text = "Fixed the login bug"

    parts = search.read(typed).marked(text)

    assert "".join(part for part, _ in parts) == text
    assert [part for part, found in parts if found] == marked


def test_matches_inside_of_words_are_marked_where_words_have_no_spaces() -> None:
    assert search.read("构建").marked("修复了构建 ok") == [("修复了", False), ("构建", True), (" ok", False)]


@pytest.fixture(scope="module")
def searched(shared_db: Engine) -> Iterator[tuple[Connection, World]]:
    with shared_db.connect() as conn:
        conn.begin()
        yield conn, written(conn)
        conn.rollback()


ODD = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="ab \"'\\-|&!():*<>#%_\0\t’“構ü", max_size=30),
    st.lists(st.sampled_from(["or", "-", '"', "login", "(", ":*", "'", "\\", "''", "&", "構築", "é"]), max_size=8).map(
        " ".join
    ),
)


@settings(max_examples=300, deadline=timedelta(seconds=5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ODD)
@example("or")
@example("login or")
@example("or login")
@example("'")
@example("\\")
@example('-"')
@example("x" * 5000)
@example("² ½ ſ İ ß")
def test_no_input_is_an_error_and_marks_keep_the_text(searched: tuple[Connection, World], typed: str) -> None:
    conn, here = searched
    typed = typed.encode("utf-8", "replace").decode()  # what a form can send
    query = search.read(typed)

    rows = finding.found(conn, here.ws.id, here.team.id, Which(query), 50)
    number = finding.counted(conn, here.ws.id, here.team.id, Which(query)).entries

    assert number == len(rows)
    for text in TEXTS:
        assert "".join(part for part, _ in query.marked(text)) == text
