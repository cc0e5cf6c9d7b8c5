"""The people behind a number of a report: a page at a time, or all of them in pieces, for a sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.campaigns.report import lists
from engine.campaigns.report.lists import Rows
from engine.campaigns.report.queries import telling
from engine.db import Conn
from engine.people import rights
from engine.people.principal import Principal

PAGE = 50
PIECE = 2_000  # of a sheet, read at once


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list of a campaign, by its name and key (lists.named)."""

    campaign_id: int
    name: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a list, with the mail they are in it for."""

    contact_id: int
    name: str
    address: str
    run_id: int
    seq: int
    state: str
    code: str
    reply: str
    reason: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """One page. `after`: from where the next one goes on; empty at the end."""

    people: tuple[Person, ...]
    after: str


def listed(conn: Conn, principal: Principal, wanted: Wanted, after: str = "") -> Found:
    """One page of a list; two statements. Raises NotAllowed, NotFound for what is no list."""
    rows = telling.page(conn, check(conn, principal, wanted), _after(after), PAGE + 1)
    found = tuple(map(_person, rows[:PAGE]))
    return Found(found, f"{found[-1].run_id}.{found[-1].seq}" if len(rows) > PAGE else "")


def check(conn: Conn, principal: Principal, wanted: Wanted) -> Rows:
    """The select of a list. Raises NotAllowed, NotFound."""
    rights.require(principal, "see_campaigns")
    return lists.named(lists.scope(conn, principal.workspace_id, wanted.campaign_id), wanted.name, wanted.key)


def link(conn: Conn, principal: Principal, wanted: Wanted) -> str:
    """The address of the link that a list is about; empty where it is gone."""
    return telling.url(conn, principal.workspace_id, wanted.campaign_id, int(wanted.key))


def told(
    begin: Callable[[], AbstractContextManager[Conn]], principal: Principal, wanted: Wanted
) -> Iterator[Person]:  # fmt: skip
    """Everybody of a list; each piece is a transaction of its own, and memory stays flat. Raises as `check` does."""
    after: telling.After | None = None
    while True:
        with begin() as conn:
            rows: Sequence[Any] = telling.page(conn, check(conn, principal, wanted), after, PIECE)
        yield from map(_person, rows)
        if len(rows) < PIECE:
            return
        after = rows[-1].run_id, rows[-1].seq


def _person(row: Any) -> Person:
    name = row.name if row.erased_at is None else "Erased person"
    return Person(
        row.contact_id, name, row.address, row.run_id, row.seq, row.state, row.code, row.reply, row.reason, row.sent_at
    )


def _after(text: str) -> telling.After | None:
    run, _, seq = text.partition(".")
    known = text.isascii() and run.isdigit() and seq.isdigit() and len(run) < 19 and len(seq) < 10
    return (int(run), int(seq)) if known else None


__all__ = ["PAGE", "Found", "Person", "Wanted", "check", "link", "listed", "told"]
