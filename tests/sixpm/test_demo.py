"""The demo: its hours hold at any time, its catchers believe nobody, it says what did not happen."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import Settings
from engine.rounds.demo import SOON
from engine.rounds.due import next_slot
from engine.tokens import Keys, message_id
from engine.transports import webhook
from sixpm import catcher, demo, demo_chat
from sixpm.demo_box import STRANGER, Box
from sixpm.demo_team import MOMENT, NAMES, ZONES, beginning, morning
from sixpm.embedded.children import Service
from sixpm.embedded.services import services
from tests.fakes.guard import Guard

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret of the demo's tests, more than 32 bytes"
instants = st.integers(0, 7 * 366 * 86400).map(lambda s: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
# In 2026: the repeated hour in Berlin and in New York, the skipped one in Berlin, and midnights of each zone.
ODD = ["2026-10-25T01:20", "2026-11-01T06:20", "2026-03-29T00:59:59", "2026-06-05T22:00", "2026-06-05T18:15"]
HOOK = {"author": {"name": "Ada"}, "answer": {"entries": [{"text": "one"}, {"text": "two"}]}}


def slots(now: datetime) -> tuple[set[datetime], set[datetime]]:
    """When everybody's prompt and digest fall due, by the product's own rule, in a demo that begins at `now`."""
    due = now + SOON
    local = [(zone, due.astimezone(ZoneInfo(zone)), morning(due).astimezone(ZoneInfo(zone))) for zone in ZONES]
    day = now.date() - timedelta(days=2)
    # A column of times keeps no fold.
    prompts = [next_slot(zone, asked.time().replace(fold=0), 127, (), now, day) for zone, asked, _ in local]
    digests = [next_slot(zone, told.time().replace(fold=0), 127, (), now, day) for zone, _, told in local]
    return {slot.instant for slot in prompts if slot}, {slot.instant for slot in digests if slot}


def assert_all_due(now: datetime) -> None:
    """All prompts are due within seconds; all digests come after the nudge and before the morning's look."""
    begin = beginning(now)
    prompts, digests = slots(begin)
    due = begin + SOON

    assert prompts == {due}
    assert begin - now <= timedelta(hours=2)
    at = morning(due) + MOMENT
    assert all(due + timedelta(hours=4) < digest < at for digest in digests)
    assert at < due + timedelta(hours=20)
    for zone in ZONES:  # the digest is still of today when it is looked for
        assert (at + timedelta(minutes=20)).astimezone(ZoneInfo(zone)).date() == at.astimezone(ZoneInfo(zone)).date()


@given(instants)
def test_at_any_time_everybody_is_due_at_once_and_has_a_digest_the_next_morning(now: datetime) -> None:
    assert_all_due(now)


@pytest.mark.parametrize("now", ODD)
def test_at_odd_times_too(now: str) -> None:
    assert_all_due(datetime.fromisoformat(now).replace(tzinfo=UTC))


def test_without_the_step_out_of_it_the_repeated_hour_would_lose_a_prompt() -> None:
    now = datetime(2026, 10, 25, 1, 20, tzinfo=UTC)

    assert slots(now)[0] != {now + SOON}


def post(url: str, headers: dict[str, str], body: bytes) -> int:
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def signed(secret: str, body: bytes, at: int) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix(webhook.PREFIX))
    signature = webhook.sign([b"another key, an old one" * 2, key], "msg_1", at, body)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": signature}


def test_the_chat_takes_what_is_signed_and_counts_each_post(tmp_path: Path) -> None:
    secret, body = webhook.new_secret(), json.dumps(HOOK).encode()
    headers = signed(secret, body, int(time.time()))

    with demo_chat.listening(tmp_path / "chat.log", secret) as chat:
        statuses = [post(chat.url, headers, body), post(chat.url, headers, body)]

    assert statuses == [200, 200]
    assert chat.posts() == Counter({("Ada", ("one", "two")): 2})
    assert chat.refused() == 0


