"""What admins do with their relays: add, change, remove, across the border of workspaces too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from engine.config import Settings
from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.people import relay_changes, relay_hooks, relays
from engine.people.relay_changes import RelayDraft
from tests.engine.people.conftest import Scene

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail-events"
FIRST = RelayDraft(
    name="Amazon", preset="ses", host="email-smtp.eu-west-1.amazonaws.com", user="AKIA", password="pw-one",
    connections=12, per_connection=50, per_second=14, per_day=50_000, warmup_from=date(2026, 3, 2), warmup_first=500,
    warmup_growth=30, stream="prompts", hook_secret=TOPIC,
)  # fmt: skip


def test_a_relay_is_kept_with_its_secrets_sealed(conn: Conn, here: Scene, settings: Settings) -> None:
    number = relay_changes.add(conn, here.owner, settings, FIRST)

    (used,) = relays.relays_for(conn, here.owner.workspace_id, settings, "transactional")
    shown = relay_changes.one(conn, here.owner, number)
    stored = conn.execute(text("SELECT secret, hook_secret FROM relay")).one()
    assert (used.password, used.lane, used.per_second, used.stream) == ("pw-one", f"relay:{number}", 14, "prompts")
    assert (used.warmup_from, used.warmup_first, used.warmup_growth) == (date(2026, 3, 2), 500, 30)
    assert (shown.relay.password, shown.proven, shown.last_event) == (None, True, None)
    assert b"pw-one" not in bytes(stored.secret)
    assert b"arn:aws" not in bytes(stored.hook_secret)
    assert "pw-one" not in repr(FIRST)


def test_empty_secrets_keep_those_that_are_there(conn: Conn, here: Scene, settings: Settings) -> None:
    number = relay_changes.add(conn, here.owner, settings, FIRST)

    changed = replace(FIRST, password="", hook_secret="", host="other.example")
    relay_changes.change(conn, here.owner, settings, number, changed)

    (used,) = relays.relays_for(conn, here.owner.workspace_id, settings, "bulk")
    hook = relay_hooks.hook(conn, settings, "ses", str(number))
    assert (used.host, used.password) == ("other.example", "pw-one")
    assert hook is not None
    assert (hook.secret, hook.workspace_id, hook.source) == (TOPIC, here.owner.workspace_id, f"ses:{number}")


def test_a_login_that_is_taken_away_takes_its_password_along(conn: Conn, here: Scene, settings: Settings) -> None:
    number = relay_changes.add(conn, here.owner, settings, FIRST)

    relay_changes.change(conn, here.owner, settings, number, replace(FIRST, user="", password=""))

    assert conn.execute(text("SELECT secret FROM relay")).scalar_one() is None
    with pytest.raises(Invalid) as raised:
        relay_changes.change(conn, here.owner, settings, number, replace(FIRST, password=""))
    assert raised.value.field == "password"


@pytest.mark.parametrize("page", ["relay", "setup"])
def test_a_relay_that_rests_is_tried_at_once_when_it_was_changed(
    conn: Conn, here: Scene, settings: Settings, page: str
) -> None:
    number = relay_changes.add(conn, here.owner, settings, FIRST)
    paces = (
        "INSERT INTO pace (lane, breaker, failures, next_at, day_used, reason) VALUES (:lane, 'open', 9, now(), 7, 'x')"
    )
    conn.execute(text(paces), [{"lane": f"relay:{number}"}, {"lane": "instance"}])

    if page == "relay":
        relay_changes.change(conn, here.owner, settings, number, replace(FIRST, password="the right one"))
    else:
        here_now = {
            "host": "other.example",
            "port": 587,
            "tls": "starttls",
            "user": "AKIA",
            "password": "the right one",
        }
        relays.set_relay(conn, here.owner, settings, **here_now)  # type: ignore[arg-type]

    found = conn.execute(text("SELECT lane, breaker, failures, next_at IS NULL, day_used, reason FROM pace ORDER BY 1"))
    assert [tuple(row) for row in found] == [
        ("instance", "open", 9, False, 7, "x"),
        (f"relay:{number}", "closed", 0, True, 7, ""),
    ]


@pytest.mark.parametrize(
    ("changes", "anew"),
    [({"idempotency_header": "X-Key"}, True), ({"host": "other.example"}, True), ({"per_second": 3}, False)],
)
def test_another_server_or_header_knows_no_key_of_the_mails_before(
    conn: Conn, here: Scene, settings: Settings, changes: dict[str, Any], anew: bool
) -> None:
    number = relay_changes.add(conn, here.owner, settings, FIRST)
    conn.execute(text("UPDATE relay SET keyed_at = now() - interval '1 hour'"))

    relay_changes.change(conn, here.owner, settings, number, replace(FIRST, **changes))

    assert conn.execute(text("SELECT keyed_at = now() FROM relay")).scalar_one() is anew


def test_another_provider_forgets_the_key_of_the_one_before(conn: Conn, here: Scene, settings: Settings) -> None:
    number = relay_changes.add(conn, here.owner, settings, FIRST)

    changed = replace(FIRST, preset="mailgun", hook_secret="", password="")
    relay_changes.change(conn, here.owner, settings, number, changed)

    assert relay_hooks.hook(conn, settings, "mailgun", str(number)) is None
    assert relay_hooks.hook(conn, settings, "ses", str(number)) is None


def test_one_relay_for_each_use_and_rank(conn: Conn, here: Scene, there: Scene, settings: Settings) -> None:
    first = relay_changes.add(conn, here.owner, settings, FIRST)
    second = relay_changes.add(conn, here.owner, settings, replace(FIRST, rank=1))
    bulk = relay_changes.add(conn, here.owner, settings, replace(FIRST, uses="bulk"))
    relay_changes.add(conn, there.owner, settings, FIRST)

    for clash in (lambda: relay_changes.add(conn, here.owner, settings, replace(FIRST, uses="bulk")),
                  lambda: relay_changes.change(conn, here.owner, settings, second, FIRST)):  # fmt: skip
        with pytest.raises(Invalid) as raised:
            clash()
        assert raised.value.field == "uses"

    for_bulk = relays.relays_for(conn, here.owner.workspace_id, settings, "bulk")
    assert [relay.id for relay in for_bulk] == [bulk, first, second]


def test_a_removed_relay_leaves_its_mail_to_the_next(conn: Conn, here: Scene, settings: Settings) -> None:
    number = relay_changes.add(conn, here.owner, settings, FIRST)

    relay_changes.remove(conn, here.owner, number)

    assert relay_changes.listed(conn, here.owner) == ()
    assert relays.relay_for(conn, here.owner.workspace_id, settings).source == "instance"
    assert relay_hooks.hook(conn, settings, "ses", str(number)) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", ""), ("host", "email-smtp.<region>.amazonaws.com"), ("port", 0), ("tls", "maybe"), ("preset", "fax"),
        ("uses", "post"), ("rank", 2), ("connections", 0), ("per_connection", 0), ("per_second", 0), ("per_day", -1),
        ("warmup_first", 0), ("warmup_growth", 0), ("idempotency_header", "Subject"), ("stream", "two words"),
        ("hook_secret", "no arn"), ("password", ""), ("name", "x" * 101),
    ],
)  # fmt: skip
def test_what_is_wrong_names_its_field_and_nothing_is_kept(
    conn: Conn, here: Scene, settings: Settings, field: str, value: Any
) -> None:
    with pytest.raises(Invalid) as raised:
        relay_changes.add(conn, here.owner, settings, replace(FIRST, **{field: value}))

    assert raised.value.field == field
    assert conn.execute(text("SELECT count(*) FROM relay")).scalar_one() == 0


def test_relays_are_for_admins_of_their_own_workspace(
    conn: Conn, here: Scene, there: Scene, settings: Settings
) -> None:
    number = relay_changes.add(conn, here.owner, settings, FIRST)

    for person in (here.manager, here.member, here.link("manager")):
        for act in (
            lambda who=person: relay_changes.listed(conn, who),
            lambda who=person: relay_changes.add(conn, who, settings, FIRST),
            lambda who=person: relay_changes.change(conn, who, settings, number, FIRST),
            lambda who=person: relay_changes.remove(conn, who, number),
        ):
            with pytest.raises(NotAllowed):
                act()
    with pytest.raises(NotFound):
        relay_changes.change(conn, there.owner, settings, number, FIRST)
    with pytest.raises(NotFound):
        relay_changes.remove(conn, there.owner, number)
    assert len(relay_changes.listed(conn, here.owner)) == 1


def test_the_last_event_is_shown(conn: Conn, here: Scene, settings: Settings) -> None:
    number = relay_changes.add(conn, here.owner, settings, FIRST)
    insert = text("INSERT INTO provider_event (source, event_id, at, kind, taken_at) VALUES (:s, :i, now(), 'x', :t)")
    for ident, day in (("a", 1), ("b", 3), ("c", 2)):
        conn.execute(insert, {"s": f"ses:{number}", "i": ident, "t": f"2026-03-0{day} 12:00+00"})

    last = relay_changes.one(conn, here.owner, number).last_event

    assert last is not None
    assert last.day == 3
