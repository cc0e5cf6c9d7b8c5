"""A sending loop against a real database and a real sink: plan rows, let it work, compare the ledger with the sink."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text

from engine import config, db
from engine.config import Settings
from engine.outbound.desk import Desk
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.plan import Planned, Recipient, plan
from engine.outbound.queries.claiming import Claimed
from engine.outbound.send import Sender
from engine.transports.base import Key, Mail
from tests import factories

SECRET = "a secret of the tests, long enough"


@dataclass
class Office:
    """One workspace on one database, and the sink its mail goes to."""

    engine: Engine
    settings: Settings
    workspace_id: int

    @classmethod
    def open(cls, engine: Engine, port: int, **overrides: Any) -> Office:
        """A workspace whose relay is the sink at `port`."""
        settings = config.load(
            env="production",
            database_url=engine.url.render_as_string(hide_password=False),
            secret_key=SECRET,
            relay_host="127.0.0.1",
            relay_port=port,
            relay_tls="none",
            relay_connections=2,
            **overrides,
        )
        with engine.begin() as conn:
            return cls(engine, settings, factories.workspace(conn).id)

    def relay(self, port: int, **columns: Any) -> str:
        """Give the workspace a relay of its own on this machine, and return its lane."""
        values = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": 2, **columns}
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        statement = f"INSERT INTO relay (workspace_id, {names}) VALUES (:w, {marks}) RETURNING id"
        with self.engine.begin() as conn:
            return f"relay:{conn.execute(text(statement), {'w': self.workspace_id, **values}).scalar_one()}"

    def plan(self, addresses: Sequence[str], kind: str = "prompt", useful: timedelta = timedelta(hours=9)) -> Planned:
        """Plan a run with one row per address; recipient and about are its place, from 1."""
        with self.engine.begin() as conn:
            now = db.now(conn)
            rows = [Recipient(n, n, address, now + useful) for n, address in enumerate(addresses, 1)]
            planned = plan(conn, self.workspace_id, kind, rows, now)
        assert planned is not None
        return planned

    def states(self, run_id: int) -> Counter[str]:
        """How many rows of the run are in each state."""
        return Counter(self.column(run_id, "state"))

    def column(self, run_id: int, name: str) -> list[Any]:
        """One column of the run's rows, in seq order."""
        with self.engine.begin() as conn:
            statement = text(f"SELECT {name} FROM delivery WHERE run_id = :run ORDER BY seq")
            return list(conn.execute(statement, {"run": run_id}).scalars())

    def value(self, statement: str, **values: Any) -> Any:
        """The single value of a statement."""
        with self.engine.begin() as conn:
            return conn.execute(text(statement), values).scalar_one()

    def run_sql(self, statement: str, **values: Any) -> None:
        """Run a statement and commit."""
        with self.engine.begin() as conn:
            conn.execute(text(statement), values)

    @contextmanager
    def sender(self, drain: float = 2.0) -> Iterator[Sender]:
        """A running loop that sends plain mails, stopped at the end."""
        sender = Sender(self.settings, dict.fromkeys(("prompt", "notice", "post", "digest"), plain_drafts))
        sender.makers.mail = plain_mail  # type: ignore[method-assign]  # rendering has tests of its own
        sender.start()
        try:
            yield sender
        finally:
            sender.stop(drain)


def plain_drafts(conn: db.Conn, workspace_id: int, rows: Sequence[Row]) -> dict[int, MailDraft]:
    """A draft for every row."""
    return {row.seq: MailDraft("notice_test", {}) for row in rows}


def plain_mail(batch: Claimed, row: Row) -> Mail:
    """A small mail whose Message-ID tells the row."""
    content = f"Message-ID: <{row.run_id}.{row.seq}@test>\r\nSubject: hello\r\n\r\nHello {row.seq}\r\n".encode()
    return Mail(Key(batch.id, row.seq, row.attempt), "b+x@reply.test", row.address, content)


__all__ = ["Desk", "Office", "plain_mail"]
