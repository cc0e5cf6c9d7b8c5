"""The pages that tests/shots.py takes, by name, and their data. A page may be used a little before it is taken."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import config, db
from engine import models as m
from engine.people import teams, workspaces
from engine.people.accounts import Account
from engine.rounds import days_off, pausing, schedule
from engine.tokens import Purpose
from engine.transports import registry
from engine.transports.smtp.presets import PRESETS
from tests import factories as make
from tests.web import (
    answered_scene,
    audience_scene,
    campaign_scene,
    channel_scene,
    coming_scene,
    contacts_scene,
    content_scene,
    entries_scene,
    health_scene,
    import_scene,
    night_scene,
    report_scene,
    scene,
    talk_scene,
    trace_scene,
)
from tests.web.answered_scene import Answered
from tests.web.audience_scene import Audience
from tests.web.campaign_scene import Campaigns
from tests.web.channel_scene import Chat
from tests.web.coming_scene import Coming
from tests.web.contacts_scene import Contacts
from tests.web.entries_scene import Written
from tests.web.mails import catch
from tests.web.night_scene import Night
from tests.web.report_scene import Reported
from tests.web.scene import Scene
from tests.web.talk_scene import Talk
from tests.web.trace_scene import Traced
from tests.web.track import scene as track_scene
from tests.web.track.scene import Campaign

if TYPE_CHECKING:
    from playwright.sync_api import Page

EMAIL, PASSWORD = "ada@example.org", "a long enough secret"
RELAYS = "/settings/relays"
DKIM = "/settings/dkim"
LEAVERS = "/held/leaving"
IMPORT = "/contacts/import"
NAMES = ("Alma", "Boris", "Chidi", "Dora", "Elif")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "America/Sao_Paulo")
Act = Callable[["Page"], object]
CHAT = [kind for kind, service in registry.SERVICES.items() if service.offered]
Pages = dict[str, "str | tuple[str, Act]"]  # by name: a path, or one and what is done there first

FIRST: Pages = {"first": "/"}  # nobody has an account yet
STRANGER: Pages = {"signin": "/signin", "signin-wrong": ("/signin", lambda page: page.click("main button"))}
EMPTY: Pages = {
    "deliveries-empty": "/deliveries", "doubts-empty": "/doubts", "health-empty": "/deliveries/health",
    "relays-empty": RELAYS, "system-empty": "/system", "conversations-empty": "/conversations",
    "newcomers-empty": "/held/people", "leavers-empty": LEAVERS, "segments-empty": "/contacts/segments",
    "imports-empty": IMPORT,
    "campaigns-empty": "/campaigns", "campaign-new": "/campaigns/new",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """Ids to find things by."""

    scene: Scene
    night: Night
    bare: int  # a team without members
    paused: int  # a team that is paused
    asked: int  # a team that can be asked now
    mail: str  # in the mailbox
    coming: Coming
    chat: Chat
    written: Written
    traced: Traced
    talk: Talk
    campaign: Campaign
    audience: Audience
    contacts: Contacts
    answered: Answered
    lists: dict[str, int]  # imports of people, by state
    content: int  # a campaign that says something
    reported: Reported
    campaigns: Campaigns


def set_up() -> Account:
    """An instance as it is on its first day."""
    with db.begin() as conn:
        return workspaces.set_up(conn, "Acme", "Ada Keller", EMAIL, PASSWORD)


def fill(owner: Account) -> Made:
    """An evening, a night on duty and two weeks of mail."""
    with db.begin() as conn:
        made = scene.build(conn, owner, db.now(conn))
        health_scene.two_weeks(conn, owner.workspace_id, db.now(conn))
        night = night_scene.build(conn, owner, db.now(conn))
        bare = teams.make(conn, owner.principal, "Design", "Asia/Tokyo")
        coming = coming_scene.build(conn, owner, made)
        chat = channel_scene.build(conn, made, db.now(conn))
        written = entries_scene.build(conn, owner, db.now(conn))
        talk = talk_scene.build(conn, made)
        audience = audience_scene.build(conn, owner)
        answered = answered_scene.build(conn, owner, made)
        campaigns = campaign_scene.build(conn, owner, made.team.id)
        content = content_scene.build(conn, owner.principal, db.now(conn))
        traced = trace_scene.build(conn, owner, made)
        contacts = contacts_scene.build(conn, owner, made)
        lists = import_scene.build(conn, owner, db.now(conn))
        paused, asked = (_more(conn, owner, name) for name in ("Support", "Research"))
        pausing.pause_team(conn, owner.principal, paused, db.now(conn).date() + timedelta(days=9), db.now(conn))
        first = db.now(conn).date() + timedelta(days=5)
        days_off.add(
            conn, owner.principal, made.team.id, first, first + timedelta(days=1), "Spring break", db.now(conn)
        )
        campaign = track_scene.build(conn, owner, db.now(conn), count=8)
        track_scene.hold(conn, campaign, "corp.example (192.0.2.0/24)")
        reported = report_scene.build(conn, owner, db.now(conn))
    mail = catch(config.settings().mailbox_dir, to="bikram@example.org", received_at=datetime.now(UTC))
    return Made(
        made,
        night,
        bare,
        paused,
        asked,
        mail,
        coming,
        chat,
        written,
        traced,
        talk,
        campaign,
        audience,
        contacts,
        answered,
        lists,
        content,
        reported,
        campaigns,
    )


def _more(conn: db.Conn, owner: Account, name: str) -> int:
    """One more team, of twenty people who are asked every day."""
    team = make.team(conn, make.Workspace(owner.workspace_id, ""), name, weekdays=127)
    ids = [make.member(conn, team, f"{who} {name}", zone).id for who in NAMES for zone in ZONES]
    schedule.reschedule(conn, owner.workspace_id, ids, db.now(conn))
    return team.id


@contextmanager
def no_catcher() -> Iterator[None]:
    """Mail goes to relays, as in production, so that pages say what is true there."""
    os.environ["SIXPM_CATCHER"] = "false"
    config.settings.cache_clear()
    yield
    os.environ["SIXPM_CATCHER"] = "true"
    config.settings.cache_clear()


def caught(made: Made) -> Pages:
    """Pages of an instance that keeps its mail here."""
    farid = made.scene.members[4]
    team, link = f"/teams/{made.scene.team.id}", made.scene.link
    kinds: Pages = {f"channel-{kind}": f"{team}/channels/new?kind={kind}" for kind in CHAT}
    return kinds | {
        "teams": "/teams", "teams-none": "/teams?q=nobody", "team": team, "team-empty": f"/teams/{made.bare}",
        "team-group": f"{team}?show=out", "team-paused": f"/teams/{made.paused}", **_managing(made, team),
        "member": f"{team}/members/new", **_channels(made, team), **_me(made),
        "unsubscribe": f"/u/{link(farid, Purpose.UNSUBSCRIBE)}",
        **_imports(made),
        "mailbox": "/mailbox", "mail": f"/mailbox/{made.mail}",
        "mail-text": f"/mailbox/{made.mail}?view=text",
        "mail-source": f"/mailbox/{made.mail}?view=source", "account": "/account", "mail-settings": "/setup/mail",
        "relays-caught": RELAYS, "lost": "/teams/999", "design": "/design", **_contacts(made),
        **_people(made), **_entries(made),
    }  # fmt: skip


def _imports(made: Made) -> Pages:
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


def _me(made: Made) -> Pages:
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


def _channels(made: Made, team: str) -> Pages:
    """Where a team's answers are posted."""
    mended = f"{team}/channels/{made.chat.mended}"
    return {
        "channels": f"{team}/channels", "channels-none": f"/teams/{made.bare}/channels",
        "channel": f"{team}/channels/new", "channel-failing": f"{team}/channels/{made.chat.failing}",
        "channel-mended": mended, "channel-wrong": (mended, _nothing),
    }  # fmt: skip


