"""What is written in conversations: the action id of a form, and one answer for pages and clients that take JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from engine.conversations import actions
from engine.conversations.actions import Answer
from engine.conversations.parts import Done
from engine.errors import Invalid
from web import auth, transaction

Reply = Response | tuple[dict[str, Any], int]


def fresh() -> str:
    """A new action id for a form."""
    return str(actions.fresh(transaction.now()))


def did(request_words: Mapping[str, Any], act: Callable[[], Done], note: Callable[[], None] | None = None) -> Answer:
    """Do what the form asks, once; what it wrote is taken back when it raises. Raises Invalid, Reused.

    `note` records the act, and only the first time. The log of the workspace is held from here to the end of the
    request, so that nothing slow may come after it.
    """
    who, action_id = auth.principal(), actions.read(request.form.get("action_id", ""))
    if who.account_id is None:
        raise Invalid("Only somebody who is signed in can write here.")

    def noted() -> Done:
        done = act()
        if note is not None:
            note()
        return done

    with transaction.step() as conn:
        answer = actions.once(
            conn, who.workspace_id, who.account_id, action_id, request_words, transaction.now(), noted
        )
    transaction.follow(answer.followup)
    return answer


def wants_json() -> bool:
    """Whether a client asked, not a browser's form."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def answered(answer: Answer, page: Callable[[], Response]) -> Reply:
    """201 or 200 with what was done for clients; a browser goes on to `page`."""
    return (dict(answer.response), answer.status) if wants_json() else page()


def refused(error: Invalid, page: Callable[[], Response | tuple[str, int]]) -> Reply | tuple[str, int]:
    """422 with what to do; a browser gets the form back as it was typed."""
    return ({"error": str(error), "field": error.field}, 422) if wants_json() else page()


__all__ = ["Reply", "answered", "did", "fresh", "refused", "wants_json"]
