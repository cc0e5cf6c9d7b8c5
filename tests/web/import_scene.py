"""Imports of people in every state, for pictures."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

from engine.db import Conn
from engine.people.accounts import Account
from engine.people.imports import deciding, file, imports
from engine.people.imports.options import Options
from engine.people.imports.queries import jobs

TABLE = """E-mail;Vorname;Nachname;Zeitzone;Sprache;Ort;Kunde seit;Interessen;Newsletter
mira.{n}@example.org;Mira;Schönfeld;Europe/Berlin;de;Köln;31.01.2020;Wandern|Kochen;ja
jonas.{n}@example.org;Jonas;Weber;Europe/Vienna;de;Wien;15.06.2022;Lesen;nein
nobody at nowhere;Ohne;Adresse;;;;;;
lea.{n}@example.org;Lea;Novak;Mars/Olympus;de;Graz;1.2.2023;;ja
=HYPERLINK("x");Formel;Fritz;;;;;;
mira.{n}@example.org;Mira;Schönfeld-Kraus;Europe/Berlin;de;Bonn;31.01.2020;Wandern|Segeln;ja
"""
SECRET = "a secret of pictures"


def build(conn: Conn, owner: Account, now: datetime) -> dict[str, int]:
    """The id of an import by its state."""
    found = {}
    for number, state in enumerate(("undone", "done", "checked", "running", "uploaded")):
        who, name = owner.principal, f"newsletter-{2021 + number}.csv"
        found[state] = ident = file.take_in(conn, who, name, BytesIO(TABLE.format(n=number).encode()).read, now)
        columns = file.guess(deciding.get(conn, who, ident), jobs.attributes(conn, who.workspace_id))
        if state == "uploaded":
            continue
        options = Options(tags=("newsletter",), consent_source="sign-up form of the old site")
        deciding.say(conn, who, ident, columns, options, now)
        (deciding.check if state == "checked" else deciding.start)(conn, who, ident, now)
        if state != "running":
            _finish(conn, ident, now)
        if state == "undone":
            deciding.undo(conn, who, ident, now)
            _finish(conn, ident, now)
    return found


def _finish(conn: Conn, ident: int, now: datetime) -> None:
    while imports.go_on(conn, ident, now, SECRET):
        pass
