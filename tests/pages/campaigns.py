"""Campaigns: from the list to what they say, what became of them, and who leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pages.made import Made, Pages

if TYPE_CHECKING:
    from playwright.sync_api import Page

LEAVERS = "/held/leaving"


def campaigns(made: Made) -> Pages:
    """Campaigns: the list, one in each state with a face of its own, and what is decided on the way."""
    found = made.campaigns
    empty, ready, trying, running = (
        f"/campaigns/{one}" for one in (found.empty, found.ready, found.trying, found.running)
    )
    return {
        "campaigns": "/campaigns", "campaign-empty": empty, "campaign-ready": ready, "campaign-running": running,
        "campaign-for-segment": f"/campaigns/new?segment={made.audience.pro}",
        "campaign-wrong": (empty, lambda page: page.click("text=Launch …")),
        "campaign-launch": (ready, lambda page: page.click("text=Launch …")),
        "campaign-whom": f"{ready}/whom", "campaign-whom-everybody": f"{empty}/whom",
        "campaign-whom-pasted": (f"{ready}/whom", _paste), "campaign-whom-wrong": (f"{empty}/whom", _wrong_whom),
        "campaign-whom-running": f"{running}/whom",
        "campaign-plan": f"{ready}/plan", "campaign-plan-now": f"{empty}/plan",
        "campaign-plan-wrong": (f"{empty}/plan", _wrong_plan), "campaign-plan-running": f"{running}/plan",
        "campaign-dry": f"{ready}/dry-run", "campaign-dry-none": f"{empty}/dry-run",
        "campaign-dry-busy": f"{trying}/dry-run", "campaign-limits": "/settings/campaigns",
    }  # fmt: skip


def _paste(page: Page) -> None:
    page.click("summary:has-text('Paste a list')")
    page.fill("#pasted", "Bikram <bikram@example.org>, carla@example.org\ndana@example.org")
    page.click("text=Put them into the query")


def _wrong_whom(page: Page) -> None:
    page.fill("#query", 'seats > 3 and pan is "pro"')
    page.click("text=Save to whom it goes >> nth=-1")


def _wrong_plan(page: Page) -> None:
    page.select_option("#send_when", "at")
    page.fill("#quiet_from", "22:00")
    page.click("text=Save when and how")


def content(made: Made) -> Pages:
    """What a campaign says."""
    page = f"/campaigns/{made.content}/content"
    return {
        "content": f"{page}?who=bikram", "content-nobody": f"{page}?who=nobody",
        "content-language": f"{page}?locale=de",
        "content-wrong": (page, _wrong_text), "content-weak": (page, _weak_text),
        "content-open": (page, _open_all),
        "versions": f"{page}/versions",
        "versions-ask": (f"{page}/versions", lambda page: page.click("text=Go back to it >> nth=0")),
    }  # fmt: skip


def _open_all(page: Page) -> None:
    closed = page.locator("main details:not([open]) > summary")
    while closed.count():  # what is open is no longer among them
        closed.first.click()


def _wrong_text(page: Page) -> None:
    page.fill("#body", "Hi {{ frist_name }},\n\nsee you in {{ attributes.city|safe }}\n\n{% if name %}soon.")
    page.click("text=Save as a new version")


def _weak_text(page: Page) -> None:
    page.fill("#body", "Hi,\n\nsee [what is on](program.html) and ![](cid:map)")
    page.click("button:has-text('Look at it')")


def reported(made: Made) -> Pages:
    """What became of a campaign."""
    of = made.reported
    page = f"/campaigns/{of.campaign_id}/report"
    pages: Pages = {
        "report": page, "report-none": f"/campaigns/{of.draft_id}/report",
        "report-quiet": f"/campaigns/{of.quiet_id}/report",
        "report-hours": (page, lambda page: page.click("#hours-table summary")),
        "report-list": f"{page}/list/accepted",
        "report-list-link": f"{page}/list/link_machine?key={min(of.links.values())}",
        "report-list-reason": f"{page}/list/reason?key=bounced%7C550%7C",
        "report-list-nobody": f"{page}/list/unsent",
    }  # fmt: skip
    return pages | _after(made)


def _after(made: Made) -> Pages:
    """What follows from a report: the rest, a letter to one, and one recipient's chain."""
    of = made.reported
    rest, emi = f"/campaigns/{of.campaign_id}/rest", f"/campaigns/to/{made.scene.members[3].contact_id}"
    return {
        "rest": rest, "rest-none": f"/campaigns/{of.draft_id}/rest",
        "rest-sent": (f"/campaigns/{of.quiet_id}/rest", lambda page: page.check("#new")),
        "those": (f"/campaigns/{of.campaign_id}/report/list/silent", lambda page: page.click("text=Write to them …")),
        "one": emi, "one-look": (emi, _look_at_one), "one-wrong": (emi, _send_wrong_one),
        "campaign-chain": f"/chain/campaign/{of.run_id}/8", "campaign-chain-hits": f"/chain/campaign/{of.run_id}/12",
        "campaign-chain-bounced": f"/chain/campaign/{of.run_id}/1",
    }  # fmt: skip


def _look_at_one(page: Page) -> None:
    page.fill("#subject", "Your talk on Friday")
    page.fill("#body", "Dear {{ first_name }},\n\nhow did it *go*? The [slides](https://slides.example/) are here.")
    page.click("text=Look at it")


def _send_wrong_one(page: Page) -> None:
    page.fill("#body", "Dear {{ frist_name }}")
    page.click("main .btn-primary")


def leaving(made: Made) -> Pages:
    """What is tracked, and who leaves."""
    leave = made.campaign.leave(1)
    return {
        "tracking": "/settings/tracking", "leavers": LEAVERS,
        "leavers-ask": (LEAVERS, lambda page: page.click("text=Unsubscribe them …")),
        "leave-held": leave, "leave-left": (leave, lambda page: page.click("main .btn-primary")),
        "preferences": leave.replace("/leave/", "/preferences/").rpartition("/")[0],
    }  # fmt: skip
