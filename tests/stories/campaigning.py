"""Campaigns for stories: who is written to, what it says, and the pages of those who launch it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from sqlalchemy import text

from engine import db, sealing
from engine.campaigns import campaigns
from engine.outbound.plan import Planned
from engine.people import accounts, relays
from engine.people.principal import SYSTEM
from tests import factories
from tests.factories.campaigns import written as say
from tests.stories.instance import SECRET, Instance

PASSWORD = "a long enough secret of the stories"
BODY = (
    'Hello {{ first_name | default("there") }},\n\nit is spring. [See what is new](https://news.stories.test/spring).'
)
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


@dataclass(frozen=True)
class Place:
    """A workspace with an admin who launches. `admin` is the address the admin signs in with, and is a recipient."""

    id: int
    admin: str


def place(house: Instance) -> Place:
    """A new workspace; its admin is the first of its people."""
    with house.engine.begin() as conn:
        made = factories.workspace(conn).id
        contact_id, email = factories.contact(conn, made, "Ada", email=f"ada@w{made}.test")
        accounts.make(conn, made, contact_id, "admin", PASSWORD)
    return Place(made, email)


def people(house: Instance, where: Place, size: int, local: str = "'p' || n", more: str = "", **values: Any) -> None:
    """`size` people more, numbered from 1. `local` is the SQL of the n-th one's local part; `more` of other columns."""
    names, _, made = more.partition(" = ")
    house.do(
        "INSERT INTO contact (workspace_id, email, email_key, name" + (f", {names}" if names else "") + ")"
        f" SELECT :w, a, lower(a), 'Person ' || n{', ' + made if made else ''} FROM generate_series(1, :size) n,"
        f" LATERAL (SELECT ({local}) || '@w' || :w || '.test' AS a) x",
        w=where.id, size=size, **values,
    )  # fmt: skip
    with house.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("ANALYZE contact"))


def said_no(house: Instance, where: Place, first: int, last: int) -> None:
    """These want nothing by mail."""
    house.do(
        "INSERT INTO consent (contact_id, channel, workspace_id, state, source, at) SELECT id, 'mail', :w, 'withdrawn',"
        " 'person', now() FROM contact WHERE workspace_id = :w AND name IN (SELECT 'Person ' || n"
        " FROM generate_series(cast(:first AS int), :last) n)",
        w=where.id, first=first, last=last,
    )  # fmt: skip


def suppressed(house: Instance, where: Place, first: int, last: int) -> None:
    """To the addresses of these nothing is sent any more."""
    hashes = [sealing.address_hash(SECRET, f"p{n}@w{where.id}.test") for n in range(first, last + 1)]
    house.do(
        "INSERT INTO suppression (workspace_id, address_hash, reason)"
        " SELECT :w, h, 'unknown_user' FROM unnest(cast(:hashes AS bytea[])) h",
        w=where.id, hashes=hashes,
    )  # fmt: skip


def caught(house: Instance, where: Place) -> None:
    """Its mails go to the local catcher, which keeps them (tests.stories.postbox)."""
    port = house.settings.catcher_port
    with house.engine.begin() as conn:
        relays.set_relay(conn, SYSTEM(where.id), house.settings, host="127.0.0.1", port=port, tls="none", user=None,
                         password=None, connections=4)  # fmt: skip


def at(house: Instance, instant: datetime) -> None:
    """Let it be that instant for everybody, and go on from there."""
    house.shift(instant - house.value("SELECT clock_timestamp()"))


def written(house: Instance, where: Place, name: str, body: str = BODY, **values: Any) -> int:
    """A campaign that says something, a draft, to everybody who has not said no."""
    with house.engine.begin() as conn:
        made = campaigns.make(conn, SYSTEM(where.id), name, **{"needs_consent": False, **values})
        say(conn, SYSTEM(where.id), made, name, body, db.now(conn))
    return made


@dataclass
class Browser:
    """Somebody's browser: they signed in by the form, and press the buttons of pages."""

    client: httpx.Client

    def press(self, campaign_id: int, button: str, **form: str) -> httpx.Response:
        """Press a button of the campaign's page, and say yes to what it asks."""
        page = f"/campaigns/{campaign_id}"
        data = {"csrf_token": _token(self.client.get(page).text), "sure": "yes", **form}
        return self.client.post(f"{page}/{button}", data=data)


@contextmanager
def browser(house: Instance, where: Place) -> Iterator[Browser]:
    """The admin's."""
    with httpx.Client(base_url=house.settings.base_url, timeout=60, follow_redirects=True) as client:
        token = _token(client.get("/signin").text)
        client.post("/signin", data={"csrf_token": token, "email": where.admin, "password": PASSWORD})
        yield Browser(client)


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    assert found, page
    return found[1]


def run_of(house: Instance, campaign_id: int) -> Planned:
    """What a launch has made."""
    [(run_id, size)] = rows(house, "SELECT r.id, r.size FROM run r WHERE r.campaign_id = :c", c=campaign_id)
    return Planned(run_id, (), size)


def rows(house: Instance, statement: str, **names: Any) -> list[Any]:
    """What a statement answers."""
    with house.engine.begin() as conn:
        return list(conn.execute(text(statement), names).all())


def state_of(house: Instance, campaign_id: int) -> str:
    """Where a campaign stands."""
    return str(house.value("SELECT state FROM campaign WHERE id = :c", c=campaign_id))


def settled(house: Instance, run: Planned, seconds: float = 60.0) -> None:
    """Wait until no row is open and nobody holds a batch of it."""
    open_ = "SELECT EXISTS (SELECT FROM delivery WHERE run_id = :run AND state IN ('queued', 'deferred'))"
    house.wait("no row is left open", lambda: not house.value(open_, run=run.run_id), seconds)
    house.wait("its batches are let go", lambda: house.holder(run.run_id) == 0, 30)
