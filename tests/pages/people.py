"""Contacts, imports, segments; accounts, and who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pages.made import Made, Pages

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMPORT = "/contacts/import"


def contacts(made: Made) -> Pages:
    """Contacts: the list, one person in several ways, forms."""
    of, one = made.contacts, f"/contacts/{made.contacts.rich}"
    return {
        "contacts": "/contacts", "contacts-none": "/contacts?q=zzz", "contact": one,
        "contact-member": f"/contacts/{of.member}", "contact-erased": f"/contacts/{of.erased}",
        "contact-consent": (one, lambda page: page.click("text=Write down what they said")),
        "contact-erase": (one, lambda page: page.click("button:has-text('Erase this person')")),
        "contact-edit": f"{one}/edit", "contact-new": "/contacts/new", "contact-attributes": "/contacts/attributes",
        "contact-topics": "/contacts/topics",
    }  # fmt: skip


def imports(made: Made) -> Pages:
    """Lists of people from files: in every state that has a face of its own."""
    found = made.lists
    return {
        "imports": IMPORT, "imports-wrong": (IMPORT, lambda page: page.click("text=Upload it")),
        "import-columns": f"{IMPORT}/{found['uploaded']}", "import-running": f"{IMPORT}/{found['running']}",
        "import-wrong": (f"{IMPORT}/{found['uploaded']}", _no_address), "import-tried": f"{IMPORT}/{found['checked']}",
        "import-done": f"{IMPORT}/{found['done']}", "import-undone": f"{IMPORT}/{found['undone']}",
        "import-undo": (f"{IMPORT}/{found['done']}", lambda page: page.click("text=Take it back")),
    }  # fmt: skip


def _no_address(page: Page) -> None:
    page.select_option("[name=to-0]", "")
    page.check("#consent")
    page.click("text=Try it")


def audience(made: Made) -> Pages:
    """Segments."""
    home, found = "/contacts/segments", made.audience
    return {
        "segments": home, "segments-none": f"{home}?q=nobody", "segments-archived": f"{home}?show=archived",
        "segments-undo": f"{home}?gone={found.old}", "segment-new": f"{home}/new",
        "segment": f"{home}/{found.pro}", "segment-quiet": f"{home}/{found.quiet}",
        "segment-archived": f"{home}/{found.old}", "segment-gone": f"{home}/{found.gone}",
        "segment-typed": (f"{home}/new", _type_query), "segment-wrong": (f"{home}/new", _save_wrong),
    }  # fmt: skip


def _type_query(page: Page) -> None:
    page.fill("#query", "seats > 3 or vip is yes")
    page.locator("[data-found] .question").wait_for()


def _save_wrong(page: Page) -> None:
    page.fill("#query", 'seats > 3 and pan is "pro" and in team "Nowhere"')
    page.click("text=Save the segment >> nth=-1")


def people(made: Made) -> Pages:
    """Coming in, who may, and who did what."""
    came = made.coming
    return {
        "people": "/people", "people-found": "/people?q=example&role=user", "people-none": "/people?q=zzz",
        "people-invited": ("/people", _invite), "hand-over": f"/people/{came.heir}/owner",
        "people-remove": ("/people", lambda page: page.click("text=Remove >> nth=0")),
        "acts": "/acts", "acts-none": "/acts?q=nobody", "ask-link": "/signin/link",
        "link-mailed": ("/signin/link", _ask_link), "link": f"/signin/link/{came.link}",
        "link-over": f"/signin/link/{came.used}", "reset": f"/signin/reset/{came.reset}",
        "invitation": f"/invitation/{came.invitation}",
    }  # fmt: skip


def _invite(page: Page) -> None:
    page.fill("#addresses", "Hana Ito <hana@example.org>\nemi@example.org, hana@example.org\nnobody at nowhere")
    page.click("text=Invite them")


def _ask_link(page: Page) -> None:
    page.fill("#email", "carla@example.org")
    page.click("text=Mail me a link")
