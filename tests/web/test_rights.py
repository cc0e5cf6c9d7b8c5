"""Every route of the application, walked by every role and by nobody, with ids of one's own, of another team and of
another workspace; and the act that each leaves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask import Response as FlaskResponse
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from engine import config, db
from engine.conversations import actions
from engine.people import rights
from engine.people.acts import ACTS
from engine.people.entrance import sessions
from tests.web import rights_scene
from tests.web.conftest import PASSWORD, Browser
from tests.web.rights_scene import ROLES, Ids, World
from web import transaction
from web.routes import ANYONE, BY_LINK, MACHINE, OPEN, ROUTES

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
FIRST_VISIT = {"setup.make", "setup.load_demo"}  # over once there is a workspace: tests/web/test_setup.py
AFTERWARDS = {"letters.mail_link", "letters.mail_reset"}  # written after the answer: tests/web/test_letters.py
LETS_GO = {"signin.home", "signin.sign_in", "setup.first"}  # pages of strangers send others on

# What a form sends so that the route does what it is for.
FIELDS: dict[str, dict[str, str]] = {
    "signin.check": {"email": "owner@here.example", "password": PASSWORD},
    "letters.set_password": {"password": "another long secret"},
    "letters.accept": {"name": "New"},
    "account.change_password": {"old": PASSWORD, "password": "another long secret"},
    "people.invite": {"addresses": "somebody@example.org", "role": "user", "team": "0"},
    "people.set_role": {"role": "admin"},
    "people.hand_over": {"password": PASSWORD},
    "account.set_zone": {"zone": "UTC"},
    "team.make": {"name": "Another", "zone": "UTC"},
    "team.save_schedule": {
        "questions": "What now?", "weekdays": "0", "prompt_at": "17:30", "digest_at": "09:00", "nudge_after": "60",
        "answer_window": "600",
    },
    "team.add_days_off": {"first_day": f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}", "reason": "Holiday"},
    "team.rename": {"name": "Renamed", "zone": "UTC"},
    "team.set_address": {"local": "another-one"},
    "setup.set_address": {"local": "another-two"},
    "team.add_member": {"email": "more@example.org", "role": "member"},
    "team.set_role": {"role": "observer"},
    "team.set_hours": {"prompt_at": "16:00", "zone": "UTC"},
    "team.set_away": {"first_day": "2099-02-01"},
    "team.connect": {"kind": "slack", "name": "#new", "channel": "C1", "secret": "xoxb-secret",
                     "gets": "entries"},
    "team.change_channel": {"name": "#renamed", "gets": "digest"},
    "me.hours": {"prompt_at": "16:00", "zone": "UTC"},
    "me.receipt": {"receipt": "mail"},
    "me.away": {"first_day": "2099-02-01"},
    "me.turn_day": {"day": "2099-02-01"},
    "setup.save_mail": {"mail_from": "team@example.org", "reply_domain": "reply.example.org",
                        "base_url": "https://sixpm.example.org", "tls": "none"},
    "relays.add": {"preset": "smarthost", "host": "a.example.org", "port": "25", "tls": "none", "uses": "bulk",
                   "rank": "0", "connections": "4", "per_connection": "100", "warmup_first": "200",
                   "warmup_growth": "50"},
    "keeping.save": {"acts": "200"},
    "dkim.make": {"domain": "", "selector": "new", "algorithm": "ed25519"},
    "content.save": {"subject": "News", "body": "Hello.", "format": "markdown"},
    "runs.requeue": {"hours": "4", "pick": "failed||"},
    "doubts.settle": {"act": "arrived", "scope": "all"},
    "entries.edit": {"text": "Mended the login."},
    "me.edit": {"text": "Mended the login."},
    "entries.comment": {"text": "How long did it take?"},
    "reread.choose": {"row": "1"},
    "contacts.add": {"email": "more@example.org"},
    "contacts.change": {"email": "changed@example.org"},
    "contacts.define": {"name": "city", "kind": "text"},
    "contacts.make_topic": {"name": "Product news"},
    "contacts.say": {"channel": "mail", "topic": "0", "state": "given", "evidence": "They called."},
    "contacts.suppress": {"place": "mail", "why": "They asked on the phone."},
    "contacts.lift": {"channel": "mail"},
    "campaigns.make": {"name": "Autumn"},
    "campaigns.rename": {"name": "Autumn"},
    "campaign_whom.save": {"query": "everyone", "needs_consent": "y", "topic_id": "0"},
    "campaign_plan.save": {"send_when": "now", "weekdays": "1", "shape": "one_way", "team_id": "0"},
    "campaign_limits.save": {"approve_over": "1000", "cap_days": "7"},
    "contacts.rename_topic": {"name": "Fresh news"},
    "campaign_again.draft": {"list": "all"},
}  # fmt: skip
_ACTION = {"action_id": str(actions.fresh(datetime.now(UTC)))}
for _place in ("team", "conversations"):
    FIELDS |= {
        f"{_place}.reply": {"text": "Yes.", **_ACTION}, f"{_place}.note": {"text": "Ask Carla.", **_ACTION},
        f"{_place}.assign": {"assignee": "", **_ACTION}, f"{_place}.set_status": {"status": "closed", **_ACTION},
        f"{_place}.end_link": _ACTION,
        f"{_place}.read": {"no": "1", **_ACTION},
    }  # fmt: skip
FIELDS["team.write_to"] = FIELDS["campaign_one.send"] = {"subject": "Hi", "text": "Hello.", **_ACTION}
FIELDS["account.set_hears"] = {"hears": "digest"}
FIELDS["contacts_import.check"] = FIELDS["contacts_import.start"] = {"to-0": "email", "existing": "update"}
FIELDS["relays.try_new"] = {**FIELDS["relays.add"], "host": "127.0.0.1", "port": "1"}
FIELDS["relays.try_one"] = FIELDS["relays.try_new"]
# Routes for one's own and for managers; the world's entry is somebody else's. One's own: tests/web/test_entries.py.
ELSES = {
    f"entries.{name}": "moderate_entries"
    for name in ("one", "edit", "remove", "restore", "remove_comment", "restore_comment")
}
FIELDS["relays.change"] = {**FIELDS["relays.add"], "host": "b.example.org"}


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


@pytest.fixture
def walker(app: Flask) -> Walker:
    """The world, and browsers in it; from now on nothing stays."""
    walking: list[Walker] = []

    @app.after_request  # runs before the application's own, which commits
    def _take_back(response: FlaskResponse) -> FlaskResponse:
        for walker in walking:
            walker.take_back()
        return response

    with db.begin() as conn:
        world = rights_scene.build(conn)
    walking.append(Walker(app, world, rights_scene.browsers(app, world.here)))
    return walking[0]


def routes(app: Flask) -> list[tuple[str, Rule]]:
    found = [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")]
    return [(method, rule) for rule in found for method in ("GET", "POST") if method in (rule.methods or ())]


def allowed(role: str, action: str) -> bool:
    """The expectation, from the table of rights alone."""
    account = role if role in rights.ROLES else "user"
    return bool(rights.TABLE[action] & ({account, TEAM_ROLES.get(role, "")} if action in rights.IN_TEAM else {account}))


def in_first_team(role: str) -> bool:
    return role in ("owner", "admin", *TEAM_ROLES)


def test_every_route_has_a_row_and_every_row_a_route(app: Flask) -> None:
    assert {rule.endpoint for _, rule in routes(app)} == set(ROUTES)


def test_every_action_and_act_of_a_row_is_in_its_table() -> None:
    unknown = {row for row in ROUTES.values() if row.action not in {*rights.TABLE, *OPEN} or (row.act and
               row.act not in ACTS)}  # fmt: skip

    assert unknown == set()


def test_every_action_belongs_to_a_route() -> None:
    decided_inside = {"change_owner", "moderate_entries", "preview_digests"}  # within a route, by whose it is

    assert set(rights.TABLE) - {row.action for row in ROUTES.values()} == decided_inside


def test_a_route_without_a_row_is_open_to_nobody(app: Flask, walker: Walker) -> None:
    app.view_functions["team.index"], known = app.view_functions["team.index"], ROUTES.pop("team.index")
    try:
        answer = walker.browsers["owner"].get("/teams")
    finally:
        ROUTES["team.index"] = known

    assert answer.status_code == 403


def test_strangers_are_asked_to_sign_in(app: Flask, walker: Walker) -> None:
    wrong = {}
    for method, rule in routes(app):
        if ROUTES[rule.endpoint].action not in OPEN:
            answer = walker.go("", method, rule, walker.world.here.first)
            if answer.status_code != 302 or not answer.location.startswith("/signin"):
                wrong[f"{method} {rule.rule}"] = answer.status_code

    assert wrong == {}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_the_table_says_and_nothing_else(app: Flask, walker: Walker, role: str) -> None:
    wrong = {}
    for method, rule in routes(app):
        action = ROUTES[rule.endpoint].action
        if action in OPEN:
            continue
        answer = walker.go(role, method, rule, walker.world.here.first, FIELDS.get(rule.endpoint))
        if not fits(answer, rule, role, ELSES.get(rule.endpoint, action)):
            wrong[f"{method} {rule.rule}"] = (answer.status_code, answer.location)

    assert wrong == {}


def fits(answer: TestResponse, rule: Rule, role: str, action: str) -> bool:
    if "team_id" in rule.arguments and not in_first_team(role):
        return answer.status_code == 404
    if not allowed(role, action):
        return answer.status_code == 403
    leads_out = rule.endpoint in ("account.leave", "account.end_session")
    return answer.status_code in (200, 302, 303, 400, 409, 422) and (
        leads_out or not (answer.location or "").startswith("/signin")
    )


@pytest.mark.parametrize("role", ["", *ROLES])
def test_what_is_open_never_breaks(app: Flask, walker: Walker, role: str) -> None:
    keys = {"inbound_ses": "arn:aws:sns:eu-west-1:123456789012:mail", "inbound_secret": "x" * 32}
    app.extensions["sixpm_settings"] = config.load(**keys)  # without a key, a webhook says 503
    wrong = {}
    for method, rule in routes(app):
        action = ROUTES[rule.endpoint].action
        if action in OPEN and rule.endpoint != "health.readyz":  # which says 503 where there is no broker
            answer = walker.go(role, method, rule, walker.world.here.first)
            if answer.status_code >= 500 or (action == BY_LINK and answer.status_code in (401, 403, 404)):
                wrong[f"{method} {rule.rule}"] = answer.status_code

    assert wrong == {}


@pytest.mark.parametrize("role", ["", "owner"])
def test_a_link_that_is_not_ours_leads_nowhere(app: Flask, walker: Walker, role: str) -> None:
    forged = {**walker.world.here.first, **dict.fromkeys(TOKENS_OF, "a" * 40)}

    answers = {
        f"{method} {rule.rule}": walker.go(role, method, rule, forged, FIELDS.get(rule.endpoint)).status_code
        for method, rule in routes(app)
        if ROUTES[rule.endpoint].action == BY_LINK
    }

    assert set(answers.values()) == {404}, answers


@pytest.mark.parametrize("role", ROLES)
def test_ids_of_another_workspace_are_not_there(app: Flask, walker: Walker, role: str) -> None:
    assert foreign(app, walker, role, walker.world.there.first) == {}


@pytest.mark.parametrize("role", ["manager", "member", "observer"])
def test_ids_of_another_team_are_not_there(app: Flask, walker: Walker, role: str) -> None:
    assert foreign(app, walker, role, walker.world.here.second, only="team_id") == {}


@pytest.mark.parametrize("other", ["membership_id", "channel_id", "entry_id", "comment_id", "day_id"])
@pytest.mark.parametrize("role", ["owner", "admin", "manager"])
def test_ids_of_another_team_are_not_there_under_ones_own(app: Flask, walker: Walker, role: str, other: str) -> None:
    mixed = {**walker.world.here.first, other: walker.world.here.second[other]}

    assert foreign(app, walker, role, mixed, only=other) == {}


def foreign(app: Flask, walker: Walker, role: str, ids: Ids, only: str = "") -> dict[str, int]:
    """Routes that answer ids where they do not belong with anything but 404; 403 where the role may not act at all."""
    wrong = {}
    for method, rule in routes(app):
        action = ROUTES[rule.endpoint].action
        if action in OPEN or not rule.arguments - {"mail_id"} or (only and only not in rule.arguments):
            continue
        inside = ("ship_id", "nel_id", "try_id", "day_id")
        expected = 404 if "team_id" in rule.arguments and not only.endswith(inside) else (
            404 if allowed(role, action) else 403
        )  # fmt: skip
        answer = walker.go(role, method, rule, ids, FIELDS.get(rule.endpoint))
        if answer.status_code != expected:
            wrong[f"{method} {rule.rule}"] = answer.status_code
    return wrong


def test_every_act_that_matters_leaves_its_row(app: Flask, walker: Walker) -> None:
    first, wrong = walker.world.here.first, {}
    mail = {"row": first["inbound_id"], "part": first["part_id"]}
    known = {
        **FIELDS, "doubts.take_back": {"row": f"{first['run_id']}.3"}, "held.assign": mail, "held.all_again": mail,
        "held.dismiss": mail, "held.mark_robot": mail, "held.unmark_robot": {"sender": "eve@example.net"},
        "segments.make": {"name": "Newer", "query": "everyone"},
        "segments.change": {"name": "Changed", "query": "everyone"},
    }  # fmt: skip
    for method, rule in routes(app):
        act = ROUTES[rule.endpoint].act
        if act and rule.endpoint not in FIRST_VISIT | AFTERWARDS:
            answer = walker.go("owner", method, rule, first, known.get(rule.endpoint))
            if walker.notes != [act]:
                wrong[f"{method} {rule.rule}"] = (answer.status_code, walker.notes)

    # One rereading is under way, a run or a team that goes on cannot be resumed, the last owner cannot leave, who is in
    # a team has not left it, an entry or comment that is there cannot be restored, who waits cannot be made to, and an
    # owner who is in no team has nothing to say there, and who waits to be let in gets no mail: each has a test of its
    # own.
    expected = {
        "POST /contacts/import", "POST /contacts/import/<int:import_id>/undo",  # tests/web/test_contacts_import.py
        "POST /deliveries/run/<int:run_id>/resume", "POST /account/leave", "POST /me/<token>/back",
        "POST /teams/<int:team_id>/resume", "POST /teams/<int:team_id>/entries/<int:entry_id>/restore",
        "POST /me/<token>/entries/<int:entry_id>/restore", "POST /held/reread",
        "POST /teams/<int:team_id>/comments/<int:comment_id>/restore",
        "POST /teams/<int:team_id>/entries/<int:entry_id>/comment", "POST /teams/<int:team_id>/comments",
        "POST /me/<token>/comments/<int:comment_id>/restore",
        "POST /held/people/<int:contact_id>/wait",
        "POST /campaigns/<int:campaign_id>/content/files",  # without a file
        "POST /me/<token>/answers/<int:answer_id>/restore",
        # A draft is not under way, and is not approved by who made it: tests/web/test_campaigns.py.
        *(f"POST /campaigns/<int:campaign_id>/{act}"
          for act in ("approve", "back", "pause", "resume", "cancel", "undo")),
        # Nothing was noted yet: tests/web/test_talking.py.
        "POST /conversations/<int:conversation_id>/note/back",
        "POST /teams/<int:team_id>/conversations/<int:conversation_id>/note/back",
        # Nor has it a rest or a list, and nobody is written to who waits: tests/web/test_campaign_again.py, …_one.py.
        "POST /campaigns/<int:campaign_id>/rest", "POST /campaigns/<int:campaign_id>/those",
        "POST /campaigns/to/<int:contact_id>",
    }  # fmt: skip
    assert wrong.keys() <= expected, wrong


def test_what_is_read_leaves_no_row(app: Flask, walker: Walker) -> None:
    for method, rule in routes(app):
        if method == "GET" and ROUTES[rule.endpoint].action != MACHINE:
            walker.go("owner", method, rule, walker.world.here.first)
            assert walker.notes == [], rule.rule
            assert ROUTES[rule.endpoint].act == "" or (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}, rule.rule


def test_strangers_may_open_what_lets_people_in_and_nothing_else() -> None:
    open_to_all = {endpoint for endpoint, row in ROUTES.items() if row.action == ANYONE}

    assert open_to_all - LETS_GO == {
        "signin.check", "signin.sign_out", "setup.make", "setup.load_demo", "letters.ask_link", "letters.mail_link",
        "letters.ask_reset", "letters.mail_reset",
    }  # fmt: skip
