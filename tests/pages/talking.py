"""Conversations, people who wrote unasked; who got what, and mail that came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pages.made import Made, Pages

if TYPE_CHECKING:
    from playwright.sync_api import Page


def talking(made: Made) -> Pages:
    """Conversations, and people who wrote unasked."""
    found, team = made.talk, f"/teams/{made.scene.team.id}"
    return {
        "conversations": "/conversations", "conversations-none": "/conversations?q=nobody+like+this",
        "conversation": f"/conversations/{found.conversation}", "conversations-team": f"{team}/conversations",
        "conversation-team": f"{team}/conversations/{found.conversation}", "newcomers": "/held/people",
        "newcomers-refused": "/held/people?show=refused",
        "newcomers-let-in": ("/held/people", lambda page: page.click("text=Let in … >> nth=0")),
        "newcomers-undo": ("/held/people", _turn_away), "held-message": f"/held/{found.mail}",
        "newcomer-mails": ("/held/people", lambda page: page.click("td[data-label=Mails] a >> nth=0")),
        "newcomer-mail": ("/held/people", lambda page: page.click("td[data-label='Latest mail'] a >> nth=0")),
        "address-wrong": (f"{team}/schedule", _wrong_address),
        "conversations-bare": f"/teams/{made.bare}/conversations",
        "conversations-any": "/conversations?status=", "conversations-closed": "/conversations?status=closed",
        "talk-answered": f"/conversations/{made.answered.conversation}",
        "talk-refused": (f"/conversations/{made.answered.conversation}", lambda page: page.click("text=Keep the note")),
        "talk-write-member": f"{team}/members/{made.scene.members[0].id}/write",
        "talk-write-wrong": (
            f"{team}/members/{made.scene.members[0].id}/write", lambda page: page.click("main .btn-primary")
        ),
        "talk-door": made.answered.door,
        "talk-door-wrong": (made.answered.door, lambda page: page.click("main .btn-primary")),
    }  # fmt: skip


def _turn_away(page: Page) -> None:
    page.click("text=Turn away … >> nth=0")
    page.click("main form button.btn-danger")


def _wrong_address(page: Page) -> None:
    page.fill("#local", "postmaster")
    page.click("text=Save the address")


def traced(made: Made) -> Pages:
    """Who got it and what happened: the search, chains, and mail that came in."""
    found, bikram, emi = made.traced, made.scene.members[0], made.scene.members[3]
    assign = f"/held/{found.held}/assign?team={made.scene.team.id}"
    return {
        "search-name": "/deliveries?q=bikram", "search-person": f"/deliveries?person={emi.contact_id}",
        "search-reason": "/deliveries?words=no+such+user", "search-doubt": "/deliveries?state=in_doubt",
        "chain-answered": f"/chain/{found.answered}", "chain-bounced": f"/chain/{found.bounced}",
        "chain-waits": f"/chain/{found.waits}", "chain-away": f"/chain/{found.away}",
        "held": "/held", "held-none": "/held?reason=nothing", "held-noted": "/held?state=noted",
        "held-mail": f"/held/{found.known}", "held-html": f"/held/{found.held}", "held-parked": f"/held/{found.parked}",
        "held-routed": f"/held/{found.assigned}", "assign": f"/held/{found.known}/assign",
        "held-order": f"/held/{found.ordering}", "assign-order": f"/held/{found.ordering}/assign",
        "assign-member": f"{assign}&member={bikram.id}", "assign-team": assign,
        "reread": "/held/reread", "reread-ask": ("/held/reread", lambda page: page.click("text=Apply 2 …")),
        "held-robots": ("/held", _mark_robot),
        "held-nothing-ticked": ("/held", lambda page: page.click("main fieldset .btn >> nth=0")),
    }  # fmt: skip


def _mark_robot(page: Page) -> None:
    page.check("[name=row] >> nth=-1")
    page.click("text=Robots wrote them")
