"""The picture and the hidden link of questions and digests: only where they are wanted, and as slots."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from engine import db, tokens
from engine.db import Conn
from engine.outbound import record, tracked
from engine.outbound.content import Makers
from engine.outbound.drafts import Draft, MailDraft, PostDraft, Row
from engine.outbound.render import Press
from tests import factories as make
from tests.engine.outbound.mails import MAILS, ROW, SIGN, assert_lines, bodies, draft, parsed, pressed
from tests.engine.outbound.world import Office


@pytest.mark.parametrize("mail", MAILS)
def test_no_tracked_mail_needs_a_template_for_each_recipient(mail: str) -> None:
    assert Press().skeleton(replace(draft(mail), tracked=True), SIGN).conditional == []


@pytest.mark.parametrize("mail", ["prompt", "nudge", "digest"])
def test_a_tracked_mail_is_the_plain_one_with_a_picture_and_a_link_that_nobody_sees(mail: str) -> None:
    press = Press()

    plain, found = pressed(draft(mail), press), pressed(replace(draft(mail), tracked=True), press)
    text_before, html_before = bodies(parsed(plain))
    text_after, html_after = bodies(parsed(found))

    assert text_after == text_before
    pixel = re.search(r'<img src="https://acme\.example/o/([a-z2-7]+)\.gif"[^>]*>', html_after)
    hidden = re.search(
        r'<div class="preview"[^>]*><a [^>]*href="https://acme\.example/l/([a-z2-7]+)"[^>]*>.*</div>', html_after
    )
    assert pixel
    assert hidden
    assert tokens.read_hit(SIGN.keys, pixel[1], tokens.Purpose.OPEN) == (ROW.run_id, ROW.seq, 0)
    assert tokens.read_hit(SIGN.keys, hidden[1], tokens.Purpose.HIT) == (ROW.run_id, ROW.seq, 0)
    left = html_after.replace(pixel[0], "").replace(hidden[0], "")
    assert "".join(left.split()) == "".join(html_before.split())
    assert_lines(found)


def test_only_mails_of_people_who_do_not_mind_are_tracked(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ada, ben = make.member(conn, team, "Ada"), make.member(conn, team, "Ben")
    conn.execute(text("UPDATE contact SET tracked = false WHERE id = :id"), {"id": ben.contact_id})
    drafts: dict[int, Draft] = {
        1: MailDraft("prompt", {}, membership_id=ada.id), 2: MailDraft("prompt", {}, membership_id=ben.id),
        3: PostDraft("text"),
    }  # fmt: skip

    found = tracked.marked(conn, team.workspace_id, drafts)

    assert {seq: one.tracked for seq, one in found.items() if isinstance(one, MailDraft)} == {1: True, 2: False}
    assert found[3] is drafts[3]


@pytest.mark.parametrize(("wanted", "pictures"), [(True, 1), (False, 0)])
def test_the_loop_tracks_questions_where_the_workspace_wants_it(engine_db: Engine, wanted: bool, pictures: int) -> None:
    office = Office.open(engine_db, 1)
    office.plan(["ada@x.test"])
    office.run_sql(f"UPDATE workspace SET track_checkins = {wanted}")
    with engine_db.begin() as conn:
        team = make.team(conn, make.Workspace(office.workspace_id, ""))
        ada = make.member(conn, team, "Ada")

    def contents(conn: db.Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
        return {row.seq: draft("prompt", membership_id=ada.id) for row in rows}

    makers = Makers(office.settings, {"prompt": contents})
    with engine_db.begin() as conn:
        [(batch, found)] = record.claim(conn, "me", db.now(conn), 5, 30)
        makers.load(conn, batch, found)

    _, html = bodies(parsed(makers.mail(batch, found[0]).content))
    assert html.count("<img ") == html.count("Only machines") == pictures
