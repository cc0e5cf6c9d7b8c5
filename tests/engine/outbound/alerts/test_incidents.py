"""Incidents: opened once, told once when they last, over when they stay away, one for a crowd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from engine import config
from engine.config import Settings
from engine.db import Conn
from engine.outbound.alerts import facts, incidents, tell
from engine.outbound.alerts.facts import Fact
from tests import factories as make

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
LASTING = 60.0
KINDS = ("held", "lag")
LAG = Fact("lag", "prompts", "Prompts wait.")


@pytest.fixture
def settings() -> Settings:
    return config.load(secret_key="a secret of the tests, long enough")


@pytest.fixture
def owner(conn: Conn) -> str:
    """The owner of the first workspace, who hears of what is everybody's."""
    ws = make.workspace(conn)
    contact_id, email = make.contact(conn, ws.id, "Ada", email="ada@acme.test")
    make.account(conn, ws.id, contact_id, role="owner")
    return email


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def see(conn: Conn, seconds: float, *found: Fact) -> None:
    incidents.settle(conn, found, KINDS, at(seconds), LASTING)


def told(conn: Conn, seconds: float, settings: Settings) -> list[str]:
    """Addresses that a mail was planned to at this instant."""
    tell.by_mail(conn, at(seconds), settings)
    statement = text("SELECT d.address FROM delivery d JOIN run r ON r.id = d.run_id WHERE r.made_at = :at ORDER BY 1")
    return list(conn.execute(statement, {"at": at(seconds)}).scalars())


def notice(conn: Conn) -> dict[str, Any]:
    found: dict[str, Any] = conn.execute(text("SELECT context FROM notice ORDER BY id DESC LIMIT 1")).scalar_one()
    return found


def test_what_lasts_is_told_once_and_once_more_when_it_is_over(conn: Conn, owner: str, settings: Settings) -> None:
    see(conn, 0, LAG)
    assert told(conn, 1, settings) == []

    see(conn, 61, LAG)
    assert told(conn, 62, settings) == [owner]
    assert notice(conn)["opened"][0]["words"] == "Prompts wait."
    see(conn, 120, LAG)
    assert told(conn, 121, settings) == []

    see(conn, 130)
    assert told(conn, 131, settings) == []
    see(conn, 191)
    assert told(conn, 192, settings) == [owner]
    assert [one["words"] for one in notice(conn)["over"]] == ["Prompts wait."]
    see(conn, 300)
    assert told(conn, 301, settings) == []


def test_what_flickers_is_never_told(conn: Conn, owner: str, settings: Settings) -> None:
    for start in range(0, 400, 40):
        see(conn, start, LAG)
        see(conn, start + 20)
        assert told(conn, start + 21, settings) == []

    assert conn.execute(text("SELECT count(*) FROM incident")).scalar_one() == 1


def test_what_was_over_for_a_moment_is_not_told_again(conn: Conn, owner: str, settings: Settings) -> None:
    see(conn, 0, LAG)
    see(conn, 61, LAG)
    told(conn, 62, settings)
    see(conn, 70)
    see(conn, 100, LAG)
    see(conn, 200, LAG)

    assert told(conn, 201, settings) == []
    assert conn.execute(text("SELECT count(*) FROM incident WHERE over_at IS NULL")).scalar_one() == 1


def test_what_comes_back_after_its_end_is_a_new_incident(conn: Conn, owner: str, settings: Settings) -> None:
    for start in (0, 1000):
        see(conn, start, LAG)
        see(conn, start + 61, LAG)
        assert told(conn, start + 62, settings) == [owner]
        see(conn, start + 100)
        see(conn, start + 161)
        assert told(conn, start + 162, settings) == [owner]

    assert conn.execute(text("SELECT count(*) FROM incident")).scalar_one() == 2


def test_a_thousand_workspaces_with_the_same_trouble_are_one_incident(
    conn: Conn, owner: str, settings: Settings
) -> None:
    ids = list(
        conn.execute(
            text("INSERT INTO workspace (name) SELECT 'W' FROM generate_series(1, 1000) RETURNING id")
        ).scalars()
    )
    found = [Fact("held", f"w{n}", "Run 1 held: restored.", n) for n in ids]

    see(conn, 0, *found)
    see(conn, 61, *found)

    assert told(conn, 62, settings) == [owner]
    assert notice(conn)["opened"][0]["words"].startswith("1000 workspaces have the same trouble.")
    assert len(notice(conn)["opened"]) == 1


def test_a_workspace_whose_incident_is_open_keeps_it_when_a_crowd_comes(conn: Conn) -> None:
    first = Fact("held", "w1", "Run 1 held.", 1)
    crowd = [Fact("held", f"w{n}", "Run held.", n) for n in range(1, 20)]

    found = incidents.crowded(crowd, {("held", "w1")})

    assert [(fact.about, fact.workspace_id) for fact in found] == [("w1", 1), ("many", None)]
    assert incidents.crowded([first], set()) == [first]


def test_admins_hear_of_their_own_workspace_and_operators_of_everything(conn: Conn, owner: str) -> None:
    ws = make.workspace(conn, "Other")
    for role in ("admin", "user"):
        contact_id, _ = make.contact(conn, ws.id, role, email=f"{role}@other.test")
        make.account(conn, ws.id, contact_id, role=role)
    settings = config.load(alert_mail="ops@host.test, ada@acme.test")
    found = (LAG, Fact("held", f"w{ws.id}", "Run 3 held: 553.", ws.id))
    see(conn, 0, *found)
    see(conn, 61, *found)

    assert told(conn, 62, settings) == ["ada@acme.test", "admin@other.test", "ops@host.test"]

    statement = text(
        "SELECT c.email, jsonb_array_length(n.context->'opened') FROM notice n JOIN contact c ON c.id = n.contact_id"
    )
    assert {tuple(row) for row in conn.execute(statement)} == {
        ("ada@acme.test", 2), ("ops@host.test", 2), ("admin@other.test", 1)
    }  # fmt: skip


def test_a_look_that_fails_ends_nothing_of_its_own_kind(
    conn: Conn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(conn: Conn, now: datetime, settings: Settings) -> list[Fact]:
        conn.execute(text("SELECT 1 / 0"))
        return []

    see(conn, 0, LAG, Fact("held", "w1", "Run 1 held."))
    monkeypatch.setattr(facts, "LOOKS", facts.LOOKS | {"lag": broken})
    monkeypatch.setattr(incidents, "LOOKS", facts.LOOKS)

    incidents.watch(conn, at(10), settings)
    incidents.watch(conn, at(100), settings)

    open_ = conn.execute(text("SELECT kind FROM incident WHERE over_at IS NULL")).scalars().all()
    assert open_ == ["lag"]
