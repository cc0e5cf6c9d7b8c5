"""The pages that tests/shots.py takes, by name, and their data. A page may be used a little before it is taken."""

from __future__ import annotations

from engine.tokens import Purpose
from engine.transports import registry
from tests.pages import campaigns, operations, people, talking, teams
from tests.pages.campaigns import LEAVERS
from tests.pages.made import EMAIL, PASSWORD, Made, Pages, fill, no_catcher, set_up
from tests.pages.operations import RELAYS
from tests.pages.people import IMPORT

CHAT = [kind for kind, service in registry.SERVICES.items() if service.offered]
FIRST: Pages = {"first": "/"}  # nobody has an account yet
STRANGER: Pages = {"signin": "/signin", "signin-wrong": ("/signin", lambda page: page.click("main button"))}
EMPTY: Pages = {
    "deliveries-empty": "/deliveries", "doubts-empty": "/doubts", "health-empty": "/deliveries/health",
    "relays-empty": RELAYS, "system-empty": "/system", "conversations-empty": "/conversations",
    "newcomers-empty": "/held/people", "leavers-empty": LEAVERS, "segments-empty": "/contacts/segments",
    "imports-empty": IMPORT,
    "campaigns-empty": "/campaigns", "campaign-new": "/campaigns/new",
}  # fmt: skip


def caught(made: Made) -> Pages:
    """Pages of an instance that keeps its mail here."""
    farid = made.scene.members[4]
    team, link = f"/teams/{made.scene.team.id}", made.scene.link
    kinds: Pages = {f"channel-{kind}": f"{team}/channels/new?kind={kind}" for kind in CHAT}
    return kinds | {
        "teams": "/teams", "teams-none": "/teams?q=nobody", "team": team, "team-empty": f"/teams/{made.bare}",
        "team-group": f"{team}?show=out", "team-paused": f"/teams/{made.paused}", **teams.managing(made, team),
        "member": f"{team}/members/new", **teams.channels(made, team), **teams.me(made),
        "unsubscribe": f"/u/{link(farid, Purpose.UNSUBSCRIBE)}",
        **people.imports(made),
        "mailbox": "/mailbox", "mail": f"/mailbox/{made.mail}",
        "mail-text": f"/mailbox/{made.mail}?view=text",
        "mail-source": f"/mailbox/{made.mail}?view=source", "account": "/account", "mail-settings": "/setup/mail",
        "relays-caught": RELAYS, "lost": "/teams/999", "design": "/design", **people.contacts(made),
        **people.people(made), **teams.entries(made),
    }  # fmt: skip


def delivering(made: Made) -> Pages:
    """The pages of deliveries and campaigns, on an instance with relays."""
    pages = operations.operations(made) | campaigns.leaving(made) | people.audience(made) | campaigns.campaigns(made)
    pages |= campaigns.content(made) | talking.traced(made) | talking.talking(made) | campaigns.reported(made)
    return pages


__all__ = ["EMAIL", "EMPTY", "FIRST", "PASSWORD", "STRANGER", "Made", "Pages", "caught", "delivering", "fill",
           "no_catcher", "set_up"]  # fmt: skip
