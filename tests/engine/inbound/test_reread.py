"""A newer parser over mails of before. What an older one had read is written into the rows by hand."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select, text

from engine import models as m
from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.inbound import amend, differing, reread
from engine.inbound.again import dismiss
from engine.inbound.parse import VERSION, parse
from engine.inbound.queries import listing_differences as differences
from engine.inbound.queries import rereading
from engine.inbound.reader import ParseKilled
from engine.people.principal import SYSTEM, Principal, of_session
from engine.tasks.stories import ACTS
from tests import factories as make
from tests.engine.inbound.world import EVENING, World, inbound, keep, take, texts, world

OLD = VERSION - 1


def admin(here: World) -> Principal:
    return of_session(here.ws.id, 1, 7, "admin")


def answered(conn: Conn, here: World, words: str, ident: str = "one") -> int:
    """A reply that was read, with the mail's id."""
    number = keep(conn, here.reply(words), [here.reply_address], ident=ident)
    take(conn, number)
    return number


def as_read_before(conn: Conn, number: int, *entries: str) -> None:
    """Make the answer's entries what an older parser had made of the mail."""
    conn.execute(text("UPDATE inbound SET version = :old WHERE id = :id"), {"old": OLD, "id": number})
    ids = list(conn.scalars(select(m.Entry.id).join(m.Answer, m.Answer.id == m.Entry.answer_id)
                            .where(m.Answer.inbound_id == number).order_by(m.Entry.no)))  # fmt: skip
    for ident, words in zip(ids, entries, strict=False):
        conn.execute(text("UPDATE entry SET text = :words WHERE id = :id"), {"words": words, "id": ident})
    for ident in ids[len(entries) :]:
        conn.execute(text("DELETE FROM entry WHERE id = :id"), {"id": ident})
    for words in entries[len(ids) :]:
        query = """
            WITH t AS (UPDATE team SET entry_no = entry_no + 1 WHERE id = :team RETURNING entry_no)
            INSERT INTO entry
                (workspace_id, team_id, no, round_id, participation_id, membership_id, answer_id, text, at)
            SELECT e.workspace_id, e.team_id, t.entry_no, e.round_id, e.participation_id, e.membership_id, e.answer_id,
                   :words, e.at FROM entry e, t WHERE e.id = :id
        """
        team = conn.scalars(select(m.Entry.team_id).where(m.Entry.id == ids[0])).one()
        conn.execute(text(query), {"team": team, "words": words, "id": ids[0]})


def read_all(conn: Conn, here: World) -> differences.Shown:
    """Begin, and read to the end; how it stands."""
    made, followup = reread.begin(conn, admin(here), EVENING)
    while followup.reread:
        followup = reread.go_on(conn, made, parse, EVENING)
    return differences.shown(conn, here.ws.id)[0]


def apply_all(conn: Conn, here: World, made: int) -> list[int]:
    """Approve, and apply to the end; the mails that are to be read again."""
    followup = reread.approve(conn, admin(here), made, EVENING)
    inbound_ids: list[int] = []
    while followup.reread:
        followup = reread.go_on(conn, made, parse, EVENING)
        inbound_ids += followup.inbound
    return inbound_ids


def found(conn: Conn, here: World, made: int) -> list[differences.Listed]:
    return differences.listed(conn, here.ws.id, made, 0, 100)


def current(entries: dict[str, Any]) -> list[str]:
    return [entry["text"] for entry in entries["entries"]]


def test_what_would_read_differently_is_shown_and_nothing_changes(conn: Conn) -> None:
    here = world(conn)
    number = answered(conn, here, "Fixed the build.\n\nWrote the docs.")
    as_read_before(conn, number, "Fixed the build. Wrote the docs.")

    now = read_all(conn, here)

    [row] = found(conn, here, now.id)
    assert (now.mails, now.different, now.chosen) == (1, 1, 1)
    assert (current(row.before), current(row.after)) == (
        ["Fixed the build. Wrote the docs."], ["Fixed the build.", "Wrote the docs."],
    )  # fmt: skip
    assert texts(conn) == ["Fixed the build. Wrote the docs."]


