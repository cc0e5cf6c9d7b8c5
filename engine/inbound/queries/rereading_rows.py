"""What a rereading works on: mails with what became of them, differences, and the entries of an answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text

from engine.db import Conn
from engine.inbound.differing import Difference, Mail
from engine.inbound.parse.entries import EntryKind
from engine.inbound.queries.amending import Written
from engine.inbound.queries.rereading import OLD, Progress


def actor(version: int) -> str:
    """Who changed an entry where it was a parser; people's changes have other actors."""
    return f"parser:{version}"


# An edit by mail left out what a manager had removed before: that is a person's change too.
_MAILS = text(f"""
WITH next AS (
    SELECT s.id FROM (
        SELECT i.id, row_number() OVER w AS n, sum(octet_length(i.raw)) OVER w AS bytes
        FROM (SELECT i.id, i.raw FROM inbound i
              WHERE {OLD} AND i.id > :after AND i.id <= :until ORDER BY i.id LIMIT :most) i
        WINDOW w AS (ORDER BY i.id)
    ) s WHERE s.n = 1 OR s.bytes <= :bytes
)
SELECT i.id, i.raw, i.state, i.kind, i.reason, i.received_at,
       coalesce((SELECT h.trigger FROM history h WHERE h.workspace_id = i.workspace_id AND h.noun = 'inbound'
                 AND h.object_id = i.id ORDER BY h.id DESC LIMIT 1), ''),
       a.id, coalesce(a.text, ''), coalesce(cardinality(r.questions), 1),
       coalesce((SELECT jsonb_agg(jsonb_build_object('id', e.id, 'text', e.text, 'kind', e.kind, 'question', e.question,
                                                     'tags', to_jsonb(e.tags)) ORDER BY e.no)
                 FROM entry e WHERE e.answer_id = a.id AND e.removed_at IS NULL), '[]'),
       EXISTS (SELECT FROM entry e JOIN entry_change c ON c.entry_id = e.id
               WHERE e.answer_id = a.id AND c.actor NOT LIKE 'parser:%')
           OR EXISTS (SELECT FROM mail_command o JOIN entry e ON e.participation_id = a.participation_id
                      JOIN entry_change c ON c.entry_id = e.id
                      WHERE o.inbound_id = i.id AND o.command = 'edit' AND c.what = 'removed'
                        AND c.actor NOT LIKE 'parser:%' AND c.actor <> 'membership:' || a.membership_id),
       coalesce(
           (SELECT jsonb_agg(jsonb_build_object('what', 'comment', 'text', c.text, 'touched', c.removed_at IS NOT NULL,
                        'entry', e.text, 'name', coalesce(nullif(k.name, ''), k.email, '')) ORDER BY c.id)
            FROM comment c LEFT JOIN entry e ON e.id = c.entry_id LEFT JOIN membership m ON m.id = e.membership_id
            LEFT JOIN contact k ON k.id = m.contact_id WHERE c.inbound_id = i.id),
           (SELECT jsonb_agg(jsonb_build_object('what', 'message', 'text', g.body,
                        'touched', g.deleted_at IS NOT NULL OR g.rev > 0) ORDER BY g.conversation_id)
            FROM message g WHERE g.inbound_id = i.id), '[]')
FROM next JOIN inbound i ON i.id = next.id
LEFT JOIN answer a ON a.inbound_id = i.id
LEFT JOIN participation p ON p.id = a.participation_id
LEFT JOIN round r ON r.id = p.round_id
ORDER BY i.id
""")  # noqa: S608


def mails(conn: Conn, at: Progress, most: int, size: int) -> list[Mail]:
    """The next mails to read anew: at most `most`, and `size` bytes unless the first is larger."""
    values = {
        "ws": at.workspace_id, "version": at.version, "after": at.done_id, "until": at.until_id, "most": most,
        "bytes": size,
    }  # fmt: skip
    return [Mail(*row) for row in conn.execute(_MAILS, values)]


def insert_differences(conn: Conn, at: Progress, found: Sequence[Difference]) -> None:
    """Keep what differs."""
    if not found:
        return
    query = text("""
        INSERT INTO rereading_difference
            (workspace_id, rereading_id, inbound_id, answer_id, before, after, kept, chosen)
        SELECT :ws, :id, d.inbound_id, d.answer_id, d.before, d.after, d.kept, d.kept = ''
        FROM jsonb_to_recordset(cast(:rows AS jsonb))
             AS d(inbound_id bigint, answer_id bigint, before jsonb, after jsonb, kept text)
        ON CONFLICT DO NOTHING
    """)
    rows = json.dumps([asdict(one) for one in found])
    conn.execute(query, {"ws": at.workspace_id, "id": at.id, "rows": rows})


def set_version(conn: Conn, inbound_ids: Sequence[int], version: int) -> None:
    """Note who read these last."""
    if inbound_ids:
        query = text("UPDATE inbound SET version = :version WHERE id = ANY(cast(:ids AS bigint[]))")
        conn.execute(query, {"version": version, "ids": list(inbound_ids)})


class Wanted(NamedTuple):
    """A difference that is to be applied."""

    id: int
    inbound_id: int
    answer_id: int | None
    before: dict[str, Any]
    after: dict[str, Any]


