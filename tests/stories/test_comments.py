"""A digest is answered under one of its entries, by real processes: its author gets one mail, whoever is killed."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest

from engine import tokens
from engine.tokens import Purpose
from tests.stories import scene
from tests.stories.instance import REPLIES, Instance
from tests.stories.scene import Asked

pytestmark = pytest.mark.story

SAID = "Moved the import to the new queue, and wrote down how to move it back."
KIND = " FROM delivery d JOIN run r ON r.id = d.run_id WHERE r.kind = :kind AND d.recipient = :to"
WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO comment%'
"""


def test_an_answer_under_a_quoted_entry_is_one_mail_to_its_author_whoever_is_killed(house: Instance) -> None:
    house.up("smtpd", "inbound", "scheduler", "sender")
    before = house.value("SELECT coalesce(max(id), 0) FROM inbound")  # other stories' mails may be held
    _, [author, reader] = scene.asked_round(house, 2, timedelta(hours=20))
    scene.deliver(house, [(author.member.email, *scene.reply(house, author, SAID))])
    house.wait("the answer is an entry", lambda: scene.entries(house, author.member.team_id) == [SAID], 30)
    _digest(house, reader)

    with house.locked("comment"):
        scene.deliver(house, [_under(house, reader)])
        house.wait("the comment is being written", lambda: house.value(WAITING), 30)
        house.parts["inbound"].kill()
    house.up("inbound")
    house.wait("its author has the mail", lambda: _sunk(house, "comment", author) == 1, 60)
    _by_link(house, reader)
    house.wait("its author has the second one", lambda: _sunk(house, "comment", author) == 2, 60)

    entry = house.value("SELECT id FROM entry WHERE team_id = :team", team=author.member.team_id)
    written = house.values("SELECT text FROM comment WHERE entry_id = :entry ORDER BY id", entry=entry)
    assert written == ["How long does it take back?", "And who else knows?"]
    assert house.values("SELECT DISTINCT state FROM inbound WHERE id > :before", before=before) == ["routed"]
    assert _sunk(house, "comment", reader) == 0


def _digest(house: Instance, reader: Asked) -> None:
    """The reader's digest hour comes."""
    house.do(
        "UPDATE membership SET next_digest_at = :now, next_digest_day = cast(:now AS date) WHERE id = :id",
        now=house.now(), id=reader.member.id,
    )  # fmt: skip
    house.wait("the digest is in the sink", lambda: _sunk(house, "digest", reader) == 1, 60)


def _rows(house: Instance, kind: str, to: Asked) -> list[tuple[int, int]]:
    found = house.values(f"SELECT d.run_id || '.' || d.seq{KIND}", kind=kind, to=to.member.id)
    return [(int(run), int(seq)) for run, _, seq in (name.partition(".") for name in found)]


def _sunk(house: Instance, kind: str, to: Asked) -> int:
    """How many mails of a kind to a person are in the sink."""
    rows = house.sunk.look().rows
    return sum(rows[row] for row in _rows(house, kind, to))


def _under(house: Instance, reader: Asked) -> tuple[str, str, bytes]:
    """(from, to, raw): the answer to the digest, under the entry."""
    [(run_id, seq)] = _rows(house, "digest", reader)
    until = house.now().date() + timedelta(days=7)
    to = f"r+{tokens.sign(house.keys, Purpose.REPLY, run_id, seq, until)}@{REPLIES}"
    text = f"> Person 1\n>\n> - {SAID[:40]}\n>   {SAID[40:].strip()}\n\nHow long does it take back?\n"
    return reader.member.email, to, _mail(house, reader, to, text)


def _by_link(house: Instance, reader: Asked) -> None:
    """A mail to the entry's own address, as the link in the digest makes it."""
    entry = house.value("SELECT id FROM entry WHERE team_id = :team", team=reader.member.team_id)
    until = house.now().date() + timedelta(days=7)
    to = f"c+{tokens.sign(house.keys, Purpose.ENTRY, reader.member.team_id, entry, until)}@{REPLIES}"
    scene.deliver(house, [(reader.member.email, to, _mail(house, reader, to, "And who else knows?\n"))])


def _mail(house: Instance, sender: Asked, to: str, text: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender.member.email, to, "Re: what the team did"
    mail["Message-ID"] = f"<{len(text)}.{sender.part}@client.stories.test>"
    mail.set_content(text)
    return mail.as_bytes()
