"""A workspace with people and a campaign that is ready, on a real database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from engine import db
from engine.campaigns import campaigns
from engine.campaigns.campaigns import Campaign
from engine.campaigns.launch import launch
from engine.people.principal import SYSTEM, Principal, of_session
from tests import factories
from tests.factories.campaigns import written


@dataclass
class Scene:
    """One workspace; `person` is its admin, `second` another one."""

    engine: Engine
    workspace_id: int
    person: Principal
    second: Principal

    @classmethod
    def make(cls, engine: Engine, people: int = 0, **workspace: Any) -> Scene:
        """A workspace with so many contacts beside its two admins; nobody has said anything about consent."""
        with engine.begin() as conn:
            w = factories.workspace(conn, **workspace).id
            admins = []
            for name in ("Ada", "Bo"):
                contact_id, _ = factories.contact(conn, w, name)
                row = text("INSERT INTO account (workspace_id, contact_id, role) VALUES (:w, :c, 'admin') RETURNING id")
                account = conn.execute(row, {"w": w, "c": contact_id}).scalar_one()
                admins.append(of_session(w, contact_id, account, "admin"))
            # Those two have addresses of their own; campaigns of these tests are for the others.
            conn.execute(text("UPDATE contact SET standing = 'held' WHERE workspace_id = :w"), {"w": w})
        scene = cls(engine, w, *admins)
        scene.add(people)
        return scene

    def add(self, people: int, *, zone: str | None = None, domain: str = "x.test", first: int = 1) -> None:
        """More contacts: p1@x.test and so on."""
        self.do(
            "INSERT INTO contact (workspace_id, email, email_key, name, zone)"
            " SELECT :w, 'p' || n || '@' || :d, 'p' || n || '@' || :d, 'Person ' || n, cast(:z AS text)"
            " FROM generate_series(cast(:first AS bigint), :last) n",
            d=domain, z=zone, first=first, last=first + people - 1,
        )  # fmt: skip

    def campaign(self, **values: Any) -> int:
        """A campaign to everybody that says something and asks for no consent."""
        with self.engine.begin() as conn:
            given = {"needs_consent": False, **values}
            made = campaigns.make(conn, self.person, "Spring", **given)
            self.write(conn, made)
        return made

    def write(self, conn: Connection, campaign_id: int, body: str = "It is spring.", subject: str = "Spring") -> None:
        """Save what it says, in Markdown."""
        written(conn, self.person, campaign_id, subject, body, db.now(conn))

    def launch(self, campaign_id: int, now: datetime | None = None, who: Principal | None = None) -> Campaign:
        """Launch it, and what it is then."""
        with self.engine.begin() as conn:
            launch(conn, who or self.person, campaign_id, now or db.now(conn))
        return self.get(campaign_id)

    def get(self, campaign_id: int) -> Campaign:
        """The campaign as it stands."""
        with self.engine.begin() as conn:
            return campaigns.get(conn, SYSTEM(self.workspace_id), campaign_id)

    def states(self, run_id: int | None) -> Counter[str]:
        """How many rows of a run are in each state, with the reason where there is one."""
        found = self.rows("SELECT state || coalesce(nullif(': ' || reason, ': '), '') FROM delivery WHERE run_id = :r",
                          r=run_id)  # fmt: skip
        return Counter(row[0] for row in found)

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """What a statement answers."""
        with self.engine.begin() as conn:
            return list(conn.execute(text(statement), {"w": self.workspace_id, **values}))

    def value(self, statement: str, **values: Any) -> Any:
        """The single value of a statement."""
        ((found,),) = self.rows(statement, **values)
        return found

    def do(self, statement: str, **values: Any) -> None:
        """Run a statement and commit."""
        with self.engine.begin() as conn:
            conn.execute(text(statement), {"w": self.workspace_id, **values})

    def contact(self, address: str) -> int:
        """The id of a contact."""
        return int(self.value("SELECT id FROM contact WHERE workspace_id = :w AND email = :a", a=address))

    def now(self) -> datetime:
        """Business time."""
        with self.engine.begin() as conn:
            return db.now(conn)
