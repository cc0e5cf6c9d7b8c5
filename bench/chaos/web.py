"""Schedulers and web processes are killed while they plan; webhooks come three times and in any order: F4, F5, F10."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

import httpx

from bench.chaos.stage import OF_CHILD, Stage, kill, scenario
from bench.pages import answers, csrf, make_owner, sign_in
from engine import tokens
from engine.outbound.events.event import Kind
from engine.outbound.plan import Planned
from engine.tokens import Purpose
from tests import factories
from tests.engine.outbound.events import rigs
from tests.stories import scene
from tests.stories.instance import INBOUND

CLICKS = 2  # a double click
EVENTS = 300  # mails whose events are told
UNSETTLED = "SELECT count(*) FROM provider_event WHERE NOT settled"
ROUNDS = 5  # kills at some moment of the launch
WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO run%'
"""


@scenario("f4", "kill -9 of the scheduler while it plans, then two schedulers")
def scheduler_killed(stage: Stage) -> None:
    """Every member is asked once."""
    house = stage.house
    house.up("sender", "sender2")
    scheduler = house.one("scheduler")
    with house.locked("participation"):  # its round, run, batches and deliveries are written, not committed
        first = scene.crew(house, 120)
        house.wait("the scheduler is in the middle of the plan", lambda: house.value(scene.PLANNING) == 1, 30)
        stage.hit()
        scheduler.kill()
    house.wait("the dead planner's session is gone", lambda: house.value(scene.PLANNING) == 0, 20)
    house.up("scheduler", "scheduler2")
    second = scene.crew(house, 120)
    stage.healed()
    for crew in (first, second):
        house.wait("everybody is asked", lambda crew=crew: scene.asked(house, crew) == len(crew.members), 60)  # type: ignore[misc]
        stage.runs += scene.prompts(house, crew)
        parts = "SELECT membership_id FROM participation WHERE team_id = :team"
        members = Counter(member.id for member in crew.members)
        stage.check(Counter(house.values(parts, team=crew.team.id)) == members, "somebody has no part, or two")
    stage.finish()
    stage.check(sum(run.size for run in stage.runs) == 240, "somebody is asked twice")


@scenario("f5", "kill -9 of the web process at a launch, with a double click")
def web_killed(stage: Stage) -> None:
    """A launch from the pages is planned whole or not at all, and is sent though nobody hinted at it.

    The launch is the test mail of the set-up page, the one run that a page starts. Each click is one mail; which of
    the clicks had committed when the process died is what differs.
    """
    house = stage.house
    house.up("sender", "sender2", "scheduler")
    workspace_id = _first_workspace(stage)
    house.one("web")
    with httpx.Client(base_url=house.settings.base_url, timeout=30) as client:
        house.wait("the pages are there", lambda: answers(client), 30)
        make_owner(house.engine)
        sign_in(client)
        form = {"csrf_token": csrf(client, "/setup/mail")}
        began = time.monotonic()
        _join(_click(client, form))
        whole = time.monotonic() - began  # what a double click takes when nobody is killed
        with house.locked("run"):
            clicks = _click(client, form)
            house.wait("both launches are being written", lambda: house.value(WAITING) == CLICKS, 20)
            stage.hit()
            house.parts["web"].kill()
        house.wait("what was being written has ended", lambda: house.value(WAITING) == 0, 20)
        for _ in range(ROUNDS):
            _join(clicks)
            house.one("web")
            house.wait("the pages are there", lambda: answers(client), 30)
            clicks = _click(client, form)
            time.sleep(random.uniform(0.0, 1.5 * whole))
            house.parts["web"].kill()
        _join(clicks)
    stage.healed()
    time.sleep(0.5)  # a backend whose client is gone may still commit what it was told to
    launched = "SELECT id FROM run WHERE workspace_id = :w ORDER BY id"
    stage.runs = [Planned(run, (), 1) for run in house.values(launched, w=workspace_id)]
    stage.check(CLICKS <= len(stage.runs) <= CLICKS * (ROUNDS + 2), f"{len(stage.runs)} runs")
    stage.finish()


def _first_workspace(stage: Stage) -> int:
    with stage.house.engine.begin() as conn:
        return int(factories.workspace(conn).id)


def _click(client: httpx.Client, form: dict[str, str]) -> list[threading.Thread]:
    def click() -> None:
        with suppress(httpx.HTTPError):  # the process is killed under it
            assert client.post("/setup/test", data=form).status_code == 302

    clicks = [threading.Thread(target=click, daemon=True) for _ in range(CLICKS)]
    for one in clicks:
        one.start()
    return clicks


def _join(clicks: list[threading.Thread]) -> None:
    for one in clicks:
        one.join(30)


