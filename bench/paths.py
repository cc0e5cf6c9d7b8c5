"""Every page that is measured: for each GET route of the application who asks, and with what in path and query.

tests/bench/test_web.py fails by name for a route that has no line here, so that no page escapes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from werkzeug.routing import Map, Rule

OWNER, MANAGER, MEMBER, NOBODY = "owner", "manager", "member", ""
STATEMENTS = 12  # that a page may take


@dataclass(frozen=True, slots=True)
class Page:
    """How a route is asked for. `queries`: one request each; `{name}` in one is a fact of bench.facts.

    `given`: which fact stands for a part of the path, where it is not the one of its name. `caught`: only there while
    mail is caught on this machine. `download`: a file, of which the first bytes count. `status`: what is answered, None
    where it depends on the hour. `statements`: how many it may take.
    """

    role: str
    queries: Sequence[str] = ("",)
    given: Mapping[str, str] = field(default_factory=dict)
    caught: bool = False
    download: bool = False
    status: int | None = 200
    statements: int = STATEMENTS


def link(token: str, *queries: str, status: int = 200) -> Page:
    """A page behind a link of somebody who need not sign in."""
    return Page(NOBODY, queries or ("",), {"token": token}, status=status)


def of_run(run: str, *queries: str, download: bool = False) -> Page:
    """A page of one run."""
    return Page(OWNER, queries or ("",), {"run_id": run}, download=download)


PAGES: dict[str, Page] = {
    # coming in
    "signin.home": Page(OWNER, status=302),
    "signin.sign_in": Page(NOBODY),
    "letters.ask_link": Page(NOBODY),
    "letters.ask_reset": Page(NOBODY),
    "letters.link": link("signin"),
    "letters.reset": link("reset"),
    "letters.invitation": link("invitation"),
    "setup.first": Page(NOBODY, status=302),
    # oneself
    "account.show": Page(OWNER),
    # the people of the workspace
    "people.index": Page(OWNER, ("", "?q={surname}", "?q={nowhere}", "?after={account_id}", "?role=admin")),
    "people.heir": Page(OWNER),
    "contacts.index": Page(OWNER, (
        "", "?q={surname}", "?q={nowhere}", "?q=example.org", "?tag={nowhere}", "?team={team_id}", "?standing=refused",
        "?consent=mail:given", "?suppressed=yes", "?before={contact_id}",
    )),
    "contacts.as_csv": Page(OWNER, ("", "?q={surname}"), download=True),
    "contacts.new": Page(OWNER),
    "contacts.attributes": Page(OWNER),
    "contacts.topics": Page(OWNER),
    "contacts.one": Page(OWNER, ("", "?show=mails", "?show=answers")),
    "contacts.as_json": Page(OWNER, download=True, statements=40),  # one for each place in which a person's rows are
    "contacts.edit": Page(OWNER),
    "contacts_import.index": Page(OWNER, ("", "?before=1000000")),
    "contacts_import.one": Page(OWNER),
    "contacts_import.numbers": Page(OWNER),
    "contacts_import.faults": Page(OWNER, download=True),
    "acts.index": Page(OWNER, (
        "", "?before={old_act}", "?q={surname}", "?q={nowhere}", "?act=invited", "?noun=team&id=7",
        "?act=set_up", "?since={old_day}&until={old_day}",
    )),
    "acts.as_csv": Page(OWNER, ("", "?q={surname}"), download=True),
    # teams
    "team.index": Page(OWNER, ("", "?q=sales", "?q={nowhere}")),
    "team.show": Page(MANAGER),
    "team.today": Page(MEMBER, ("", "?show=waiting", "?q={surname}")),
    "team.members": Page(MANAGER, ("", "?q={surname}", "?q={nowhere}")),
    "team.why": Page(MANAGER),
    "team.days_off": Page(MANAGER),
    "team.schedule": Page(MANAGER),
    "team.new_member": Page(MANAGER),
    "team.member": Page(MANAGER),
    "team.new_channel": Page(MANAGER, ("", "?kind=webhook")),
    "team.channels": Page(MANAGER),
    "team.conversations": Page(MANAGER, ("", "?q={surname}", "?q={nowhere}")),
    "team.conversation": Page(MANAGER),
    "team.write": Page(MANAGER),
    "team.channel": Page(MANAGER),
    "entries.index": Page(MANAGER, (
        "", "?after={old_no}", "?q={common}", "?q={common}&after={old_no}", "?q={rare}", "?q={nowhere}",
        "?who={membership_id}", "?tag={tag}", "?kind=blocked", "?question=What%20is%20next%3F",
        "?from={old_day}&to={old_day}",
        "?show=removed", "?q={common}&who={membership_id}&tag={tag}",
    )),
    "entries.one": Page(MANAGER),
    "entries.as_csv": Page(MANAGER, ("", "?q={common}", "?q={rare}"), download=True),
    "entries.as_markdown": Page(MANAGER, ("", "?q={common}"), download=True),
    "digests.show": Page(MANAGER, ("", "?member={membership_id}", "?member={membership_id}&view=text")),
    "digests.frame": Page(MANAGER, ("?member={membership_id}",)),
    # a recipient's own pages
    "me.show": link("me"),
    "me.team": link("me", "", "?after={old_no}", "?q={common}", "?q={nowhere}"),
    "me.history": link("me", "", "?before={old_day}", "?q={common}", "?q={rare}", "?q={nowhere}"),
    "me.recorded": link("me"),
    "me.own_hours": link("me"),
    "me.days": link("me", "", "?month={today}"),
    "me.stop": link("me"),
    "me.unsubscribe": link("out"),
    # mail settings
    "setup.mail": Page(OWNER),
    "setup.test": of_run("notice_run"),
    "setup.test_state": of_run("notice_run"),
    "relays.index": Page(OWNER),
    "relays.new": Page(OWNER),
    "relays.one": Page(OWNER),
    "dkim.index": Page(OWNER),
    "keeping.index": Page(OWNER),
    "tracking.index": Page(OWNER),
    "system.index": Page(OWNER),
    "system.numbers": Page(OWNER),
    "system.as_json": Page(OWNER),
    "design.show": Page(OWNER),
    "design.part": Page(OWNER),
    # deliveries
    "deliveries.index": Page(OWNER, (
        "", "?before_run={old_run}&before_seq=1", "?q={member}", "?q={surname}", "?q={nowhere}", "?state=sent",
        "?state=in_doubt", "?state=complained", "?state=bounced", "?kind=notice", "?kind=digest&state=failed",
        "?run={big_run}", "?q={surname}&state=bounced", "?words=user+unknown", "?words={nowhere}", "?team={team_id}",
        "?person={contact_id}", "?since={old_day}&until={old_day}", "?team={team_id}&state=bounced",
    )),
    "deliveries.as_csv": Page(OWNER, ("", "?q={surname}", "?state=bounced"), download=True),
    "deliveries.one": of_run("big_run"),
    "chain.show": Page(OWNER),
    "chain.of_delivery": Page(OWNER, ("",), {"run_id": "big_run"}, status=302),
    "chain.of_campaign": Page(OWNER, ("",), {"run_id": "big_run"}, status=None),
    "chain.of_entry": Page(OWNER, status=302),
    "delivery_health.index": Page(OWNER, ("", "?by=day", "?by=from", "?provider=gmail", "?provider={nowhere}")),
    "delivery_health.table": Page(OWNER, download=True),
    "runs.show": of_run("big_run"),
    "runs.numbers": of_run("big_run"),
    "runs.as_json": of_run("big_run"),
    "runs.as_csv": of_run("big_run", download=True),
    "doubts.index": Page(OWNER, ("", "?kind=digest", "?run={doubt_run}", "?before_run={old_run}&before_seq=1")),
    "doubts.as_csv": Page(OWNER, download=True),
    "held.index": Page(OWNER, (
        "", "?state=noted", "?sender={surname}", "?reason={nowhere}", "?state=noted&reason={nowhere}",
        "?before={old_inbound}", "?since={old_day}&until={old_day}", "?person={contact_id}",
    )),
    "held.choose": Page(OWNER, ("?team={team_id}&member={membership_id}&part={part_id}",)),
    "held.one": Page(OWNER),
    "held.source": Page(OWNER),
    "held.robots": Page(OWNER),
    "reread.index": Page(OWNER),
    "reread.numbers": Page(OWNER),
    "leavers.index": Page(OWNER),
    "newcomers.index": Page(OWNER, ("", "?show=refused")),
    "conversations.index": Page(OWNER, (
        "", "?q={surname}", "?q={nowhere}", "?status=&before={conversation_id}", "?status=",
        "?unread=1", "?assignee=me", "?status=closed&team={team_id}",
    )),
    "campaigns.index": Page(OWNER),
    "campaigns.new": Page(OWNER),
    "campaigns.show": Page(OWNER, status=None),  # the crowd has launched none so far
    "campaigns.numbers": Page(OWNER, status=None),
    # bench.campaign_report measures them with a campaign that was sent
    "campaign_report.show": Page(OWNER, status=None),
    "campaign_report.numbers": Page(OWNER, status=None),
    "campaign_report.listed": Page(OWNER, given={"name": "list"}),
    "campaign_report.as_csv": Page(OWNER, given={"name": "list"}, download=True),
    "campaign_whom.show": Page(OWNER, status=None),
    "campaign_plan.show": Page(OWNER, status=None),
    "campaign_dry.show": Page(OWNER, status=None),
    "campaign_dry.numbers": Page(OWNER, status=None),
    "campaign_dry.as_csv": Page(OWNER, status=None, download=True),
    "campaign_limits.show": Page(OWNER),
    "campaign_again.rest": Page(OWNER, status=None),
    "campaign_one.show": Page(OWNER),
    "conversations.one": Page(OWNER),
    "content.show": Page(OWNER, ("", "?who={surname}")),
    "content.listed": Page(OWNER),
    "segments.index": Page(OWNER, ("", "?q={nowhere}", "?show=archived")),
    "segments.new": Page(OWNER),
    "segments.one": Page(OWNER),
    "doors.show": link("door"),
    "mailbox.index": Page(OWNER, ("", "?q={surname}", "?q={nowhere}"), caught=True),
    "mailbox.one": Page(OWNER, ("", "?view=source"), {"mail_id": "mail"}, caught=True),
    "mailbox.frame": Page(OWNER, ("",), {"mail_id": "mail"}, caught=True),
    # what mails lead to
    "track.link": link("hidden"),
    "track.picture": link("picture"),
    "leaving.page": link("leave"),
    "preferences.show": link("leave"),
    # machines
    "health.livez": Page(NOBODY),
    "health.readyz": Page(NOBODY, status=None),  # no worker and no listener runs here
    "health.metrics": Page(NOBODY),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """One request that is measured. `shown` is its query as it is written here, which names what it is for."""

    endpoint: str
    path: str
    shown: str
    page: Page


def rules(routes: Map) -> dict[str, Rule]:
    """The GET routes by name; of several the one with the shortest path."""
    found: dict[str, Rule] = {}
    for rule in sorted(routes.iter_rules(), key=lambda rule: len(rule.rule), reverse=True):
        if "GET" in (rule.methods or ()) and not rule.endpoint.endswith("static"):
            found[rule.endpoint] = rule
    return found


def missing(routes: Map) -> set[str]:
    """The routes without a line in PAGES."""
    return set(rules(routes)) - set(PAGES)


def requests(routes: Map, facts: Mapping[str, str]) -> list[Request]:
    """Everything that is asked for. Raises KeyError by name for a route without a line."""
    found = []
    for endpoint, rule in sorted(rules(routes).items()):
        page = PAGES[endpoint]
        given = {**facts, **{part: facts[name] for part, name in page.given.items()}}
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part, of=given: of[part[1]], rule.rule)  # type: ignore[misc]
        found += [Request(endpoint, path + query.format(**facts), query, page) for query in page.queries]
    return found
