"""Transactional mails: one run of one recipient, sent before everything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from engine.config import required, settings
from engine.db import Conn
from engine.errors import NotFound
from engine.outbound.drafts import Draft, MailDraft, Row
from engine.outbound.followup import FollowUp
from engine.outbound.health import queries
from engine.outbound.plan import Recipient, plan
from engine.people import contacts, notices
from engine.people.entrance import tickets
from engine.tokens import Keys

USEFUL = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sent:
    """A planned notice: its row in the ledger is (run_id, 1)."""

    notice_id: int
    run_id: int
    followup: FollowUp


def send_notice(
    conn: Conn, workspace_id: int, contact_id: int, template: str, context: Mapping[str, Any], now: datetime,
    useful_until: datetime | None = None,
) -> Sent:  # fmt: skip
    """Plan the mail `template` to one person. `context` is plain JSON. Raises NotFound for an unknown contact, and for
    one that is held, refused, or has no mail address.

    `useful_until`: after it the mail expires instead of being sent; a day from now unless said.
    """
    contact = contacts.get(conn, workspace_id, contact_id)
    if contact.standing != "known" or not contact.email:
        raise NotFound("This person has not been let in, or has no mail address: they get no mail.")
    notice_id = notices.write(conn, workspace_id, contact_id, template, context, now)
    recipient = Recipient(contact_id, notice_id, contact.email, useful_until or now + USEFUL)
    planned = plan(conn, workspace_id, "notice", [recipient], now)
    assert planned is not None  # there is one recipient
    return Sent(notice_id, planned.run_id, FollowUp(batches=planned.batch_ids))


def send_to_all(
    conn: Conn, workspace_id: int, contact_ids: Sequence[int], template: str, context: Mapping[str, Any], now: datetime
) -> FollowUp:
    """Plan the same mail to several people of a workspace, as one run. Unknown contacts are left out."""
    written = notices.write_to_all(conn, workspace_id, contact_ids, template, context, now)
    people = [Recipient(to.contact_id, to.id, to.email, now + USEFUL) for to in written]
    planned = plan(conn, workspace_id, "notice", people, now)
    return FollowUp(batches=planned.batch_ids) if planned else FollowUp()


@dataclass(frozen=True, slots=True)
class State:
    """How a notice stands. `trouble` is why mail cannot leave at the moment, or empty."""

    address: str
    state: str
    code: str
    reply: str
    reason: str
    trouble: str


def state_of(conn: Conn, workspace_id: int, run_id: int) -> State:
    """How the notice of a run stands. Raises NotFound for any other run."""
    row = queries.notice_state(conn, workspace_id, run_id)
    if row is None:
        raise NotFound("There is no such mail.")
    return State(row.address, row.state, row.code, row.reply, row.reason, row.trouble or "")


def notice_mails(conn: Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
    """The Contents of runs of kind notice: one draft a row, in one statement.

    A link that opens something (`opens` in the context) gets its token here, so that no row ever holds it.
    """
    found = notices.read(conn, workspace_id, [row.about for row in rows])
    return {row.seq: _draft(workspace_id, row, found[row.about]) for row in rows if row.about in found}


def _draft(workspace_id: int, row: Row, notice: notices.Notice) -> MailDraft:
    opens = notice.context.get("opens")
    personal = {"token": tickets.token(_keys(), workspace_id, opens, row.recipient)} if opens else {}
    draft = MailDraft(
        notice.template, notice.context, notice.to_name, personal, notice.membership_id, unsubscribe=False
    )
    return _answering(draft, notice.context["answers"]) if "answers" in notice.context else draft


def _answering(draft: MailDraft, answers: Mapping[str, Any]) -> MailDraft:
    """The draft in the thread of a person's mail, which takes replies until a day (see `answers`)."""
    after = [(int(run_id), int(seq)) for run_id, seq in answers["after"]]
    until = date.fromisoformat(answers["until"]) if answers["until"] else None
    return replace(draft, answering=answers["message_id"], after=after, reply_until=until)


def answers(message_id: str, after: Sequence[tuple[int, int]], until: date | None) -> dict[str, Any]:
    """What the context of a notice holds as `answers` when it answers a person's mail by itself (RFC 3834).

    `message_id`: theirs, or "". `after`: our mails it was about. `until`: the last day on which it takes replies.
    """
    return {"message_id": message_id, "after": list(after), "until": until.isoformat() if until else ""}


def _keys() -> Keys:
    return Keys.of(required(settings().secret_key, "secret_key"))
