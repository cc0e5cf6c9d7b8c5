"""Today's page behind the link: the question, what was recorded, and what can be done to it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import select, update

from engine import db
from engine import models as m
from engine.inbound import amend
from engine.people import accounts
from engine.people.principal import of_session
from tests.factories import Member
from tests.web import scene
from tests.web.conftest import Browser, Enqueued
from tests.web.scene import Scene


def entries(part: int) -> list[tuple[int | None, str]]:
    """(question, text) of all entries of a part, in order."""
    with db.begin() as conn:
        e = m.Entry
        found = select(e.question, e.text).where(e.participation_id == part, e.removed_at.is_(None)).order_by(e.no)
        return [(question, text) for question, text in conn.execute(found)]


def entry_ids(part: int) -> Sequence[int]:
    with db.begin() as conn:
        return conn.scalars(select(m.Entry.id).where(m.Entry.participation_id == part).order_by(m.Entry.no)).all()


def ask(evening: Scene, *questions: str) -> None:
    """Give the round of the evening these questions."""
    with db.begin() as conn:
        of = select(m.Participation.round_id).where(m.Participation.id == evening.part).scalar_subquery()
        conn.execute(update(m.Round).where(m.Round.id == of).values(questions=list(questions)))


def test_the_page_asks_todays_question(browser: Browser, evening: Scene, farid: Member) -> None:
    page = browser.get(f"/me/{evening.link(farid)}")

    assert page.status_code == 200
    assert scene.QUESTION in page.text
    assert "Farid Haddad" in page.text
    assert "Europe/Berlin" in page.text


def test_somebody_who_was_not_asked_learns_when_they_will_be(browser: Browser, evening: Scene) -> None:
    page = browser.get(f"/me/{evening.link(evening.members[1])}").text

    assert "Nothing to answer yet" in page
    assert re.search(r"Your next question comes .*18:00 \(America/Sao_Paulo\)", page)


def test_an_answer_on_the_web_becomes_entries_and_a_second_one_is_added(
    browser: Browser, evening: Scene, farid: Member, enqueued: Enqueued
) -> None:
    path = f"/me/{evening.link(farid)}"

    first = browser.post(f"{path}/answer", path, part=str(evening.part), text="- Shipped it\n- Fixed two tests")
    second = browser.post(f"{path}/answer", path, part=str(evening.part), text="One more thing")

    page = browser.get(path).text
    assert (first.status_code, second.status_code) == (303, 303)
    assert "Recorded so far" in page
    for words in ("Shipped it", "Fixed two tests", "One more thing"):
        assert f'<span class="own-text">{words}</span>' in page
    assert enqueued.batch_ids  # the fan-out to the team's channel


def test_somebody_elses_question_cannot_be_answered(browser: Browser, evening: Scene) -> None:
    path = f"/me/{evening.link(evening.members[0])}"

    answer = browser.post(f"{path}/answer", path, part=str(evening.part), text="Not mine")

    assert answer.status_code == 404


def test_an_empty_answer_says_what_to_do(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"

    answer = browser.post(f"{path}/answer", path, part=str(evening.part), text="  ")

    assert answer.status_code == 422
    assert "Write at least one line." in answer.text


def test_several_questions_have_a_field_each_and_each_answer_lands_at_its_question(
    browser: Browser, evening: Scene, path: str
) -> None:
    ask(evening, "What did you do?", "What is in your way?", "Who helped?")

    page = browser.get(path).text
    answer = browser.post(
        f"{path}/answer", path, part=str(evening.part), text0="- Shipped it\n- Fixed 2 tests", text1="",
        text2="1. Ann\n2. Bo",
    )  # fmt: skip

    labels = re.findall(r'<label for="text(\d)">([^<]+)</label>', page)
    assert labels == [("0", "What did you do?"), ("1", "What is in your way?"), ("2", "Who helped?")]
    assert answer.status_code == 303
    assert entries(evening.part) == [(0, "Shipped it"), (0, "Fixed 2 tests"), (2, "Ann"), (2, "Bo")]
    recorded = browser.get(path).text.split('id="recorded"')[1].split(f'action="{path}/answer')[0]
    assert recorded.index("What did you do?") < recorded.index("Shipped it") < recorded.index("Who helped?")
    assert "What is in your way?" not in recorded


def test_several_empty_answers_say_what_to_do(browser: Browser, evening: Scene, path: str) -> None:
    ask(evening, "What did you do?", "What is in your way?")

    answer = browser.post(f"{path}/answer", path, part=str(evening.part), text0=" ", text1="")

    assert answer.status_code == 422
    assert "Write at least one line." in answer.text


def test_a_too_long_answer_comes_back_with_what_was_typed(browser: Browser, evening: Scene, path: str) -> None:
    ask(evening, "What did you do?", "What is in your way?")

    answer = browser.post(f"{path}/answer", path, part=str(evening.part), text0="kept words", text1="x" * 20_001)

    assert answer.status_code == 422
    assert "kept words" in answer.text
    assert "Shorten it" in answer.text


def test_an_own_entry_is_changed_removed_and_put_back(browser: Browser, evening: Scene, path: str) -> None:
    browser.post(f"{path}/answer", path, part=str(evening.part), text="Shiped it")
    (entry,) = entry_ids(evening.part)

    browser.post(f"{path}/entries/{entry}", path, text="Shipped it #release")
    changed = entries(evening.part)
    browser.post(f"{path}/entries/{entry}/remove", path)
    removed, page = entries(evening.part), browser.get(path).text
    browser.post(f"{path}/entries/{entry}/restore", path)

    assert changed == [(None, "Shipped it #release")]
    assert removed == []
    assert "<s" in page
    assert "Put it back" in page
    assert entries(evening.part) == changed
    assert "Put it back" not in browser.get(path).text


def test_an_entry_cannot_be_emptied_and_the_field_stays_open_and_says_so(
    browser: Browser, evening: Scene, path: str
) -> None:
    browser.post(f"{path}/answer", path, part=str(evening.part), text="Shipped it")
    (entry,) = entry_ids(evening.part)

    answer = browser.post(f"{path}/entries/{entry}", path, text="  ")

    assert answer.status_code == 422
    assert re.search(r'<details class="own-change" open>', answer.text)
    assert "Write something, or remove the entry." in answer.text
    assert entries(evening.part) == [(None, "Shipped it")]


def test_what_somebody_else_wrote_cannot_be_mended(browser: Browser, evening: Scene, path: str) -> None:
    with db.begin() as conn:
        other = conn.scalars(select(m.Entry.id).where(m.Entry.membership_id == evening.members[0].id)).first()

    codes = {browser.post(f"{path}/entries/{other}{act}", path, text="Mine").status_code
             for act in ("", "/remove", "/restore")}  # fmt: skip

    assert codes == {403}
    assert "Mine" not in browser.get(f"{path}/team").text


def test_an_entry_that_a_manager_removed_is_not_offered_back(
    browser: Browser, evening: Scene, farid: Member, path: str
) -> None:
    browser.post(f"{path}/answer", path, part=str(evening.part), text="Hush")
    (entry,) = entry_ids(evening.part)
    with db.begin() as conn:
        ada = accounts.make(conn, farid.workspace_id, evening.members[0].contact_id, "user", None)
        amend.remove(conn, of_session(farid.workspace_id, ada.contact_id, ada.id, "admin"), entry, evening.now)

    assert "Hush" not in browser.get(path).text
    assert browser.post(f"{path}/entries/{entry}/restore", path).status_code == 403
