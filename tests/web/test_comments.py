"""Comments on pages and in files: under their entry and their day, taken away by who may, and put back."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask import Flask
from sqlalchemy import text

from engine import db
from engine.people import accounts, contacts
from tests import factories as make
from tests.web.conftest import PASSWORD, Browser, signed_in_as
from tests.web.entries_scene import Written
from tests.web.scene import token
from web import sheets

IVOS, HANAS, JUDITHS = "All of them? Even those of last March?", "All of them, since Monday.", "A good week."


@pytest.fixture
def path(written: Written) -> str:
    return f"/teams/{written.team.id}"


def acts() -> list[str]:
    with db.begin() as conn:
        return list(conn.execute(text("SELECT act FROM act WHERE noun = 'comment' ORDER BY id")).scalars())


def test_comments_stand_under_their_entry_and_their_day(signed_in: Browser, written: Written, path: str) -> None:
    page = signed_in.get(f"{path}/entries").text

    entry = page.index(f'<li id="e{written.edited}"')
    assert entry < page.index(IVOS) < page.index(HANAS) < page.index("Said about the day") < page.index(JUDITHS)
    assert page.index(JUDITHS) < page.index("day-", page.index(JUDITHS))


def test_a_filter_shows_comments_on_what_it_found_and_none_on_days(signed_in: Browser, path: str) -> None:
    page = signed_in.get(f"{path}/entries?q=exports").text

    assert IVOS in page
    assert JUDITHS not in page


def test_ones_own_comment_is_taken_away_and_put_back_and_acts_say_so(
    app: Flask, signed_in: Browser, written: Written, path: str
) -> None:
    ivo, own = signed_in_as(app, written, 1), written.comments[0]
    assert ivo.get(f"{path}/entries").text.count("/remove") == 1  # of comments; entries are changed first

    gone = ivo.post(f"{path}/comments/{own}/remove", f"{path}/entries", back="")
    ivo.post(f"{path}/comments/{own}/remove", f"{path}/entries", back="")
    undo, hidden = ivo.get(gone.location).text, IVOS not in signed_in.get(f"{path}/entries").text
    back = ivo.post(f"{path}/comments/{own}/restore", gone.location, back="")

    assert "The comment is removed" in undo
    assert hidden
    assert back.location == f"{path}/entries#c{own}"
    assert IVOS in signed_in.get(f"{path}/entries").text
    assert acts() == ["removed_comment", "restored_comment"]


def test_others_may_not_and_who_was_moderated_may_not_put_it_back(
    app: Flask, signed_in: Browser, written: Written, path: str
) -> None:
    ivo = signed_in_as(app, written, 1)

    refused = ivo.post(f"{path}/comments/{written.comments[1]}/remove", f"{path}/entries", back="")
    moderated = signed_in.post(f"{path}/comments/{written.comments[0]}/remove", f"{path}/entries", back="")
    again = ivo.post(f"{path}/comments/{written.comments[0]}/restore", f"{path}/entries", back="")

    assert (refused.status_code, moderated.status_code, again.status_code) == (403, 303, 403)
    assert IVOS not in ivo.get(f"{path}/entries").text


def test_a_comment_of_another_workspace_is_not_there(signed_in: Browser, written: Written, path: str) -> None:
    with db.begin() as conn:
        other = make.team(conn, make.workspace(conn))
        theirs = make.comment(conn, make.member(conn, other, "Zoe"), None, day=db.now(conn).date())

    assert signed_in.post(f"{path}/comments/{theirs}/remove", f"{path}/entries", back="").status_code == 404


def test_the_own_pages_show_what_was_said_and_take_ones_own_back(browser: Browser, written: Written) -> None:
    hana, comment = written.members[0], written.comments[1]
    link = f"/me/{token(hana.workspace_id, hana.id)}"
    team, history = browser.get(f"{link}/team").text, browser.get(f"{link}/history").text
    assert all(words in team for words in (IVOS, HANAS, JUDITHS))
    assert IVOS in history
    assert len(re.findall(r"/comments/\d+/remove", team)) == 1

    gone = browser.post(f"{link}/comments/{comment}/remove", f"{link}/team")
    after = browser.get(gone.location).text
    browser.post(f"{link}/comments/{comment}/restore", gone.location)

    assert "Your comment is removed" in after
    assert HANAS not in after
    assert HANAS in browser.get(f"{link}/team").text
    assert acts() == ["removed_comment", "restored_comment"]


def test_a_member_comments_on_an_entry_and_its_author_is_mailed(
    app: Flask, signed_in: Browser, written: Written, path: str
) -> None:
    ivo = signed_in_as(app, written, 1)
    listed, entry = f"{path}/entries?q=exports", written.edited
    form = ivo.get(f"{listed}&comment={entry}").text

    said = {"text": " How long <b>did</b> it take?\r\nRoughly. ", "back": "q=exports"}
    answers = [ivo.post(f"{path}/entries/{entry}/comment", listed, **said) for _ in range(2)]

    assert f'action="{path}/entries/{entry}/comment"' in form
    assert "Hana Ito gets it by mail." in form
    assert [answer.location for answer in answers] == [f"{path}/entries?q=exports#e{entry}"] * 2
    assert ivo.get(listed).text.count("How long &lt;b&gt;did&lt;/b&gt; it take?\nRoughly.") == 1
    assert acts() == ["commented_entry"]
    with db.begin() as conn:
        [run] = conn.execute(text("SELECT run_id FROM comment WHERE text LIKE 'How long%'")).scalars()
        mails = conn.execute(text("SELECT recipient FROM delivery WHERE run_id = :run"), {"run": run}).scalars().all()
    assert mails == [written.members[0].id]


def test_a_comment_on_the_day_is_numbered_for_the_next_digest(app: Flask, written: Written, path: str) -> None:
    ivo = signed_in_as(app, written, 1)
    page = ivo.get(f"{path}/entries").text
    day = re.findall(r"say=([\d-]+)", page)[0]
    form = ivo.get(f"{path}/entries?say={day}").text

    answer = ivo.post(f"{path}/comments", f"{path}/entries", text="Well done, all.", day=day, back="")

    assert f'name="day" value="{day}"' in form
    assert answer.location == f"{path}/entries#day-{day}"
    assert "Well done, all." in ivo.get(f"{path}/entries").text
    assert acts() == ["commented_day"]
    with db.begin() as conn:
        no, newest = conn.execute(
            text("SELECT c.no, t.entry_no FROM comment c JOIN team t ON t.id = c.team_id WHERE c.text LIKE 'Well%'")
        ).one()
    assert no == newest


@pytest.mark.parametrize(
    ("said", "why"),
    [(" ", "Write at least one word."), ("x" * 20_001, "This is longer than 20000 characters.")],
)
def test_what_cannot_be_said_comes_back_as_it_was_typed(
    app: Flask, written: Written, path: str, said: str, why: str
) -> None:
    ivo = signed_in_as(app, written, 1)
    day = re.findall(r"say=([\d-]+)", ivo.get(f"{path}/entries").text)[0]

    for to, more in ((f"entries/{written.edited}/comment", {}), ("comments", {"day": day})):
        answer = ivo.post(f"{path}/{to}", f"{path}/entries", text=said, back="", **more)

        assert answer.status_code == 422
        assert why in answer.text
        assert f">{said}</textarea>" in answer.text
    assert acts() == []


def test_who_is_not_in_the_team_cannot_comment_and_is_told_why(app: Flask, written: Written, path: str) -> None:
    admin = Browser(app.test_client())
    with db.begin() as conn:
        contact_id = contacts.add(conn, written.team.workspace_id, "admin@example.org", "Admin", "UTC")
        accounts.make(conn, written.team.workspace_id, contact_id, "admin", PASSWORD)
    admin.sign_in("admin@example.org")

    page = admin.get(f"{path}/entries").text
    answer = admin.post(f"{path}/entries/{written.edited}/comment", f"{path}/entries", text="Hello.", back="")

    assert "comment=" not in page
    assert "say=" not in page
    assert answer.status_code == 422
    assert "You are not in this team" in answer.text


def test_nobody_comments_on_what_is_removed_elsewhere_or_no_day(app: Flask, written: Written, path: str) -> None:
    ivo = signed_in_as(app, written, 1)
    with db.begin() as conn:
        other = make.team(conn, make.workspace(conn))
        asked = make.participation(conn, make.round_of(conn, other), make.member(conn, other, "Zoe"), state="answered")
        theirs = make.entry(conn, asked)

    codes = [
        ivo.post(f"{path}/{to}", f"{path}/entries", text="Hm.", back="", **more).status_code
        for to, more in (
            (f"entries/{written.removed}/comment", {}), (f"entries/{theirs}/comment", {}),
            ("comments", {"day": "1999-01-01"}), ("comments", {"day": "soon"}),
        )
    ]  # fmt: skip

    assert codes == [422, 404, 404, 400]


def test_so_many_an_hour_and_not_more(app: Flask, written: Written, path: str) -> None:
    ivo = signed_in_as(app, written, 1)
    to, back = f"{path}/entries/{written.edited}/comment", f"{path}/entries"

    codes = [ivo.post(to, back, text=f"No. {n}", back="").status_code for n in range(31)]

    assert codes == [303] * 30 + [422]


def test_files_have_the_comments_of_their_entries(signed_in: Browser, path: str) -> None:
    sheet, paper = (signed_in.get(f"{path}/entries.{kind}?q=exports").text for kind in ("csv", "md"))

    assert f'"Ivo Marek: {IVOS}\nHana Ito: {HANAS}' in sheet.replace("\r\n", "\n")
    assert f"  - Ivo Marek: {IVOS}\n  - Hana Ito: {HANAS} Thank you for asking." in paper


def test_files_of_all_entries_have_what_was_said_about_days_after_the_days_entries(
    signed_in: Browser, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.views.entries.AT_ONCE", 7)  # a day of six entries is read in parts

    rows = list(csv.DictReader(io.StringIO(signed_in.get(f"{path}/entries.csv").text.removeprefix(sheets.MARK))))
    paper = signed_in.get(f"{path}/entries.md").text

    [said] = [number for number, row in enumerate(rows) if row["kind"] == "comment on the day"]
    assert (rows[said]["person"], rows[said]["text"].startswith(JUDITHS)) == ("Judith Okafor", True)
    day = rows[said]["date"]
    assert rows[said - 1]["date"] == day > rows[said + 1]["date"]
    before, _, after = paper.partition("### Said about the day")
    assert before.count("\n## ") == 1
    assert after.startswith(f"\n\n- Judith Okafor: {JUDITHS}")
    assert paper.count(JUDITHS) == 1


def test_files_of_a_filter_have_none_on_days(signed_in: Browser, path: str) -> None:
    assert all(JUDITHS not in signed_in.get(f"{path}/entries.{kind}?q=faults").text for kind in ("csv", "md"))
