"""What a person may ask for: all that is kept of them, and to be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Response, flash, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import Invalid
from engine.outbound.followup import FollowUp
from engine.people.directory import erasing, person, taking
from web import auth, guard, transaction
from web.confirm import unsure
from web.views.contacts import blueprint, secret

IN_MEMORY = 1024 * 1024  # bytes of a person's file; what is larger waits on disk
PIECE = 64 * 1024  # bytes of it that go out at once


class _Pieces:
    """A file on its way out, which ends with the answer: read, closed, or forgotten by whoever asked."""

    def __init__(self, kept: IO[bytes]) -> None:
        self._kept = kept

    def __iter__(self) -> Iterator[bytes]:
        return iter(partial(self._kept.read, PIECE), b"")

    def close(self) -> None:
        self._kept.close()

    __del__ = close


@blueprint.get("/<int:contact_id>/all.json")
def as_json(contact_id: int) -> Response:
    """All that is kept of a person, for them to have. It is as large as their mails, so that it goes by a file."""
    kept = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # the answer closes it
    try:
        for piece in taking.all_of(transaction.conn(), auth.principal(), contact_id, transaction.now()):
            kept.write(piece.encode())
        kept.seek(0)
    except BaseException:
        kept.close()
        raise
    response = Response(_Pieces(kept), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="contact-{contact_id}.json"'
    return response


@blueprint.post("/<int:contact_id>/erase")
def erase(contact_id: int) -> str | AnyResponse:
    """Forget a person, after asking."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    found = person.get(conn, who, contact_id, secret())
    facts = (
        "Their name, address, tags, attributes and what they wrote are emptied, in mails that came in too.",
        "What is on its way to them is cancelled, and they leave their teams.",
        "That there were mails and answers, and when, stays, without them. So does a suppression, as a hash.",
        "Backups made before still hold them.",
    )
    then = "This cannot be undone."
    if page := unsure(
        f"Erase {found.title}?", then, "Erase them", url_for("contacts.one", contact_id=contact_id), facts=facts
    ):
        return page
    try:
        with transaction.step() as conn:
            made = erasing.ask(conn, who, contact_id, secret(), now)
    except Invalid as error:
        flash(str(error), "error")
        return redirect(url_for("contacts.one", contact_id=contact_id), 303)
    guard.note("contact", contact_id)
    transaction.follow(FollowUp(erase=(made,)))
    flash("They are erased. What others hold of them is emptied in the next minutes.", "success")
    return redirect(url_for("contacts.one", contact_id=contact_id), 303)
