"""Teams and what their managers do; entries, the next digest; a recipient's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import db
from engine import models as m
from tests.pages.made import Made, Pages

if TYPE_CHECKING:
    from playwright.sync_api import Page


def managing(made: Made, team: str) -> Pages:
    """What a manager does with a team, up to the page that says what will happen."""
    bounced, held = made.scene.members[3], made.scene.members[2]
    return {
        "members": f"{team}/members", "schedule": f"{team}/schedule",
        "schedule-preview": (f"{team}/schedule", _preview),
        "days-off": f"{team}/days-off", "days-off-empty": f"/teams/{made.bare}/days-off",
        "days-off-paused": f"/teams/{made.paused}/days-off",
        "why-bounced": f"{team}/members/{bounced.id}/why",
        "why-paused": f"{team}/members/{held.id}/why",
        "skip-ask": (team, lambda page: page.click("text=Skip today")),
        "ask-now-ask": (f"/teams/{made.asked}", lambda page: page.click("text=Ask now")),
        "pause-ask": (f"{team}/days-off", lambda page: page.click("form[action$=pause] button")),
    }  # fmt: skip


def _preview(page: Page) -> None:
    page.fill("#question-1", "What stands in your way?")
    page.fill("#prompt_at", "02:30")
    page.click("text=Preview")


def channels(made: Made, team: str) -> Pages:
    """Where a team's answers are posted."""
    mended = f"{team}/channels/{made.chat.mended}"
    return {
        "channels": f"{team}/channels", "channels-none": f"/teams/{made.bare}/channels",
        "channel": f"{team}/channels/new", "channel-failing": f"{team}/channels/{made.chat.failing}",
        "channel-mended": mended, "channel-wrong": (mended, _nothing),
    }  # fmt: skip


def _nothing(page: Page) -> None:
    for one in ("entries", "digest"):
        page.uncheck(f"#gets-{one}")
    page.click("text=Save the channel")


def entries(made: Made) -> Pages:
    """What a team has written, and its next digest."""
    team, empty, one = f"/teams/{made.written.team.id}", f"/teams/{made.bare}", made.written.edited
    return {
        "entries": f"{team}/entries", "entries-found": f"{team}/entries?q=export+bill",
        "entries-none": f"{team}/entries?q=nothing+like+it&kind=done", "entries-empty": f"{empty}/entries",
        "entries-edit": f"{team}/entries?edit={one}#e{one}", "entries-removed": f"{team}/entries?show=removed",
        "entries-comment": f"{team}/entries?comment={one}#e{one}",
        "entries-comment-day": (f"{team}/entries", lambda page: page.click("text=Comment on the day >> nth=0")),
        "entries-comment-wrong": (f"{team}/entries?comment={one}#e{one}", lambda page: page.click("text=Add comment")),
        "entries-undo": (f"{team}/entries", _take_away),
        "entries-unsaid": (f"{team}/entries", lambda page: page.click(".comments button >> nth=0")),
        "entry-history": f"{team}/entries/{one}", "entry-gone": f"{team}/entries/{made.written.removed}",
        "entry-wrong": (f"{team}/entries/{made.written.entries[0]}", _write_nothing),
        "digest-next": (f"{team}/digest?member={made.written.members[0].id}", _framed),
        "digest-text": f"{team}/digest?view=text", "digest-nobody": f"{empty}/digest",
    }  # fmt: skip


def _framed(page: Page) -> None:
    page.frame_locator("iframe").locator("h1").wait_for()


def _take_away(page: Page) -> None:
    page.click("text=Change >> nth=4")
    page.click("text=Remove it")


def _write_nothing(page: Page) -> None:
    page.click("text=Change it")
    page.fill("#text", "---")
    page.click("text=Save")


def me(made: Made) -> Pages:
    """A recipient's own pages."""
    bikram, carla, paused, _, farid, grace = (f"/me/{made.scene.link(member)}" for member in made.scene.members)
    return {
        "me": farid, "me-answered": bikram, "me-mend": (bikram, lambda page: page.click("summary >> nth=0")),
        "me-later": carla, "me-wrong": (farid, lambda page: page.click("main form .btn-primary")),
        "me-paused": paused, "me-history": f"{bikram}/history", "me-history-none": f"{bikram}/history?q=nothing",
        "me-team": f"{farid}/team", "me-hours": f"{farid}/hours", "me-hours-paused": f"{paused}/hours",
        "me-away": f"{grace}/away", "me-away-none": f"{carla}/away?month=2027-02", "me-stop": f"{farid}/stop",
        "me-said": f"/me/{made.scene.link(made.written.members[0])}/team",
        "me-said-own": f"/me/{made.scene.link(made.written.members[0])}/history",
        "me-stop-paused": f"{paused}/stop", **_answers(made, bikram),
        "me-leave": (f"{farid}/stop", lambda page: page.click("text=Leave the team")),
    }  # fmt: skip


def _answers(made: Made, me: str) -> Pages:
    """One answer: as it was recorded, and with all of it removed."""
    with db.begin() as conn:
        a, bikram = m.Answer, made.scene.members[0]
        answer_id = conn.scalar(select(a.id).where(a.membership_id == bikram.id).order_by(a.id.desc()).limit(1))
    page = f"{me}/answers/{answer_id}"
    return {
        "me-recorded": page, "me-recorded-mend": (page, lambda page: page.click("summary >> nth=0")),
        "me-recorded-none": (page, lambda page: page.click("text=This was no answer")),
    }  # fmt: skip
