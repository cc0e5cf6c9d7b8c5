"""Keys of a workspace: made and sealed, seen in DNS, signing real mails that dkimpy verifies, and retired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from engine import config, db
from engine.errors import ConfigError, Invalid, NotAllowed, NotFound
from engine.outbound import record, resolving, signing
from engine.outbound.content import Makers
from engine.people.principal import SYSTEM, of_session
from engine.transports.base import Mail
from tests import factories
from tests.engine.outbound.dkim_oracle import verifies
from tests.engine.outbound.world import Office, plain_drafts
from tests.fakes.dns_server import DnsServer, dns_server


@pytest.fixture
def names() -> Iterator[DnsServer]:
    """A name server."""
    with dns_server() as server:
        yield server


@pytest.fixture
def office(engine_db: Engine, names: DnsServer) -> Office:
    """A workspace that sends from example.org, and asks that name server."""
    made = Office.open(engine_db, 1, dns_resolver=names.place)
    made.run_sql("UPDATE workspace SET mail_from = 'Team <team@example.org>' WHERE id = :w", w=made.workspace_id)
    return made


def key_of(office: Office, selector: str = "s1", algorithm: str = "rsa", **changed: Any) -> signing.Key:
    with office.engine.begin() as conn:
        who, now = SYSTEM(office.workspace_id), db.now(conn)
        return signing.make(conn, who, office.settings, changed.get("domain", ""), selector, algorithm, now)


def switch_on(office: Office, key: signing.Key, now: datetime | None = None) -> int:
    with office.engine.begin() as conn:
        return signing.switch_on(conn, SYSTEM(office.workspace_id), key, now or db.now(conn))


def mail_of(office: Office, makers: Makers | None = None) -> Mail:
    """The first mail of a new run as it would go to the relay."""
    office.plan(["a@x.test"])
    makers = makers or Makers(office.settings, {"prompt": plain_drafts})
    with office.engine.begin() as conn:
        [(batch, rows)] = record.claim(conn, "me", db.now(conn), 1, 30)
        makers.load(conn, batch, rows)
    return makers.mail(batch, rows[0])


def test_a_key_that_is_switched_on_signs_mail_as_dkimpy_verifies(office: Office) -> None:
    rsa, ed = key_of(office, "s1"), key_of(office, "s2", "ed25519")
    unsigned = mail_of(office)
    for key in (rsa, ed):
        switch_on(office, key)

    signed = mail_of(office).content

    records = {rsa.name: rsa.record, ed.name: ed.record}
    assert b"DKIM-Signature" not in unsigned.content
    assert signed.count(b"DKIM-Signature:") == 2
    assert verifies(signed, records, 0)
    assert verifies(signed, records, 1)
    assert not verifies(signed.replace(b"Subject: ", b"Subject: not "), records)


def test_the_secret_is_sealed_and_read_by_no_page(office: Office) -> None:
    key = key_of(office)

    stored = office.value("SELECT secret FROM dkim_key")

    assert b"PRIVATE" not in bytes(stored)
    assert "PRIVATE" not in repr(key)
    assert key.record.startswith("v=DKIM1; k=rsa; p=")
    assert key.strings.count('"') == 4


def test_dns_says_found_missing_different_or_nothing(
    office: Office, names: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, other = key_of(office, "s1"), key_of(office, "s2")

    missing = signing.look(key, office.settings)
    names.publish(key.name, other.record)
    different = signing.look(key, office.settings)
    names.publish(key.name, key.record)
    found = signing.look(key, office.settings)
    names.records[key.name] *= 2
    names.records[key.name][1] = '"v=spf1 -all"'
    two = signing.look(key, office.settings)
    monkeypatch.setattr(resolving, "SECONDS", 0.3)
    names.mute = True
    silent = signing.look(key, office.settings)

    assert [check.found for check in (missing, different, found, two, silent)] == [False, False, True, False, None]
    assert "no record" in missing.words
    assert "holds another key" in different.words
    assert "2 TXT records" in two.words
    assert all(check.todo for check in (missing, different, two, silent))


def test_the_key_before_signs_beside_a_new_one_for_a_week_and_then_no_more(office: Office) -> None:
    old, new = key_of(office, "s1"), key_of(office, "s2")
    switch_on(office, old)

    assert switch_on(office, new) == 1

    both = mail_of(office).content
    assert office.value("SELECT retired_at - signs_from FROM dkim_key WHERE selector = 's1'") >= timedelta(days=7)
    office.run_sql("UPDATE dkim_key SET retired_at = now() - interval '1 s' WHERE selector = 's1'")
    after = mail_of(office).content
    assert both.count(b"DKIM-Signature:") == 2
    assert after.count(b"DKIM-Signature:") == 1
    assert verifies(after, {new.name: new.record})
    with office.engine.begin() as conn:
        stages = [key.stage for key in signing.listed(conn, SYSTEM(office.workspace_id), office.settings, db.now(conn))]
    assert stages == ["signs", "retired"]


def test_a_key_of_another_domain_than_the_from_signs_nothing(office: Office) -> None:
    switch_on(office, key_of(office))
    office.run_sql("UPDATE workspace SET mail_from = 'team@elsewhere.test'")

    assert b"DKIM-Signature" not in mail_of(office).content
    with pytest.raises(Invalid, match="Mail is from elsewhere"):
        key_of(office, "s2", domain="example.org")


def test_the_key_of_a_domain_above_signs_mail_from_below(office: Office) -> None:
    office.run_sql("UPDATE workspace SET mail_from = 'team@mail.example.org'")
    key = key_of(office, domain="example.org")
    switch_on(office, key)

    assert verifies(mail_of(office).content, {key.name: key.record})


def test_another_workspace_is_not_signed_with_it_and_may_not_see_it(engine_db: Engine, office: Office) -> None:
    key = key_of(office)
    switch_on(office, key)
    other = Office.open(engine_db, 1)
    other.run_sql("UPDATE workspace SET mail_from = 'team@example.org' WHERE id = :w", w=other.workspace_id)

    assert b"DKIM-Signature" not in mail_of(other).content
    with other.engine.begin() as conn, pytest.raises(NotFound):
        signing.one(conn, SYSTEM(other.workspace_id), other.settings, key.id, db.now(conn))


def test_users_may_neither_look_nor_make(office: Office) -> None:
    with office.engine.begin() as conn:
        contact, _ = factories.contact(conn, office.workspace_id, "Ben")
        who = of_session(office.workspace_id, contact, 1, "user")
        with pytest.raises(NotAllowed):
            signing.listed(conn, who, office.settings, db.now(conn))
        with pytest.raises(NotAllowed):
            signing.make(conn, who, office.settings, "", "s9", "rsa", db.now(conn))


def test_a_key_that_signs_is_not_removed_and_a_selector_is_used_once(office: Office) -> None:
    key = key_of(office)
    with pytest.raises(Invalid, match="already"):
        key_of(office)
    switch_on(office, key)

    with office.engine.begin() as conn:
        now, who = db.now(conn), SYSTEM(office.workspace_id)
        fresh = signing.one(conn, who, office.settings, key.id, now)
        with pytest.raises(Invalid, match="Retire it first"):
            signing.remove(conn, who, fresh)
        signing.retire(conn, who, fresh, now)
        signing.remove(conn, who, signing.one(conn, who, office.settings, key.id, now))

    assert office.value("SELECT count(*) FROM dkim_key") == 0


def test_under_another_secret_key_no_mail_leaves_unsigned(office: Office) -> None:
    switch_on(office, key_of(office))
    lost = config.load(**{**office.settings.model_dump(), "secret_key": "another secret key, of another instance"})

    with pytest.raises(ConfigError, match="SIXPM_SECRET_KEY"):
        mail_of(office, Makers(lost, {"prompt": plain_drafts}))


def test_keys_cost_a_batch_no_statement_more(office: Office) -> None:
    def statements() -> int:
        seen: list[str] = []
        event.listen(office.engine, "before_cursor_execute", listener := lambda *words: seen.append(words[2]))
        mail_of(office)
        event.remove(office.engine, "before_cursor_execute", listener)
        return len(seen)

    before = statements()
    switch_on(office, key_of(office))

    assert statements() == before
    with office.engine.begin() as conn:
        assert conn.execute(text("SELECT count(*) FROM dkim_key WHERE signs_from IS NOT NULL")).scalar_one() == 1


def test_a_selector_is_proposed_by_date_and_by_a_letter_more_on_the_same_day(office: Office) -> None:
    with office.engine.begin() as conn:
        who, now = SYSTEM(office.workspace_id), db.now(conn)
        first = signing.propose([], now)
        signing.make(conn, who, office.settings, "", first, "ed25519", now)
        second = signing.propose(signing.listed(conn, who, office.settings, now), now)

    assert (first, second) == (f"s{now:%Y%m%d}", f"s{now:%Y%m%d}b")
