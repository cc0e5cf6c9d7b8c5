"""The preview of a digest says what the digest will say, writes nothing, and is for whom it concerns."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine import models as m
from engine.db import Conn
from engine.errors import NotAllowed, NotFound
from engine.outbound.drafts import MailDraft
from engine.people.principal import SYSTEM, of_link, of_session
from engine.rounds import digest_preview as preview
from engine.rounds.digest import digests_due
from engine.rounds.mails import digest_mails
from engine.rounds.open import open_due
from tests import factories as make
from tests.engine.rounds.test_mails import DUE, MORNING, SIX, drafts
from tests.factories import Member, Team, Workspace

EIGHT = SIX + timedelta(hours=2)


def evening(conn: Conn, *texts: str) -> tuple[Workspace, Team, Member, Member]:
    """Two people who were asked at six; the first wrote, at eight."""
    acme = make.workspace(conn)
    team = make.team(conn, acme, name="Ops")
    ann, bo = make.member(conn, team, "Ann Bell", zone="UTC", **DUE), make.member(conn, team, "Bo", zone="UTC", **DUE)
    open_due(conn, SIX)
    part = conn.execute(select(m.Participation.id).where(m.Participation.membership_id == ann.id)).scalar_one()
    for text in texts:
        make.entry(conn, part, text, at=EIGHT)
    return acme, team, ann, bo


def counts(conn: Conn) -> dict[str, int | None]:
    tables = (m.Digest, m.Run, m.Batch, m.Delivery, m.DeliveryEvent, m.History, m.Participation)
    return {table.__tablename__: conn.scalar(select(func.count()).select_from(table)) for table in tables}


def test_it_is_the_mail_that_comes(conn: Conn) -> None:
    acme, _, ann, bo = evening(conn, "Fixed the build.", "Wrote docs.")
    before = counts(conn)

    seen = {member.id: preview.next_digest(conn, SYSTEM(acme.id), member.id, MORNING) for member in (ann, bo)}
    after = counts(conn)
    digests_due(conn, MORNING)
    sent: dict[int, MailDraft] = drafts(conn, acme.id, "digest", digest_mails)

    assert after == before
    assert sent.keys() == seen.keys()
    for member, draft in sent.items():
        assert seen[member].draft == draft
        assert seen[member].comes_at == MORNING


def test_what_an_accepted_digest_has_said_is_not_said_again(conn: Conn) -> None:
    acme, _, ann, _ = evening(conn, "Fixed the build.")
    digests_due(conn, MORNING)
    waiting = preview.next_digest(conn, SYSTEM(acme.id), ann.id, MORNING).draft
    make.settle(conn, conn.execute(select(m.Run.id).where(m.Run.kind == "digest")).scalar_one())

    assert waiting is not None
    assert preview.next_digest(conn, SYSTEM(acme.id), ann.id, MORNING).draft is None


def test_nothing_is_to_be_said_before_anybody_wrote_or_when_all_was_removed(conn: Conn) -> None:
    acme, _, ann, bo = evening(conn)
    silent = preview.next_digest(conn, SYSTEM(acme.id), bo.id, MORNING)
    part = conn.execute(select(m.Participation.id).where(m.Participation.membership_id == ann.id)).scalar_one()
    make.entry(conn, part, "Oops.", at=EIGHT, removed_at=EIGHT)

    gone = preview.next_digest(conn, SYSTEM(acme.id), bo.id, MORNING)

    assert silent.draft is None
    assert gone.draft is None


def test_who_may_see_whose(conn: Conn) -> None:
    acme, team, ann, bo = evening(conn, "Fixed the build.")
    boss = make.member(conn, team, "Boss", role="manager")
    other = make.member(conn, make.team(conn, acme), "Other", role="manager")
    far = make.workspace(conn, "Far")

    def session(member: Member) -> preview.Preview:
        return preview.next_digest(conn, of_session(acme.id, member.contact_id, 1, "user"), ann.id, MORNING)

    assert session(ann).name == session(boss).name == "Ann Bell"
    assert preview.next_digest(conn, of_link(acme.id, ann.contact_id, ann.id), ann.id, MORNING).draft is not None
    for refused, who in (
        (NotAllowed, of_session(acme.id, bo.contact_id, 1, "user")),
        (NotAllowed, of_link(acme.id, bo.contact_id, bo.id)),
        (NotAllowed, of_link(acme.id, boss.contact_id, boss.id)),
        (NotFound, of_session(acme.id, other.contact_id, 1, "user")),
        (NotFound, of_session(far.id, ann.contact_id, 1, "owner")),
    ):
        with pytest.raises(refused):
            preview.next_digest(conn, who, ann.id, MORNING)
