"""What was said about the days is in everybody's next digest, once; each entry has an address of its own."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy

from sqlalchemy import insert, select, update

from engine import models as m
from engine.db import Conn
from engine.outbound.drafts import MailDraft, PostDraft, Row
from engine.outbound.render import Press
from engine.rounds.digest import digests_due
from engine.rounds.posts import digest_posts
from engine.tokens import Purpose, read
from tests import factories as make
from tests.engine.outbound.mails import SIGN, pressed
from tests.engine.rounds.test_digest import DAY, MORNING, WEDNESDAY, drafts, reader, wrote

NEXT = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)


def said(draft: MailDraft) -> list[tuple[str, str, str]]:
    return [(one["name"], one["day"], one["text"]) for one in draft.context["comments"]]


def morning(conn: Conn) -> tuple[make.Team, make.Member, make.Member]:
    """Two read Wednesday's digest, on Thursday at nine."""
    team = make.team(conn, make.workspace(conn))
    ann, ben = reader(conn, team, "Ann"), reader(conn, team, "Ben")
    wrote(conn, team, ann, "Fixed the build.")
    digests_due(conn, MORNING)
    make.settle(conn, conn.scalars(select(m.Run.id)).one(), "sent")
    return team, ann, ben


def test_a_comment_on_the_day_makes_the_next_digest_and_is_in_no_later_one(conn: Conn) -> None:
    team, ann, ben = morning(conn)
    make.comment(conn, ben, None, "What a week.", day=WEDNESDAY, at=MORNING)

    follow_up = digests_due(conn, NEXT)

    assert follow_up.batches
    made = drafts(conn, team)
    assert said(made[ann.id]) == said(made[ben.id]) == [("Ben", "Wednesday 4 March", "What a week.")]
    make.settle(conn, conn.scalars(select(m.Run.id).order_by(m.Run.id.desc())).first() or 0, "sent")
    wrote(conn, team, ann, "More.", NEXT.date())
    digests_due(conn, NEXT + 3 * DAY)
    assert said(drafts(conn, team)[ann.id]) == []


def test_comments_on_entries_and_removed_ones_are_in_no_digest(conn: Conn) -> None:
    team, ann, ben = morning(conn)
    entry = conn.scalars(select(m.Entry.id)).one()
    make.comment(conn, ben, entry, "Thank you.", day=WEDNESDAY, at=MORNING)
    gone = make.comment(conn, ben, None, "Oh no.", day=WEDNESDAY, at=MORNING)
    wrote(conn, team, ann, "More.", MORNING.date())
    conn.execute(update(m.Comment).where(m.Comment.id == gone).values(removed_at=MORNING))

    digests_due(conn, NEXT)

    assert said(drafts(conn, team)[ann.id]) == []


def test_each_entry_has_its_own_signed_address_and_all_readers_share_one_content(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, ben = reader(conn, team, "Ann"), reader(conn, team, "Ben")
    for text in ("Fixed the build.", "Wrote <it> down & went home."):
        wrote(conn, team, ann, text)
    digests_due(conn, MORNING)

    made = drafts(conn, team)
    html = message_from_bytes(pressed(made[ann.id], Press()), policy=policy.default).get_body(("html",))
    assert html is not None
    found = re.findall(r'href="mailto:c\+([a-z2-7]+)@[^"?]+\?subject=Re%3A%20(\w+)', html.get_content())
    named = [read(SIGN.keys, token, Purpose.ENTRY, MORNING.date()) for token, _ in found]

    assert made[ann.id].context is made[ben.id].context
    assert named == [(team.id, entry) for entry in conn.scalars(select(m.Entry.id).order_by(m.Entry.id))]
    assert [word for _, word in found] == ["Fixed", "Wrote"]


def test_a_channels_digest_says_what_was_said_about_the_days(conn: Conn) -> None:
    team, _, ben = morning(conn)
    make.comment(conn, ben, None, "What a week.\nReally.", day=WEDNESDAY, at=MORNING)
    channel = make.channel(conn, team)
    made = {"channel_id": channel, "local_date": NEXT.date(), "since_no": 0, "until_no": 2, "made_at": NEXT}
    digest = conn.execute(
        insert(m.ChannelDigest).values(workspace_id=team.workspace_id, **made).returning(m.ChannelDigest.id)
    ).scalar_one()

    draft = digest_posts(conn, team.workspace_id, [Row(1, 1, channel, digest, "slack", "#x", 0, NEXT)])[1]

    assert isinstance(draft, PostDraft)
    assert "Said about these days\n- Ben: What a week. Really." in draft.text
