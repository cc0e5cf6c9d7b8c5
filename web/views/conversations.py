"""Conversations, to be read: of the whole workspace for admins, of one team for its managers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from engine.conversations import reading
from engine.conversations.reading import PAGE
from engine.people import rights, teams
from web import auth, transaction
from web.views.deliveries import number, viewer_zone
from web.views.team import blueprint as of_team

blueprint = Blueprint("conversations", __name__, url_prefix="/conversations")
auth.for_accounts(blueprint)
# Why a message is taken for its author's, as its mark says: (what it says, its tone).
PROOFS = {
    "token": ("by reply address", "good"),
    "thread": ("by its thread", "good"),
    "dmarc": ("sender checked", "good"),
    "from": ("sender not checked", "warn"),
    "person": ("assigned", "good"),
    "platform": ("by the service", "good"),
}


@blueprint.get("")
def index() -> str:
    """All of the workspace, those in which somebody wrote last first."""
    return _list(None)


@blueprint.get("/<int:conversation_id>")
def one(conversation_id: int) -> str:
    """One conversation, its messages in order."""
    return _one(conversation_id, None)


@of_team.get("/<int:team_id>/conversations")
def conversations(team_id: int) -> str:
    """Those with the team."""
    return _list(team_id)


@of_team.get("/<int:team_id>/conversations/<int:conversation_id>")
def conversation(team_id: int, conversation_id: int) -> str:
    """One of them."""
    return _one(conversation_id, team_id)


def _list(team_id: int | None) -> str:
    conn, who = transaction.conn(), auth.principal()
    person, before = request.args.get("q", "")[:100].strip(), number(request.args.get("before"))
    found = reading.listed(conn, who, team_id, person, before, PAGE + 1)
    return render_template(
        "conversations.html", lines=found[:PAGE], person=person, proofs=PROOFS, zone=viewer_zone(), **_about(team_id),
        more=found[PAGE - 1].mod_seq if len(found) > PAGE else None, earlier=before is not None,
    )  # fmt: skip


def _one(conversation_id: int, team_id: int | None) -> str:
    conn, who = transaction.conn(), auth.principal()
    opened = reading.opened(conn, who, conversation_id, team_id, number(request.args.get("before")))
    return render_template(
        "conversation.html", opened=opened, proofs=PROOFS, zone=viewer_zone(), **_about(team_id),
        held=rights.may(who, "read_held"),
    )  # fmt: skip


def _about(team_id: int | None) -> dict[str, Any]:
    """What differs between the pages of the workspace and of a team."""
    if team_id is None:
        return {"team": None, "list_at": ("conversations.index", {}), "one_at": ("conversations.one", {})}
    of = {"team_id": team_id}
    team = teams.get(transaction.conn(), auth.principal(), team_id)
    return {"team": team, "manager": True, "list_at": ("team.conversations", of), "one_at": ("team.conversation", of)}
