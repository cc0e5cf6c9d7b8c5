"""The design system, held to its word: no style without a user, no component that the page of components leaves out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.people.accounts import Account
from tests.web.conftest import Browser

ROOT = Path(__file__).resolve().parents[2]
STYLES = sorted(path for path in (ROOT / "web/static/css").glob("*.css") if path.name != "tokens.css")
PARTS = ROOT / "web/static/css/parts.css"
TEMPLATES = sorted((ROOT / "web/templates").glob("*.html"))
COMPONENTS = [ROOT / "web/templates" / name for name in ("_form.html", "_parts.html")]
DESIGN = ROOT / "web/templates/design.html"

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CLASS = re.compile(r"\.([a-z][\w-]*)")
MACRO = re.compile(r"{%-? macro (\w+)\(")


def classes(css: str) -> set[str]:
    """The classes that a style sheet's selectors name."""
    selectors = re.findall(r"([^{}]+){", re.sub(r'url\("[^"]*"\)', "", COMMENT.sub("", css)))
    return {name for selector in selectors if "@" not in selector for name in CLASS.findall(selector)}


def used(page: str) -> set[str]:
    """The classes that a rendered page gives its elements."""
    return {name for value in re.findall(r'class="([^"]*)"', page) for name in value.split()}


@pytest.fixture
def shown(browser: Browser, user: Account) -> str:
    """The page, as somebody sees it who is no admin."""
    browser.sign_in(user.email)
    return browser.get("/design").text


@pytest.mark.parametrize("path", STYLES, ids=[path.name for path in STYLES])
def test_every_class_of_the_style_sheets_is_used_by_a_template(path: Path, shown: str) -> None:
    words = used(shown) | {word for page in TEMPLATES for word in re.findall(r"[a-z][\w-]*", page.read_text())}

    assert sorted(classes(path.read_text()) - words) == [], (
        "take the style out, or show it on web/templates/design.html"
    )


@pytest.mark.parametrize("path", COMPONENTS, ids=[path.name for path in COMPONENTS])
def test_every_component_is_on_the_page_of_components(path: Path) -> None:
    page = DESIGN.read_text()

    missing = [name for name in MACRO.findall(path.read_text()) if not re.search(rf"\b{name}\(", page)]

    assert missing == [], f"show each in every state on {DESIGN.name}, and say in docs/design-system.md when to use it"


def test_every_tone_of_marks_notes_and_buttons_is_shown(shown: str) -> None:
    css = PARTS.read_text()
    tones = {name for name in classes(css) if re.match(r"(mark|note|btn)-", name)}

    assert sorted(tones - used(shown)) == []


def test_the_page_of_components_has_a_heading_for_every_part_of_the_document() -> None:
    components = (ROOT / "docs/design-system.md").read_text().partition("\n## Components\n")[2].partition("\n## ")[0]
    headings = re.findall(r"^### (.+)$", components, re.MULTILINE)
    shown_as = re.findall(r'part\("([^"]+)"', DESIGN.read_text())

    assert headings == shown_as


def test_an_example_button_does_nothing_and_says_so(browser: Browser, user: Account) -> None:
    browser.sign_in(user.email)

    answer = browser.post("/design/nothing", "/design")

    assert answer.status_code == 303
    assert "nothing has changed" in browser.get("/design").text


def test_strangers_are_asked_to_sign_in(browser: Browser, owner: Account) -> None:
    assert browser.get("/design").headers["Location"].startswith("/signin")
