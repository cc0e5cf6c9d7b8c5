"""A workspace with a campaign, for tests of its content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine import models as m
from engine.campaigns.content.sheet import Written
from engine.campaigns.content.versions import Draft
from engine.db import Conn
from engine.people.principal import Principal, of_session
from tests import factories as make
from tests.factories.rows import row


@dataclass(frozen=True, slots=True)
class Scene:
    """Who writes, where, and the campaign."""

    workspace_id: int
    campaign_id: int
    admin: Principal
    user: Principal


def scene(conn: Conn, state: str = "draft", name: str = "Acme") -> Scene:
    """A campaign without content."""
    ws = make.workspace(conn, name)
    campaign = row(conn, m.Campaign, workspace_id=ws.id, name="Spring", state=state)
    return Scene(ws.id, campaign, _who(conn, ws.id, "Ann", "admin"), _who(conn, ws.id, "Uma", "user"))


def _who(conn: Conn, workspace_id: int, name: str, role: str) -> Principal:
    contact_id, _ = make.contact(conn, workspace_id, name)
    account_id = make.account(conn, workspace_id, contact_id, role=role)
    return of_session(workspace_id, contact_id, account_id, role)


def said(body: str = "Hi {{ first_name or 'there' }}", subject: str = "News", **more: Any) -> Draft:
    """A draft in one language; `more` are further languages, as texts."""
    texts = {"": Written(subject, body)}
    return Draft(
        texts | {locale: Written(f"{subject} {locale}", body, language=locale) for locale, body in more.items()}
    )