def _managing(made: Made, team: str) -> Pages:
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


def _contacts(made: Made) -> Pages:
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


def _people(made: Made) -> Pages:
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


def _nothing(page: Page) -> None:
    for one in ("entries", "digest"):
        page.uncheck(f"#gets-{one}")
    page.click("text=Save the channel")


def _entries(made: Made) -> Pages:
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


def _invite(page: Page) -> None:
    page.fill("#addresses", "Hana Ito <hana@example.org>\nemi@example.org, hana@example.org\nnobody at nowhere")
    page.click("text=Invite them")


def _ask_link(page: Page) -> None:
    page.fill("#email", "carla@example.org")
    page.click("text=Mail me a link")


def delivering(made: Made) -> Pages:
    """The pages of deliveries, on an instance with relays."""
    first, night = f"/deliveries/{made.scene.run}", made.night
    run, ended = f"/deliveries/run/{made.scene.run}", f"/deliveries/run/{night.ended}"
    pages: Pages = {
        "deliveries": "/deliveries", "deliveries-run": f"/deliveries?run={made.scene.run}",
        "deliveries-none": "/deliveries?q=nobody", "delivery-sent": f"{first}/1",
        "delivery-doubt": f"{first}/2", "delivery-bounced": f"{first}/3", "delivery-deferred": f"{first}/4",
        "delivery-capped": f"/deliveries/{night.capped}/1", "delivery-rests": f"/deliveries/{night.resting}/1",
        "run": run, "run-capped": f"/deliveries/run/{night.capped}", "run-ended": ended,
        "run-cancel": (run, lambda page: page.click("form[action$=cancel] button")),
        "rest-wrong": (ended, lambda page: page.click("text=Send the rest …")), "rest-ask": (ended, _rest),
        "doubts": "/doubts", "doubts-none": "/doubts?kind=notice", "doubts-chosen": ("/doubts", _choose),
        "doubts-arrived": ("/doubts", lambda page: _settle(page, "arrived")),
        "doubts-resend": ("/doubts", lambda page: _settle(page, "resend")),
        "doubts-give-up": ("/doubts", lambda page: _settle(page, "give-up")),
        "health": "/deliveries/health", "health-day": "/deliveries/health?by=day",
        "health-none": "/deliveries/health?provider=nobody",
        "keeping": "/settings/keeping", "keeping-ask": ("/settings/keeping", lambda page: page.click("text=Go on …")),
        "system": "/system", "dkim-empty": DKIM, "dkim": (DKIM, _make_key), "dkim-wrong": (DKIM, _wrong_key),
        "dkim-anyway": (DKIM, lambda page: page.click("text=Sign with it")),
        "relay-tried": (f"{RELAYS}/new", _try_relay),
        "relays": RELAYS, "relay": f"{RELAYS}/{night.relay}", "relay-wrong": (f"{RELAYS}/new?preset=ses", _wrong),
        "relay-remove": (f"{RELAYS}/{night.relay}", lambda page: page.click("form[action$=remove] button")),
    }  # fmt: skip
    pages |= _leaving(made)
    pages |= _audience(made) | _campaigns(made) | _content(made) | _traced(made) | _talking(made)
    pages |= _reported(made)
    return pages | {f"relay-{name}": f"{RELAYS}/new?preset={name}" for name in PRESETS}


