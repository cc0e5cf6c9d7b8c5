"""Every mail of templates/email, rendered from its sample.json as the engine renders it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from xml.etree import ElementTree

import html5lib
import pytest
from jinja2 import UndefinedError

from engine.config import shipped
from engine.outbound.sign import Links, Sign, comment_link
from engine.outbound.templates import environment
from engine.tokens import Keys
from tests.digests import TEXTS, digest
from tests.mail_shots import parts
from tests.web.test_contrast import contrast

FOLDER = shipped("templates") / "email"
MAILS = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
PARTS = ("subject.txt", "body.txt", "body.html")
WIDTH = 78
XHTML = "{http://www.w3.org/1999/xhtml}"

TO_NO_MEMBER = {  # to accounts, contacts, and of the instance
    "alert", "invitation", "notice_test", "password_reset", "signin_link", "talk", "talk_digest", "talk_notice"
}  # fmt: skip
MEMBER_LINKS = Links("https://sixpm.example.org", "https://sixpm.example.org/me/k7", "https://sixpm.example.org/u/k7")
SIGN = Sign("Acme & Co", "a@example.org", "reply.example.org", "https://sixpm.example.org", Keys.of("secret"))
NO_LINKS = Links("https://sixpm.example.org", "", "")


def sample(mail: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / mail / "sample.json").read_text())
    return found


def rendered(mail: str, part: str, context: Mapping[str, Any] | None = None, links: Links = MEMBER_LINKS) -> str:
    shared = {
        "links": links,
        "to_name": "Bikram Thapa",
        "reply_to": "r+x@reply.example.org",
        "workspace": "Acme & Co",
        "comment_link": partial(comment_link, SIGN),
    }
    values = {**(sample(mail) if context is None else context), **shared}
    return environment().get_template(f"{mail}/{part}").render(values)


def parsed(html: str) -> ElementTree.Element:
    """The document; html5lib's strict parser raises on anything that is not well formed."""
    document: ElementTree.Element = html5lib.HTMLParser(strict=True).parse(html)
    return document


def test_the_mails_this_product_sends_are_all_here() -> None:
    assert set(MAILS) >= {"digest", "notice_paused", "notice_test", "nudge", "prompt", "welcome"}
    for mail in MAILS:
        assert {path.name for path in (FOLDER / mail).iterdir()} == {*PARTS, "sample.json"}, mail


@pytest.mark.parametrize("links", [MEMBER_LINKS, NO_LINKS], ids=["member", "transactional"])
@pytest.mark.parametrize("mail", MAILS)
def test_the_html_is_well_formed_with_and_without_member_links(mail: str, links: Links) -> None:
    html = rendered(mail, "body.html", links=links)

    tags = [tag.tag for tag in parsed(html).iter()]

    assert tags.count(f"{XHTML}h1") == 1
    assert 'href=""' not in html
    assert "{{" not in html
    assert "{%" not in html


@pytest.mark.parametrize("mail", MAILS)
def test_the_html_has_dark_mode_600_px_alt_texts_and_nothing_from_elsewhere(mail: str) -> None:
    html = rendered(mail, "body.html")

    document = parsed(html)

    metas = {meta.get("name"): meta.get("content") for meta in document.iter(f"{XHTML}meta")}
    tables = list(document.iter(f"{XHTML}table"))
    assert metas["color-scheme"] == metas["supported-color-schemes"] == "light dark"
    assert "@media (prefers-color-scheme: dark)" in html
    assert any(table.get("width") == "600" for table in tables)
    assert "max-width: 600px" in html
    assert all(table.get("role") == "presentation" for table in tables)
    assert all(image.get("alt") is not None for image in document.iter(f"{XHTML}img"))
    assert not re.search(r'\ssrc=|url\(|@import|<link|<script|background="', html)
    assert document.find(f"{XHTML}head/{XHTML}title") is not None
    assert document.get("lang") == "en"


@pytest.mark.parametrize("mail", MAILS)
def test_every_colour_class_of_the_sheet_has_its_dark_counterpart(mail: str) -> None:
    html = rendered(mail, "body.html")
    light, _, dark = html.partition("@media (prefers-color-scheme: dark)")

    coloured = set(re.findall(r"^\.?([\w-]+)(?: a)? \{[^}]*(?<!-)\bcolor:", light, re.MULTILINE))

    assert {name for name in coloured - {"root"} if name in dark} >= {"inside", "over", "soft", "button", "link"}


