"""/contacts/segments: the list, one with text and lines side by side, and the count while one types."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from engine import db
from engine.campaigns.audience.checking import Known
from engine.campaigns.audience.reading import read
from engine.campaigns.audience.writing import write
from engine.errors import Fault
from engine.people.accounts import Account
from tests.web import audience_scene
from tests.web.audience_scene import KINDS, PRO, Audience
from tests.web.conftest import Browser
from web import segment_lines
from web.segment_view import pieces

HOME = "/contacts/segments"
KNOWN = Known(KINDS)


@pytest.fixture
def made(signed_in: Browser, owner: Account) -> Audience:
    """The scene."""
    with db.begin() as conn:
        return audience_scene.build(conn, owner)


def acts() -> list[tuple[str, str, str]]:
    with db.begin() as conn:
        found = conn.execute(text("SELECT act, about, detail FROM act WHERE noun = 'segment' ORDER BY id"))
        return [(row.act, row.about, row.detail) for row in found]


def saved(name: str) -> str | None:
    with db.begin() as conn:
        return conn.scalar(text("SELECT query FROM segment WHERE name = :name"), {"name": name})


def test_the_list_says_what_each_asks_and_how_often_it_was_used(signed_in: Browser, made: Audience) -> None:
    page = signed_in.get(HOME).text

    assert "Pro customers" in page
    assert "Fair 2026" not in page
    assert "Fair 2026" in signed_in.get(f"{HOME}?show=archived").text
    assert "Nothing matches" in signed_in.get(f"{HOME}?q=nobody").text


def test_a_segment_shows_its_text_its_lines_and_whom_it_means(signed_in: Browser, made: Audience) -> None:
    page = signed_in.get(f"{HOME}/{made.pro}").text

    assert "plan is &#34;pro&#34; and seats &gt;= 5 and not (tags" in page
    assert re.search(r'name="what".*?value="attribute.plan" selected', page, re.DOTALL)
    assert 'value="not (tags contains &#34;beta&#34; or zone has no value)"' in page  # a line as text
    assert "One person" in page
    assert "Customer J" in page
    assert "Spring offer" in page


def test_a_new_segment_is_saved_in_canonical_text_with_its_act(signed_in: Browser, made: Audience) -> None:
    answer = signed_in.post(f"{HOME}/new", f"{HOME}/new", name="Big", query="SEATS > 9 AND vip = yes")

    assert answer.status_code == 303
    assert saved("Big") == "seats > 9 and vip is yes"
    assert acts() == [("made_segment", "Big", "seats > 9 and vip is yes")]


def test_what_is_wrong_is_underlined_and_nothing_is_saved(signed_in: Browser, made: Audience) -> None:
    answer = signed_in.post(f"{HOME}/new", f"{HOME}/new", name="Pro <b>", query='seats > 5 and pan is "pro"')

    assert answer.status_code == 422
    assert 'seats &gt; 5 and <span class="fault">pan</span> is &#34;pro&#34;' in answer.text
    assert "Did you mean plan?" in answer.text
    assert 'value="Pro &lt;b&gt;"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert (saved("Pro <b>"), acts()) == (None, [])


def test_a_name_that_is_taken_is_said_beside_the_name(signed_in: Browser, made: Audience) -> None:
    answer = signed_in.post(f"{HOME}/new", f"{HOME}/new", name="Pro customers", query="everyone")

    assert answer.status_code == 422
    assert re.search(r'id="name-wrong">Another segment is called', answer.text)


def test_a_change_says_what_it_was_before(signed_in: Browser, made: Audience) -> None:
    page = f"{HOME}/{made.pro}"

    answer = signed_in.post(page, page, name="Pro people", query=PRO)

    assert answer.status_code == 303
    assert acts() == [("changed_segment", "Pro people", "Pro customers → Pro people")]
    assert "Pro people" in signed_in.get(page).text


def test_archiving_can_be_undone_where_it_is_said(signed_in: Browser, made: Audience) -> None:
    answer = signed_in.post(f"{HOME}/{made.pro}/archive", HOME)

    after = signed_in.get(answer.location)
    assert "“Pro customers” is archived" in after.text
    assert f'action="{HOME}/{made.pro}/restore"' in after.text

    signed_in.post(f"{HOME}/{made.pro}/restore", HOME)

    assert f'href="{HOME}/{made.pro}"' in signed_in.get(HOME).text
    assert [act for act, _, _ in acts()] == ["archived_segment", "restored_segment"]


def test_a_segment_whose_attribute_is_gone_says_so_and_can_be_mended(signed_in: Browser, made: Audience) -> None:
    page = signed_in.get(f"{HOME}/{made.gone}")

    assert page.status_code == 200
    assert "2 places are wrong." in page.text
    assert '<span class="fault">colour</span>' in page.text


def test_while_one_types_text_the_lines_follow(signed_in: Browser, made: Audience) -> None:
    said = {
        "from": "text",
        "query": 'plan is "team" and seats in (1, 4)',
        "what": ["email"],
        "op": ["is"],
        "value": ["x"],
    }

    part = signed_in.post(f"{HOME}/look", f"{HOME}/new", **said).text

    assert "2 people" in part
    assert "<html" not in part
    assert 'value="attribute.plan" selected' in part
    assert 'value="1, 4"' in part


def test_while_one_fills_in_lines_the_text_follows(signed_in: Browser, made: Audience) -> None:
    said: dict[str, str | list[str]] = {
        "from": "lines", "join": "any", "query": "everyone", "what": ["attribute.plan", "tags", "consent.mail"],
        "op": ["is not", "contains", "is given"], "value": ['a "b"', "beta", ""],
    }  # fmt: skip

    part = signed_in.post(f"{HOME}/look", f"{HOME}/new", **said).text

    text_part = part.partition('data-part="text">')[2]
    assert (
        "plan is not &#34;a \\&#34;b\\&#34;&#34; or tags contains &#34;beta&#34; or consent to mail is given"
        in text_part
    )


def test_text_that_cannot_be_read_leaves_the_lines_as_they_are(signed_in: Browser, made: Audience) -> None:
    said = {"from": "text", "query": "plan is pro", "what": ["tags"], "op": ["contains"], "value": ["kept"]}

    part = signed_in.post(f"{HOME}/look", f"{HOME}/new", **said).text

    assert 'plan is <span class="fault">pro</span>' in part
    assert 'value="kept"' in part


def test_without_scripts_buttons_add_and_remove_lines(signed_in: Browser, made: Audience) -> None:
    said: dict[str, str | list[str]] = {
        "name": "Kept", "query": "everyone", "what": ["attribute.plan", "tags"], "op": ["is", "contains"],
        "value": ["pro", "beta"],
    }  # fmt: skip

    more = signed_in.post(f"{HOME}/draft", f"{HOME}/new", **said, do="add").text
    less = signed_in.post(f"{HOME}/{made.pro}/draft", f"{HOME}/new", **said, do="remove-0").text

    assert (more.count('name="what"'), less.count('name="what"')) == (3, 1)
    assert 'value="Kept"' in more
    assert re.search(r"<textarea[^>]*>\ntags contains &#34;beta&#34;</textarea>", less)
    assert saved("Kept") is None


@pytest.mark.parametrize(
    "query", ["(" * 9_000, "x" * 20_000, '"', "plan is \x00", "</textarea><script>alert(1)</script>", "'; DROP TABLE"]
)
def test_whatever_is_typed_has_an_answer_and_stays_text(signed_in: Browser, made: Audience, query: str) -> None:
    part = signed_in.post(f"{HOME}/look", f"{HOME}/new", **{"from": "text", "query": query})

    assert part.status_code == 200
    assert "<script" not in part.text
    assert "fault" in part.text


def test_lines_that_were_made_up_are_answered(signed_in: Browser, made: Audience) -> None:
    said: dict[str, str | list[str]] = {
        "from": "lines", "what": ["attribute.Nö pe", "consent.fax", "rounds", "written", "", "campaign"] * 9,
        "op": ["nonsense"] * 54, "value": ["5 or everyone", "x", "many", "a is 1) or (b is 2", "y", "#12"] * 9,
        "do": "remove-99999999999999999999",
    }  # fmt: skip

    part = signed_in.post(f"{HOME}/look", f"{HOME}/new", **said)

    assert part.status_code == 200
    assert "Nobody is counted" in part.text


@pytest.mark.parametrize(
    ("typed", "as_text"),
    [
        ("everyone", 1),
        ('plan is "pro" and (seats > 5 or not vip is yes) and email in (a@b.example c@d.example)', 1),
        ('in team "x" or in no team or not in team "y" or in team "z" as manager', 1),
        ('consent to mail is given and consent to sms about "News" is not withdrawn', 0),
        ("answered less than 2 of the last 5 rounds and not answered exactly 1 of the last 2 rounds", 1),
        ('got campaign "A" and did not open and did not get campaign 7 and got any campaign', 1),
        ('got campaign "A" and did not open, click or reply or got campaign "A" since yesterday', 1),
        ("not seats < 5 and customer_since before 3 days ago and customer_since after 2026-01-31", 1),
        ('tags does not contain "x" and interests has no value and vip is no', 0),
        ('seats in (1, 2.5) and plan not in ("a,b") and plan not in ("a", "b") and interests in ("golf")', 1),
        ('name starts with "A\\"" and name ends with "\\\\" and name does not start with "B"', 1),
        ('zone has a value and added since 30 days ago and locale is not "de"', 0),
    ],
)
def test_lines_say_what_their_query_says(typed: str, as_text: int) -> None:
    """What no line can say stands in one as text, and comes out of it as it was."""
    lines = segment_lines.lines_of(read(typed))

    said = segment_lines.text_of(lines, KNOWN)

    assert said == write(read(typed))
    assert sum(line.what == segment_lines.TEXT for line in lines.lines) == as_text


def test_a_text_is_cut_at_its_faults() -> None:
    faults = [Fault("a", 0, 2), Fault("b", 1, 3), Fault("c", 5, 5)]

    assert pieces("abcdef", faults) == [("ab", True), ("cde", False), ("", True), ("f", False)]