def test_an_edit_by_mail_does_not_bring_back_what_a_manager_had_removed(conn: Conn) -> None:
    here = world(conn)
    answered(conn, here, "Fixed the build.\n\nA secret.")
    secret = conn.scalars(select(m.Entry.id).where(m.Entry.text == "A secret.")).one()
    amend.remove(conn, SYSTEM(here.ws.id), secret, EVENING)
    edit = keep(conn, here.reply("edit\nFixed the big build.\n\nA secret."), [here.reply_address], ident="edit")
    take(conn, edit, acts=ACTS)
    conn.execute(text("UPDATE inbound SET version = :old WHERE id = :id"), {"old": OLD, "id": edit})

    now = read_all(conn, here)

    assert [row.kept for row in found(conn, here, now.id)] == [differing.TOUCHED]
    assert now.chosen == 0


def test_teams_are_held_for_writing_after_all_entries_and_before_they_are_read(conn: Conn) -> None:
    here = world(conn)
    make.channel(conn, here.team)
    for ident in ("one", "two"):
        as_read_before(conn, answered(conn, here, f"Fixed {ident}.\n\nWrote docs of {ident}.", ident), f"Fixed {ident}")
    now = read_all(conn, here)

    seen: list[str] = []
    event.listen(conn, "before_cursor_execute", lambda *of: seen.append(of[2]))
    apply_all(conn, here, now.id)

    locks = [one for one in seen if "FOR NO KEY UPDATE" in one or "FOR SHARE" in one or "FOR UPDATE" in one]
    teams = ["FROM team" in one for one in locks if "FROM rereading" not in one]
    assert teams[:2] == [False, True]
    assert "FOR NO KEY UPDATE" in next(one for one in locks if "FROM team" in one)


def test_on_approval_entries_change_with_their_history_and_missed_ones_are_added(conn: Conn) -> None:
    here = world(conn)
    number = answered(conn, here, "Fixed the build.\n\nWrote the docs.")
    as_read_before(conn, number, "Fixed the build. Wrote the docs.")
    now = read_all(conn, here)

    apply_all(conn, here, now.id)

    assert texts(conn) == ["Fixed the build.", "Wrote the docs."]
    changes = conn.execute(select(m.EntryChange.actor, m.EntryChange.what, m.EntryChange.text)).all()
    assert [tuple(row) for row in changes] == [(f"parser:{VERSION}", "edited", "Fixed the build. Wrote the docs.")]
    assert differences.shown(conn, here.ws.id)[0].ended_at is not None
    assert differences.older(conn, here.ws.id, VERSION) == 0


def test_an_entry_that_was_none_is_removed_and_can_be_restored(conn: Conn) -> None:
    here = world(conn)
    number = answered(conn, here, "Fixed the build.")
    as_read_before(conn, number, "Fixed the build.", "Ada Lovelace, Engines Ltd.")
    now = read_all(conn, here)

    apply_all(conn, here, now.id)

    left = conn.scalars(select(m.Entry.text).where(m.Entry.removed_at.is_(None))).all()
    removed = conn.scalars(select(m.Entry.id).where(m.Entry.removed_at.is_not(None))).one()
    amend.restore(conn, admin(here), removed, EVENING)
    assert left == ["Fixed the build."]
    assert texts(conn) == ["Fixed the build.", "Ada Lovelace, Engines Ltd."]


def test_what_a_person_has_edited_is_never_touched(conn: Conn) -> None:
    here = world(conn)
    number = answered(conn, here, "Fixed the build.\n\nWrote the docs.")
    as_read_before(conn, number, "Fixed the build. Wrote the docs.")
    entry = conn.scalars(select(m.Entry.id)).one()
    amend.edit(conn, admin(here), entry, "Fixed it all.", EVENING)

    now = read_all(conn, here)

    [row] = found(conn, here, now.id)
    assert (row.kept, row.chosen) == ("A person has changed these entries.", False)
    with pytest.raises(Invalid, match="Nothing is ticked"):
        reread.approve(conn, admin(here), now.id, EVENING)


