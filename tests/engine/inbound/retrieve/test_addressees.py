"""Whom the listener takes mail for besides the addresses with tokens: teams, workspaces, postmaster and abuse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event, insert, text

from engine import models as m
from engine.inbound.queries import plain
from tests import factories as make
from tests.engine.inbound.retrieve.clients import GOOD, MAIL, dialogue, kept, wire
from tests.engine.inbound.world import DOMAIN, listening
from tests.fakes.database import Databases


@pytest.fixture
def port(engine_db: Engine) -> Iterator[int]:
    """A listener's port; it has looked once, at an instance without teams."""
    with listening(engine_db) as port:
        yield port


def team_at(engine: Engine, local: str, reply_domain: str | None = None) -> None:
    """A workspace whose team is written to at `local`."""
    with engine.begin() as conn:
        ws = make.workspace(conn)
        if reply_domain:
            conn.execute(
                text("UPDATE workspace SET reply_domain = :d WHERE id = :id"), {"d": reply_domain, "id": ws.id}
            )
        team = make.team(conn, ws)
        conn.execute(insert(m.PlainAddress).values(workspace_id=ws.id, team_id=team.id, local=local))


def test_a_team_that_is_older_than_the_listener_is_known_without_a_question(engine_db: Engine) -> None:
    team_at(engine_db, "rockets")
    questions: list[str] = []
    with listening(engine_db) as port, dialogue(port) as client:
        event.listen(engine_db, "before_cursor_execute", lambda *given: questions.append(given[2]))
        client.mail("ada@example.org")

        assert client.rcpt(f"Rockets@{DOMAIN.upper()}")[0] == 250
        assert questions == []
        assert client.data(MAIL)[0] == 250
    assert [to for _, to, _ in kept(engine_db)] == [[f"Rockets@{DOMAIN.upper()}"]]


def test_a_team_made_a_moment_ago_is_known_and_one_that_is_not_there_is_refused(engine_db: Engine, port: int) -> None:
    team_at(engine_db, "rockets")
    with dialogue(port) as client:
        client.mail("ada@example.org")

        assert client.rcpt(f"rockets@{DOMAIN}")[0] == 250
        assert client.rcpt(f"rocketz@{DOMAIN}")[0] == 550
        assert client.rcpt("rockets@elsewhere.test")[0] == 550


def test_a_team_has_its_address_at_the_instances_domain_and_at_its_workspaces_own(engine_db: Engine) -> None:
    team_at(engine_db, "rockets", "Reply.Acme.test")
    team_at(engine_db, "bakers")

    with engine_db.begin() as conn:
        known = plain.plain_addresses(conn, DOMAIN)
        asked = {
            f"{local}@{domain}"
            for local in ("rockets", "bakers", "nobody")
            for domain in (DOMAIN, "reply.acme.test", "elsewhere.test")
            if plain.known_local(conn, domain, local, DOMAIN)
        }
    assert known == {f"rockets@{DOMAIN}", "rockets@reply.acme.test", f"bakers@{DOMAIN}"}
    assert asked == known


@pytest.mark.parametrize("recipient", [f"postmaster@{DOMAIN}", f"Abuse@{DOMAIN}", f"POSTMASTER@{DOMAIN}"])
def test_mail_to_the_people_behind_the_domain_is_taken(engine_db: Engine, port: int, recipient: str) -> None:
    with dialogue(port) as client:
        client.sendmail("ada@example.org", [recipient], MAIL)

    assert [to for _, to, _ in kept(engine_db)] == [[recipient]]


def test_postmaster_needs_no_domain(engine_db: Engine, port: int) -> None:
    with wire(port) as client:
        client.say(b"EHLO client.example.org")
        client.say(b"MAIL FROM:<ada@example.org>")

        assert client.say(b"RCPT TO:<Postmaster>").startswith("250")
        assert client.say(b"RCPT TO:<root>").startswith("550")


def test_while_the_database_is_away_no_address_is_refused_that_may_be_a_teams(
    databases: Databases, db_url: str, engine_db: Engine
) -> None:
    with listening(engine_db) as port, dialogue(port) as client, databases.away(db_url):
        client.mail("ada@example.org")

        assert client.rcpt(f"rockets@{DOMAIN}")[0] == 451
        assert client.rcpt("rockets@elsewhere.test")[0] == 550
        assert client.rcpt(GOOD)[0] == 250
