"""The main menu, and where `g` and a letter lead."""

from __future__ import annotations

from typing import NamedTuple

from flask import Flask, request
from flask_login import current_user

from web import tabs
from web.shown import mailbox_open

# Pages one comes to from a line of the menu: their blueprint, and the line's name.
BELOW = {
    "acts": "people", "segments": "contacts", "contacts_import": "contacts", "content": "campaigns",
}  # fmt: skip


class Item(NamedTuple):
    """A line of the menu: its name for `menu_here`, its route, its key after `g` where tabs have none, its label."""

    name: str
    endpoint: str
    key: str
    label: str


def main_menu() -> list[Item]:
    """The main menu of the signed-in person."""
    items = [Item("team", "team.index", "t", "Teams")]
    operating = tabs.operations()
    if operating:
        items.append(Item("operations", operating[0].endpoint, "", "Operations"))
    if current_user.is_authenticated and current_user.principal.is_admin:
        items.append(Item("contacts", "contacts.index", "o", "Contacts"))
        items.append(Item("campaigns", "campaigns.index", "a", "Campaigns"))
        items.append(Item("people", "people.index", "p", "People"))
        if mailbox_open():
            items.append(Item("mailbox", "mailbox.index", "m", "Mailbox"))
    return items


def menu_keys() -> list[tuple[str, str, str]]:
    """Where `g` and a letter lead: the letter, the route, what it is called."""
    places = [(item.key, item.endpoint, item.label) for item in main_menu() if item.key]
    return places + [(tab.key, tab.endpoint, tab.label) for tab in tabs.operations() if tab.key]


def menu_here() -> str:
    """The name of the menu's line that the page belongs to."""
    if tabs.tab_here():
        return "operations"
    name = request.blueprint or ""
    if name in {tab.blueprint for tab in tabs.TEAM}:
        return "team"
    if name == "content" or name.startswith("campaign_"):
        return "campaigns"
    return BELOW.get(name, name)


def install(app: Flask) -> None:
    """Give templates what is above. A page may have things of its own called keys or here."""
    app.jinja_env.globals.update(main_menu=main_menu, menu_keys=menu_keys, menu_here=menu_here)
