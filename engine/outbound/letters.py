"""Mails that let somebody in: a link to sign in, a link to a new password, an invitation. Each goes by the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.db import Conn
from engine.outbound.followup import FollowUp
from engine.outbound.notices import send_notice, send_to_all
from engine.people import contacts, teams, workspaces
from engine.people.accounts import Account
from engine.people.entrance import tickets
from engine.people.entrance.tickets import Use
from engine.people.principal import Principal
from engine.tokens import Purpose

TEMPLATES = {"signin": "signin_link", "reset": "password_reset"}


def mail_ticket(conn: Conn, email: str, use: Use, now: datetime) -> tuple[Sequence[Account], FollowUp]:
    """Mail a link to every account of an address; nothing to one that is not known. The mail expires with its link."""
    made, followup = tickets.make(conn, email, use, now), FollowUp()
    for ticket in made:  # one in each workspace
        account = ticket.account
        context = {"opens": dict(ticket.opens), "email": account.email}
        sent = send_notice(
            conn, account.workspace_id, account.contact_id, TEMPLATES[use], context, now, ticket.useful_until
        )
        followup += sent.followup
    return [ticket.account for ticket in made], followup


def mail_invitations(
    conn: Conn, principal: Principal, contact_ids: Sequence[int], team_id: int | None, until: datetime, now: datetime
) -> FollowUp:
    """Mail these people their invitations, as one run. `until`: the last instant at which the link works."""
    name = workspaces.get(conn, principal.workspace_id).name
    inviter = contacts.get(conn, principal.workspace_id, principal.contact_id) if principal.contact_id else None
    context = {
        "opens": {"purpose": int(Purpose.INVITATION), "id": None, "until": until.date().isoformat()},
        "inviter": (inviter.name or inviter.email) if inviter else name,
        "team": teams.get(conn, principal, team_id).name if team_id is not None else "",
        "last_day": f"{until:%-d %B %Y}",
    }
    return send_to_all(conn, principal.workspace_id, contact_ids, "invitation", context, now)