@pytest.mark.parametrize("links", [MEMBER_LINKS, NO_LINKS], ids=["member", "transactional"])
@pytest.mark.parametrize("mail", MAILS)
def test_the_text_part_reads_well_by_itself(mail: str, links: Links) -> None:
    text = rendered(mail, "body.txt", links=links)

    prose = [line for line in text.splitlines() if "https://" not in line]

    assert len(text.split()) > 15
    assert max(len(line) for line in prose) <= WIDTH
    assert "\n\n\n" not in text
    assert not text.startswith("\n")
    assert not [line for line in prose if line.rstrip() != line and line != "-- "]
    assert "&amp;" not in text
    assert "<p" not in text


@pytest.mark.parametrize("mail", MAILS)
def test_the_subject_is_one_line_that_says_something(mail: str) -> None:
    subject = rendered(mail, "subject.txt").strip()

    assert subject
    assert "\n" not in subject
    assert len(subject) <= 120


@pytest.mark.parametrize("mail", MAILS)
def test_every_value_of_the_sample_is_one_the_templates_know(mail: str) -> None:
    files = [*FOLDER.glob("_*"), *(FOLDER / mail).glob("*.txt"), *(FOLDER / mail).glob("*.html")]
    source = "".join(path.read_text() for path in files)

    unknown = [name for name in sample(mail) if not re.search(rf"\b{name}\b", source)]

    assert unknown == []


@pytest.mark.parametrize("mail", [mail for mail in MAILS if sample(mail)])
def test_a_variable_that_is_missing_is_an_error(mail: str) -> None:
    with pytest.raises(UndefinedError):
        rendered(mail, "body.html", context={})


@pytest.mark.parametrize("mail", MAILS)
def test_a_mail_to_a_member_has_one_link_to_their_own_pages_in_each_part(mail: str) -> None:
    html, text = rendered(mail, "body.html"), rendered(mail, "body.txt")

    hrefs = [str(link.get("href")) for link in parsed(html).iter(f"{XHTML}a")]
    here = str(MEMBER_LINKS.settings)

    expected = 0 if mail in TO_NO_MEMBER else 2 if mail == "digest" else 1  # and what was recorded from the reader
    assert sum(href.startswith(here) for href in hrefs) == expected
    assert sum(line.startswith(here) for line in text.splitlines()) == text.count(here) == expected


@pytest.mark.parametrize("mail", ["prompt", "nudge", "digest"])
def test_a_members_mail_ends_with_the_link_that_stops_it(mail: str) -> None:
    html, text = rendered(mail, "body.html"), rendered(mail, "body.txt")

    assert html.count(f'href="{MEMBER_LINKS.unsubscribe}"') == 1
    assert text.rstrip().endswith(f"\n{MEMBER_LINKS.unsubscribe}")


@pytest.mark.parametrize("mail", MAILS)
def test_a_mailbox_shows_a_preview_of_its_own_words_and_nothing_that_follows(mail: str) -> None:
    html = rendered(mail, "body.html")

    preview = next(div for div in parsed(html).iter(f"{XHTML}div") if div.get("class") == "preview")
    shown = (preview.text or "").replace("\u2007", "").replace("\u034f", "")

    assert 15 <= len(shown.strip()) <= 200
    assert len(preview.text or "") > 85


def test_what_people_write_is_escaped_in_html_and_plain_in_text() -> None:
    html, text = rendered("digest", "body.html"), rendered("digest", "body.txt")

    assert "Reviewed &lt;Carla&#39;s&gt; change &amp; merged it" in html
    assert "Interviewed two people.<br>Both come back next week." in html
    assert "Reviewed <Carla's> change & merged it" in text
    assert "Acme &amp; Co" in html
    assert "Acme & Co" in text