def test_who_edits_between_the_look_and_the_approval_wins(conn: Conn) -> None:
    here = world(conn)
    number = answered(conn, here, "Fixed the build.\n\nWrote the docs.")
    as_read_before(conn, number, "Fixed the build. Wrote the docs.")
    now = read_all(conn, here)
    amend.edit(conn, admin(here), conn.scalars(select(m.Entry.id)).one(), "Fixed it all.", EVENING)

    apply_all(conn, here, now.id)

    assert texts(conn) == ["Fixed it all."]
    assert found(conn, here, now.id)[0].kept == "A person has changed it meanwhile."


def test_what_is_left_out_stays_and_is_not_asked_again(conn: Conn) -> None:
    here = world(conn)
    one, two = answered(conn, here, "One.\n\nTwo."), answered(conn, here, "Three.\n\nFour.", "two")
    as_read_before(conn, one, "One. Two.")
    as_read_before(conn, two, "Three. Four.")
    now = read_all(conn, here)
    out = found(conn, here, now.id)[0]

    reread.choose(conn, admin(here), now.id, [out.id], False)
    apply_all(conn, here, now.id)

    assert sorted(texts(conn)) == ["Four.", "One. Two.", "Three."]
    assert differences.older(conn, here.ws.id, VERSION) == 0


def test_words_are_never_taken_away_by_a_reading_that_finds_none(conn: Conn) -> None:
    here = world(conn)
    number = answered(conn, here, "Fixed the build.")
    as_read_before(conn, number, "Something else.")
    conn.execute(text("UPDATE inbound SET raw = convert_to('Subject: Re: today' || chr(10) || chr(10), 'UTF8')"))

    now = read_all(conn, here)

    assert found(conn, here, now.id)[0].kept == "The new reading finds no words. What was recorded stays."


def test_a_persons_mail_that_was_taken_for_a_robots_is_read_again(conn: Conn) -> None:
    here = world(conn)
    number = keep(conn, here.reply("Fixed the build."), [here.reply_address])
    conn.execute(text("UPDATE inbound SET state = 'noted', kind = 'autoreply', version = :old, workspace_id = :ws"),
                 {"old": OLD, "ws": here.ws.id})  # fmt: skip
    now = read_all(conn, here)

    again = apply_all(conn, here, now.id)
    take(conn, number)

    assert again == [number]
    assert texts(conn) == ["Fixed the build."]


def test_what_a_person_dismissed_is_not_asked_about(conn: Conn) -> None:
    here = world(conn)
    number = keep(conn, b"From: eve@evil.test\r\nSubject: Hi\r\n\r\nHello.\r\n", [])
    take(conn, number)
    dismiss(conn, admin(here), [number], EVENING)
    conn.execute(text("UPDATE inbound SET kind = 'autoreply', version = :old"), {"old": OLD})

    now = read_all(conn, here)

    assert (now.mails, now.different) == (1, 0)
    assert now.ended_at is not None


def test_a_mail_that_kills_the_parse_process_is_counted_and_passed_by(conn: Conn) -> None:
    here = world(conn)
    as_read_before(conn, answered(conn, here, "One.\n\nTwo."), "One. Two.")
    as_read_before(conn, answered(conn, here, "Three.\n\nFour.", "two"), "Three. Four.")
    made, _ = reread.begin(conn, admin(here), EVENING)

    def read(raw: bytes) -> Any:
        if b"Three" in raw:
            raise ParseKilled("too long")
        return parse(raw)

    while reread.go_on(conn, made, read, EVENING).reread:
        pass

    [now] = differences.shown(conn, here.ws.id)
    assert (now.mails, now.failed, now.different) == (2, 1, 1)