@scenario("f10", "every inbound webhook three times, in any order, while its worker is killed")
def webhooks(stage: Stage) -> None:
    """Each answer is one mail, one answer, one entry."""
    house, people = stage.house, 30
    worker, *_ = house.up("inbound", "web", "scheduler")
    _, asked = scene.asked_round(house, people, timedelta(hours=20))
    mails = [scene.reply(house, one, f"Said by {n}.") for n, one in enumerate(asked)]
    calls = [mail for mail in mails for _ in range(3)]
    random.shuffle(calls)
    headers = {"Authorization": f"Bearer {INBOUND}", "Content-Type": "message/rfc822"}
    with httpx.Client(base_url=house.settings.base_url, timeout=30) as client:
        for number, (to, raw) in enumerate(calls):
            answer = client.post("/hooks/inbound/raw", content=raw, headers={**headers, "X-Envelope-To": to})
            stage.check(answer.status_code in (200, 202), f"the hook answered {answer.status_code}")
            if number == len(calls) // 2:
                stage.hit()
                worker.kill()
                house.up("inbound")
    stage.healed()
    team = asked[0].member.team_id
    house.wait("every answer is an entry", lambda: len(scene.entries(house, team)) >= people, stage.scale.patience)
    time.sleep(2.0)
    said = sorted(f"Said by {n}." for n in range(people))
    stage.check(sorted(scene.entries(house, team)) == said, "an entry is missing, or there twice")
    stage.check(house.value("SELECT count(*) FROM inbound") == people, "a mail is kept twice")
    stage.check(house.value("SELECT count(*) FROM answer") == people, "an answer is there twice")
    stage.notes = {"mails": people, "calls": len(calls)}


@scenario("f10-events", "every event of the mail provider three times, in any order, some before our own record",
          relay_preset="postmark", relay_hook_secret=rigs.PASSWORD)  # fmt: skip
def provider_events(stage: Stage) -> None:
    """Each event counts once; what the provider has seen and our killed worker did not record is no doubt any more."""
    house = stage.house
    house.up("sender", "sender2", "web", "scheduler")
    run = stage.under_way(EVENTS)
    victim = house.victim(run)
    early = house.sunk.look().of([run.run_id])
    stage.taken_over([victim], partial(kill, victim))
    told = _tell(stage, run, [seq for _, seq in early])
    stage.finish()
    told += _tell(stage, run, [seq for _, seq in house.sunk.look().of([run.run_id]) if (run.run_id, seq) not in early])
    house.wait("all events are settled", lambda: not house.value(UNSETTLED), 60)
    stage.finish()
    stage.check(house.value("SELECT count(*) FROM provider_event") == told, "an event is kept twice, or not at all")
    wrong = {seq: state for seq, state in _states(stage, run) if (run.run_id, seq) in house.sunk.rows}
    wrong = {seq: state for seq, state in wrong.items() if state != _kinds(seq)[-1]}
    stage.check(not wrong, f"what the provider said is not what the rows say: {wrong}")
    stage.doubts, stage.ends = OF_CHILD, frozenset({"delivered", "complained", "in_doubt"})
    stage.notes["events"] = told


def _states(stage: Stage, run: Planned) -> list[tuple[int, str]]:
    with stage.house.engine.begin() as conn:
        statement = f"SELECT seq, state FROM delivery WHERE run_id = {run.run_id}"
        return [(row.seq, row.state) for row in conn.exec_driver_sql(statement)]


def _kinds(seq: int) -> tuple[Kind, ...]:
    return (Kind.DELIVERED, Kind.COMPLAINED) if seq % 7 == 0 else (Kind.DELIVERED,)


def _tell(stage: Stage, run: Planned, seqs: Sequence[int]) -> int:
    """Post each event of these mails three times, in any order, one a call; returns how many events there are."""
    house, at = stage.house, stage.house.now()
    url = f"{house.settings.base_url}/hooks/events/postmark/instance"
    events = [(seq, kind) for seq in seqs for kind in _kinds(seq)]
    with httpx.Client(timeout=30) as client:
        for seq, kind in random.sample(events * 3, k=3 * len(events)):
            token = tokens.sign(house.keys, Purpose.BOUNCE, run.run_id, seq, (at + timedelta(days=9)).date())
            call = rigs.postmark(rigs.Said(kind, token, remote_id=f"r{seq}", at=at), at)
            assert call.login is not None
            answer = client.post(url, content=call.body, auth=call.login, headers={"Content-Type": "application/json"})
            stage.check(answer.status_code == 200, f"an event was answered {answer.status_code}: {answer.text}")
    return len(events)
