"""The addresses at which teams and workspaces are written to without a token."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select, true

from engine import models as m
from engine.db import Conn


def plain_addresses(conn: Conn, instance: str) -> frozenset[str]:
    """All of them, in lower case: each at `instance`, the instance's reply domain, and at its workspace's own."""
    p, w = m.PlainAddress, m.Workspace
    rows = conn.execute(select(p.local, func.lower(w.reply_domain)).join(w, w.id == p.workspace_id))
    return frozenset(f"{local}@{domain}" for local, own in rows for domain in {instance, own or instance})


def known_local(conn: Conn, domain: str, local: str, instance: str) -> bool:
    """Whether mail to `local`@`domain` (lower case) is for a team or workspace; `instance` as above."""
    p, w = m.PlainAddress, m.Workspace
    here: ColumnElement[bool] = true() if domain == instance else func.lower(w.reply_domain) == domain
    found = select(p.id).join(w, w.id == p.workspace_id).where(p.local == local, here).limit(1)
    return conn.execute(found).scalar_one_or_none() is not None