def _campaigns(made: Made) -> Pages:
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


def _content(made: Made) -> Pages:
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


def _reported(made: Made) -> Pages:
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


def _traced(made: Made) -> Pages:
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


def _audience(made: Made) -> Pages:
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


def _mark_robot(page: Page) -> None:
    page.check("[name=row] >> nth=-1")
    page.click("text=Robots wrote them")


def _leaving(made: Made) -> Pages:
    """What is tracked, and who leaves."""
    leave = made.campaign.leave(1)
    return {
        "tracking": "/settings/tracking", "leavers": LEAVERS,
        "leavers-ask": (LEAVERS, lambda page: page.click("text=Unsubscribe them …")),
        "leave-held": leave, "leave-left": (leave, lambda page: page.click("main .btn-primary")),
        "preferences": leave.replace("/leave/", "/preferences/").rpartition("/")[0],
    }  # fmt: skip


def _talking(made: Made) -> Pages:
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


def _try_relay(page: Page) -> None:
    page.fill("#host", "127.0.0.1")
    page.fill("#port", "1")
    page.click("text=Try these values")


def _make_key(page: Page) -> None:
    page.click("text=Make the key")


def _wrong_key(page: Page) -> None:
    page.fill("#domain", "other.example")
    page.click("text=Make the key")


def _rest(page: Page) -> None:
    page.check("[name=pick] >> nth=0")
    page.check("[name=pick] >> nth=1")
    page.fill("#why", "the addresses were mended")
    page.click("text=Send the rest …")


def _choose(page: Page) -> None:
    page.check("[name=row] >> nth=1")
    page.check("[name=row] >> nth=2")
    page.click("summary >> nth=0")


def _settle(page: Page, act: str) -> None:
    page.check("[data-tick-all]", force=True) if page.viewport_size["width"] > 640 else _choose(page)  # type: ignore[index]
    page.click(f"[name=act][value={act}]")


def _wrong(page: Page) -> None:
    page.fill("#name", "SES Ireland")
    page.fill("#port", "99999")
    page.click("main form .btn-primary")
