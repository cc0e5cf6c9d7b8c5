"""What a member's next digest would say if their hour came now. Reads only; the digest itself is made when it comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.db import Conn
from engine.errors import NotAllowed, NotFound
from engine.outbound.drafts import MailDraft
from engine.people import rights
from engine.people.access import team_role
from engine.people.principal import Principal
from engine.rounds.mails import digest_drafts
from engine.rounds.queries import previewing


@dataclass(frozen=True, slots=True)
class Preview:
    """The next digest of a member. `draft` is None while there is nothing to say, `comes_at` when none is planned."""

    membership_id: int
    name: str
    address: str
    zone: str
    since: datetime | None
    comes_at: datetime | None
    draft: MailDraft | None


def next_digest(conn: Conn, principal: Principal, membership_id: int, now: datetime) -> Preview:
    """The member's next digest as of `now`. Members see their own, managers everybody's.

    Raises NotFound for nobody of a team the principal may see, NotAllowed for somebody else.
    """
    found = previewing.next_digest(conn, principal.workspace_id, membership_id, now)
    role = team_role(conn, principal, found.team_id) if found else None
    if found is None or role is None:
        raise NotFound("There is no such member here.")
    if not _own(principal, found.membership_id, found.contact_id) and not rights.may(
        principal, "preview_digests", role
    ):
        raise NotAllowed("Only a manager of the team may see what others get.")
    drafts = digest_drafts(conn, principal.workspace_id, [found]) if found.until_no > found.since_no else {}
    comes = found.next_digest_at if found.wanted and not found.unwanted else None
    return Preview(
        found.membership_id, found.to_name or found.address, found.address, found.zone, found.since_at, comes,
        drafts.get(found.id),
    )  # fmt: skip


def _own(principal: Principal, membership_id: int, contact_id: int) -> bool:
    if principal.kind == "link":
        return principal.membership_id == membership_id
    return principal.contact_id is not None and principal.contact_id == contact_id


__all__ = ["Preview", "next_digest"]
