"""What prompts, nudges and digests say: the Contents of their runs. One set of statements for all rows of a batch."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from engine.db import Conn
from engine.outbound.drafts import Draft, MailDraft
from engine.outbound.drafts import Row as Delivery
from engine.rounds import fitting, groups, words
from engine.rounds.queries import digesting, mailing
from engine.rounds.queries.digesting import Range

REPLY_DAYS = timedelta(days=30)  # a late answer still joins the round it answers
FIRST = 56  # letters of the first entry that was recorded from the reader
_Mailed = dict[int, list[Any]]  # entries by membership
Thread = tuple[tuple[int, int], ...]
NO_MORE = ("answered", "excused")  # whose prompt or nudge has waited, and is no longer wanted


def prompt_mails(conn: Conn, workspace_id: int, rows: Sequence[Delivery]) -> Mapping[int, Draft]:
    """A prompt by seq; `about` is the participation. Who answered, paused or left while it waited gets none."""
    parts, shared = _wanted(conn, workspace_id, rows), _Shared()
    return {row.seq: _question("prompt", parts[row.about], shared) for row in rows if row.about in parts}


def nudge_mails(conn: Conn, workspace_id: int, rows: Sequence[Delivery]) -> Mapping[int, Draft]:
    """A nudge by seq, in the thread of its prompt; who has answered meanwhile gets none."""
    parts, shared = _wanted(conn, workspace_id, rows), _Shared()
    return {
        row.seq: _question("nudge", part, shared, after=_keys((part.prompt_run_id, part.prompt_seq)))
        for row in rows
        if (part := parts.get(row.about)) is not None
    }


def digest_mails(conn: Conn, workspace_id: int, rows: Sequence[Delivery]) -> Mapping[int, Draft]:
    """A digest by seq; `about` is the digest. People who get the same content share one copy of it.

    Who paused or left while it waited gets none; their next one begins where the last accepted one ended.
    """
    made = digesting.digests(conn, workspace_id, [row.about for row in rows])
    drafts = digest_drafts(conn, workspace_id, [row for row in made if not row.unwanted])
    return {row.seq: drafts[row.about] for row in rows if row.about in drafts}


def digest_drafts(conn: Conn, workspace_id: int, digests: Sequence[Any]) -> dict[int, MailDraft]:
    """The mails of these digests (rows of `digesting.digests`), by their ids; none where all was removed again."""
    ranges = list({_range(row): None for row in digests})
    said = groups.by_range(digesting.entries_in(conn, workspace_id, ranges))
    contents, shared = _contents(conn, workspace_id, ranges, said), _Shared()
    own = {key: _mailed(said.get(n, [])) for n, key in enumerate(ranges)}
    return {
        row.id: _digest(row, contents[key], shared, own[key]) for row in digests if (key := _range(row)) in contents
    }


def _wanted(conn: Conn, workspace_id: int, rows: Sequence[Delivery]) -> dict[int, Any]:
    parts = mailing.participations(conn, workspace_id, [row.about for row in rows])
    return {ident: part for ident, part in parts.items() if part.state not in NO_MORE}


class _Shared(dict[Hashable, dict[str, Any]]):
    """The contexts of one batch, by what makes them differ: a mail is compiled once for each."""

    def of(self, key: Hashable, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The one context for `key`."""
        found = self.get(key)
        if found is None:
            found = self[key] = make()
        return found


def _question(template: str, part: Any, shared: _Shared, after: Thread = ()) -> MailDraft:
    key = part.team_id, part.team, part.local_date, tuple(part.questions)
    return MailDraft(
        template,
        shared.of(key, lambda: _asked(part)),
        to_name=part.to_name,
        personal={
            "first_name": words.first_name(part.to_name),
            "until": words.deadline(part.closes_at, part.zone, part.local_date),
        },
        membership_id=part.membership_id,
        list_id=f"team-{part.team_id}",
        list_name=part.team,
        after=after,
        reply_until=part.local_date + REPLY_DAYS,
    )


def _asked(part: Any) -> dict[str, Any]:
    return {
        "subject": words.thread_subject(part.team, part.local_date, part.questions),
        "team": part.team,
        "day": words.day(part.local_date),
        "questions": list(part.questions),
    }


def _range(digest: Any) -> Range:
    return Range(digest.team_id, digest.since_no, digest.until_no, digest.since_at, digest.made_at)


