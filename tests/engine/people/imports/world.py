"""A workspace, and files of people brought into it as the pages and the task do it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text

from engine import models as m
from engine.db import Conn
from engine.people import workspaces
from engine.people.imports import deciding, file, imports
from engine.people.imports.options import Options
from engine.people.imports.queries import jobs
from engine.people.imports.queries.jobs import Job
from engine.people.principal import Principal, of_session

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SECRET = "a secret key for tests, long enough"


@dataclass(frozen=True)
class World:
    """A workspace with an admin."""

    conn: Conn
    admin: Principal

    @property
    def id(self) -> int:
        return self.admin.workspace_id

    def upload(self, data: bytes | str, name: str = "people.csv") -> int:
        """Take a file in."""
        stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
        return file.take_in(self.conn, self.admin, name, stream.read, NOW)

    def job(self, ident: int) -> Job:
        return deciding.get(self.conn, self.admin, ident)

    def guessed(self, ident: int) -> list[tuple[str, str, str]]:
        """What the columns are taken for: what, an attribute's name and kind."""
        found = file.guess(self.job(ident), jobs.attributes(self.conn, self.id))
        return [(one.to, one.name, one.kind if one.to == "attribute" else "") for one in found]

    def ready(self, data: bytes | str, kinds: Mapping[str, str] | None = None, **options: Any) -> int:
        """A file whose columns are what they were guessed to be; `kinds` are other kinds of attributes."""
        ident = self.upload(data)
        guessed = file.guess(self.job(ident), jobs.attributes(self.conn, self.id))
        columns = [replace(one, kind=(kinds or {}).get(one.name, one.kind)) for one in guessed]
        deciding.say(self.conn, self.admin, ident, columns, replace(Options(), **options), NOW)
        return ident

    def work(self, ident: int) -> Job:
        """What the task does, to the end."""
        while imports.go_on(self.conn, ident, NOW, SECRET):
            pass
        return self.job(ident)

    def checked(self, data: bytes | str, **options: Any) -> Job:
        ident = self.ready(data, **options)
        deciding.check(self.conn, self.admin, ident, NOW)
        return self.work(ident)

    def brought(self, data: bytes | str, **options: Any) -> Job:
        ident = self.ready(data, **options)
        deciding.start(self.conn, self.admin, ident, NOW)
        return self.work(ident)

    def undone(self, ident: int) -> Job:
        deciding.undo(self.conn, self.admin, ident, NOW)
        return self.work(ident)

    def faults(self, ident: int) -> list[tuple[int, str, str, str]]:
        return [(row.line, row.column, row.words, row.raw) for row in jobs.faults(self.conn, self.id, ident, 0, 1000)]

    def person(self, email: str) -> Any:
        """The contact's row, None where there is none."""
        c = m.Contact
        return self.conn.execute(
            select(c.id, c.email, c.name, c.zone, c.locale, c.standing, c.attributes, c.tags)
            .where(c.workspace_id == self.id, c.email_key == email.casefold())
        ).one_or_none()  # fmt: skip

    def people(self) -> dict[str, tuple[str, str | None, str, dict[str, Any], Sequence[str]]]:
        """Everybody the files brought, by address."""
        c = m.Contact
        rows = self.conn.execute(
            select(c.email, c.name, c.zone, c.locale, c.attributes, c.tags)
            .where(c.workspace_id == self.id, c.email.not_like("admin@%")).order_by(c.email)
        )  # fmt: skip
        return {row.email: (row.name, row.zone, row.locale, row.attributes, row.tags) for row in rows}

    def consents(self, email: str) -> list[tuple[str, str, str, str]]:
        """State, source, evidence and day of each change of the person's consent."""
        rows = self.conn.execute(
            text(
                "SELECT state, source, evidence, at::date::text FROM consent_event WHERE contact_id = :id ORDER BY id"
            ),
            {"id": self.person(email).id},
        )
        return [(*row,) for row in rows]

    def consent(self, email: str) -> str | None:
        query = text("SELECT state FROM consent WHERE contact_id = :id AND channel = 'mail' AND topic_id = 0")
        return self.conn.scalar(query, {"id": self.person(email).id})  # type: ignore[no-any-return]


def world(conn: Conn, name: str = "acme") -> World:
    workspace_id = workspaces.make(conn, name)
    return World(conn, of_session(workspace_id, 1, 7, "admin"))


def numbers(job: jobs.Job) -> tuple[int, int, int, int, int]:
    """Lines, people made, changed and left as they were, faults."""
    return job.lines, job.made, job.changed, job.same, job.faults
