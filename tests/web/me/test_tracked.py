"""Links of questions and digests to a member's own pages: counted where the workspace and the person let them be."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine import config, db
from engine.config import required
from engine.tokens import Keys, message_id
from tests.factories import Member
from tests.web.conftest import Browser
from tests.web.scene import Scene


@pytest.fixture
def link(evening: Scene, farid: Member) -> str:
    """Farid's link in the question he was sent."""
    keys = Keys.of(required(config.settings().secret_key, "secret_key"))
    name = message_id(keys, evening.run, 2, "x").removeprefix("<").removesuffix("@x>")
    return f"/me/{evening.link(farid)}/mail/{name}"


def track(on: bool, mind: bool = False) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE workspace SET track_checkins = :on"), {"on": on})
        conn.execute(text("UPDATE contact SET tracked = NOT cast(:mind AS boolean)"), {"mind": mind})


def visit(browser: Browser, path: str, method: str = "GET") -> int:
    """The answer's status; hits are written once it is out."""
    answer = browser.client.open(path, method=method)
    answer.close()
    return answer.status_code


def hits() -> list[tuple[str, str]]:
    with db.begin() as conn:
        rows = conn.execute(text("SELECT h.method, l.url FROM hit h JOIN link l ON l.id = h.link_id ORDER BY h.id"))
        return [(row.method, row.url) for row in rows]


def test_a_visit_is_a_hit_where_questions_are_tracked(browser: Browser, link: str) -> None:
    track(True)

    assert visit(browser, link) == 200
    visit(browser, link, "HEAD")

    assert hits() == [("GET", "http://localhost/me"), ("HEAD", "http://localhost/me")]


@pytest.mark.parametrize(("on", "mind"), [(False, False), (True, True)])
def test_nothing_is_written_where_it_is_off_or_the_person_minds(
    browser: Browser, link: str, on: bool, mind: bool
) -> None:
    track(on, mind)

    assert visit(browser, link) == 200

    assert hits() == []


def test_the_mail_of_somebody_else_is_not_counted(browser: Browser, evening: Scene, link: str) -> None:
    track(True)
    carla = f"/me/{evening.link(evening.members[1])}/mail/{link.rpartition('/')[2]}"

    assert visit(browser, carla) == 200

    assert hits() == []
