"""What the pages show: an evening, a night on duty, two weeks of mail, campaigns; ids to find things by."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from engine import config, db
from engine.people import teams, workspaces
from engine.people.accounts import Account
from engine.rounds import days_off, pausing, schedule
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
NAMES = ("Alma", "Boris", "Chidi", "Dora", "Elif")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "America/Sao_Paulo")
Act = Callable[["Page"], object]
Pages = dict[str, "str | tuple[str, Act]"]  # by name: a path, or one and what is done there first


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
