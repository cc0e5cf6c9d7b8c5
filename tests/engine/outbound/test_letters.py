"""Mails that let somebody in, as they leave: with a link that works, for the one account it names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from engine import config
from engine.db import Conn
from engine.outbound import letters
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.followup import FollowUp
from engine.outbound.notices import notice_mails
from engine.outbound.render import Press
from engine.people import accounts, contacts, workspaces
from engine.people.accounts import Account
from engine.people.entrance import invitations, tickets
from engine.tokens import Keys
from tests.engine.outbound.mails import bodies, parsed, pressed

SECRET = "a secret key for tests, long enough"


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_SECRET_KEY", SECRET)
    config.settings.cache_clear()


@pytest.fixture
def owner(conn: Conn) -> Account:
    return account(conn, "Acme")


def account(conn: Conn, workspace: str) -> Account:
    workspace_id = workspaces.make(conn, workspace)
    contact_id = contacts.add(conn, workspace_id, "ada@example.org", "Ada", None)
    return accounts.make(conn, workspace_id, contact_id, "owner", None)


def sent(conn: Conn, workspace_id: int) -> list[tuple[MailDraft, str, str]]:
    """(draft, text, html) of each mail of a workspace, oldest first."""
    found = conn.execute(
        text("SELECT run_id, seq, recipient, about, transport, address, attempt, useful_until FROM delivery"
             " WHERE workspace_id = :w ORDER BY run_id, seq"), {"w": workspace_id},
    )  # fmt: skip
    made: list[tuple[MailDraft, str, str]] = []
    for row in found.all():
        asked = Row(*row)
        draft = notice_mails(conn, workspace_id, [asked])[asked.seq]
        assert isinstance(draft, MailDraft)
        mail = pressed(draft, Press(), asked)
        plain, html = bodies(parsed(mail))
        made.append((draft, plain, html))
    return made


@pytest.mark.parametrize(("use", "path"), [("signin", "/signin/link/"), ("reset", "/signin/reset/")])
def test_both_parts_of_a_mail_have_the_link_that_opens_the_account(
    conn: Conn, owner: Account, use: tickets.Use, path: str
) -> None:
    letters.mail_ticket(conn, "ADA@example.org", use, datetime.now(UTC))

    [(draft, plain, html)] = sent(conn, owner.workspace_id)

    token = draft.personal["token"]
    assert f"{path}{token}\n" in plain
    assert f'{path}{token}"' in html
    assert tickets.look(conn, Keys.of(SECRET), token, use, datetime.now(UTC)).id == owner.id


def test_an_address_of_two_workspaces_gets_a_link_for_each(conn: Conn, owner: Account) -> None:
    other = account(conn, "Other")

    asked, followup = letters.mail_ticket(conn, owner.email, "signin", datetime.now(UTC))

    assert [found.id for found in asked] == [owner.id, other.id]
    assert len(followup.batches) == len(set(followup.batches)) == 2


def test_an_unknown_address_gets_nothing(conn: Conn, owner: Account) -> None:
    assert letters.mail_ticket(conn, "eve@example.org", "signin", datetime.now(UTC)) == ([], FollowUp())


def test_many_who_are_invited_get_each_their_own_link_in_one_run(conn: Conn, owner: Account) -> None:
    now, who = datetime.now(UTC), owner.principal
    done = invitations.invite(conn, who, "eve@example.org\nfay@example.org", "user", None, now)

    letters.mail_invitations(conn, who, done.contact_ids, None, done.until, now)

    found = sent(conn, owner.workspace_id)
    tokens = [draft.personal["token"] for draft, _, _ in found]
    opened = [invitations.look(conn, Keys.of(SECRET), token, now)[1].email for token in tokens]
    assert opened == ["eve@example.org", "fay@example.org"]
    assert all(f"/invitation/{token}\n" in plain for token, (_, plain, _) in zip(tokens, found, strict=True))
    assert conn.execute(text("SELECT count(*) FROM run")).scalar_one() == 1
