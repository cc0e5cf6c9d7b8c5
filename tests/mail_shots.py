"""Pictures of every mail, to be looked at: `python -m tests.mail_shots DIR` renders each as the engine does, and takes
its HTML part at phone and desktop width, light and dark, and its text part.

`… DIR WORD` takes only those with the word in their name. Prints the size of each HTML part: Gmail clips at 102 KB.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from email import message_from_bytes, policy
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from engine.outbound.drafts import MailDraft
from engine.outbound.render import Press
from tests.digests import digest
from tests.engine.outbound.mails import MAILS, draft, pressed

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SIZES = {"wide": (1000, "light"), "narrow": (390, "light"), "dark": (1000, "dark"), "narrow-dark": (390, "dark")}
TEAMS = (2, 12, 60)
TEXT = "<title>text</title><style>pre {{ white-space: pre-wrap; overflow-wrap: anywhere }}</style><pre>{}"


def drafts() -> dict[str, MailDraft]:
    """Every mail of templates/email filled with its sample, and digests of teams of several sizes."""
    return {mail: draft(mail) for mail in MAILS} | {f"digest-of-{size}": digest(size) for size in TEAMS}


def parts(made: MailDraft) -> tuple[str, str, str]:
    """Subject, text part and HTML part, as a client finds them in the mail."""
    message = message_from_bytes(pressed(made, Press()), policy=policy.default)
    text, html = (part.get_content() for part in message.iter_parts())
    return str(message["Subject"]), text, html


def take(browser: Browser, folder: Path, name: str, html: str, text: str) -> None:
    """Write <name>-<size>.png, and <name>-text.png."""
    pages = {size: (width, scheme, html) for size, (width, scheme) in SIZES.items()}
    for size, (width, scheme, shown) in (pages | {"text": (640, "light", TEXT.format(escape(text)))}).items():
        context = browser.new_context(
            viewport={"width": width, "height": 600}, color_scheme="dark" if scheme == "dark" else "light"
        )
        page = context.new_page()
        page.set_content(shown)
        page.screenshot(path=folder / f"{name}-{size}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            sys.stderr.write(f"{name} is wider than {width} px\n")
        context.close()


def main(folder: Path, only: str = "") -> None:
    """Take them all, or those whose name has `only` in it."""
    from playwright.sync_api import sync_playwright

    from tests.fakes.chromium import ARGUMENTS, executable

    folder.mkdir(parents=True, exist_ok=True)
    program, environment = executable()
    chosen: Mapping[str, MailDraft] = {name: made for name, made in drafts().items() if only in name}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS), env={**environment})
        for name, made in chosen.items():
            subject, text, html = parts(made)
            sys.stdout.write(f"{name:16} {len(html.encode()) / 1000:6.1f} KB  {subject}\n")
            take(browser, folder, name, html, text)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
