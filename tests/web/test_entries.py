"""The pages of a team's entries: found, changed, removed and restored; taken along in tests/web/test_entry_files.py."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import event, text

from engine import db
from engine.inbound import search
from engine.people import accounts
from engine.people.accounts import Account
from engine.people.acts import ACTS
from tests import factories as make
from tests.web.conftest import PASSWORD, Browser, signed_in_as
from tests.web.entries_scene import Written
from web import sheets
from web.entry_view import parts_of


@pytest.fixture
def path(written: Written) -> str:
    return f"/teams/{written.team.id}/entries"


@pytest.fixture
def hana(app: Flask, written: Written) -> Browser:
    """Who wrote the first entry of each day, signed in."""
    return signed_in_as(app, written, 0)


def shown(page: str) -> list[int]:
    """The ids of the entries on a page, in order."""
    return [int(found) for found in re.findall(r'<li id="e(\d+)"', page)]


def said(page: str, entry: int) -> str:
    """What a page says at one entry, without marks."""
    found = re.search(rf'<li id="e{entry}">(.*?)</li>', page, re.S)
    assert found, f"entry {entry} is not on the page"
    return " ".join(re.sub(r"<[^>]+>", "", found[1]).split())


def acts_of(entry: int) -> list[str]:
    with db.begin() as conn:
        found = conn.execute(
            text("SELECT act FROM act WHERE noun = 'entry' AND object_id = :id ORDER BY id"), {"id": entry}
        )
        return list(found.scalars())


# ---- reading --------------------------------------------------------------------------------------------------------


def test_entries_stand_by_day_person_and_question(signed_in: Browser, written: Written, path: str) -> None:
    page = signed_in.get(path).text

    found = shown(page)
    assert len(found) == len(written.entries) - 1
    assert found[:5] == [written.edited, *written.entries[-4:]]
    assert f"{len(found)} entries by 3 people" in page
    assert page.index("Hana Ito<br>") < page.index("Ivo Marek<br>")


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("q=%22export%22", 15),
        ("q=export", 16),
        ("q=export+bill", 15),
        ("q=%22two+rounding%22", 8),
        ("q=export+-faults", 7),
        ("tag=docs", 8),
        ("tag=%23Docs", 8),
        ("kind=blocked", 7),
        ("question=What+holds+you+up%3F", 23),
        ("question=What+holds+you+up%3F&kind=note", 8),
        ("q=!!!", 0),
        ("from=2000-01-01", 47),
        ("to=2000-01-01", 0),
        ("from=nonsense&kind=odd&who=x&after=y&show=z", 47),
    ],
)
def test_filters_narrow_and_stay_in_the_url(signed_in: Browser, path: str, query: str, number: int) -> None:
    page = signed_in.get(f"{path}?{query}").text

    assert len(shown(page)) == number
    kept = {name: value for name, [value] in parse_qs(query).items() if value not in ("nonsense", "odd", "x", "y", "z")}
    for name, value in kept.items():
        assert (f'value="{value}"' in page) or ("selected" in page) or ("%22" in query), name
    assert ("Nothing fits" in page) == (number == 0)
    assert ("Clear filters" in page) == bool(kept)


def test_a_person_is_chosen_by_membership(signed_in: Browser, written: Written, path: str) -> None:
    page = signed_in.get(f"{path}?who={written.members[1].id}").text

    assert len(shown(page)) == 16
    assert "selected>Ivo Marek" in page


def test_matches_are_marked_tags_are_links_and_nothing_is_html(signed_in: Browser, written: Written, path: str) -> None:
    with db.begin() as conn:
        part = conn.execute(text("SELECT max(id) FROM participation")).scalar_one()
        entry = make.entry(conn, part, 'Said <b>export</b> & "done" #Billing', tags=["billing"], at=db.now(conn))

    page = signed_in.get(f"{path}?q=export").text

    line = page[page.index(f'<li id="e{entry}"') :].split("</li>")[0]
    assert '&lt;b&gt;<mark class="hit">export</mark>&lt;/b&gt; &amp; &#34;done&#34; ' in line
    assert f'<a class="tag" href="{path}?tag=billing">#Billing</a>' in line


def test_pages_follow_each_other_without_a_gap_or_a_double(
    signed_in: Browser, written: Written, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.views.entries.PAGE", 10)
    everything, place, pages = [], f"{path}?question=", 0

    while place:
        page = signed_in.get(place).text
        everything += shown(page)
        pages += 1
        more = re.search(r'href="([^"]+)">Earlier entries', page)
        place = more[1].replace("&amp;", "&") if more else ""

    assert pages == 5
    monkeypatch.setattr("web.views.entries.PAGE", 100)
    assert everything == shown(signed_in.get(path).text)


def test_the_search_field_is_the_one_that_the_slash_finds(signed_in: Browser, path: str) -> None:
    page = signed_in.get(path).text

    assert re.search(r'<input [^>]*id="q"[^>]* data-search>', page)


def test_a_team_without_entries_says_where_they_come_from(signed_in: Browser, owner: Account) -> None:
    signed_in.post("/teams", "/teams", name="Silent", zone="UTC")
    with db.begin() as conn:
        team = conn.execute(text("SELECT id FROM team")).scalar_one()

    page = signed_in.get(f"/teams/{team}/entries").text

    assert "No entries yet" in page
    assert "Download" not in page


def test_a_page_takes_few_statements_however_much_it_shows(signed_in: Browser, written: Written, path: str) -> None:
    def count(query: str) -> int:
        seen: list[str] = []
        listener = lambda conn, cursor, statement, *_: seen.append(statement)  # noqa: E731
        event.listen(db.engine(), "before_cursor_execute", listener)
        signed_in.get(path + query)
        event.remove(db.engine(), "before_cursor_execute", listener)
        return len(seen)

    assert count("?q=nobody") <= count("") <= 11  # where nothing is found, no comments are looked for
    assert count(f"/{written.edited}") <= 12


# ---- changing -------------------------------------------------------------------------------------------------------


def test_the_form_stands_in_place_of_the_entry_and_works_without_scripts(
    hana: Browser, written: Written, path: str
) -> None:
    entry = written.entries[0]

    page = hana.get(f"{path}?edit={entry}&q=export").text
    answer = hana.post(f"{path}/{entry}/edit", f"{path}?edit={entry}", text="Shipped it at last #done", back="q=export")

    assert '<textarea class="form-control" id="text" name="text"' in page
    assert answer.status_code == 303
    assert answer.location == f"{path}?q=export#e{entry}"
    assert said(hana.get(path).text, entry).startswith("Shipped it at last #done")
    assert "edited" in said(hana.get(path).text, entry)
    assert shown(hana.get(f"{path}?tag=done").text) == [entry]
    assert acts_of(entry) == ["edited_entry"]


def test_only_own_entries_have_a_way_to_change_them(
    hana: Browser, signed_in: Browser, written: Written, path: str
) -> None:
    own, others = hana.get(path).text, signed_in.get(path).text

    assert len(re.findall("Change<", own)) == 15
    assert len(re.findall("Change<", others)) == 47
    assert "<textarea" not in hana.get(f"{path}?edit={written.entries[2]}").text


def test_a_refused_text_comes_back_as_it_was_typed(hana: Browser, written: Written, path: str) -> None:
    entry = written.entries[0]

    page = hana.post(f"{path}/{entry}/edit", f"{path}?edit={entry}", text=" --- ", back="q=export")

    assert page.status_code == 422
    assert "Write something, or remove the entry." in page.text
    assert "> --- </textarea>" in page.text
    assert acts_of(entry) == []


def test_saving_what_is_there_changes_nothing_and_says_so(hana: Browser, written: Written, path: str) -> None:
    entry = written.entries[0]
    with db.begin() as conn:
        now = conn.execute(text("SELECT text FROM entry WHERE id = :id"), {"id": entry}).scalar_one()

    page = hana.post(f"{path}/{entry}/edit", f"{path}?edit={entry}", text=now, back="")

    assert "Nothing was changed." in hana.get(page.location).text
    assert acts_of(entry) == []


def test_a_removed_entry_is_gone_for_readers_and_comes_back_by_one_press(
    hana: Browser, signed_in: Browser, written: Written, path: str
) -> None:
    entry = written.entries[0]

    answer = hana.post(f"{path}/{entry}/remove", f"{path}?edit={entry}", back="")
    hana.post(f"{path}/{entry}/remove", path, back="")
    undo = hana.get(answer.location).text
    hidden = entry not in shown(signed_in.get(path).text)
    listed = shown(signed_in.get(f"{path}?show=removed").text)
    back = hana.post(f"{path}/{entry}/restore", answer.location, back="")

    assert "Put it back" in undo
    assert hidden
    assert set(listed) == {entry, written.removed}
    assert back.location == f"{path}#e{entry}"
    assert entry in shown(signed_in.get(path).text)
    assert acts_of(entry) == ["removed_entry", "restored_entry"]


def test_members_see_their_own_removed_entries_and_nobody_elses(
    app: Flask, hana: Browser, written: Written, path: str
) -> None:
    ivo = signed_in_as(app, written, 1)

    assert shown(hana.get(f"{path}?show=removed").text) == [written.removed]
    assert shown(ivo.get(f"{path}?show=removed&who={written.members[0].id}").text) == []
    assert list(csv.reader(io.StringIO(ivo.get(f"{path}.csv?show=removed").text.removeprefix(sheets.MARK))))[1:] == []


def test_observers_see_no_removed_entry(app: Flask, written: Written, path: str) -> None:
    with db.begin() as conn:
        watcher = make.member(conn, written.team, "Wim Watcher", role="observer")
        accounts.make(conn, watcher.workspace_id, watcher.contact_id, "user", PASSWORD)
    browser = Browser(app.test_client())
    browser.sign_in(watcher.email)

    assert shown(browser.get(f"{path}?show=removed").text) == []
    assert len(shown(browser.get(path).text)) == 47


def test_what_a_manager_removed_its_author_cannot_restore(hana: Browser, written: Written, path: str) -> None:
    page = hana.post(f"{path}/{written.removed}/restore", f"{path}?show=removed", back="")
    own = hana.get(f"{path}/{written.removed}").text

    assert "Restore it" not in own
    assert "A manager removed it" in own
    assert page.status_code == 403
    assert "A manager of the team removed this entry." in page.text


def test_the_history_says_who_what_and_before(signed_in: Browser, hana: Browser, written: Written, path: str) -> None:
    page = hana.get(f"{path}/{written.edited}").text

    befores = [
        " ".join(re.sub("<[^>]+>", " ", found).split())
        for found in re.findall(r'<p class="before">(.*?)</p>', page, re.S)
    ]
    assert befores == [
        "Before it said Shipped the export of invoices, and of reminders #billing",
        "Before it said Shipped the export of invoices #billing",
    ]
    assert page.count("<strong>Ada</strong> changed it") == 2
    assert "<strong>Hana Ito</strong> wrote it" in page


def test_an_older_text_is_put_back_by_one_press(hana: Browser, written: Written, path: str) -> None:
    place = f"{path}/{written.edited}"

    answer = hana.post(f"{place}/edit", place, text="Shipped the export of invoices #billing", back="history")

    assert answer.location == place
    assert hana.get(place).text.count("changed it") == 3
    assert said(hana.get(path).text, written.edited).startswith("Shipped the export of invoices #billing")


def test_other_members_neither_change_nor_see_what_was_before(app: Flask, written: Written, path: str) -> None:
    ivo = signed_in_as(app, written, 1)
    place = f"{path}/{written.edited}"

    codes = [ivo.get(place).status_code] + [
        ivo.post(f"{place}/{act}", "/account", text="Mine", back="").status_code
        for act in ("edit", "remove", "restore")
    ]

    assert codes == [403] * 4
    assert "edited" in said(ivo.get(path).text, written.edited)
    assert place not in ivo.get(path).text


def test_no_get_changes_an_entry(signed_in: Browser, written: Written, path: str) -> None:
    codes = {signed_in.get(f"{path}/{written.edited}/{act}").status_code for act in ("edit", "remove", "restore")}

    assert codes == {405}


def test_back_leads_nowhere_else(hana: Browser, written: Written, path: str) -> None:
    entry = written.entries[0]

    answer = hana.post(
        f"{path}/{entry}/edit", path, text="Elsewhere.", back="//evil.example/?q=x&next=//evil.example&q=ok"
    )

    place = urlsplit(answer.location)
    assert (place.netloc, place.path) == ("", path)
    assert parse_qs(place.query) == {"q": ["ok"]}


def test_acts_have_words() -> None:
    assert {"edited_entry", "removed_entry", "restored_entry"} <= set(ACTS)


# ---- taking along ---------------------------------------------------------------------------------------------------


def test_a_tag_within_a_word_is_no_link() -> None:
    parts = parts_of("see a#ci, #ci-fast and #CI.", ["ci"], search.read(""))

    assert [part.text for part in parts if part.tag] == ["#CI"]
    assert "".join(part.text for part in parts) == "see a#ci, #ci-fast and #CI."
