"""Screenshots of every page, to be looked at: `python -m tests.shots DIR` writes each wide, at 390 px and dark.

`… DIR WORD` takes only those with the word in their name; tests/pages.py lists them.

Starts a private PostgreSQL, the web on a free port and a Chromium; stops all of them.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.pages import Pages

SIZES = {"wide": (1280, 800, "light"), "narrow": (390, 844, "light"), "dark": (1280, 800, "dark")}


@contextmanager
def instance() -> Iterator[None]:
    """A database of its own with the program's tables, and settings that point to it."""
    from engine import config, db
    from sixpm.embedded import postgres

    with tempfile.TemporaryDirectory(prefix="sixpm-shots-") as name:
        base = Path(name)
        base.chmod(0o711)
        server = postgres.start(base / "postgres")
        try:
            url = server.url("postgres")
            os.environ.update(
                SIXPM_HOME=str(base / "home"), SIXPM_DATABASE_URL=url, SIXPM_SECRET_KEY="a key for screenshots" * 2,
                SIXPM_CATCHER="true",
            )  # fmt: skip
            config.settings.cache_clear()
            db.upgrade(url)
            yield
            db.engine().dispose()
        finally:
            postgres.stop(server.folder)


@contextmanager
def _served() -> Iterator[str]:
    """The web as the settings want it now; its address."""
    from werkzeug.serving import make_server

    from web.app import create_app

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, create_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def take(browser: Browser, address: str, pages: Pages, folder: Path, only: str = "") -> list[str]:
    """Write <page>-<size>.png of every page; returns what is wrong: script errors, and pages wider than the screen."""
    wrong: list[str] = []
    chosen = {name: page for name, page in pages.items() if only in name}
    for size, (width, height, scheme) in SIZES.items() if chosen else ():
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            locale="en-GB",
        )
        page = context.new_page()
        _listen(page, size, wrong)
        _sign_in(page, address, folder / f"signin-{size}.png")
        for name, which in chosen.items():
            path, act = (which, None) if isinstance(which, str) else which
            page.goto(address + path)
            if act is not None:
                act(page)
            page.screenshot(path=folder / f"{name}-{size}.png", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{size}: {name} is wider than the screen")
        context.close()
    return wrong


def _sign_in(page: Page, address: str, picture: Path) -> None:
    from tests.pages import EMAIL, PASSWORD

    page.goto(f"{address}/signin")
    page.screenshot(path=picture, full_page=True)
    page.fill("#email", EMAIL)
    page.fill("#password", PASSWORD)
    page.click("main button")


def _listen(page: Page, size: str, wrong: list[str]) -> None:
    """Note script errors and files of ours that are not there."""
    page.on("pageerror", lambda error: wrong.append(f"{size}: {error}"))
    page.on(
        "response",
        lambda answer: (
            wrong.append(f"{size}: {answer.status} {answer.url}")
            if "/static/" in answer.url and answer.status >= 400
            else None
        ),
    )


def main(folder: Path, only: str = "") -> int:
    """Take them all, or those whose name has `only` in it."""
    from playwright.sync_api import sync_playwright

    from tests.fakes.chromium import ARGUMENTS, executable

    folder.mkdir(parents=True, exist_ok=True)
    program, environment = executable()
    with instance(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS), env={**environment})
        wrong = _all(browser, folder, only)
        browser.close()
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} screenshots in {folder}\n")
    return 1 if wrong else 0


def _all(browser: Browser, folder: Path, only: str) -> list[str]:
    """An instance on its first day, one that keeps its mail, and one with relays."""
    from tests import pages

    owner = pages.set_up()
    with _served() as address:
        wrong = take(browser, address, pages.EMPTY, folder, only)
        made = pages.fill(owner)
        wrong += take(browser, address, pages.caught(made), folder, only)
    with pages.no_catcher(), _served() as address:
        return wrong + take(browser, address, pages.delivering(made), folder, only)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:3]))
