"""Orders that Ada writes by mail, and what they changed."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from engine import models as m
from engine.db import Conn
from engine.tasks.stories import ACTS
from tests.engine.inbound.world import EVENING, World, keep, take


def order(conn: Conn, here: World, words: str, ident: str = "order", **more: Any) -> int:
    """Ada answers her prompt with these words."""
    at = more.pop("at", EVENING)
    inbound_id = keep(conn, here.reply(words, **more), [here.reply_address], ident=ident, at=at)
    take(conn, inbound_id, now=at, acts=ACTS)
    return inbound_id


def paused(conn: Conn, here: World) -> tuple[bool, date | None]:
    """Whether Ada is paused, and until when."""
    of = m.Membership
    row = conn.execute(select(of.paused_at, of.pause_until).where(of.id == here.ada.id)).one()
    return row.paused_at is not None, row.pause_until


def told(conn: Conn) -> list[Any]:
    """The mails back: what each says."""
    return [row.context for row in conn.execute(select(m.Notice).order_by(m.Notice.id)) if row.template == "order_done"]


def commands(conn: Conn) -> list[Any]:
    """The orders that were carried out."""
    return list(conn.execute(select(m.MailCommand).order_by(m.MailCommand.id)))


def part(conn: Conn, here: World) -> tuple[str, str]:
    """State and reason of her part of the round."""
    p = m.Participation
    row = conn.execute(select(p.state, p.reason).where(p.id == here.part)).one()
    return row.state, row.reason


def live(conn: Conn) -> list[str]:
    """Her entries that are not removed, in order."""
    e = m.Entry
    return list(conn.scalars(select(e.text).where(e.removed_at.is_(None)).order_by(e.no)))
