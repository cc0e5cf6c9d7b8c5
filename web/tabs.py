"""Pages as tabs, one line per page: of a team, of who runs the instance, of a recipient behind their link."""

from __future__ import annotations

from typing import NamedTuple

from flask import Flask, request
from flask_login import current_user

from engine.people import rights


class Tab(NamedTuple):
    """A page: the route, what it is called, the action of the table of rights that it is, its key after `g`."""

    endpoint: str
    label: str
    action: str = "see_team"
    key: str = ""

    @property
    def blueprint(self) -> str:
        """What the pages have in common that belong to this one."""
        return self.endpoint.partition(".")[0]


TEAM = (
    Tab("team.show", "Today"),
    Tab("entries.index", "Entries"),
    Tab("digests.show", "Next digest"),
    Tab("team.members", "Members"),
    Tab("team.schedule", "Schedule", "change_schedule"),
    Tab("team.days_off", "Days off", "change_schedule"),
    Tab("team.channels", "Channels"),
    Tab("team.conversations", "Conversations", "read_team_conversations"),
)
CAMPAIGN = (
    Tab("campaigns.show", "Campaign"),
    Tab("content.show", "What it says"),
    Tab("campaign_whom.show", "To whom"),
    Tab("campaign_plan.show", "When and how"),
    Tab("campaign_dry.show", "Dry run"),
    Tab("campaign_report.show", "Report"),
)
CONTACTS = (
    Tab("contacts.index", "Contacts"),
    Tab("segments.index", "Segments"),
    Tab("contacts_import.index", "Import"),
    Tab("contacts.topics", "Topics"),
    Tab("contacts.attributes", "Attributes"),
)
ME = (
    Tab("me.show", "Today"),
    Tab("me.history", "What I wrote"),
    Tab("me.team", "Team"),
    Tab("me.own_hours", "Hours"),
    Tab("me.days", "Days away"),
    Tab("me.stop", "Fewer mails"),
)
# The first one is where "Operations" in the menu leads.
OPERATIONS = (
    Tab("deliveries.index", "Deliveries", "see_deliveries", "d"),
    Tab("doubts.index", "In doubt", "settle_doubts", "b"),
    Tab("conversations.index", "Conversations", "read_conversations", "c"),
    Tab("held.index", "Held mail", "read_held", "i"),
    Tab("delivery_health.index", "Health", "see_deliveries", "h"),
    Tab("setup.mail", "Mail settings", "change_mail_settings", "e"),
    Tab("relays.index", "Relays", "change_relays", "r"),
    Tab("system.index", "System", "see_system", "s"),
)
# Pages one comes to from a tab's own: their blueprint, and the tab's.
BELOW = {
    "runs": "deliveries", "chain": "deliveries", "dkim": "setup", "keeping": "setup", "newcomers": "held",
    "reread": "held", "tracking": "setup", "leavers": "held", "campaign_limits": "setup",
}  # fmt: skip


def operations() -> list[Tab]:
    """The pages of who runs the instance that the signed-in person may open."""
    if not current_user.is_authenticated:
        return []
    return [tab for tab in OPERATIONS if rights.may(current_user.principal, tab.action)]


def tab_here() -> str:
    """The blueprint of the tab of operations that this page belongs to; empty for other pages."""
    name = BELOW.get(request.blueprint or "", request.blueprint)
    return next((tab.blueprint for tab in OPERATIONS if tab.blueprint == name), "")


def install(app: Flask) -> None:
    """Give templates `team_tabs()` and the others, `operations()` and `tab_here()`."""
    app.jinja_env.globals.update(
        team_tabs=lambda: TEAM, me_tabs=lambda: ME, campaign_tabs=lambda: CAMPAIGN, contact_tabs=lambda: CONTACTS,
        operations=operations, tab_here=tab_here,
    )  # fmt: skip
