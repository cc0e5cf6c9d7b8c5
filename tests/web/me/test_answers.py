"""The page of one answer, to which a receipt leads: it shows what was recorded, and mends it."""

from __future__ import annotations

from sqlalchemy import select

from engine import db
from engine import models as m
from engine.inbound import amend
from engine.people.principal import SYSTEM
from tests import factories as make
from tests.factories import Member
from tests.web.conftest import Browser
from tests.web.scene import Scene


def given(evening: Scene, who: Member) -> int:
    """An answer of two entries by mail."""
    with db.begin() as conn:
        p = m.Participation
        part = conn.scalar(select(p.id).where(p.membership_id == who.id).order_by(p.id.desc()).limit(1)) or 0
        made = make.answer(conn, part, "Fixed it.\n\nWrote docs.", source="mail", at=evening.now, cut="-- \nFarid")
        for text in ("Fixed it.", "Wrote docs."):
            make.entry(conn, part, text, answer_id=made, at=evening.now)
    return made


def live(answer_id: int) -> list[str]:
    with db.begin() as conn:
        e = m.Entry
        return list(conn.scalars(select(e.text).where(e.answer_id == answer_id, e.removed_at.is_(None)).order_by(e.no)))


def acts() -> list[str]:
    with db.begin() as conn:
        return list(conn.scalars(select(m.Act.act).order_by(m.Act.id)))


def test_the_page_shows_what_was_recorded_and_what_was_left_out(
    browser: Browser, evening: Scene, farid: Member
) -> None:
    answer_id = given(evening, farid)

    page = browser.get(f"/me/{evening.link(farid)}/answers/{answer_id}").text

    assert "Wrote docs." in page
    assert "What was left out" in page
    assert "-- \nFarid" in page


def test_an_entry_is_changed_on_the_page_and_one_comes_back_to_it(
    browser: Browser, evening: Scene, farid: Member
) -> None:
    answer_id, path = given(evening, farid), f"/me/{evening.link(farid)}"
    with db.begin() as conn:
        entry_id = conn.scalar(select(m.Entry.id).where(m.Entry.answer_id == answer_id).order_by(m.Entry.id).limit(1))
    place = {"page": "recorded", "answer": str(answer_id)}

    done = browser.client.post(
        f"{path}/entries/{entry_id}", data={"csrf_token": browser.token(path), "text": "Mended it.", **place}
    )
    empty = browser.client.post(
        f"{path}/entries/{entry_id}", data={"csrf_token": browser.token(path), "text": " ", **place}
    )

    assert live(answer_id) == ["Mended it.", "Wrote docs."]
    assert done.headers["Location"].endswith(f"/answers/{answer_id}#entry-{entry_id}")
    assert empty.status_code == 422
    assert "Recorded for" in empty.text


def test_what_was_no_answer_is_removed_at_once_and_put_back(browser: Browser, evening: Scene, farid: Member) -> None:
    answer_id = given(evening, farid)
    path = f"/me/{evening.link(farid)}/answers/{answer_id}"

    browser.post(f"{path}/remove", path)
    gone = live(answer_id)
    page = browser.get(path).text
    browser.post(f"{path}/restore", path)

    assert gone == []
    assert "Put all of it back" in page
    assert live(answer_id) == ["Fixed it.", "Wrote docs."]
    assert acts()[-2:] == ["removed_answer", "restored_answer"]


def test_what_a_manager_removed_is_not_put_back(browser: Browser, evening: Scene, farid: Member) -> None:
    answer_id = given(evening, farid)
    path = f"/me/{evening.link(farid)}/answers/{answer_id}"
    with db.begin() as conn:
        secret = conn.scalar(select(m.Entry.id).where(m.Entry.text == "Wrote docs.")) or 0
        amend.remove(conn, SYSTEM(farid.workspace_id), secret, evening.now)

    browser.post(f"{path}/remove", path)
    browser.post(f"{path}/restore", path)

    assert live(answer_id) == ["Fixed it."]
    assert "Wrote docs." not in browser.get(path).text.split("words-title")[0]


def test_the_answer_of_somebody_else_is_not_there(browser: Browser, evening: Scene, farid: Member) -> None:
    answer_id = given(evening, farid)
    bikram = evening.members[0]
    path = f"/me/{evening.link(bikram)}"

    seen = browser.get(f"{path}/answers/{answer_id}")
    removed = browser.post(f"{path}/answers/{answer_id}/remove", path)

    assert (seen.status_code, removed.status_code) == (404, 404)
    assert live(answer_id) == ["Fixed it.", "Wrote docs."]


def test_one_chooses_how_to_hear_what_was_recorded(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}/hours"

    before = browser.get(path).text
    browser.post(path.replace("/hours", "/receipt"), path, receipt="mail")
    after = browser.get(path).text
    wrong = browser.post(path.replace("/hours", "/receipt"), path, receipt="pigeon")

    assert "As the team: next digest" in before
    assert '<option selected value="mail">' in after
    assert wrong.status_code == 422
    assert "changed_receipt" in acts()
