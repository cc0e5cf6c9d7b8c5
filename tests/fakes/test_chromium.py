"""The browser the page tests run in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page


@pytest.mark.browser
def test_a_page_renders_text_and_runs_scripts(page: Page) -> None:
    page.set_content("<p id=a>left</p><script>document.getElementById('a').append(' right')</script>")

    width = page.evaluate(
        "() => { const s = document.createElement('span'); s.textContent = 'mmmm';"
        "s.style.fontFamily = 'DejaVu Sans'; document.body.append(s); return s.offsetWidth }"
    )

    assert page.inner_text("#a") == "left right"
    assert width > 0
    assert len(page.screenshot()) > 1000
