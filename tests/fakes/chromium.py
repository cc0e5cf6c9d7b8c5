"""A real Chromium for page tests: the system's, or Debian's unpacked; driven by playwright, headless, offline."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fakes.debian import library_path, unpacked

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PACKAGES = ("chromium", "fonts-dejavu-core")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def executable() -> tuple[Path, dict[str, str]]:
    """The browser's program and the environment it needs. Skips the test where there is no browser to be had."""
    system = shutil.which("chromium") or shutil.which("chromium-browser")
    if system and list(Path("/usr/share/fonts").rglob("DejaVuSans.ttf")):
        return Path(system), dict(os.environ)
    folder = unpacked("chromium", *PACKAGES)
    program = folder / "usr/lib/chromium/chromium"
    return (
        program if program.exists() else Path(system or "/usr/bin/chromium"),
        {**os.environ, "LD_LIBRARY_PATH": library_path(folder), "FONTCONFIG_FILE": str(_fonts(folder))},
    )


def _fonts(folder: Path) -> Path:
    """A font configuration that knows the unpacked fonts and the system's."""
    made = folder / "fonts-2.conf"
    if not made.exists():
        draft = made.with_suffix(f".{os.getpid()}")
        draft.write_text(
            '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
            f"<dir>{folder / 'usr/share/fonts'}</dir>\n<dir>/usr/share/fonts</dir>\n"
            '<cachedir prefix="xdg">fontconfig</cachedir>\n'
            "<alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>\n"
            "<alias><family>system-ui</family><prefer><family>DejaVu Sans</family></prefer></alias>\n"
            "<alias><family>serif</family><prefer><family>DejaVu Serif</family></prefer></alias>\n"
            "<alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>\n"
            "</fontconfig>\n"
        )
        draft.replace(made)
    return made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium with a fresh home; tests make their own contexts in it.

    For one module at a time: while Playwright's blocking interface is open, its event loop counts as running, and
    every asyncio.run of other tests in this thread would be refused.
    """
    from playwright.sync_api import sync_playwright

    program, environment = executable()
    home = tmp_path_factory.mktemp("browser-home")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=program,
            args=list(ARGUMENTS),
            env={**environment, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_CACHE_HOME": str(home)},
        )
        yield made
        made.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh context, 1280 by 800; errors of the page's scripts fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    made = context.new_page()
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    yield made
    context.close()
    assert not errors, errors
