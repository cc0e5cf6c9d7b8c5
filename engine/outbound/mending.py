"""Posts that are out and no longer say what is so: each is given its text of now, taken away, or corrected.

A correction looks at its post when it is sent, not when it was planned. So the newest one says what is so, whatever
came between, and an older one that still waits has nothing left to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from engine.db import Conn
from engine.outbound.drafts import Contents, Draft, MendDraft, PostDraft, Row
from engine.outbound.followup import FollowUp
from engine.outbound.plan import Recipient, plan
from engine.outbound.queries import mending
from engine.outbound.queries.mending import Out
from engine.transports import registry

OUT = ("sent", "delivered")
WAITS = "the post it corrects is still on its way"
NOUNS = {"post": "answer", "round_post": "round", "digest_post": "digest"}  # of the data that a webhook gets
SAYS_SO = "Correction: this replaces an earlier post."
USEFUL = timedelta(days=2)
APART = timedelta(seconds=15)  # between two corrections of one post; a call takes 5 s at most, and an edit may be two


def mend(conn: Conn, workspace_id: int, posts: Sequence[tuple[int, int]], now: datetime) -> FollowUp:
    """Plan corrections of the posts (run_id, about) that are out; the batches to claim once it is committed.

    A post that waits unclaimed is rendered anew when it is claimed. One in doubt is left alone: nobody knows whether it
    is there, there is no id to change it by, and if it is sent once more it says what is so then. One that failed is
    not there. Two corrections of a post never go at once, or the older could arrive last.
    """
    mending.lock_batches(conn, workspace_id, posts)
    found = [post for post in mending.out(conn, workspace_id, posts) if post.kind == "post" or _edits(post)]
    ids = mending.insert_corrections(conn, workspace_id, found, now) if found else []
    runs: dict[tuple[bool, int], list[tuple[int, Out]]] = {}
    for ident, post in zip(ids, found, strict=True):
        edited = _edits(post)
        place = sum(post.channel_id == other.channel_id for _, other in _all(runs, edited))  # a run has it once
        runs.setdefault((edited, place), []).append((ident, post))
    return sum((_plan(conn, workspace_id, edited, group, now) for (edited, _), group in runs.items()), FollowUp())


def _edits(post: Out) -> bool:
    """Whether it can be changed in place: then doing it twice is harmless, and its doubts may be sent again."""
    return post.remote_id is not None and registry.SERVICES[post.transport].edits


def _all(runs: Mapping[tuple[bool, int], list[tuple[int, Out]]], edited: bool) -> list[tuple[int, Out]]:
    return [one for (kind, _), group in runs.items() if kind == edited for one in group]


def _plan(conn: Conn, workspace_id: int, edited: bool, group: Sequence[tuple[int, Out]], now: datetime) -> FollowUp:
    to = [Recipient(post.channel_id, ident, post.name, now + USEFUL, post.transport) for ident, post in group]
    last = max((post.corrected_at + APART for _, post in group if post.corrected_at), default=now)
    policy = "resend" if edited else "hold"
    planned = plan(conn, workspace_id, "correction", to, now, at=max(now, last), policy=policy)
    return FollowUp(batches=planned.batch_ids) if planned and last <= now else FollowUp()


def corrections(now_said: Mapping[str, Contents]) -> Contents:
    """The Contents of kind `correction`. `now_said`: by a post's kind, what posts are to say now.

    A kind without an entry, or a post without a draft, has nothing left to say: the post is taken away.
    """

    def drafts(conn: Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
        posts = mending.posts(conn, workspace_id, [(row.about, row.run_id, row.seq) for row in rows])
        wanted = [(row, posts[row.about]) for row in rows if row.about in posts]
        said = _said(conn, workspace_id, [(row, post) for row, post in wanted if post.state in OUT], now_said)
        made: dict[int, Draft] = {row.seq: _mend(post, said.get(row.seq)) for row, post in wanted if post.state in OUT}
        return made | {row.seq: MendDraft(None, None, None, WAITS) for row, post in wanted if post.in_hand}

    return drafts


def _said(
    conn: Conn, workspace_id: int, wanted: Sequence[tuple[Row, Any]], now_said: Mapping[str, Contents]
) -> dict[int, PostDraft]:
    """What the posts are to say, by the seq of their corrections; one question for each kind of post."""
    kinds: dict[str, list[Row]] = {}
    for row, post in wanted:
        kinds.setdefault(post.kind, []).append(row._replace(run_id=post.run_id, about=post.about))
    found: dict[int, Draft] = {}
    for kind, rows in kinds.items():  # three at most
        found |= now_said[kind](conn, workspace_id, rows) if kind in now_said else {}
    return {seq: draft for seq, draft in found.items() if isinstance(draft, PostDraft)}


def _mend(post: Any, said: PostDraft | None) -> MendDraft:
    gone = said is None or said.withdrawn
    correction = None if post.kind != "post" or post.tried else _correction(post, said, gone)
    return MendDraft(None if gone else said, post.remote_id, correction)


def _correction(post: Any, said: PostDraft | None, gone: bool) -> PostDraft:
    """The post that says so, where the first one cannot be changed; `corrects` is the webhook-id of the first."""
    kind = f"{NOUNS.get(post.kind, 'post')}.{'removed' if gone else 'updated'}"
    told = said or PostDraft("What it said was removed.")
    return replace(
        told, text=f"{SAYS_SO}\n{told.text}",
        data={**told.data, "type": kind, "corrects": f"d{post.run_id}-{post.seq}"},
    )  # fmt: skip


__all__ = ["corrections", "mend"]
