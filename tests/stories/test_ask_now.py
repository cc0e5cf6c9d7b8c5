"""A team is asked now: real processes ask everybody once at once, and not again at their hour of that day."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from engine import db
from engine.people import relays
from engine.people.principal import SYSTEM
from engine.rounds import asking, schedule
from tests import factories as make
from tests.stories.instance import SLOTS, Instance
from tests.stories.postbox import Mailbox

pytestmark = pytest.mark.story
ZONES = ("Europe/Berlin", "Asia/Kathmandu", "America/Sao_Paulo", "Asia/Tokyo")
LATER = timedelta(minutes=1)


@pytest.mark.parametrize("instance", ["pgmq"], indirect=True)  # nothing here is the broker's
def test_everybody_is_asked_at_once_and_then_at_their_hour_of_the_next_day(house: Instance) -> None:
    with house.engine.begin() as conn:
        minutes = (10 - db.now(conn).minute) % 15  # so that no member's midnight comes in these minutes
    house.shift(timedelta(minutes=minutes))
    house.up("sender", "catcher", "scheduler")
    with house.engine.begin() as conn:
        now = db.now(conn)
        ws = make.workspace(conn)
        team = make.team(conn, ws, weekdays=127, nudge_after=None, made_at=now)
        relays.set_relay(conn, SYSTEM(ws.id), house.settings, host="127.0.0.1", port=house.settings.catcher_port,
                         tls="none", user=None, password=None, connections=SLOTS)  # fmt: skip
        crew = [
            make.member(conn, team, zone, zone, email=f"p{n}@now.test", made_at=now,
                        prompt_at=(now + LATER).astimezone(ZoneInfo(zone)).time())
            for n, zone in enumerate(ZONES)
        ]  # fmt: skip
        schedule.reschedule(conn, ws.id, [one.id for one in crew], now)
        asked = asking.ask_now(conn, SYSTEM(ws.id), team.id, now).asked
    box = Mailbox(house.base / "mailbox", "@now.test")

    def each(number: int) -> bool:
        return [len(mails) for mails in box.mails().values()] == [number] * len(ZONES)

    house.wait("everybody is asked at once", lambda: each(1), 30)
    house.shift(timedelta(days=1, minutes=minutes) + 2 * LATER)
    house.wait("and again a day later", lambda: each(2), 30)

    assert len(asked) == len(ZONES)
    parts = "SELECT count(*) FROM participation WHERE team_id = :team"
    assert house.value(parts, team=team.id) == 2 * len(ZONES)
