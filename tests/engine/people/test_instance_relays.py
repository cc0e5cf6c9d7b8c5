"""The relays of the instance's settings: the first, the second, the one for bulk."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine import config
from engine.config import Settings
from engine.db import Conn
from engine.errors import ConfigError
from engine.people import relays
from engine.people.instance_relays import instance_relays
from tests.engine.people.conftest import SECRET, Scene

SECOND = "smtp://u%40x:p%2Fw%3A@second.example:2525?preset=mailgun&per_second=10&connections=7&visible=1"
BULK = "smtps://apikey:SG.x@smtp.sendgrid.net?preset=sendgrid&per_day=1000&warmup_from=2026-03-02&chunking=true"


def settings(**values: Any) -> Settings:
    return Settings(secret_key=SECRET, relay_host="first.example", **values)


def test_each_relay_is_a_lane_of_its_own(conn: Conn, here: Scene) -> None:
    found = instance_relays(settings(relay_second=SECOND, relay_bulk=BULK))

    assert [(r.lane, r.rank, r.uses, r.host, r.port, r.tls) for r in found] == [
        ("instance", 0, "all", "first.example", 587, "starttls"),
        ("instance:second", 1, "all", "second.example", 2525, "starttls"),
        ("instance:bulk", 0, "bulk", "smtp.sendgrid.net", 465, "tls"),
    ]
    assert [r.hook_path for r in found] == [
        "/hooks/events/smarthost/instance", "/hooks/events/mailgun/instance-second",
        "/hooks/events/sendgrid/instance-bulk",
    ]  # fmt: skip


def test_options_and_login_come_from_the_address(conn: Conn) -> None:
    _, second, bulk = instance_relays(settings(relay_second=SECOND, relay_bulk=BULK))

    assert (second.user, second.password) == ("u@x", "p/w:")
    assert (second.preset, second.per_second, second.connections, second.visible) == ("mailgun", 10, 7, True)
    assert (bulk.per_day, bulk.warmup_from, bulk.chunking) == (1000, date(2026, 3, 2), True)
    assert "p/w" not in repr(second)


def test_bulk_goes_by_its_own_relay_and_everything_has_the_second_to_fall_back_on(conn: Conn, here: Scene) -> None:
    made, workspace = settings(relay_second=SECOND, relay_bulk=BULK), here.owner.workspace_id

    bulk = relays.relays_for(conn, workspace, made, "bulk")
    other = relays.relays_for(conn, workspace, made, "transactional")

    assert [r.lane for r in bulk] == ["instance:bulk", "instance", "instance:second"]
    assert [r.lane for r in other] == ["instance", "instance:second"]


def test_the_catcher_takes_everything_on_a_local_instance(conn: Conn) -> None:
    assert [r.source for r in instance_relays(settings(catcher=True, relay_second=SECOND))] == ["catcher"]


def test_the_first_relay_has_all_of_it_by_settings() -> None:
    (first,) = instance_relays(
        settings(
            relay_preset="ses", relay_per_second=14, relay_per_day=50_000, relay_per_connection=50,
            relay_warmup_from=date(2026, 3, 2), relay_visible=True, relay_chunking=True,
            relay_idempotency_header="X-Key", relay_stream="prompts",
            relay_hook_secret="arn:aws:sns:eu-west-1:123456789012:mail",
        )
    )  # fmt: skip

    assert (first.preset, first.per_second, first.per_day, first.per_connection) == ("ses", 14, 50_000, 50)
    assert (first.visible, first.chunking, first.idempotency_header, first.stream) == (True, True, "X-Key", "prompts")
    assert first.stamp.lines == "X-SES-CONFIGURATION-SET: prompts\r\n"
    assert "arn:aws" not in repr(first)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"relay_second": "http://u:secretword@h"}, "SIXPM_RELAY_SECOND is no relay's address"),
        ({"relay_second": "smtp://u:secretword@h:99999"}, "SIXPM_RELAY_SECOND is no address"),
        ({"relay_second": "smtp://u:secretword@[h"}, "SIXPM_RELAY_SECOND is no address"),
        ({"relay_second": "smtp://h?colour=red"}, "option 'colour'"),
        ({"relay_second": "smtp://h?per_second=many"}, "option per_second"),
        ({"relay_second": "smtp://h?per_second=0"}, "per second"),
        ({"relay_bulk": "smtp://h?preset=fax"}, "SIXPM_RELAY_BULK, preset"),
        ({"relay_bulk": "smtp://h?tls=maybe"}, "SIXPM_RELAY_BULK, tls"),
        ({"relay_bulk": "smtp://secretword@h"}, "needs a password"),
        ({"relay_bulk": "smtp://h?preset=ses&hook_secret=secretword"}, "topic's ARN"),
        ({"relay_idempotency_header": "Subject"}, "another meaning"),
        ({"relay_stream": "two words"}, "stream"),
    ],
)
def test_what_is_wrong_is_said_without_saying_the_secret(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as raised:
        instance_relays(settings(**wrong))

    assert "secretword" not in str(raised.value)


def test_addresses_come_from_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("SECOND", SECOND), ("BULK", BULK), ("HOOK_SECRET", "k" * 20)):
        (tmp_path / name).write_text(f"{value}\n")
        monkeypatch.setenv(f"SIXPM_RELAY_{name}_FILE", str(tmp_path / name))
    monkeypatch.setenv("SIXPM_RELAY_HOST", "first.example")
    monkeypatch.setenv("SIXPM_RELAY_PRESET", "mailgun")
    monkeypatch.setenv("SIXPM_HOME", str(tmp_path))

    first, second, bulk = instance_relays(config.load())

    assert (first.hook_secret, second.host, bulk.host) == ("k" * 20, "second.example", "smtp.sendgrid.net")
