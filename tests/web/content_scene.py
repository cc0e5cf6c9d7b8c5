"""A campaign with three versions and a second language."""

from __future__ import annotations

from datetime import datetime

from engine.campaigns.content import files, versions
from engine.campaigns.content.sheet import Written
from engine.campaigns.content.versions import Draft
from engine.db import Conn
from engine.models import Campaign
from engine.people.principal import Principal
from tests.factories.rows import row

BODY = """# See you in spring

Hi {{ first_name or "there" }},

we meet on **4 May** at the harbour. {% if tags %}You asked for {{ tags|join(" and ") }}.{% endif %}

- Doors open at 18:00
- [What is on](https://meeting.example/programme?from={{ email }})

> Bring a friend. There is room.

See you there
"""


def build(conn: Conn, who: Principal, now: datetime) -> int:
    """The campaign's id."""
    made = row(conn, Campaign, workspace_id=who.workspace_id, name="Spring meeting")
    draft = {"": Written("See you on 4 May", "Hello."), "de": Written("Bis zum 4. Mai", "Hallo.", language="de")}
    versions.save(conn, who, made, Draft(draft), now)
    files.add(conn, who, made, "programme.pdf", "application/pdf", b"%PDF-1.4" + b" " * 40_000, False, now)
    for subject in ("See you on 4 May", "{{ first_name or 'Friend' }}, see you on 4 May"):
        said = {**draft, "": Written(subject, BODY, "At the harbour, with friends")}
        versions.save(conn, who, made, Draft(said), now)
    return made
