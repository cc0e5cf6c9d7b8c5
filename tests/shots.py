"""Screenshots of every page, to be looked at: `python -m tests.shots DIR` writes each wide, at 390 px and dark.

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
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser, Page

    from engine.db import Conn
    from engine.people.accounts import Account

PASSWORD = "a long enough secret"
SIZES = {"wide": (1280, 800, "light"), "narrow": (390, 844, "light"), "dark": (1280, 800, "dark")}


@contextmanager
def instance() -> Iterator[tuple[str, dict[str, str], Path]]:
    """A served instance with data: its base URL, the paths by name, and its mailbox folder."""
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
            paths, app = _fill()
            with _served(app) as address:
                yield address, paths, config.settings().mailbox_dir
            db.engine().dispose()
        finally:
            postgres.stop(server.folder)


def _fill() -> tuple[dict[str, str], Flask]:
    from engine import config, db
    from engine.people import teams, workspaces
    from engine.tokens import Purpose
    from tests.web import health_scene, scene
    from tests.web.mails import catch
    from web.app import create_app

    with db.begin() as conn:
        owner = workspaces.set_up(conn, "Acme", "Ada Keller", "ada@example.org", PASSWORD)
        made = scene.build(conn, owner, db.now(conn))
        relay = _relays(conn, owner, db.now(conn))
        health_scene.two_weeks(conn, owner.workspace_id, db.now(conn))
        bare = teams.make(conn, owner.principal, "Design", "Asia/Tokyo")
    mail = catch(config.settings().mailbox_dir, to="bikram@example.org", received_at=datetime.now(UTC))
    farid, paused = made.members[4], made.members[2]
    team, run = f"/teams/{made.team.id}", f"/deliveries/{made.run}"
    return {
        "teams": "/teams",
        "team": team,
        "team-empty": f"/teams/{bare}",
        "schedule": f"{team}/schedule",
        "member": f"{team}/members/new",
        "channel": f"{team}/channels/new",
        "deliveries": "/deliveries",
        "deliveries-none": "/deliveries?q=nobody",
        "delivery-sent": f"{run}/1",
        "delivery-doubt": f"{run}/2",
        "delivery-bounced": f"{run}/3",
        "delivery-deferred": f"{run}/4",
        "run": f"/deliveries/run/{made.run}",
        "doubts": "/doubts",
        "doubts-none": "/doubts?kind=digest",
        "health": "/deliveries/health",
        "health-day": "/deliveries/health?by=day",
        "health-none": "/deliveries/health?provider=nobody",
        "me": f"/me/{made.link(farid)}",
        "me-paused": f"/me/{made.link(paused)}",
        "unsubscribe": f"/u/{made.link(farid, Purpose.UNSUBSCRIBE)}",
        "mailbox": "/mailbox",
        "mail": f"/mailbox/{mail}",
        "mail-text": f"/mailbox/{mail}?view=text",
        "mail-source": f"/mailbox/{mail}?view=source",
        "account": "/account",
        "mail-settings": "/setup/mail",
        "relays": "/settings/relays",
        "relays-new": "/settings/relays/new?preset=ses",
        "relays-one": f"/settings/relays/{relay}",
        "lost": "/teams/999",
    }, create_app()


def _relays(conn: Conn, owner: Account, now: datetime) -> int:
    """Three relays; the id of one whose events come in."""
    from engine import config
    from engine.outbound.events import take
    from engine.outbound.events.event import Event, Kind
    from engine.people import relay_changes
    from engine.people.relay_changes import RelayDraft
    from tests.engine.outbound.events.rigs import sendgrid_pair

    settings = config.settings()
    own = RelayDraft(name="Our Postfix", host="mail.example.org", uses="bulk", visible=True, warmup_from=now.date())
    spare = RelayDraft(name="Postmark", preset="postmark", rank=1, host="smtp.postmarkapp.com")
    main = RelayDraft(
        name="SendGrid", preset="sendgrid", host="smtp.sendgrid.net", user="apikey", password="SG.x", connections=10,
        per_second=50, per_day=100_000, hook_secret=sendgrid_pair()[1],
    )  # fmt: skip
    numbers = [relay_changes.add(conn, owner.principal, settings, draft) for draft in (own, spare, main)]
    came = [Event("e1", Kind.OTHER, now)]
    take.take(conn, f"sendgrid:{numbers[-1]}", owner.workspace_id, came, "a key", now)
    return numbers[-1]


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def take(browser: Browser, address: str, paths: dict[str, str], folder: Path, only: str = "") -> list[str]:
    """Write <page>-<size>.png of every page; returns what is wrong: script errors, and pages wider than the screen."""
    wrong: list[str] = []
    for size, (width, height, scheme) in SIZES.items():
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            locale="en-GB",
        )
        page = context.new_page()
        _listen(page, size, wrong)
        page.goto(f"{address}/signin")
        page.screenshot(path=folder / f"signin-{size}.png", full_page=True)
        page.fill("#email", "ada@example.org")
        page.fill("#password", PASSWORD)
        page.click("main button")
        for name, path in paths.items():
            if only in name:
                page.goto(address + path)
                page.screenshot(path=folder / f"{name}-{size}.png", full_page=True)
                if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    wrong.append(f"{size}: {name} is wider than the screen")
        context.close()
    return wrong


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
    """Take them all."""
    from playwright.sync_api import sync_playwright

    from tests.fakes.chromium import ARGUMENTS, executable

    folder.mkdir(parents=True, exist_ok=True)
    program, environment = executable()
    with instance() as (address, paths, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS), env={**environment})
        wrong = take(browser, address, paths, folder, only)
        browser.close()
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} screenshots in {folder}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:3]))
