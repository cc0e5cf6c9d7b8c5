"""An answer to a digest: on the entry it stands under, else on the day; mailed to those it concerns, once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from engine.inbound.own import Own
from engine.outbound.drafts import MailDraft, Row
from engine.rounds.comment_mails import comment_mails
from engine.tasks.stories import ACTS
from engine.tokens import Purpose
from tests.engine.inbound.digested import SAID, comments, digested, mailed
from tests.engine.inbound.world import EVENING, KEYS, OWN, address, inbound, keep, take

IMPORT, REVIEW = SAID["Bikram"]
INTERVIEW, OK = SAID["Carla"]
OUTAGE = SAID["Ada"][0]


def send(conn: Conn, raw: bytes, to: str, ident: str = "one", own: Own = OWN) -> int:
    """The mail as a listener keeps it, and then read."""
    kept = keep(conn, raw, [to], ident=ident)
    take(conn, kept, own=own)
    return kept


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def test_an_answer_under_a_quoted_entry_is_a_comment_on_it_and_is_mailed_to_its_author(conn: Conn) -> None:
    the = digested(conn)
    before, after = the.text().split("the others behind it.")
    text = (
        f"On Thursday, Rockets <checkin@sixpm.example.test> wrote:\n{quoted(before + 'the others behind it.')}\n\n"
        f"Great, thank you.\n\n{quoted(after.lstrip(chr(10)))}\n"
    )

    kept = send(conn, the.mail(text), the.reply_address)

    assert inbound(conn, kept).state == "routed"
    [comment] = comments(conn)
    assert (comment.entry_id, comment.text) == (the.entries[IMPORT], "Great, thank you.")
    assert (comment.membership_id, comment.local_date, comment.no) == (the.ada.id, the.day, None)
    assert mailed(conn) == [(the.people["Bikram"].id, comment.id, "queued")]


def test_words_above_the_quotation_are_a_comment_on_the_day_and_mailed_to_nobody(conn: Conn) -> None:
    the = digested(conn)
    text = f"What a week.\n\nOn Thursday, Rockets <checkin@sixpm.example.test> wrote:\n{quoted(the.text())}\n"

    send(conn, the.mail(text), the.reply_address)

    [comment] = comments(conn)
    assert (comment.entry_id, comment.text, comment.local_date, comment.no) == (None, "What a week.", the.day, 6)
    assert "Interviewed two people" in comment.cut
    assert mailed(conn) == []
    assert conn.scalar(select(m.Team.entry_no)) == 6


def test_one_mail_comments_on_several_entries_and_on_the_day_and_one_author_gets_one_mail(conn: Conn) -> None:
    the = digested(conn)
    text = (
        f"Good week.\n\n> {IMPORT[:60]}\n> {IMPORT[60:]}\n\nThank you.\n\n> - {REVIEW}\n\nI would have said no.\n\n"
        f"> - {INTERVIEW}\n\nWhich two?\n"
    )

    send(conn, the.mail(text), the.reply_address)

    said = {comment.entry_id: comment.text for comment in comments(conn)}
    assert said == {
        None: "Good week.", the.entries[IMPORT]: "Thank you.", the.entries[REVIEW]: "I would have said no.",
        the.entries[INTERVIEW]: "Which two?",
    }  # fmt: skip
    assert [recipient for recipient, _, _ in mailed(conn)] == [the.people["Bikram"].id, the.people["Carla"].id]


def test_words_under_a_quotation_that_is_no_entry_are_on_the_day_with_what_they_answer(conn: Conn) -> None:
    the = digested(conn)
    text = "Two things.\n\n> 3 of 3 wrote.\n\nNever before!\n\n> - Reviewed the\n\nHm.\n"

    send(conn, the.mail(text), the.reply_address)

    [comment] = comments(conn)
    assert comment.entry_id is None
    assert comment.text == "Two things.\n\n> 3 of 3 wrote.\nNever before!\n\n> - Reviewed the\nHm."


def test_a_comment_on_ones_own_entry_stays_and_is_mailed_to_nobody(conn: Conn) -> None:
    the = digested(conn)

    send(conn, the.mail("Forgot: it was the disk.", to=the.link(OUTAGE)), the.link(OUTAGE))

    [comment] = comments(conn)
    assert (comment.entry_id, comment.run_id) == (the.entries[OUTAGE], None)
    assert mailed(conn) == []


def test_the_link_of_an_entry_takes_a_mail_of_anybody_in_the_team(conn: Conn) -> None:
    the = digested(conn)

    send(conn, the.mail("Well done.", to=the.link(IMPORT), who="Carla"), the.link(IMPORT))

    [comment] = comments(conn)
    assert (comment.entry_id, comment.membership_id) == (the.entries[IMPORT], the.people["Carla"].id)
    assert [recipient for recipient, _, _ in mailed(conn)] == [the.people["Bikram"].id]


def test_a_comment_from_an_imported_mail_is_kept_and_mailed_to_nobody(conn: Conn) -> None:
    the = digested(conn)
    kept = keep(conn, the.mail("Well done.", to=the.link(IMPORT), who="Carla"), [the.link(IMPORT)])
    conn.execute(update(m.Inbound).values(source="import"))

    take(conn, kept)

    assert [comment.entry_id for comment in comments(conn)] == [the.entries[IMPORT]]
    assert mailed(conn) == []


def test_a_mail_to_two_links_is_on_both_entries_and_its_second_copy_is_a_repetition(conn: Conn) -> None:
    the = digested(conn)
    links = the.link(IMPORT), the.link(INTERVIEW)
    raw = the.mail("Both of these are great.", to=", ".join(links))

    send(conn, raw, links[0])
    again = send(conn, raw, links[1], "two")

    assert [comment.entry_id for comment in comments(conn)] == [the.entries[IMPORT], the.entries[INTERVIEW]]
    assert inbound(conn, again).state == "repeated"


def test_of_two_links_the_one_of_an_entry_that_was_removed_takes_no_comment(conn: Conn) -> None:
    the = digested(conn)
    links = the.link(IMPORT), the.link(INTERVIEW)
    conn.execute(update(m.Entry).where(m.Entry.id == the.entries[IMPORT]).values(removed_at=EVENING))

    kept = send(conn, the.mail("Both of these are great.", to=", ".join(links)), links[0])

    assert inbound(conn, kept).state == "routed"
    assert [comment.entry_id for comment in comments(conn)] == [the.entries[INTERVIEW]]


@pytest.mark.parametrize("wrong", ["stranger", "left", "archived", "dmarc", "expired", "removed"])
def test_who_may_not_comment_is_held_with_the_reason(conn: Conn, wrong: str) -> None:
    the = digested(conn)
    link, own = the.link(IMPORT), OWN
    headers: dict[str, str] = {}
    if wrong == "stranger":
        conn.execute(update(m.Contact).where(m.Contact.id == the.ada.contact_id).values(email_key="ada@else.example"))
    elif wrong == "left":
        conn.execute(update(m.Membership).where(m.Membership.id == the.ada.id).values(left_at=EVENING))
    elif wrong == "archived":
        conn.execute(update(m.Team).values(archived_at=EVENING))
    elif wrong == "dmarc":
        headers = {"Authentication_Results": "mx.example.test; dmarc=fail header.from=example.org"}
        own = Own(KEYS, OWN.secret, OWN.reply_domain, OWN.mail_from, "mx.example.test")
    elif wrong == "expired":
        link = the.link(IMPORT, date(2026, 1, 1))
    elif wrong == "removed":
        conn.execute(update(m.Entry).values(removed_at=EVENING))

    kept = send(conn, the.mail("Well done.", to=link, **headers), link, own=own)

    row = inbound(conn, kept)
    expected = {
        "stranger": "From is nobody's address in the team", "left": "has left", "archived": "is archived",
        "dmarc": "DMARC failed", "expired": "expired", "removed": "was removed",
    }  # fmt: skip
    assert row.state == "held"
    assert expected[wrong] in row.reason
    assert row.workspace_id == the.ws.id
    assert comments(conn) == [] == mailed(conn)


def test_an_author_who_left_or_is_paused_gets_no_mail_and_the_comment_stays(conn: Conn) -> None:
    the = digested(conn)
    bikram = the.people["Bikram"]
    conn.execute(update(m.Membership).where(m.Membership.id == bikram.id).values(paused_at=EVENING))
    carla = the.people["Carla"]
    conn.execute(update(m.Membership).where(m.Membership.id == carla.id).values(left_at=EVENING))

    send(conn, the.mail(f"> {IMPORT}\n\nThank you.\n\n> {INTERVIEW}\n\nWho?\n"), the.reply_address)

    assert len(comments(conn)) == 2
    assert mailed(conn) == []


def test_an_answer_to_a_mailed_comment_is_on_the_same_entry_and_goes_to_who_wrote_it(conn: Conn) -> None:
    the = digested(conn)
    send(conn, the.mail("Well done.", to=the.link(IMPORT)), the.link(IMPORT))
    [first] = comments(conn)
    back = address(Purpose.REPLY, first.run_id, 1)

    send(conn, the.mail("Thanks, and you helped.", to=back, who="Bikram"), back, "two")

    second = comments(conn)[1]
    assert (second.entry_id, second.membership_id) == (the.entries[IMPORT], the.people["Bikram"].id)
    assert mailed(conn) == [(the.ada.id, second.id, "queued"), (the.people["Bikram"].id, first.id, "queued")]


def test_an_answer_of_a_third_goes_to_the_author_and_to_whom_it_answers(conn: Conn) -> None:
    the = digested(conn)
    send(conn, the.mail("Well done.", to=the.link(IMPORT)), the.link(IMPORT))
    bikrams = address(Purpose.REPLY, comments(conn)[0].run_id, 1)
    send(conn, the.mail("Thanks.", to=bikrams, who="Bikram"), bikrams, "two")
    adas = address(Purpose.REPLY, comments(conn)[1].run_id, 1)

    send(conn, the.mail("You are welcome.", to=adas), adas, "three")

    assert comments(conn)[2].entry_id == the.entries[IMPORT]
    assert [recipient for recipient, _, _ in mailed(conn)].count(the.people["Bikram"].id) == 2


def test_a_mail_that_says_nothing_is_held(conn: Conn) -> None:
    the = digested(conn)

    kept = send(conn, the.mail(quoted(the.text())), the.reply_address)

    assert inbound(conn, kept).state == "held"
    assert comments(conn) == []


def test_the_mail_to_the_author_says_who_wrote_what_about_which_entry_in_the_prompts_thread(conn: Conn) -> None:
    the = digested(conn)
    send(conn, the.mail(f"> {IMPORT}\n\nThank you.\n\n> {REVIEW}\n\nHm.\n"), the.reply_address)
    [(recipient, about, _)] = mailed(conn)
    run = comments(conn)[0].run_id

    draft = comment_mails(conn, the.ws.id, [Row(run, 1, recipient, about, "smtp", "b@example.org", 0, EVENING)])[1]

    assert isinstance(draft, MailDraft)
    assert (draft.context["writer"], draft.context["own"]) == ("Ada", True)
    assert [(one["entry"], one["text"]) for one in draft.context["comments"]] == [
        (IMPORT, "Thank you."),
        (REVIEW, "Hm."),
    ]
    assert draft.reply_until == EVENING.date() + timedelta(days=30)


def test_a_comment_that_was_removed_while_its_mail_waited_is_not_told(conn: Conn) -> None:
    the = digested(conn)
    send(conn, the.mail("Well done.", to=the.link(IMPORT)), the.link(IMPORT))
    [(recipient, about, _)] = mailed(conn)
    conn.execute(update(m.Comment).values(removed_at=EVENING))

    rows = [Row(comments(conn)[0].run_id, 1, recipient, about, "smtp", "b@example.org", 0, EVENING)]

    assert comment_mails(conn, the.ws.id, rows) == {}


def test_stop_in_answer_to_a_digest_is_an_order_and_no_comment(conn: Conn) -> None:
    the = digested(conn)

    take(conn, keep(conn, the.mail("stop"), [the.reply_address]), acts=ACTS)

    assert conn.scalar(select(m.Membership.paused_at).where(m.Membership.id == the.ada.id)) is not None
    assert comments(conn) == []


def test_stop_at_an_entrys_address_orders_nothing_since_anybody_of_the_team_has_that_address(conn: Conn) -> None:
    the = digested(conn)

    take(conn, keep(conn, the.mail("stop", to=the.link(IMPORT)), [the.link(IMPORT)]), acts=ACTS)

    assert conn.scalars(select(m.Membership.paused_at)).all() == [None, None, None]
    assert [comment.text for comment in comments(conn)] == ["stop"]
