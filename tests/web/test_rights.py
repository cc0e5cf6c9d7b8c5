"""Every route of the application, walked by every role and by nobody, with ids of one's own, of another team and of
another workspace; and the act that each leaves."""

from __future__ import annotations

import pytest
from flask import Flask
from flask import Response as FlaskResponse
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from engine import config, db
from engine.people import rights
from engine.people.acts import ACTS
from tests.web import rights_scene
from tests.web.rights_fields import FIELDS
from tests.web.rights_scene import ROLES, Ids
from tests.web.rights_walk import TOKENS_OF, Walker, allowed, in_first_team, routes
from web.routes import ANYONE, BY_LINK, MACHINE, OPEN, ROUTES

FIRST_VISIT = {"setup.make", "setup.load_demo"}  # over once there is a workspace: tests/web/test_setup.py
AFTERWARDS = {"letters.mail_link", "letters.mail_reset"}  # written after the answer: tests/web/test_letters.py
LETS_GO = {"signin.home", "signin.sign_in", "setup.first"}  # pages of strangers send others on

# Routes for one's own and for managers; the world's entry is somebody else's. One's own: tests/web/test_entries.py.
ELSES = {
    f"entries.{name}": "moderate_entries"
    for name in ("one", "edit", "remove", "restore", "remove_comment", "restore_comment")
}


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
