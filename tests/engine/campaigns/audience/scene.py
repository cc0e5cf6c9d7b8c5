"""A workspace with a dozen people who differ in everything a query can ask for, and another workspace beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from engine import models as m
from engine.campaigns.audience.compiling import contacts
from engine.campaigns.audience.reading import read
from engine.db import Conn
from tests import factories as make
from tests.factories.rows import row

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class World:
    """Ids by name."""

    conn: Conn
    ws: make.Workspace
    ids: dict[str, int] = field(default_factory=dict)
    campaigns: dict[str, int] = field(default_factory=dict)

    def found(self, text: str, now: datetime = NOW) -> set[str]:
        """The names that a query means."""
        names = {number: name for name, number in self.ids.items()}
        rows = self.conn.execute(contacts(read(text), self.ws.id, now)).scalars().all()
        assert len(rows) == len(set(rows)), "somebody is meant twice"
        return {names[number] for number in rows}

    def person(self, name: str, email: str | None = None, **values: Any) -> int:
        """A contact; `values` are columns."""
        self.ids[name], _ = make.contact(self.conn, self.ws.id, name, email=email)
        if values:
            self.conn.execute(update(m.Contact).where(m.Contact.id == self.ids[name]).values(**values))
        return self.ids[name]

    def consent(self, name: str, channel: str = "mail", state: str = "given", topic_id: int = 0) -> None:
        """What somebody said last."""
        said = {"contact_id": self.ids[name], "channel": channel, "topic_id": topic_id, "state": state}
        self.conn.execute(insert(m.Consent).values(workspace_id=self.ws.id, source="person", at=NOW, **said))

    def campaign(self, name: str, got: Mapping[str, str], sent_at: datetime = NOW, part: str = "launch") -> int:
        """A campaign with a run: the state of each one's delivery."""
        campaign_id = self.campaigns.get(name) or row(self.conn, m.Campaign, workspace_id=self.ws.id, name=name)
        self.campaigns[name] = campaign_id
        made = {"workspace_id": self.ws.id, "kind": "campaign", "urgency": 6, "made_at": sent_at}
        run_id = row(self.conn, m.Run, **made, campaign_id=campaign_id, part=part)
        batch_id = make.batch(self.conn, self.ws.id, run_id)
        for seq, (who, state) in enumerate(got.items(), 1):
            at = sent_at if state in ("sent", "delivered", "complained") else None
            make.delivery(
                self.conn, self.ws.id, run_id, batch_id, seq, recipient=self.ids[who], state=state, sent_at=at
            )
        return run_id

    def hit(self, run_id: int, seq: int, link_id: int | None, taken_for: str = "human") -> None:
        """A request for a link (0: the hidden one) or (None) the picture."""
        whose = select(m.Delivery.recipient).where(m.Delivery.run_id == run_id, m.Delivery.seq == seq)
        made = {"run_id": run_id, "seq": seq, "link_id": link_id, "taken_for": taken_for,
                "contact_id": whose.scalar_subquery()}  # fmt: skip
        self.conn.execute(insert(m.Hit).values(workspace_id=self.ws.id, at=NOW, method="GET", **made))

    def reply(self, name: str, campaign: str, kind: str = "contact") -> None:
        """A message of somebody that answers a campaign."""
        made = {"workspace_id": self.ws.id, "channel_key": f"mail.direct.{name}.{campaign}", "platform": "mail"}
        conversation_id = row(self.conn, m.Conversation, **made, type="direct")
        self.conn.execute(
            insert(m.Message).values(
                workspace_id=self.ws.id, conversation_id=conversation_id, no=1, author_id=self.ids[name],
                author_kind=kind, campaign_id=self.campaigns[campaign], kind="mail", body="Hello", platform="mail",
            )
        )  # fmt: skip


def attributes(conn: Conn, ws: make.Workspace) -> None:
    """The attributes that people of the scene have."""
    kinds = {"plan": "text", "seats": "number", "vip": "bool", "birthday": "date", "interests": "list"}
    for name, kind in kinds.items():
        row(conn, m.Attribute, workspace_id=ws.id, name=name, kind=kind)


def people(conn: Conn) -> World:
    """Twelve who may be written to, and four who may not."""
    here = World(conn, make.workspace(conn))
    attributes(conn, here.ws)
    full = {"plan": "pro", "seats": 5, "vip": True, "birthday": "1990-05-01", "interests": ["golf", "chess"]}
    here.person("ada", "Ada@Example.org", attributes=full, tags=["vip", "beta"], zone="Europe/Berlin", locale="de")
    here.person("bo", "bo@example.com", attributes={"plan": "team", "seats": 12.5, "vip": False}, tags=["beta"])
    here.person("cy", attributes={"plan": "Pro", "seats": "12", "birthday": "2026-03-03"}, zone="Asia/Tokyo")
    here.person("di", attributes={"plan": "", "interests": [], "vip": None})
    here.person("ed", attributes={"plan": ["pro"], "interests": "golf", "seats": 5.0})
    here.person("fa", attributes={"birthday": "2026-03-04", "seats": -3})
    here.person("gu", made_at=NOW - 10 * DAY)
    here.person("hy", made_at=NOW - 40 * DAY)
    for name in ("ida", "jo", "kim", "lu"):
        here.person(name)
    here.person("held", standing="held", attributes=full, tags=["vip"])
    here.person("refused", standing="refused", attributes=full)
    here.person("erased", erased_at=NOW, attributes=full)
    other = make.workspace(conn, "Other")
    here.ids["stranger"], _ = make.contact(conn, other.id, "Stranger")
    conn.execute(update(m.Contact).where(m.Contact.id == here.ids["stranger"]).values(attributes=full, tags=["vip"]))
    return here


def day(offset: int) -> date:
    """A day counted from the scene's."""
    return NOW.date() + timedelta(days=offset)
