"""Posts that are out follow their entries: edited where the service edits, corrected once where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from engine import db, sealing
from engine.db import Conn
from engine.inbound import fanout
from engine.outbound import record
from engine.outbound.mending import APART, WAITS
from engine.outbound.send import Sender
from engine.rounds.checkin import close_due
from engine.rounds.posting import channel_digests_due
from engine.tasks.contents import CONTENTS
from tests import factories as make
from tests.engine.inbound.world import World, keep, take, world
from tests.engine.outbound.world import SECRET, Office
from tests.fakes.http_catcher import Catcher, Caught, catcher

SECRETS = {"slack": "xoxb-good", "discord": "https://discord.com/api/webhooks/1/ok",
           "webhook": "whsec_" + "YWFh" * 11, "mattermost": "/mattermost/hooks/ok"}  # fmt: skip


@dataclass
class Desk:
    """A team with channels on real services of this machine."""

    office: Office
    here: World
    service: Catcher
    channels: dict[str, int]

    def work(self) -> None:
        """Send all that may be sent now."""
        sender = Sender(self.office.settings, CONTENTS)
        sender.start()
        try:
            sender.work(20)
        finally:
            sender.stop(2)

    def change(self, statement: str, **values: Any) -> None:
        """Change the first entry as a story would, and plan what follows."""
        with self.office.engine.begin() as conn:
            ident = conn.execute(text("SELECT min(id) FROM entry")).scalar_one()
            conn.execute(text(f"UPDATE entry SET {statement} WHERE id = :id"), {"id": ident, **values})
            fanout.posts_to_mend(conn, self.here.ws.id, [ident], db.now(conn))

    def got(self, service: str) -> list[Caught]:
        """What a service was asked, in order."""
        return [one for one in self.service.requests if one.path.startswith(f"/{service}")]

    def states(self) -> list[tuple[str, str, str]]:
        """(kind, transport, state) of all deliveries to channels."""
        with self.office.engine.begin() as conn:
            found = text("SELECT r.kind, d.transport, d.state FROM delivery d JOIN run r ON r.id = d.run_id"
                         " WHERE d.transport <> 'smtp' ORDER BY d.run_id, d.seq")  # fmt: skip
            return [tuple(row) for row in conn.execute(found)]

    def later(self, by: timedelta) -> None:
        """Let time go by."""
        with self.office.engine.begin() as conn:
            db.shift_clock(conn, by)


@pytest.fixture
def service() -> Iterator[Catcher]:
    with catcher() as server:
        yield server


@pytest.fixture
def desk(engine_db: Engine, service: Catcher, request: pytest.FixtureRequest) -> Desk:
    kinds = getattr(request, "param", ("slack", "discord", "webhook"))
    urls = {f"{name}_base_url": f"{service.url}/{name}" for name in ("slack", "discord", "telegram")}
    office = Office.open(engine_db, 1, hooks_private=True, **urls)
    with engine_db.begin() as conn:
        here = world(conn, state="asked")
        channels = {kind: connect(conn, here, kind, service.url) for kind in kinds}
        take(conn, keep(conn, here.reply("Fixed it.\n\nWrote docs."), [here.reply_address]), now=db.now(conn))
    return Desk(office, here, service, channels)


def connect(conn: Conn, here: World, kind: str, url: str) -> int:
    config = {"slack": {"channel": "C1"}, "webhook": {"url": f"{url}/hook/200"}}.get(kind, {})
    channel = make.channel(conn, here.team, kind, "#general", config=config)
    secret = SECRETS[kind] if kind != "mattermost" else url + SECRETS[kind]
    sealed = sealing.seal(SECRET, secret, f"channel:{here.ws.id}:{channel}")
    conn.execute(text("UPDATE channel SET secret = :s WHERE id = :id"), {"s": sealed, "id": channel})
    return channel


def test_an_edit_changes_the_posts_that_can_be_and_corrects_the_other_once(desk: Desk) -> None:
    desk.work()

    desk.change("text = 'Fixed the build.'")
    desk.work()

    [_, slack], [_, discord], [first, second] = desk.got("slack"), desk.got("discord"), desk.got("hook")
    assert slack.path == "/slack/chat.update"
    assert slack.json()["text"] == "Ada · Rockets\n- Fixed the build.\n- Wrote docs."
    assert discord.method == "PATCH"
    assert second.json()["type"] == "answer.updated"
    assert second.json()["corrects"] == first.headers["webhook-id"] != second.headers["webhook-id"]
    assert second.json()["text"].startswith("Correction: this replaces an earlier post.\nAda · Rockets\n- Fixed the")
    assert set(desk.states()) == {(k, t, "sent") for k in ("post", "correction") for t in desk.channels}


def test_what_is_removed_is_taken_away_and_said_where_it_cannot_be(desk: Desk) -> None:
    desk.work()

    with desk.office.engine.begin() as conn:
        conn.execute(text("UPDATE entry SET removed_at = now() WHERE no = 2"))
    desk.change("removed_at = now()")
    desk.work()

    assert desk.got("slack")[1].path == "/slack/chat.delete"
    assert desk.got("discord")[1].method == "DELETE"
    told = desk.got("hook")[1].json()
    assert (told["type"], told["answer"]["entries"]) == ("answer.removed", [])
    assert told["text"].endswith("Ada · Rockets: the answer was removed.")


def test_a_post_that_still_waits_is_sent_with_the_new_text_and_nothing_else(desk: Desk) -> None:
    desk.change("text = 'Fixed the build.'")
    desk.work()

    assert [one.path for one in desk.got("slack")] == ["/slack/chat.postMessage"]
    assert "Fixed the build." in desk.got("hook")[0].json()["text"]
    assert {kind for kind, _, _ in desk.states()} == {"post"}


@pytest.mark.parametrize("state", ["in_doubt", "failed", "bounced", "expired"])
def test_a_post_that_may_not_be_there_is_left_alone(desk: Desk, state: str) -> None:
    desk.office.run_sql("UPDATE delivery SET state = :state WHERE transport <> 'smtp'", state=state)

    desk.change("text = 'Fixed the build.'")

    assert desk.office.value("SELECT count(*) FROM correction") == 0


def test_a_disconnected_channel_gets_no_correction(desk: Desk) -> None:
    desk.work()
    desk.office.run_sql("UPDATE channel SET state = 'off' WHERE kind = 'slack'")

    desk.change("text = 'Fixed the build.'")
    desk.work()

    assert [kind for kind, transport, _ in desk.states() if transport == "slack"] == ["post"]


def test_a_post_in_a_workers_hands_is_corrected_when_it_is_out(desk: Desk) -> None:
    with desk.office.engine.begin() as conn:
        record.claim(conn, "w1", db.now(conn), 5, 30)  # it has read the old text

    desk.change("text = 'Fixed the build.'")
    desk.office.run_sql("UPDATE batch SET lease_until = now() + interval '1 minute' WHERE owner IS NOT NULL")
    desk.work()

    kept = (
        "SELECT DISTINCT d.state || ': ' || d.reply FROM delivery d JOIN run r ON r.id = d.run_id"
        " WHERE r.kind = 'correction'"
    )
    assert desk.office.value(kept) == f"deferred: {WAITS}"
    assert desk.service.requests == []
    desk.office.run_sql("UPDATE delivery SET state = 'sent' WHERE transport <> 'smtp' AND state = 'queued'")
    desk.later(timedelta(minutes=2))
    desk.work()
    assert desk.got("hook")[0].json()["type"] == "answer.updated"


def test_of_two_quick_edits_one_correction_goes_out_at_a_time_and_the_last_word_stays(desk: Desk) -> None:
    desk.work()

    desk.change("text = 'One.'")
    desk.change("text = 'Two.'")
    desk.work()

    assert len(desk.got("hook")) == 1, "the older one has nothing left to say, and the newer one keeps its distance"
    desk.later(APART)
    desk.work()
    assert [one.json()["text"].split("- ")[1].strip() for one in desk.got("slack")] == ["Fixed it.", "Two."]
    assert ["Two." in one.json()["text"] for one in desk.got("hook")] == [False, True]


@pytest.mark.parametrize("desk", [("slack", "mattermost")], indirect=True)
def test_doubts_about_an_edit_are_sent_again_and_those_about_a_second_post_wait_for_a_person(desk: Desk) -> None:
    desk.work()
    desk.change("text = 'Fixed the build.'")

    with desk.office.engine.begin() as conn:
        found = conn.execute(text("SELECT d.transport, r.doubt_policy FROM run r JOIN delivery d ON d.run_id = r.id"
                                  " WHERE r.kind = 'correction' ORDER BY 1")).all()  # fmt: skip

    assert [tuple(row) for row in found] == [("mattermost", "hold"), ("slack", "resend")]


@pytest.mark.parametrize("desk", [("slack",)], indirect=True)
def test_an_edit_that_is_sent_again_after_a_doubt_posts_no_second_correction(desk: Desk) -> None:
    desk.work()
    desk.change("text = 'Fixed the build.'")
    desk.office.run_sql("UPDATE remote_id SET remote_id = 'C1:old'")
    desk.office.run_sql("INSERT INTO delivery_event (run_id, seq, workspace_id, at, attempt, trigger, to_state)"
                        " SELECT run_id, seq, d.workspace_id, now(), 0, 'resend', 'queued' FROM delivery d"
                        " JOIN run r ON r.id = d.run_id AND r.kind = 'correction'")  # fmt: skip

    desk.work()

    assert [one.path for one in desk.got("slack")] == ["/slack/chat.postMessage", "/slack/chat.update"]
    assert desk.states()[-1] == ("correction", "slack", "failed")
    assert desk.office.value("SELECT state FROM channel") == "active"


def test_another_workspaces_entry_is_not_found(desk: Desk) -> None:
    desk.work()

    with desk.office.engine.begin() as conn:
        ident = conn.execute(text("SELECT min(id) FROM entry")).scalar_one()
        followup = fanout.posts_to_mend(conn, desk.here.ws.id + 1, [ident], db.now(conn))

    assert not followup
    assert desk.office.value("SELECT count(*) FROM correction") == 0


@pytest.mark.parametrize("desk", [("slack", "webhook")], indirect=True)
def test_round_posts_and_digests_are_changed_where_they_can_be_and_else_stay(desk: Desk) -> None:
    desk.office.run_sql("UPDATE channel SET gets = '{round,digest}', made_at = '2026-01-01'")
    desk.work()
    with desk.office.engine.begin() as conn:
        db.shift_clock(conn, a_morning(db.now(conn)) - db.now(conn))
        close_due(conn, db.now(conn))
        channel_digests_due(conn, db.now(conn))
    desk.work()
    before = len(desk.got("slack")), len(desk.got("hook"))

    desk.change("text = 'Fixed the build.'")
    desk.work()

    changed = [one.json()["text"] for one in desk.got("slack") if one.path == "/slack/chat.update"]
    assert before == (3, 3), "the answer, the round, the digest"
    assert len(changed) == 3
    assert all("Fixed the build." in words for words in changed)
    assert [one.json()["type"] for one in desk.got("hook")[3:]] == ["answer.updated"]


def a_morning(now: datetime) -> datetime:
    """Ten o'clock of the next Thursday."""
    return now.replace(hour=10) + timedelta(days=(3 - now.weekday()) % 7 or 7)
