"""Channels, relays, suppressions and the allow-list."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine.config import Settings
from engine.db import Conn
from engine.errors import ConfigError, IllegalMove, Invalid, NotAllowed, NotFound
from engine.people import allowlist, connections, relays, suppression
from tests.engine.people.conftest import NOW, SECRET, Scene

LOCAL = Settings(secret_key=SECRET, catcher=True)


def _connect(conn: Conn, scene: Scene, settings: Settings) -> int:
    return connections.connect(
        conn, scene.manager, scene.team_id, "slack", "makers", {"channel": "C1"}, "xoxb-secret", settings
    )


def test_a_channels_secret_is_sealed_and_opened_for_its_transport_alone(
    conn: Conn, here: Scene, settings: Settings
) -> None:
    channel_id = _connect(conn, here, settings)

    stored = conn.execute(text("SELECT secret FROM channel")).scalar_one()
    opened = connections.opened(conn, here.owner.workspace_id, channel_id, settings)
    assert b"xoxb-secret" not in bytes(stored)
    assert (opened.secret, opened.config) == ("xoxb-secret", {"channel": "C1"})
    assert "xoxb-secret" not in repr(opened)
    assert connections.of_team(conn, here.member, here.team_id)[0].secret is None


def test_a_secret_moved_to_another_row_does_not_open(conn: Conn, here: Scene, settings: Settings) -> None:
    first, second = _connect(conn, here, settings), _connect(conn, here, settings)
    conn.execute(
        text("UPDATE channel SET secret = (SELECT secret FROM channel WHERE id = :a) WHERE id = :b"),
        {"a": first, "b": second},
    )

    with pytest.raises(ConfigError):
        connections.opened(conn, here.owner.workspace_id, second, settings)


def test_disconnecting_can_be_undone(conn: Conn, here: Scene, settings: Settings) -> None:
    channel_id = _connect(conn, here, settings)

    connections.disconnect(conn, here.manager, channel_id, NOW)
    off = connections.of_team(conn, here.manager, here.team_id)[0].state
    with pytest.raises(IllegalMove):
        connections.disconnect(conn, here.manager, channel_id, NOW)
    connections.mend(conn, here.manager, channel_id, NOW, settings, "a new secret")

    opened = connections.opened(conn, here.owner.workspace_id, channel_id, settings)
    moves = conn.execute(text("SELECT trigger, actor FROM history ORDER BY id")).all()
    assert (off, opened.state, opened.secret) == ("off", "active", "a new secret")
    assert [tuple(m) for m in moves] == [("disconnect", here.manager.actor), ("mend", here.manager.actor)]


def test_channels_are_for_managers_of_their_own_workspace(
    conn: Conn, here: Scene, there: Scene, settings: Settings
) -> None:
    channel_id = _connect(conn, here, settings)

    with pytest.raises(NotAllowed):
        connections.disconnect(conn, here.member, channel_id, NOW)
    with pytest.raises(NotFound):
        connections.disconnect(conn, there.owner, channel_id, NOW)
    with pytest.raises(NotFound):
        connections.opened(conn, there.owner.workspace_id, channel_id, settings)


def test_a_workspaces_own_relay_comes_first(conn: Conn, here: Scene, there: Scene, settings: Settings) -> None:
    relays.set_relay(conn, here.owner, settings, host="SMTP.here.example.", port=465, tls="tls", user="u", password="p")

    own = relays.relay_for(conn, here.owner.workspace_id, settings)
    theirs = relays.relay_for(conn, there.owner.workspace_id, settings)

    assert (own.host, own.port, own.tls, own.user, own.password) == ("smtp.here.example", 465, "tls", "u", "p")
    assert (own.source, theirs.source, theirs.host) == ("workspace", "instance", "relay.example.org")
    assert "'p'" not in repr(own)


def test_clearing_gives_way_to_the_instances(conn: Conn, here: Scene, settings: Settings) -> None:
    relays.set_relay(conn, here.owner, settings, host="a.example", port=25, tls="none", user="", password="")

    relays.clear_relay(conn, here.owner)

    assert relays.relay_for(conn, here.owner.workspace_id, settings).source == "instance"


def test_on_a_local_instance_the_catcher_takes_everything(conn: Conn, here: Scene) -> None:
    relays.set_relay(conn, here.owner, LOCAL, host="a.example", port=25, tls="none", user="", password="")

    relay = relays.relay_for(conn, here.owner.workspace_id, LOCAL)

    assert (relay.source, relay.host, relay.port) == ("catcher", "127.0.0.1", LOCAL.catcher_port)


def test_no_relay_at_all_says_what_to_set(conn: Conn, here: Scene) -> None:
    with pytest.raises(ConfigError, match="SIXPM_RELAY_HOST"):
        relays.relay_for(conn, here.owner.workspace_id, Settings(secret_key=SECRET))


def test_a_user_without_a_password_is_refused(conn: Conn, here: Scene, settings: Settings) -> None:
    with pytest.raises(Invalid) as refused:
        relays.set_relay(conn, here.owner, settings, host="a.example", port=25, tls="tls", user="u", password="")

    assert refused.value.field == "password"


def test_only_admins_set_the_relay(conn: Conn, here: Scene, settings: Settings) -> None:
    for person in (here.manager, here.link("manager")):
        with pytest.raises(NotAllowed):
            relays.set_relay(conn, person, settings, host="a", port=25, tls="tls", user="", password="")
        with pytest.raises(NotAllowed):
            relays.clear_relay(conn, person)


def test_suppression_is_found_whatever_the_case_and_in_its_own_workspace(conn: Conn, here: Scene, there: Scene) -> None:
    ws = here.owner.workspace_id
    added = suppression.add(conn, ws, SECRET, ["Ada@x.example", "ada@X.example", "bob@x.example"], "bounce", NOW)
    again = suppression.add(conn, ws, SECRET, ["ada@x.example"], "complaint", NOW)

    found = suppression.suppressed(conn, ws, SECRET, ["ADA@x.example", "carl@x.example", "bob@x.example"])

    assert (added, again) == (2, 0)
    assert found == {"ADA@x.example", "bob@x.example"}
    assert not suppression.is_suppressed(conn, there.owner.workspace_id, SECRET, "ada@x.example")
    assert conn.execute(text("SELECT DISTINCT reason FROM suppression")).scalars().all() == ["bounce"]


def test_a_lifted_address_gets_mail_again(conn: Conn, here: Scene) -> None:
    ws = here.owner.workspace_id
    suppression.add(conn, ws, SECRET, ["ada@x.example"], "manual", NOW)

    assert suppression.lift(conn, ws, SECRET, ["ADA@x.example"]) == 1
    assert not suppression.is_suppressed(conn, ws, SECRET, "ada@x.example")


STAGING = Settings(env="staging", allow=" Ada@Example.org, @team.example ,hooks.example")


@pytest.mark.parametrize(
    ("settings", "address", "may"),
    [
        (STAGING, "ada@example.org", True),
        (STAGING, "ADA@EXAMPLE.ORG", True),
        (STAGING, "anybody@team.example", True),
        (STAGING, "bob@example.org", False),
        (STAGING, "ada@evil.team.example", False),
        (STAGING, "ada@example.org.evil.example", False),
        (STAGING, "@team.example", False),
        (STAGING, "team.example", False),
        (STAGING, "", False),
        (Settings(env="staging"), "ada@example.org", False),
        (Settings(env="local", catcher=False), "ada@example.org", False),
        (Settings(env="local", catcher=True), "ada@example.org", True),
        (Settings(env="production"), "ada@example.org", True),
    ],
)
def test_only_production_sends_to_everybody(settings: Settings, address: str, may: bool) -> None:
    assert allowlist.allowed(settings, address) is may


@pytest.mark.parametrize(
    ("settings", "host", "may"),
    [
        (STAGING, "hooks.example", True),
        (STAGING, "slack.com", False),
        (STAGING, "127.0.0.1", True),
        (STAGING, "[::1]", True),
        (STAGING, "localhost", True),
        (STAGING, "127.0.0.1.evil.example", False),
        (Settings(env="local", catcher=True), "slack.com", False),
        (Settings(env="production"), "slack.com", True),
    ],
)
def test_chat_hosts_outside_production_are_listed_or_here(settings: Settings, host: str, may: bool) -> None:
    assert allowlist.host_allowed(settings, host) is may


def test_what_a_channel_gets_is_chosen_and_changed(conn: Conn, here: Scene, settings: Settings) -> None:
    channel_id = _connect(conn, here, settings)
    before = connections.of_team(conn, here.manager, here.team_id)[0]

    connections.change(conn, here.manager, channel_id, "  new  name ", ["digest", "entries"], None, settings)

    after = connections.opened(conn, here.owner.workspace_id, channel_id, settings)
    assert before.gets == ("entries",)
    assert (after.name, after.gets, after.secret) == ("new name", ("entries", "digest"), "xoxb-secret")


@pytest.mark.parametrize(
    ("name", "gets", "field"),
    [("", ["entries"], "name"), ("x", [], "gets"), ("x", ["everything"], "gets"), ("x", ["entries", "all"], "gets")],
)
def test_a_channel_has_a_name_and_gets_something(
    conn: Conn, here: Scene, settings: Settings, name: str, gets: list[str], field: str
) -> None:
    channel_id = _connect(conn, here, settings)

    with pytest.raises(Invalid) as caught:
        connections.change(conn, here.manager, channel_id, name, gets, None, settings)

    assert caught.value.field == field


def test_only_managers_change_a_channel(conn: Conn, here: Scene, settings: Settings) -> None:
    channel_id = _connect(conn, here, settings)

    with pytest.raises(NotAllowed):
        connections.change(conn, here.member, channel_id, "mine", ["entries"], None, settings)
