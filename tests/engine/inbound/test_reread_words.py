"""A newer parser over comments and messages: their text alone changes, and nothing that a person has taken away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from engine import models as m
from engine.db import Conn
from engine.inbound import differing, reread, withdraw
from engine.inbound.parse import VERSION, parse
from engine.inbound.queries import listing_differences as differences
from engine.people.principal import SYSTEM
from tests.engine.inbound.digested import SAID, Digested, comments, digested, mailed
from tests.engine.inbound.plain_world import letter, messages, plain_world
from tests.engine.inbound.world import EVENING, keep, take

IMPORT = SAID["Bikram"][0]


def quoted(words: str) -> str:
    return "\n".join(f"> {line}" for line in words.splitlines())


def find(conn: Conn, workspace_id: int) -> tuple[int, list[differences.Listed]]:
    """What a rereading of all mails finds, as if an older parser had read them."""
    conn.execute(text("UPDATE inbound SET version = :old"), {"old": VERSION - 1})
    made, followup = reread.begin(conn, SYSTEM(workspace_id), EVENING)
    while followup.reread:
        followup = reread.go_on(conn, made, parse, EVENING)
    return made, differences.listed(conn, workspace_id, made, 0, 100)


def apply(conn: Conn, workspace_id: int, made: int) -> None:
    followup = reread.approve(conn, SYSTEM(workspace_id), made, EVENING)
    while followup.reread:
        followup = reread.go_on(conn, made, parse, EVENING)
        assert not followup.batches, "nobody is mailed again"


def on_entry(the: Digested) -> bytes:
    before, _, _ = the.text().partition("the others behind it.")
    return the.mail(f"{quoted(before + 'the others behind it.')}\n\nGreat, thank you.\n\n{quoted('  - the rest')}\n")


def on_day(the: Digested) -> bytes:
    return the.mail(f"What a week.\n\nOn Thursday, Rockets <checkin@sixpm.example.test> wrote:\n{quoted(the.text())}\n")


def by_link(the: Digested) -> bytes:
    return the.mail(f"{quoted('Some words that are nowhere.')}\n\nWell done.", to=the.link(IMPORT), who="Carla")


def commented(conn: Conn, mail: Callable[[Digested], bytes]) -> Digested:
    the = digested(conn)
    raw = mail(the)
    to = the.link(IMPORT) if mail is by_link else the.reply_address
    take(conn, keep(conn, raw, [to]))
    assert len(comments(conn)) == 1
    return the


@pytest.mark.parametrize("mail", [on_entry, on_day, by_link])
def test_a_comment_that_reads_the_same_is_no_difference(conn: Conn, mail: Callable[[Digested], bytes]) -> None:
    the = commented(conn, mail)

    _, found = find(conn, the.ws.id)

    assert found == []


@pytest.mark.parametrize(("mail", "words"), [(on_entry, "Great, thank you."), (on_day, "What a week.")])
def test_a_comment_gets_its_new_text_on_approval_and_nothing_else(
    conn: Conn, mail: Callable[[Digested], bytes], words: str
) -> None:
    the = commented(conn, mail)
    [right], told = comments(conn), mailed(conn)
    conn.execute(text("UPDATE comment SET text = 'Misread.'"))

    made, [found] = find(conn, the.ws.id)
    looked = comments(conn)[0].text
    apply(conn, the.ws.id, made)

    assert (found.before["words"], found.after["words"], found.kept) == ("Misread.", words, "")
    assert looked == "Misread.", "looking changes nothing"
    assert comments(conn) == [right]
    assert mailed(conn) == told
    assert conn.scalars(select(m.Inbound.version)).all() == [VERSION]


def test_a_comment_that_a_person_has_taken_away_is_never_touched(conn: Conn) -> None:
    the = commented(conn, on_day)
    conn.execute(text("UPDATE comment SET text = 'Misread.'"))
    withdraw.remove(conn, SYSTEM(the.ws.id), comments(conn)[0].id, EVENING)

    _, [found] = find(conn, the.ws.id)

    assert found.kept == differing.WITHDRAWN
    assert not found.chosen


def test_who_takes_it_away_between_the_look_and_the_approval_wins(conn: Conn) -> None:
    the = commented(conn, on_day)
    conn.execute(text("UPDATE comment SET text = 'Misread.'"))
    made, _ = find(conn, the.ws.id)
    withdraw.remove(conn, SYSTEM(the.ws.id), comments(conn)[0].id, EVENING)

    apply(conn, the.ws.id, made)

    assert comments(conn)[0].text == "Misread."
    assert differences.listed(conn, the.ws.id, made, 0, 9)[0].kept == "A person has changed it meanwhile."


def test_words_under_another_quotation_are_moved_nowhere(conn: Conn) -> None:
    the = commented(conn, on_entry)
    conn.execute(
        text("UPDATE comment SET entry_id = :other, text = 'Misread.'"), {"other": the.entries[SAID["Carla"][0]]}
    )

    _, [found] = find(conn, the.ws.id)

    assert found.kept == differing.ELSEWHERE


def test_a_reading_that_finds_no_words_takes_none_away(conn: Conn) -> None:
    the = commented(conn, on_day)
    conn.execute(text("UPDATE inbound SET raw = :raw"), {"raw": the.mail(quoted(the.text()))})

    _, [found] = find(conn, the.ws.id)

    assert found.kept == differing.NO_WORDS


def test_a_message_that_was_answered_changes_its_text_alone_and_the_log_says_so(conn: Conn) -> None:
    here, team, desk = plain_world(conn)
    raw = letter(team, here.ada.email, "Can we talk?").replace(b"To: " + team.encode(), f"To: {team}, {desk}".encode())
    take(conn, keep(conn, raw, [team, desk]))
    take(conn, keep(conn, letter(team, here.ada.email, "Thanks.", ident="2@example.org"), [team], ident="two"))
    right = messages(conn)
    conn.execute(text("UPDATE message SET body = 'Misread.' WHERE body LIKE 'Can we%'"))
    before = conn.execute(text("SELECT max(seq) FROM event")).scalar_one()

    made, [found] = find(conn, here.ws.id)
    apply(conn, here.ws.id, made)

    assert (found.before["words"], found.after["words"].strip(), found.kept) == ("Misread.", "Can we talk?", "")
    assert messages(conn) == right
    logged = """
        SELECT e.kind FROM event e JOIN message g ON g.conversation_id = e.conversation_id AND g.no = e.object_id
            AND g.mod_seq = e.seq WHERE e.seq > :before
    """
    assert conn.scalars(text(logged), {"before": before}).all() == ["message.reread"] * 2


def test_a_message_that_a_person_deleted_is_never_touched(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    take(conn, keep(conn, letter(team, here.ada.email), [team]))
    conn.execute(text("UPDATE message SET body = 'Misread.', deleted_at = now()"))

    _, [found] = find(conn, here.ws.id)

    assert found.kept == differing.WITHDRAWN
