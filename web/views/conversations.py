"""Conversations, to be read: of the whole workspace for admins, of one team for its managers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from engine.conversations import reading
from engine.conversations.care import STATUSES
from engine.conversations.queries import listing, looking_after
from engine.conversations.reading import PAGE, Wanted
from engine.conversations.writing import unreachable
from engine.people import rights, teams
from web import auth, talk_forms, transaction
from web.views.deliveries import number, people, viewer_zone
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
    "session": ("signed in", "good"),
    "link": ("by their link", "good"),
}


@blueprint.get("")
def index() -> str:
    """Those of the workspace that are open, or whatever the words of the URL say; the latest words first."""
    return _list(None)


@blueprint.get("/<int:conversation_id>")
def one(conversation_id: int) -> str:
    """One conversation, its messages in order."""
    return page(conversation_id, None)


@of_team.get("/<int:team_id>/conversations")
def conversations(team_id: int) -> str:
    """Those with the team."""
    return _list(team_id)


@of_team.get("/<int:team_id>/conversations/<int:conversation_id>")
def conversation(team_id: int, conversation_id: int) -> str:
    """One of them."""
    return page(conversation_id, team_id)


def _list(team_id: int | None) -> str:
    conn, who, before = transaction.conn(), auth.principal(), number(request.args.get("before"))
    words = _words(team_id)
    found = reading.listed(conn, who, team_id, _wanted(words), before, PAGE + 1)
    campaign = number(words.get("campaign"))
    return render_template(
        "conversations.html", lines=found[:PAGE], words=words, zone=viewer_zone(), **about(team_id),
        statuses=STATUSES, assignees=looking_after.assignees(conn, who.workspace_id, team_id),
        teams=() if team_id else listing.with_teams(conn, who.workspace_id), me=str(who.account_id),
        campaign=listing.campaign_name(conn, who.workspace_id, campaign) if campaign else None,
        more=found[PAGE - 1].id if len(found) > PAGE else None, earlier=before is not None,
    )  # fmt: skip


def _words(team_id: int | None) -> dict[str, str]:
    """What the list is narrowed by, as the URL says it; whoever looks for a person looks everywhere."""
    names = ("q", "assignee", "campaign", "unread", *(() if team_id else ("team",)))
    found = {name: words for name in names if (words := request.args.get(name, "")[:100].strip())}
    status = request.args.get("status", "" if found.get("q") or found.get("campaign") else "open")
    return {**found, "status": status if status in STATUSES else ""}


def _wanted(words: dict[str, str]) -> Wanted:
    who = auth.principal()
    assignee = str(who.account_id) if words.get("assignee") == "me" else words.get("assignee", "")
    return Wanted(
        words.get("q", ""), words["status"], _id(assignee), _id(words.get("team", "")),
        number(words.get("campaign")), "unread" in words,
    )  # fmt: skip


def _id(word: str) -> str:
    return word if word.isascii() and word.isdecimal() and len(word) < 19 else ""


def page(conversation_id: int, team_id: int | None, **typed: Any) -> str:
    """One conversation; `typed` is what a refused form held, and why."""
    conn, who = transaction.conn(), auth.principal()
    before = number(request.args.get("before"))
    opened = reading.opened(conn, who, conversation_id, transaction.now(), team_id, before)
    why_not = unreachable(conn, who.workspace_id, opened.email, opened.standing)
    return render_template(
        "conversation.html", opened=opened, proofs=PROOFS, zone=viewer_zone(), held=rights.may(who, "read_held"),
        carers=looking_after.carers(conn, who.workspace_id, conversation_id), fresh=talk_forms.fresh,
        closer=people([opened.closed_by]), why_not=why_not, typed=typed, me=who.account_id, **about(team_id),
    )  # fmt: skip


def about(team_id: int | None) -> dict[str, Any]:
    """What differs between the pages of the workspace and of a team."""
    if team_id is None:
        return {"team": None, "of": {}, "here": "conversations", "list_at": "conversations.index",
                "one_at": "conversations.one"}  # fmt: skip
    team = teams.get(transaction.conn(), auth.principal(), team_id)
    return {"team": team, "manager": True, "of": {"team_id": team_id}, "here": "team",
            "list_at": "team.conversations", "one_at": "team.conversation"}  # fmt: skip
