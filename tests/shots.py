"""Screenshots of every page, to be looked at: `python -m tests.shots DIR` writes each wide, at 390 px and dark.

`… DIR WORD` takes only those with the word in their name; tests/pages lists them. DIR/index.html shows all of them.

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
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.pages import Pages

WIDE, NARROW, HEIGHT = 1280, 390, 844
SIZES: dict[str, tuple[int, Literal["light", "dark"]]] = {
    "wide": (WIDE, "light"), "narrow": (NARROW, "light"), "dark": (WIDE, "dark"),
}  # fmt: skip


# A document notes that it is being left, so that nobody looks at it in place of the one that follows.
LEAVING = """navigation.addEventListener("navigate", (it) => {
  if (!it.hashChange && it.downloadRequest === null) window.leaves = true;
});"""
ARRIVED = """() => new Promise((done) => requestAnimationFrame(() => setTimeout(() =>
  done(!window.leaves && document.readyState === "complete"))))"""
TALL = "document.scrollingElement.scrollHeight"
TRIES = 1000  # of 20 ms and more


class Situation(NamedTuple):
    """A web that runs, what can be looked at in it, and whether one signs in first."""

    address: str
    pages: Pages
    signed_in: bool = True


@contextmanager
def instance() -> Iterator[None]:
    """A database of its own with the program's tables, and settings that point to it until the end."""
    from engine import config, db
    from sixpm.embedded import postgres

    before = dict(os.environ)
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
            db.engine.cache_clear()
            db.upgrade(url)
            yield
            db.engine().dispose()
        finally:
            os.environ.clear()
            os.environ.update(before)
            config.settings.cache_clear()
            db.engine.cache_clear()
            postgres.stop(server.folder)


@contextmanager
def served() -> Iterator[str]:
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


def situations() -> Iterator[Situation]:
    """Of the instance: before its first account, its first day, one that keeps its mail, and one with relays."""
    from tests import pages

    with served() as address:
        yield Situation(address, pages.FIRST, signed_in=False)
        owner = pages.set_up()
        yield Situation(address, pages.STRANGER, signed_in=False)
        yield Situation(address, pages.EMPTY)
        made = pages.fill(owner)
        yield Situation(address, pages.caught(made))
    with pages.no_catcher(), served() as address:
        yield Situation(address, pages.delivering(made))


def visit(page: Page, at: Situation, name: str) -> None:
    """Open the page of that name and do there what its line in tests/pages says."""
    which = at.pages[name]
    path, act = (which, None) if isinstance(which, str) else which
    answer = page.goto(at.address + path)
    if answer is None or answer.status >= 500:
        raise AssertionError(
            f"{path} answered {answer.status if answer else 'nothing'}: {page.inner_text('body')[-500:]}"
        )
    if act is not None:
        act(page)
        _arrive(page)


def _arrive(page: Page) -> None:
    """Wait until the page that the act led to is there: a click is over before its answer comes."""
    from playwright.sync_api import Error

    for _ in range(TRIES):
        try:
            if page.evaluate(ARRIVED):
                return
        except Error as error:
            if "context was destroyed" not in str(error).lower():
                raise
        page.wait_for_timeout(20)
    raise AssertionError(f"{page.url} led to a page that never came")


def enter(browser: Browser, at: Situation, width: int = WIDE) -> Page:
    """A page of a fresh context, signed in where the situation wants it."""
    from tests.pages import EMAIL, PASSWORD

    page = browser.new_context(viewport={"width": width, "height": HEIGHT}, locale="en-GB").new_page()
    page.add_init_script(LEAVING)
    if at.signed_in:
        page.goto(f"{at.address}/signin")
        page.fill("#email", EMAIL)
        page.fill("#password", PASSWORD)
        page.click("main button")
        page.get_by_role("button", name="Sign out").wait_for()  # else what is opened next is asked for without a cookie
    return page


def take(browser: Browser, at: Situation, folder: Path, only: str = "") -> list[str]:
    """Write <page>-<size>.png of every page; returns what is wrong: script errors, and pages wider than the screen.

    A page is opened once and looked at three times: width and theme change what its style sheets say, nothing else.
    """
    wrong: list[str] = []
    chosen = [name for name in at.pages if only in name]
    if not chosen:
        return wrong
    page = enter(browser, at)
    _listen(page, wrong)
    for name in chosen:
        visit(page, at, name)
        for size, (width, scheme) in SIZES.items():
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            if page.locator("iframe").count():  # frames outside of the window are not painted
                page.set_viewport_size({"width": width, "height": page.evaluate(TALL)})
                page.wait_for_timeout(200)
            page.screenshot(path=folder / f"{name}-{size}.png", full_page=True, animations="disabled")
            if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
                wrong.append(f"{size}: {name} is wider than the screen")
        page.set_viewport_size({"width": WIDE, "height": HEIGHT})
        page.emulate_media(color_scheme="light")
    page.context.close()
    return wrong


def _listen(page: Page, wrong: list[str]) -> None:
    """Note script errors and files of ours that are not there."""
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on(
        "response",
        lambda answer: (
            wrong.append(f"{page.url}: {answer.status} {answer.url}")
            if "/static/" in answer.url and answer.status >= 400
            else None
        ),
    )


def sheet(folder: Path) -> Path:
    """Write index.html: every page in a row, its pictures side by side, a click away from their full size."""
    names = sorted({path.stem.rpartition("-")[0] for path in folder.glob("*-*.png")})
    rows = "".join(_row(folder, name) for name in names)
    made = folder / "index.html"
    made.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Screens</title><style>'
        "body{font:16px system-ui;margin:1.5rem;background:#888}h2{font-size:1rem;margin:1rem 0 .3rem}"
        "div{display:grid;grid-template-columns:40fr 14fr 40fr;gap:.6rem;align-items:start}"
        "img{width:100%;max-height:36rem;object-fit:cover;object-position:top}"
        f"</style>{rows}</html>\n"
    )
    return made


def _row(folder: Path, name: str) -> str:
    there = [file for size in SIZES if (folder / (file := f"{name}-{size}.png")).exists()]
    pictures = "".join(
        f'<a href="{escape(file)}"><img src="{escape(file)}" alt="{escape(file)}" loading="lazy"></a>' for file in there
    )
    return f'<h2 id="{escape(name)}">{escape(name)}</h2><div>{pictures}</div>\n'


def main(folder: Path, only: str = "") -> int:
    """Take them all, or those whose name has `only` in it."""
    from playwright.sync_api import sync_playwright

    from tests.fakes.chromium import ARGUMENTS, executable

    folder.mkdir(parents=True, exist_ok=True)
    program, environment = executable()
    with instance(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS), env={**environment})
        wrong = [line for at in situations() for line in take(browser, at, folder, only)]
        browser.close()
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} screenshots; all of them: {sheet(folder)}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:3]))
