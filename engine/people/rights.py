"""Who may do what: the one table of roles and actions. Every page and every button is an action of it.

A session has the role of its account (owner, admin, user) and, in a team, that of its membership (manager, member,
observer). It may do what either of them may. A signed link of a mail speaks for one membership and is no role here: it
has pages of its own, for the person alone.
"""

from __future__ import annotations

from engine.db import Conn
from engine.errors import NotAllowed, NotFound
from engine.people.principal import Principal
from engine.people.queries import team_role

OWNER, ADMIN, USER = "owner", "admin", "user"
MANAGER, MEMBER, OBSERVER = "manager", "member", "observer"
ROLES = (OWNER, ADMIN, USER)
TEAM_ROLES = (MANAGER, MEMBER, OBSERVER)

_OWNERS = frozenset({OWNER})
_ADMINS = frozenset({OWNER, ADMIN})
_MANAGERS = _ADMINS | {MANAGER}
_TEAM = _MANAGERS | {MEMBER, OBSERVER}
_ALL = frozenset(ROLES)

TABLE: dict[str, frozenset[str]] = {
    # oneself
    "own_account": _ALL,
    "see_teams": _ALL,  # the list, of those one is in
    "see_design": _ALL,  # what pages are made of; it shows nothing of the workspace
    # a team; the role in it counts
    "see_team": _TEAM,
    "change_schedule": _MANAGERS,  # days off and the pause of the team too
    "ask_now": _MANAGERS,
    "rename_team": _MANAGERS,
    "change_plain_address": _MANAGERS,  # the workspace's own is change_mail_settings
    "read_team_conversations": _MANAGERS,
    "answer_team_conversations": _MANAGERS,  # assign, close and take links back, too
    "add_member": _MANAGERS,
    "change_member": _MANAGERS,
    "pause_member": _MANAGERS,
    "remove_member": _MANAGERS,
    "connect_channel": _MANAGERS,
    "moderate_entries": _MANAGERS,  # change, remove and restore what others wrote; one's own is see_team
    "preview_digests": _MANAGERS,  # as any member; one's own is see_team
    # the workspace
    "make_team": _ADMINS,
    "lift_suppression": _ADMINS,
    "see_people": _ADMINS,
    "see_contacts": _ADMINS,
    "change_contacts": _ADMINS,
    "erase_contacts": _ADMINS,
    "invite": _ADMINS,
    "change_account": _ADMINS,  # but not an owner's, nor into an owner
    "change_owner": _OWNERS,
    "hand_over": _OWNERS,
    "see_acts": _ADMINS,
    "change_mail_settings": _ADMINS,
    "change_relays": _ADMINS,
    "see_system": _ADMINS,
    "change_dkim": _ADMINS,
    "change_retention": _ADMINS,
    "change_tracking": _ADMINS,
    "change_campaign_limits": _ADMINS,  # how often one person may be written to, and who needs a second yes
    "settle_leaving": _ADMINS,  # unsubscriptions that came in a burst
    "see_deliveries": _ADMINS,
    "stop_runs": _ADMINS,
    "send_rest": _ADMINS,
    "settle_doubts": _ADMINS,
    "read_held": _ADMINS,
    "let_in": _ADMINS,  # whoever wrote unasked, or turn them away
    "answer_conversations": _ADMINS,
    "read_conversations": _ADMINS,  # all of them; of one team is read_team_conversations
    "read_mailbox": _ADMINS,
    # everybody a workspace writes to, and campaigns
    "see_campaigns": _ADMINS,
    "write_campaigns": _ADMINS,  # whom they are for too: segments
    "import_contacts": _ADMINS,
    "launch_campaigns": _ADMINS,  # and pause, cancel, take back
    "approve_campaigns": _ADMINS,  # another's, where the workspace asks for a second yes
}
IN_TEAM = frozenset(
    {"see_team", "change_schedule", "ask_now", "rename_team", "add_member", "change_member", "pause_member",
     "remove_member", "connect_channel", "moderate_entries", "preview_digests", "change_plain_address",
     "read_team_conversations", "answer_team_conversations"}
)  # fmt: skip

_NO_TEAM = "There is no such team here. It may have been removed, or you are not in it."
_ASK_ADMIN = "Only an owner or admin of the workspace may do this. Ask one of them."
_ASK_OWNER = "Only an owner of the workspace may do this. Ask one of them."
_ASK_MANAGER = "Only a manager of the team may do this. Ask one of them."


def may(principal: Principal, action: str, in_team: str | None = None) -> bool:
    """Whether the principal may do `action`; `in_team` is its role in the team that the action is about.

    The engine may do everything, a signed link nothing of this. Raises KeyError for an action that is not in the table.
    """
    allowed = TABLE[action]
    if principal.kind != "session":
        return principal.kind == "system"
    return principal.role in allowed or in_team in allowed


def require(principal: Principal, action: str) -> None:
    """Raise NotAllowed unless the principal may do this in its workspace."""
    if not may(principal, action):
        raise NotAllowed(_ASK_OWNER if TABLE[action] == _OWNERS else _ASK_ADMIN)


def require_in_team(conn: Conn, principal: Principal, action: str, team_id: int) -> None:
    """Raise NotFound for a team that the principal may not see, as if it were not there; NotAllowed for the rest."""
    role = team_role(conn, principal, team_id)
    if role is None:
        raise NotFound(_NO_TEAM)
    if action in IN_TEAM and not may(principal, action, role):
        raise NotAllowed(_ASK_MANAGER)
    if action not in IN_TEAM:
        require(principal, action)


__all__ = ["IN_TEAM", "ROLES", "TABLE", "TEAM_ROLES", "may", "require", "require_in_team"]
