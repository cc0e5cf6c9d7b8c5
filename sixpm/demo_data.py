"""Loads the demo team from the command line: `sixpm demo` and `sixpm run --demo`."""

from __future__ import annotations

from engine import db
from engine.rounds import demo
from engine.rounds.demo import Demo


def load_due_now(password: str | None = None) -> Demo:
    """Load the demo team with everybody's prompt due in two seconds of business time. Raises NotAllowed if set up."""
    with db.begin() as conn:
        now = db.now(conn)
        return demo.load(conn, now, due_at=now + demo.SOON, password=password)


def load(password: str | None = None) -> Demo:
    """Load the demo team, everybody asked at 6 pm their own time. Raises NotAllowed if set up."""
    with db.begin() as conn:
        return demo.load(conn, db.now(conn), password=password)