def _contents(
    conn: Conn, workspace_id: int, ranges: Sequence[Range], entries: Mapping[int, Sequence[Any]]
) -> dict[Range, dict[str, Any]]:
    members = groups.by_range(digesting.members_in(conn, workspace_id, ranges))
    comments = groups.by_range(digesting.comments_in(conn, workspace_id, ranges))
    return {
        key: content_of(groups.grouped(entries.get(n, []), members.get(n, [])), comments.get(n, []))
        for n, key in enumerate(ranges)
        if n in entries or n in comments
    }


def content_of(found: groups.Groups, comments: Sequence[Any] = ()) -> dict[str, Any]:
    """What a digest says of everybody, as its template takes it."""
    days = {said.local_date for person in found.answered for said in person.said}
    said_of, taken = fitting.comments_fitted([comment.text for comment in comments])
    shown, rest = fitting.fitted(found.answered, fitting.ROOM - taken)
    return {
        "days": words.days(sorted(days)),
        "several_days": len(days) > 1,
        "summary": _summary(found),
        "answered": [_person(fit.person, fit.more) for fit in shown],
        "also": [_person(person) for person in rest],
        "not_answered": [_person(person) for person in found.not_answered],
        "away": [_person(person) for person in found.away],
        "not_asked": [_person(person) for person in found.not_asked],
        "comments": [
            {"name": comment.name, "day": words.day(comment.local_date), "text": text}
            for comment, text in zip(comments, said_of, strict=False)
        ],
        "more_comments": len(comments) - len(said_of),
    }


def _summary(found: groups.Groups) -> str:
    """9 of 12 wrote, 2 did not answer, 1 away"""
    wrote = sum(1 for person in found.answered if person.said)
    others = (
        (len(found.answered) - wrote, "answered before"),
        (len(found.not_answered), "did not answer"),
        (len(found.away), "away"),
        (len(found.not_asked), "not asked yet"),
    )
    everybody = wrote + sum(number for number, _ in others)
    return ", ".join([f"{wrote} of {everybody} wrote", *(f"{number} {what}" for number, what in others if number)])


def _person(person: groups.Person, more: int = 0) -> dict[str, Any]:
    said = [
        {
            "day": words.day(s.local_date),
            "date": s.local_date.isoformat(),
            "question": s.question,
            "texts": s.texts,
            "ids": s.ids[: len(s.texts)],
        }
        for s in person.said
    ]
    count = more + sum(len(s.texts) for s in person.said)
    return {"name": person.name, "note": person.note, "said": said, "count": count, "more": more}


def _digest(digest: Any, content: Mapping[str, Any], shared: _Shared, own: _Mailed) -> MailDraft:
    asked: date | None = digest.asked_date
    thread = words.thread_subject(digest.team, asked, digest.questions) if asked else ""
    key = _range(digest), thread, digest.team, digest.local_date
    until = digest.local_date + REPLY_DAYS
    frame = {
        "thread": thread, "team": digest.team, "team_id": digest.team_id, "day": words.day(digest.local_date),
        "comments_until": until.isoformat(),
    }  # fmt: skip
    return MailDraft(
        "digest",
        shared.of(key, lambda: {**content, **frame}),
        to_name=digest.to_name,
        personal=_receipt(own.get(digest.membership_id, []) if digest.receipt == "digest" else []),
        membership_id=digest.membership_id,
        list_id=f"team-{digest.team_id}",
        list_name=digest.team,
        after=_keys((digest.prompt_run_id, digest.prompt_seq), (digest.nudge_run_id, digest.nudge_seq)),
        reply_until=until,
    )


def _mailed(entries: Sequence[Any]) -> _Mailed:
    """The entries that came by mail, by who wrote them."""
    found: _Mailed = {}
    for entry in entries:
        if entry.source == "mail":
            found.setdefault(entry.membership_id, []).append(entry)
    return found


def _receipt(entries: Sequence[Any]) -> dict[str, str]:
    """What was recorded of the reader's own mails, and the page of theirs that mends it; empty for nothing."""
    if not entries:
        return {"recorded": "", "mend": ""}
    text = " ".join(entries[0].text.split())
    first = text if len(text) <= FIRST else f"{text[:FIRST].rstrip()} …"
    more = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
    answers = {entry.answer_id for entry in entries}
    return {"recorded": f"“{first}”{more}", "mend": f"/answers/{answers.pop()}" if len(answers) == 1 else "/history"}


def _keys(*keys: tuple[int | None, int | None]) -> Thread:
    return tuple((run, seq) for run, seq in keys if run is not None and seq is not None)
