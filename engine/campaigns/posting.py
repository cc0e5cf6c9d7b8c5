"""A one-way campaign that is a post to a chat channel: a run of one row, and what the post says.

A post is to nobody by name: what it says must need nothing of a person. Whoever answers it there writes to the team,
as after any post (engine.inbound.unasked).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.campaigns.campaigns import Campaign
from engine.campaigns.content import making, versions
from engine.campaigns.content.language.rendering import Unfilled
from engine.campaigns.content.making import Letter
from engine.campaigns.freeze import Frozen
from engine.campaigns.queries import lettering, rows, shaping
from engine.db import Conn
from engine.errors import Invalid
from engine.outbound.drafts import Draft, PostDraft, Row
from engine.outbound.kinds import KINDS
from engine.outbound.plan import Recipient, plan

KIND = KINDS["campaign_post"]
NOBODY: Mapping[str, Any] = {
    "name": "", "first_name": "", "email": "", "zone": None, "locale": "", "tags": (), "attributes": {}, "links": {}
}  # fmt: skip


def way(conn: Conn, of: Campaign) -> Any:
    """The channel that a campaign goes to. Raises Invalid where it cannot be posted there, or not said to all."""
    found = shaping.channel(conn, of.workspace_id, of.channel_id or 0)
    if found is None:
        raise Invalid("Its channel is disconnected. Choose another, or connect it again.", "channel")
    if of.send_when == "local":
        raise Invalid("A post has one instant for everybody. Choose when it is posted.", "send_when")
    try:
        said(conn, of)
    except Unfilled as error:
        raise Invalid(f"A post is to nobody by name, and this needs a person: {error}.", "body") from error
    return found


def post(conn: Conn, of: Campaign, now: datetime) -> Frozen:
    """Plan the post of a campaign that is launched. Raises what `way` raises."""
    found = way(conn, of)
    to = Recipient(found.id, of.version_no, found.name, now + KIND.again, found.kind)
    planned = plan(conn, of.workspace_id, KIND.name, [to], now)
    assert planned is not None  # there is one recipient
    rows.update_run(conn, planned.run_id, of.id, "launch")
    return Frozen(planned.run_id, planned.size, {}, planned.batch_ids)


def said(conn: Conn, of: Campaign, no: int | None = None) -> Letter:
    """The words of a version to nobody. Raises Unfilled with what needs a person, NotFound, Refused."""
    version = versions.get(conn, of.workspace_id, of.id, of.version_no if no is None else no)
    made = making.made(version, versions.theme(conn, of.workspace_id))
    return made.letter({**NOBODY, "campaign": {"name": of.name}})


def campaign_posts(conn: Conn, workspace_id: int, found: Sequence[Row]) -> Mapping[int, Draft]:
    """The Contents of kind campaign_post: subject and text of the version that was launched."""
    of = lettering.campaign_of(conn, workspace_id, found[0].run_id)
    if of is None:
        return {}
    return {row.seq: _draft(of, said(conn, of, row.about)) for row in found}


def _draft(of: Campaign, letter: Letter) -> PostDraft:
    text = letter.text.rpartition("\n--\n")[0].strip() or letter.text.strip()  # who mails it, and how to leave
    data = {"type": "campaign.posted", "campaign": {"id": of.id, "name": of.name}, "subject": letter.subject}
    return PostDraft(f"{letter.subject}\n\n{text}", data)


__all__ = ["campaign_posts", "post", "said"]