def test_a_digest_names_all_four_groups_and_links_to_the_team() -> None:
    html, text = rendered("digest", "body.html"), rendered("digest", "body.txt")

    for name in ("Bikram Thapa", "Daniel Wright", "Farid Haddad", "Leota Faleolo", "/me/k7/team"):
        assert name in html
        assert name in text
    for head in ("No answer", "Away", "Not asked yet"):
        assert head in html
        assert f"{head}: " in text


def test_a_quiet_digest_has_no_empty_groups() -> None:
    quiet = {**sample("digest"), "not_answered": [], "away": [], "not_asked": [], "thread": ""}

    html, text = rendered("digest", "body.html", quiet), rendered("digest", "body.txt", quiet)

    assert not any(head in html + text for head in ("No answer", "Away", "Not asked yet"))
    assert rendered("digest", "subject.txt", quiet).strip() == "Platform, Thursday 5 March: what the team did"


def test_a_digest_leads_to_the_teams_page_that_needs_no_password() -> None:
    links = [link.get("href") for link in parsed(rendered("digest", "body.html")).iter(f"{XHTML}a")]

    assert "https://sixpm.example.org/me/k7/team" in links
    assert not any("/teams/" in str(link) for link in links)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_of_text_reads_on_what_it_stands_on(scheme: str) -> None:
    known = colours(scheme)
    page, sheet = known["body, .page"]["background-color"], known[".sheet"]["background-color"]
    on_sheet = [known[name]["color"] for name in (".inside", ".over", "h1", "h2", "h3", ".soft", ".link")]
    pairs = [(text, sheet) for text in on_sheet] + [(known[name]["color"], page) for name in (".footing", ".link")]
    pairs.append((known[".button a"]["color"], known[".button"]["background-color"]))

    assert {pair: contrast(*pair) for pair in pairs if contrast(*pair) < 4.5} == {}


def colours(scheme: str) -> dict[str, dict[str, str]]:
    """Colours of the sheet by selector and property; the dark ones over the light."""
    light, _, dark = (FOLDER / "_base.html").read_text().partition("@media (prefers-color-scheme: dark)")
    found: dict[str, dict[str, str]] = {"body, .page": {}}
    for rules in (light, dark)[: 1 if scheme == "light" else 2]:
        for selectors, body in re.findall(r"^ *([.\w][\w., -]*) \{([^}]*)\}", rules, re.MULTILINE):
            for selector in {selectors, *selectors.split(", ")}:
                pairs = re.findall(r"(?<![\w-])(color|background-color): (#[0-9a-f]{6})", body)
                found.setdefault(selector, {}).update(pairs)
    found["body, .page"] = found[".page"] | found["body, .page"]
    return found


# ---- digests of any size: Gmail clips a mail behind 102 KB of HTML (a tenth is left for what it puts around)

CLIP = 102_000 * 9 // 10


@pytest.mark.parametrize(
    ("people", "each", "texts"),
    [
        (2, 3, TEXTS),
        (60, 3, TEXTS),
        (60, 30, TEXTS),
        (60, 3, ("x" * 5_000,)),
        (60, 12, ("汉字" * 60, "<&>" * 40)),
        (400, 3, TEXTS),
        (1, 500, TEXTS),
    ],
)
def test_a_digest_is_never_clipped_and_says_what_it_leaves_out(people: int, each: int, texts: tuple[str, ...]) -> None:
    made = digest(people, each, texts)

    subject, text, html = parts(made)

    said = sum(len(said["texts"]) for person in made.context["answered"] for said in person["said"])
    more = sum(person["more"] for person in made.context["answered"])
    assert len(html.encode()) < CLIP
    assert html.count("<li") == said
    assert sum(map(int, re.findall(r"and (\d+) more on the team's page", text))) == more
    assert all(person["name"] in html for person in (*made.context["answered"], *made.context["also"]))
    assert subject == "Platform, Thursday 5 March: what the team did"


def test_a_digest_of_sixty_begins_with_who_wrote_and_how_much() -> None:
    html = parts(digest(60))[2]

    head = html.split("<h3", 1)[0]

    assert "46 of 60 wrote, 6 did not answer, 6 away, 2 not asked yet." in head
    assert re.search(r"Bikram Thapa <span[^>]*>2</span>, Carla Nunes", head)
    assert "Bikram Thapa <span" not in parts(digest(2))[2].split("<h3", 1)[0]