def wanted(conn: Conn, at: Progress, most: int) -> list[Wanted]:
    """The next chosen differences that nobody has applied."""
    query = text("""
        SELECT id, inbound_id, answer_id, before, after FROM rereading_difference
        WHERE workspace_id = :ws AND rereading_id = :id AND chosen AND kept = '' AND applied_at IS NULL
        ORDER BY inbound_id LIMIT :most
    """)
    found = conn.execute(query, {"ws": at.workspace_id, "id": at.id, "most": most})
    return [Wanted(*row) for row in found]


def set_applied(conn: Conn, difference_id: int, kept: str, now: datetime) -> None:
    """It is done, or `kept` says why it is not."""
    query = text(
        "UPDATE rereading_difference SET kept = :kept, applied_at = CASE WHEN :kept = '' THEN cast(:now AS timestamptz)"
        " END WHERE id = :id"
    )
    conn.execute(query, {"id": difference_id, "kept": kept, "now": now})


@dataclass(frozen=True, slots=True)
class Held:
    """An entry of an answer, held until the transaction ends."""

    written: Written
    question: int | None

    @property
    def id(self) -> int:
        """Its row."""
        return self.written.id

    @property
    def text(self) -> str:
        """What it says."""
        return self.written.text

    @property
    def kind(self) -> EntryKind:
        """Done, doing, blocked or note."""
        return self.written.kind

    @property
    def tags(self) -> Sequence[str]:
        """Its tags."""
        return self.written.tags


def hold(conn: Conn, workspace_id: int, answer_ids: Sequence[int]) -> None:
    """Hold all entries of these answers and then their teams, in the order in which a person's edit takes them."""
    entry = "FROM entry e WHERE e.workspace_id = :ws AND e.answer_id = ANY(cast(:ids AS bigint[]))"
    values = {"ws": workspace_id, "ids": list(answer_ids)}
    conn.execute(text(f"SELECT e.id {entry} ORDER BY e.id FOR UPDATE"), values)
    teams = f"SELECT id FROM team WHERE workspace_id = :ws AND id IN (SELECT e.team_id {entry})"  # noqa: S608
    conn.execute(text(f"{teams} ORDER BY id FOR NO KEY UPDATE"), values)


def lock_entries(conn: Conn, workspace_id: int, answer_id: int) -> list[Held]:
    """The entries of an answer that are not removed, in order."""
    query = text("""
        SELECT e.id, e.workspace_id, e.team_id, e.membership_id, m.contact_id, e.text, e.kind, e.tags, e.removed_at,
               e.question
        FROM entry e JOIN membership m ON m.workspace_id = e.workspace_id AND m.id = e.membership_id
        WHERE e.workspace_id = :ws AND e.answer_id = :id AND e.removed_at IS NULL ORDER BY e.no FOR UPDATE OF e
    """)
    found = conn.execute(query, {"ws": workspace_id, "id": answer_id})
    return [Held(Written(*row[:-1]), row[-1]) for row in found]


def set_question(conn: Conn, workspace_id: int, entry_id: int, question: int | None) -> None:
    """Which question an entry answers, from 0."""
    query = text("UPDATE entry SET question = :question WHERE workspace_id = :ws AND id = :id")
    conn.execute(query, {"ws": workspace_id, "id": entry_id, "question": question})


def set_answer(conn: Conn, workspace_id: int, answer_id: int, words: str, cut: str) -> None:
    """What was said, and what was cut away, as it is read now."""
    query = text("UPDATE answer SET text = :words, cut = :cut WHERE workspace_id = :ws AND id = :id")
    conn.execute(query, {"ws": workspace_id, "id": answer_id, "words": words, "cut": cut})


def answered(conn: Conn, workspace_id: int, answer_id: int) -> tuple[int, datetime]:
    """(participation, instant) of an answer."""
    query = text("SELECT participation_id, at FROM answer WHERE workspace_id = :ws AND id = :id")
    part_id, at = conn.execute(query, {"ws": workspace_id, "id": answer_id}).one()
    return int(part_id), at


def hold_conversations(conn: Conn, workspace_id: int, inbound_ids: Sequence[int]) -> None:
    """Hold the conversations with messages of these mails, in the order in which posting takes them."""
    query = text("""
        SELECT id FROM conversation WHERE workspace_id = :ws AND id IN (
            SELECT conversation_id FROM message WHERE workspace_id = :ws AND inbound_id = ANY(cast(:ids AS bigint[]))
        ) ORDER BY id FOR NO KEY UPDATE
    """)
    conn.execute(query, {"ws": workspace_id, "ids": list(inbound_ids)})


def set_comment(conn: Conn, workspace_id: int, one: Wanted) -> bool:
    """Give a mail's comment its new text; False where it is not as it was, or was taken away."""
    query = text("""
        UPDATE comment SET text = :new, cut = :cut
        WHERE workspace_id = :ws AND inbound_id = :id AND text = :old AND removed_at IS NULL
    """)
    values = {"new": one.after["words"], "cut": one.after["cut"], "old": one.before["words"]}
    return bool(conn.execute(query, {"ws": workspace_id, "id": one.inbound_id, **values}).rowcount)


def set_message(conn: Conn, workspace_id: int, one: Wanted) -> list[tuple[int, int]]:
    """Give the messages of a mail their new text; (conversation, number) of those that are as they were."""
    query = text("""
        UPDATE message SET body = :new
        WHERE workspace_id = :ws AND inbound_id = :id AND body = :old AND deleted_at IS NULL AND rev = 0
        RETURNING conversation_id, no
    """)
    values = {"ws": workspace_id, "id": one.inbound_id, "new": one.after["words"], "old": one.before["words"]}
    return [(row[0], row[1]) for row in conn.execute(query, values)]
