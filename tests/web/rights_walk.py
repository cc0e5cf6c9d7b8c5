"""The walk of rights: every route asked by a role, with ids of whomever, and each request taken back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from engine import db
from engine.people import rights
from engine.people.entrance import sessions
from tests.web import rights_scene
from tests.web.conftest import Browser
from tests.web.rights_scene import ROLES, Ids, World
from web import transaction

TEAM_ROLES = {"manager": "manager", "member": "member", "observer": "observer"}
TOKENS = {
    "me.": "me",
    "doors.": "door",
    "letters.link": "link",
    "letters.use_link": "link",
    "letters.reset": "reset",
    "letters.set_password": "reset",
    "letters.invitation": "invitation",
    "letters.accept": "invitation",
    "track.link": "hit",
    "track.picture": "open",
    "leaving.": "leave",
    "preferences.": "leave",
}
TOKENS_OF = ("me", "u", "link", "reset", "invitation", "hit", "open", "leave", "door")
UNSUBSCRIBE = ("me.unsubscribe", "me.one_click", "me.resubscribe")


@dataclass
class Walker:
    """Browsers by role whose every request is taken back, so that each finds the world as it was made."""

    app: Flask
    world: World
    browsers: dict[str, Browser]
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mail = rights_scene.caught()
        self.tokens = {role: browser.token("/account") for role, browser in self.browsers.items()}
        self.cookies = {role: self._cookie(browser) for role, browser in self.browsers.items()}
        stranger = Browser(self.app.test_client())
        self.browsers[""], self.tokens[""] = stranger, stranger.token("/signin")
        self.cookies[""] = self._cookie(stranger)
        with db.begin() as conn:
            self.sessions = {role: self._session(conn, role) for role in ROLES}
            self.before = conn.execute(text("SELECT count(*) FROM act")).scalar_one()

    def take_back(self) -> None:
        """Note which acts the request has left, then undo it."""
        found = transaction.conn().execute(text("SELECT act FROM act ORDER BY id")).scalars().all()
        self.notes = list(found)[self.before :]
        transaction.rollback()

    def _session(self, conn: db.Conn, role: str) -> str:
        account = self.world.here.people[role]
        return str(max(one.id for one in sessions.listed(conn, account, db.now(conn))))

    @staticmethod
    def _cookie(browser: Browser) -> str:
        cookie = browser.client.get_cookie("sixpm")
        return cookie.value if cookie else ""

    def go(self, role: str, method: str, rule: Rule, ids: Ids, fields: Ids | None = None) -> TestResponse:
        """One request of a role, with the session that it had at first."""
        client = self.browsers[role].client
        client.set_cookie("sixpm", self.cookies[role])
        own = {"session_id": self.sessions[role]} if role and ids is self.world.here.first else {}
        path = self.path(rule, {**ids, **own})
        if method == "GET":
            return client.get(path, buffered=True)  # what an answer keeps open is closed
        return client.post(path, data={"csrf_token": self.tokens[role], "sure": "yes", **(fields or {})})

    def path(self, rule: Rule, ids: Ids) -> str:
        token = "u" if rule.endpoint in UNSUBSCRIBE else next(
            (name for start, name in TOKENS.items() if rule.endpoint.startswith(start)), "me"
        )  # fmt: skip
        values = {**ids, "token": ids[token], "mail_id": self.mail, "preset": "ses", "key": "instance",
                  "provider": "ses"}  # fmt: skip
        if rule.endpoint.startswith("setup.test") and ids["run_id"] == self.world.here.first["run_id"]:
            values["run_id"] = str(self.world.notice)
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: values[part[1]], rule.rule)


def routes(app: Flask) -> list[tuple[str, Rule]]:
    found = [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")]
    return [(method, rule) for rule in found for method in ("GET", "POST") if method in (rule.methods or ())]


def allowed(role: str, action: str) -> bool:
    """The expectation, from the table of rights alone."""
    account = role if role in rights.ROLES else "user"
    return bool(rights.TABLE[action] & ({account, TEAM_ROLES.get(role, "")} if action in rights.IN_TEAM else {account}))


def in_first_team(role: str) -> bool:
    return role in ("owner", "admin", *TEAM_ROLES)
