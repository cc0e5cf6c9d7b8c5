"""What the mails of conversations say: to the person, word for word; to who looks after it, at once or once a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from engine.config import required, settings
from engine.conversations import doors
from engine.conversations.queries import wording
from engine.conversations.queries.wording import Told, Word
from engine.db import Conn
from engine.outbound.drafts import Draft, MailDraft, Row
from engine.tokens import Keys

REPLIES = timedelta(days=180)  # so long an answer to a person's mail is taken by its address
ANSWERS = timedelta(days=30)  # the same of a mail that tells a colleague
SHOWN, LETTERS = 20, 300  # conversations in a daily mail, and letters of each


def talk_mails(conn: Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
    """The Contents of kind talk: the message that a row carries out. One that was removed meanwhile says nothing."""
    found = wording.words(conn, workspace_id, [(row.run_id, row.seq) for row in rows])
    return {word.seq: _talk(workspace_id, word) for word in found}


def _talk(workspace_id: int, word: Word) -> MailDraft:
    way = doors.token(_keys(), workspace_id, word.door_id, word.door_until) if word.door_id and word.door_until else ""
    return MailDraft(
        "talk",
        {
            "subject": word.subject or "A message",
            "text": word.body,
            "author": word.author,
            "team": word.team or "",
            "last_day": f"{word.door_until:%-d %B %Y}" if word.door_until else "",
        },
        to_name=word.to_name,
        personal={"way": way},
        after=tuple(_before(one) for one in word.before or ()),
        reply_until=(word.at + REPLIES).date(),
        by_person=True,
    )


def _before(name: str) -> tuple[int, int] | str:
    """A message of the thread: one of ours by run and seq, or theirs by its Message-ID."""
    whose, _, ident = name.partition(":")
    if whose == "theirs":
        return ident
    run_id, _, seq = ident.partition(".")
    return int(run_id), int(seq)


def notice_mails(conn: Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
    """The Contents of kind talk_notice: what the person last wrote, to a colleague who can answer by answering."""
    found = wording.told(conn, workspace_id, [(row.run_id, row.seq) for row in rows])
    return {told.seq: _notice(told) for told in found}


def _notice(told: Told) -> MailDraft:
    return MailDraft(
        "talk_notice",
        {
            "subject": told.subject or "A new message",
            "person": told.person,
            "address": told.address,
            "team": told.team or "",
            "text": told.body,
            "unsure": told.proof == "from",
            "yours": told.assigned,
            "path": _path(told.team_id, told.conversation_id),
        },
        to_name=told.to_name,
        reply_until=(told.at + ANSWERS).date(),
    )


def digest_mails(conn: Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
    """The Contents of kind talk_digest: what waits for an answer, longest first. Where nothing does any more, none."""
    found: dict[int, list[Any]] = {}
    for one in wording.waiting(conn, workspace_id, [row.about for row in rows], SHOWN):
        found.setdefault(one.account_id, []).append(one)
    return {row.seq: _digest(found[row.about]) for row in rows if row.about in found}


def _digest(waiting: Sequence[Any]) -> MailDraft:
    first = waiting[0]
    items = [
        {
            "person": one.person, "team": one.team or "", "subject": one.subject, "text": _shortened(one.body),
            "yours": one.assigned, "path": _path(one.team_id, one.conversation_id),
        }
        for one in waiting
    ]  # fmt: skip
    context = {"count": first.total, "items": items, "more": first.total - len(items)}
    return MailDraft("talk_digest", context, to_name=first.to_name)


def _path(team_id: int | None, conversation_id: int) -> str:
    under = f"/teams/{team_id}" if team_id is not None else ""
    return f"{under}/conversations/{conversation_id}"


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= LETTERS else words[:LETTERS].rsplit(" ", 1)[0] + " …"


def _keys() -> Keys:
    return Keys.of(required(settings().secret_key, "secret_key"))