def test_the_chat_refuses_and_logs_what_is_not_signed_or_is_old(tmp_path: Path) -> None:
    secret, body, now = webhook.new_secret(), json.dumps(HOOK).encode(), int(time.time())
    good = signed(secret, body, now)
    bad = [
        {},
        {**good, "webhook-id": "msg_2"},
        signed(webhook.new_secret(), body, now),
        signed(secret, body, now - 900),
    ]

    with demo_chat.listening(tmp_path / "chat.log", secret) as chat:
        statuses = [post(chat.url, headers, body) for headers in bad] + [post(chat.url, good, body + b" ")]

    assert statuses == [401] * 5
    assert (chat.posts(), chat.refused()) == (Counter(), 5)


def mail(row: tuple[int, int] | None, text: str = "Hello.") -> bytes:
    ident = message_id(Keys.of(SECRET), *row, "demo.test") if row else "<someone@else.test>"
    return f"Message-ID: {ident}\r\nContent-Type: text/plain\r\n\r\n{text}".encode()


def test_mails_are_counted_by_the_run_that_their_message_id_names(tmp_path: Path) -> None:
    box = Box(tmp_path, Settings(secret_key=SECRET), lambda: {7: "prompt", 8: "digest"})
    for row, to in (((7, 1), "a@x.test"), ((7, 1), "a@x.test"), ((8, 1), "a@x.test"), (None, "b@x.test")):
        catcher.keep(tmp_path, mail(row), "b+x@reply.test", [to], datetime.now(UTC))

    assert box.count("prompt") == {"a@x.test": 2}
    assert box.everything() == {("prompt", "a@x.test"): 2, ("digest", "a@x.test"): 1, (STRANGER, "b@x.test"): 1}


def test_a_digests_groups_are_read_from_its_text(tmp_path: Path) -> None:
    digest = (
        "Demo: what the team did\r\n\r\nAda Keller\r\n\r\n  - Wrote a note to Emi Sato\r\n\r\n"
        "No answer: Grace Lin,\r\nHana Rai\r\nNot asked yet: Emi Sato\r\n\r\nFor Farid Haddad."
    )
    catcher.keep(tmp_path, mail((8, 1), digest), "b+x@reply.test", ["a@x.test"], datetime.now(UTC))

    [read] = Box(tmp_path, Settings(secret_key=SECRET), lambda: {8: "digest"}).mails("digest")

    wanted = {"answered": ["Ada Keller"], "No answer": ["Grace Lin", "Hana Rai"], "Away": []}
    assert read.groups(NAMES) == wanted | {"Not asked yet": ["Emi Sato"]}
    assert read.says("a note to Emi Sato")


def test_an_unmet_expectation_says_what_differs_alone() -> None:
    assert demo.difference({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 1}) == (
        "b: expected 2, saw 3. c: expected None, saw 1."
    )


def test_the_demo_forgets_the_settings_of_an_instance_and_gives_them_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_DATABASE_URL", "postgresql+psycopg://production")

    with demo.own_environment():
        inside = os.environ.get("SIXPM_DATABASE_URL")

    assert inside is None
    assert os.environ["SIXPM_DATABASE_URL"] == "postgresql+psycopg://production"


@pytest.mark.story
def test_the_whole_day_happens_and_nothing_is_left(tmp_path: Path) -> None:
    ours = {**os.environ, "TMPDIR": str(tmp_path), "SIXPM_DATABASE_URL": "postgresql+psycopg://nowhere"}

    argv = [sys.executable, "-m", "sixpm", "demo"]
    run = subprocess.run(argv, cwd=ROOT, env=ours, capture_output=True, text=True, timeout=240, check=False)

    assert run.returncode == 0, run.stdout + run.stderr
    assert "All of it happened" in run.stdout
    assert run.stdout.count(" sent ") >= 8 + 6 + 2 + 8
    assert list(tmp_path.iterdir()) == []


@pytest.mark.story
def test_what_did_not_happen_is_named(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path(tempfile.mkdtemp(prefix="sixpm-demo-", dir="/tmp"))
    guard.folder(home)
    said: list[str] = []

    def nobody_reads(settings: Settings, env: dict[str, str]) -> list[Service]:
        return [service for service in services(settings, env) if service.name not in ("worker inbound", "web")]

    with demo.own_environment(), pytest.raises(demo.Unmet, match=r"8 entries.*Ada Keller: expected .* saw None"):
        demo.play(home, said.append, plan=nobody_reads, patience=12)

    assert any("8 prompts are in the catcher" in line for line in said)
    assert said[-1].startswith("All stopped")
