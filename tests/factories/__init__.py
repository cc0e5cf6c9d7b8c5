"""Rows for tests, by plain inserts: what a person would have made by hand, with sensible defaults.

>>> ws = workspace(conn)
>>> crew = team(conn, ws, zone="Europe/Berlin")
>>> ann = member(conn, crew, "Ann", zone="Asia/Kathmandu")
"""

from tests.factories.checkins import answer, comment, digest, entry, participation, round_of
from tests.factories.ledger import batch, delivery, run, settle
from tests.factories.people import (
    Member,
    Team,
    Workspace,
    account,
    away,
    channel,
    contact,
    member,
    team,
    workspace,
)

__all__ = [
    "Member", "Team", "Workspace", "account", "answer", "away", "batch", "channel", "comment", "contact", "delivery",
    "digest",
    "entry", "member", "participation", "round_of", "run", "settle", "team", "workspace",
]  # fmt: skip