def test_slices_go_on_where_the_last_ended(conn: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    here = world(conn)
    for n in range(3):
        as_read_before(conn, answered(conn, here, f"One {n}.\n\nTwo {n}.", str(n)), f"One {n}. Two {n}.")
    monkeypatch.setattr(reread, "SLICE_BYTES", 10)
    made, _ = reread.begin(conn, admin(here), EVENING)

    seen = []
    while reread.go_on(conn, made, parse, EVENING).reread:
        seen.append(differences.shown(conn, here.ws.id)[0].mails)

    assert seen == [1, 2, 3]
    assert rereading.unfinished(conn) == []


def test_the_sweep_knows_what_is_unfinished(conn: Conn) -> None:
    here = world(conn)
    as_read_before(conn, answered(conn, here, "One.\n\nTwo."), "One. Two.")

    made, _ = reread.begin(conn, admin(here), EVENING)
    reading = rereading.unfinished(conn)
    while reread.go_on(conn, made, parse, EVENING).reread:
        pass
    waiting = rereading.unfinished(conn)
    reread.approve(conn, admin(here), made, EVENING)
    applying = rereading.unfinished(conn)

    assert (reading, waiting, applying) == ([made], [], [made])


def test_a_dropped_one_changes_nothing_and_can_be_begun_again(conn: Conn) -> None:
    here = world(conn)
    as_read_before(conn, answered(conn, here, "One.\n\nTwo."), "One. Two.")
    now = read_all(conn, here)

    with pytest.raises(Invalid, match="under way"):
        reread.begin(conn, admin(here), EVENING)
    reread.drop(conn, admin(here), now.id, EVENING)
    again = read_all(conn, here)

    assert texts(conn) == ["One. Two."]
    assert again.different == 1
    with pytest.raises(NotFound):
        reread.drop(conn, admin(here), now.id, EVENING)


def test_posts_of_changed_entries_are_mended(conn: Conn) -> None:
    here = world(conn)
    make.channel(conn, here.team)
    number = answered(conn, here, "One.\n\nTwo.")
    as_read_before(conn, number, "One. Two.")
    run = conn.scalars(select(m.Answer.post_run_id)).one()
    conn.execute(text("UPDATE delivery SET state = 'sent', sent_at = now() WHERE run_id = :run"), {"run": run})
    now = read_all(conn, here)

    apply_all(conn, here, now.id)

    assert conn.execute(select(m.Correction.run_id)).scalars().all() == [run]


def test_another_workspaces_admin_sees_and_does_nothing(conn: Conn) -> None:
    here = world(conn)
    as_read_before(conn, answered(conn, here, "One.\n\nTwo."), "One. Two.")
    now = read_all(conn, here)
    other = of_session(make.workspace(conn).id, 1, 8, "admin")

    with pytest.raises(NotFound):
        reread.approve(conn, other, now.id, EVENING)
    with pytest.raises(NotFound):
        reread.drop(conn, other, now.id, EVENING)
    with pytest.raises(Invalid):
        reread.begin(conn, other, EVENING)
    assert differences.listed(conn, other.workspace_id, now.id, 0, 10) == []


def test_only_admins_begin(conn: Conn) -> None:
    here = world(conn)

    with pytest.raises(NotAllowed):
        reread.begin(conn, of_session(here.ws.id, 1, 7, "user"), EVENING)


def test_a_mail_keeps_who_read_it_last(conn: Conn) -> None:
    here = world(conn)

    number = answered(conn, here, "One.")

    assert conn.scalars(select(m.Inbound.version).where(m.Inbound.id == number)).one() == VERSION
    assert inbound(conn, number).state == "routed"


def test_an_order_above_the_words_of_a_mail_is_read_as_one_again(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("skip\n\nI am ill today."), [here.reply_address])
    take(conn, ident, acts=ACTS)
    conn.execute(text("UPDATE inbound SET version = :old WHERE id = :id"), {"old": OLD, "id": ident})

    made = read_all(conn, here).id

    assert texts(conn) == ["I am ill today."]
    assert found(conn, here, made) == []
