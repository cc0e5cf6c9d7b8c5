"""What is tracked: by workspace, by campaign, by person. Each may switch it off; none switches on what another put off.

A campaign without a word of its own has its workspace's. A person who is not tracked gets the mail unwrapped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.campaigns.tracking.queries import flags as queries
from engine.db import Conn
from engine.errors import NotFound
from engine.people import rights
from engine.people.principal import Principal


@dataclass(frozen=True, slots=True)
class Flags:
    """Links and pictures of campaigns; both in questions and digests (a campaign has no word about those)."""

    links: bool
    opens: bool
    checkins: bool = False


def of_workspace(conn: Conn, principal: Principal) -> Flags:
    """What the workspace tracks. Raises NotAllowed."""
    rights.require(principal, "change_tracking")
    row = queries.of_workspace(conn, principal.workspace_id)
    return Flags(row.track_links, row.track_opens, row.track_checkins)


def save(conn: Conn, principal: Principal, flags: Flags) -> None:
    """Let these hold for mails made from now on. Raises NotAllowed."""
    rights.require(principal, "change_tracking")
    queries.save(conn, principal.workspace_id, flags.links, flags.opens, flags.checkins)


def of_campaign(conn: Conn, workspace_id: int, campaign_id: int) -> Flags:
    """What the mails of a campaign are made with: its own word, within what its workspace tracks. Raises NotFound."""
    row = queries.of_campaign(conn, workspace_id, campaign_id)
    if row is None:
        raise NotFound("There is no such campaign here.")
    return Flags(row.links, row.opens)


def untracked(conn: Conn, workspace_id: int, contact_ids: Sequence[int]) -> set[int]:
    """Which of these people are not tracked, whatever a campaign says; one statement for a batch."""
    return queries.untracked(conn, workspace_id, contact_ids)


__all__ = ["Flags", "of_campaign", "of_workspace", "save", "untracked"]
