"""The mail path itself is broken: a webhook tells of it, the mail follows when it is mended, and both tell the end."""

from __future__ import annotations

import sys

import pytest

from sixpm.embedded import ports
from tests import factories
from tests.fakes.http_catcher import catcher
from tests.stories.instance import Instance
from tests.stories.parts import Part

pytestmark = pytest.mark.story
SENT = "SELECT count(*) FROM delivery WHERE address = 'ada@alerts.test' AND state = 'sent'"


@pytest.mark.parametrize("instance", ["pgmq"], indirect=True)
def test_a_relay_that_is_away_is_told_by_webhook_at_once_and_by_mail_when_it_is_back(house: Instance) -> None:
    if "scheduler" in house.parts:
        house.parts.pop("scheduler").kill()
    with house.engine.begin() as conn:
        ws = factories.workspace(conn)
        contact_id, _ = factories.contact(conn, ws.id, "Ada", email="ada@alerts.test")
        factories.account(conn, ws.id, contact_id, role="owner")
    away = "INSERT INTO relay (workspace_id, host, port, tls) VALUES (:w, '127.0.0.1', :port, 'none')"
    house.do(away, w=ws.id, port=ports.free_port())
    with catcher() as chat:
        env = {
            **house.env, "SIXPM_ALERT_WEBHOOK": f"{chat.url}/hook/ok", "SIXPM_ALERT_AFTER_SECONDS": "1",
            "SIXPM_STUCK_SECONDS": "2",
        }  # fmt: skip
        argv = [sys.executable, "-m", "sixpm", "scheduler"]
        house.parts["scheduler8"] = Part("scheduler8", argv, env, house.base / "log", house.guard, words="scheduler up")
        house.up("sender")

        def said(words: str) -> list[str]:
            return [text for request in chat.requests if words in (text := request.json()["text"])]

        run = house.plan(3, workspace_id=ws.id)
        house.wait("the webhook is told", lambda: said(f"Mail does not move. Run {run.run_id} by smtp"), 60)
        assert house.value(SENT) == 0

        house.do("UPDATE relay SET port = :port WHERE workspace_id = :w", w=ws.id, port=house.sink.port)
        lane = f"relay:{house.value('SELECT id FROM relay WHERE workspace_id = :w', w=ws.id)}"
        house.do("UPDATE pace SET next_at = now() WHERE lane = :lane", lane=lane)
        house.finish(run)
        house.wait("its end is told", lambda: said("Over: mail does not move."), 60)
        house.wait("the mails about both have arrived", lambda: house.value(SENT) == 2, 60)

        assert len(said("Mail does not move. ")) == len(said("Over: mail does not move.")) == 1
