"""Every page behind a signed link, asked for as scanners and readers ask: nothing of what anybody chose changes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from engine import db
from tests.engine.campaigns.tracking.test_classes import SAID
from tests.web import rights_scene
from tests.web.rights_scene import Ids
from tests.web.rights_walk import TOKENS, UNSUBSCRIBE
from web.routes import BY_LINK, ROUTES

AGENTS = ("edge", "barracuda", "gmail", "mpp", "none")
# What a visit may write: hits, their counts, the limit of wrong tokens. Evidence of doubts: tests/web/me/test_visit.py.
EVIDENCE = {"hit", "hit_count", "link", "bucket"}


@pytest.fixture
def ids(app: Flask) -> Ids:
    """A workspace with everything that a signed link can name, and all of it tracked."""
    with db.begin() as conn:
        made = rights_scene.build(conn).here.first
        conn.execute(text("UPDATE workspace SET track_opens = true, track_checkins = true"))
        conn.execute(text("UPDATE delivery SET state = 'sent', sent_at = now() WHERE state = 'in_doubt'"))
    return made


def paths(app: Flask, ids: Ids) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and ROUTES.get(rule.endpoint, ("",))[0] == BY_LINK:
            named = next((name for start, name in TOKENS.items() if rule.endpoint.startswith(start)), "me")
            values = {**ids, "token": ids["u" if rule.endpoint in UNSUBSCRIBE else named]}
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda part, of=values: of[part[1]], rule.rule)  # type: ignore[misc]


def everything() -> dict[str, str]:
    """A fingerprint of each table, but for the evidence of visits."""
    with db.begin() as conn:
        tables = conn.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        ).scalars()
        return {
            name: conn.execute(
                text(f'SELECT md5(string_agg(x::text, chr(10) ORDER BY x::text)) FROM "{name}" x')
            ).scalar()
            or ""
            for name in tables
            if name not in EVIDENCE
        }


def test_no_get_of_a_signed_link_changes_anything_whoever_asks(app: Flask, ids: Ids) -> None:
    found, before = list(paths(app, ids)), everything()

    statuses = set()
    for agent in AGENTS:
        client = app.test_client(use_cookies=False)
        for path in found:
            for method in ("GET", "HEAD"):
                answer = client.open(path, method=method, headers={"User-Agent": SAID["agents"][agent]})
                answer.close()
                statuses.add(answer.status_code)

    assert len(found) >= 20
    assert statuses <= {200, 302}
    after = everything()
    assert [name for name, mark in after.items() if mark != before[name]] == []
    with db.begin() as conn:
        assert conn.scalar(text("SELECT count(*) FROM hit")) > 0
        assert conn.scalar(text("SELECT count(*) FROM hit WHERE method = 'HEAD' AND taken_for <> 'machine'")) == 0
