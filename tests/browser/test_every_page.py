"""Every page of tests/pages in a real browser: axe-core finds nothing, nothing is cut, nothing scrolls sideways.

The pages are walked once, for all tests of this module. Each is opened at 1280 px in the light theme, done what its
line says, and then looked at in both themes and at three widths, since width and theme change nothing but the style.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page

from tests import shots
from tests.shots import HEIGHT, NARROW, WIDE, Situation

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]  # the walk is part of the first test's time

BROAD = 1600
LOOKS = (("light", WIDE), ("dark", WIDE), ("light", NARROW))
AXE = files("axe_playwright_python") / "axe.min.js"
# All rules, the ones that only advise too. Of WCAG 2.2, axe leaves the size of what is pressed out unless asked.
RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}});
  return found.violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary.split("\\n").slice(1).join(";").trim()}`));
}"""
# Text that is there and cannot be read: boxes that hide what is wider or higher than they are, selects whose choice
# is longer than they are. Boxes of a pixel are for screen readers; boxes that scroll show everything.
CUT = """() => {
  const pen = document.createElement("canvas").getContext("2d");
  const name = (it) => it.tagName.toLowerCase() + (it.id ? "#" + it.id : "") + (it.className ? "." + it.className : "");
  const hides = (it, style) =>
    (/hidden|clip/.test(style.overflowX) && it.scrollWidth > it.clientWidth + 1) ||
    (/hidden|clip/.test(style.overflowY) && it.scrollHeight > it.clientHeight + 1);
  const long = (it, style) => {
    pen.font = style.font;
    const room = it.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return pen.measureText(it.selectedOptions[0]?.text || "").width > room + 1;
  };
  return [...document.body.querySelectorAll("*")].filter((it) => {
    if (it.closest("svg") || it.clientWidth < 2 || !it.checkVisibility()) return false;
    const style = getComputedStyle(it);
    if (it.tagName === "SELECT") return long(it, style);
    return it.tagName !== "INPUT" && it.textContent.trim() && hides(it, style);
  }).map((it) => `${name(it)}: ${it.textContent.trim().slice(0, 60)}`);
}"""
# The ribbon and the notices of the header end where the window does.
SHORT = """() => [...document.querySelectorAll("body > header")]
  .filter((it) => it.getBoundingClientRect().width < document.documentElement.clientWidth - 1)
  .map((it) => `the header ends at ${Math.round(it.getBoundingClientRect().right)}`)"""
# What sticks out to the right, for the report of a page that scrolls sideways.
WIDER = """() => document.scrollingElement.scrollWidth <= innerWidth ? [] :
  [[...document.body.querySelectorAll("*")].filter((it) => it.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 3).map((it) => `${it.tagName.toLowerCase()}.${it.className}`).join(", ") || "the page"]"""


@dataclass
class Found:
    """What is wrong, a line for each page and element; and how many pages were looked at."""

    pages: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    axe: dict[str, list[str]] = field(default_factory=dict)
    sideways: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def found(browser: Browser) -> Found:
    """The walk over all pages in all situations."""
    made = Found(axe={f"{theme} at {width}": [] for theme, width in LOOKS})
    with shots.instance():
        for at in shots.situations():
            page = shots.enter(browser, at)
            for name in at.pages:
                try:
                    shots.visit(page, at, name)
                except (AssertionError, Error) as error:  # the others are looked at all the same
                    made.broken.append(f"{name}: {error}")
                else:
                    _look(page, name, made)
            page.context.close()
    return made


def _look(page: Page, name: str, made: Found) -> None:
    made.pages.append(name)
    for theme, width in LOOKS:
        _put(page, width, theme)
        made.axe[f"{theme} at {width}"] += [f"{name}: {line}" for line in axe(page)]
    for width in (NARROW, BROAD):
        _put(page, width, "light")
        made.sideways += [f"{name} at {width} px: {line}" for line in page.evaluate(WIDER)]
        made.cut += [f"{name} at {width} px: {line}" for line in page.evaluate(CUT)]
        made.short += [f"{name} at {width} px: {line}" for line in page.evaluate(SHORT)]
    _put(page, WIDE, "light")


def _put(page: Page, width: int, theme: Any) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # a colour on its way would be measured
    page.set_viewport_size({"width": width, "height": HEIGHT})


def axe(page: Page) -> list[str]:
    """What axe-core finds on the page as it is: rule, element, what to do."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text())
    lines: list[str] = page.evaluate(RUN)
    return lines


@pytest.mark.parametrize("look", [f"{theme} at {width}" for theme, width in LOOKS])
def test_axe_finds_nothing_on_any_page(found: Found, look: str) -> None:
    assert not found.axe[look], "\n".join(found.axe[look])


def test_no_page_scrolls_sideways(found: Found) -> None:
    assert not found.sideways, "\n".join(found.sideways)


def test_no_text_is_cut(found: Found) -> None:
    assert not found.cut, "\n".join(found.cut)


def test_every_header_is_as_wide_as_the_window(found: Found) -> None:
    assert not found.short, "\n".join(found.short)


def test_all_pages_were_looked_at(found: Found) -> None:
    assert not found.broken, "\n".join(found.broken)
    assert len(found.pages) == len(set(found.pages)) > 70


def test_the_looks_themselves_find_what_is_wrong(browser: Browser) -> None:
    page = shots.enter(browser, Situation("", {}, signed_in=False), NARROW)
    page.set_content(
        "<title>x</title><main><h1>x</h1><input><p style='color:#777;background:#888'>pale</p>"
        "<p style='overflow:hidden;width:5em;white-space:nowrap'>much too long for its box</p>"
        "<select aria-label='x' style='width:4em'><option>as long as this</select>"
        "<div style='width:500px'>x</div></main>"
    )

    rules = {line.split(":")[0] for line in axe(page)}
    cut, wider = page.evaluate(CUT), page.evaluate(WIDER)
    page.context.close()

    assert {"label", "color-contrast"} <= rules
    assert [line.split(":")[0] for line in cut] == ["p", "select"]
    assert len(wider) == 1
