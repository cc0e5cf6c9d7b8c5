"""Room for files: which routes take more than a page's body, and from whom.

Asked before the token of a form is looked for, which reads the body: a stranger's upload is cut off at a page's size.
"""

from __future__ import annotations

from flask import Flask, request

from engine.people import rights
from engine.people.imports.sniffing import MOST_BYTES
from web import auth
from web.routes import ROUTES

ROOM = {"contacts_import.upload": MOST_BYTES + 1_000_000}  # the form around the file


def install(app: Flask) -> None:
    """Ask before everything else."""

    @app.before_request
    def _more_room() -> None:
        most = ROOM.get(request.endpoint or "")
        if most and request.method == "POST":
            who = auth.session_principal()
            if who is not None and rights.may(who, ROUTES[request.endpoint or ""].action):
                request.max_content_length = most
