"""The menu, the tabs under it, and where the keys lead: what a person may open, and nothing else."""

from __future__ import annotations

import re

from engine import db
from engine.people import rights, teams
from engine.people.accounts import Account
from tests.web.conftest import Browser
from web import tabs
from web.routes import ROUTES


def test_who_runs_the_instance_has_its_pages_as_tabs(signed_in: Browser) -> None:
    page = signed_in.get("/doubts").text

    row = re.findall(r'aria-label="Operations">(.*?)</nav>', page, re.DOTALL)[0]
    assert re.findall(r'href="[^"]+"( aria-current="page")?>([^<]+)', row) == [
        (' aria-current="page"' if tab.endpoint == "doubts.index" else "", tab.label) for tab in tabs.OPERATIONS
    ]


def test_other_pages_have_no_tabs_of_operations(signed_in: Browser) -> None:
    with_tabs = [p for p in ("/teams", "/people", "/account") if 'aria-label="Operations"' in signed_in.get(p).text]

    assert with_tabs == []


def test_every_page_of_a_team_is_under_teams(signed_in: Browser, owner: Account) -> None:
    with db.begin() as conn:
        team = teams.make(conn, owner.principal, "Design", "UTC")
        rules = {rule.endpoint: rule.rule for rule in signed_in.client.application.url_map.iter_rules()}

    pages = [signed_in.get(rules[tab.endpoint].replace("<int:team_id>", str(team))).text for tab in tabs.TEAM]

    assert [re.findall(r'aria-label="Main">.*?aria-current="page">([^<]+)', page, re.DOTALL) for page in pages] == [
        ["Teams"]
    ] * len(tabs.TEAM)


def test_every_page_of_admins_is_under_a_line_of_the_menu(signed_in: Browser) -> None:
    admins = {
        name for name, row in ROUTES.items() if row.action in rights.TABLE and "user" not in rights.TABLE[row.action]
    }
    rules = [
        rule.rule
        for rule in signed_in.client.application.url_map.iter_rules()
        if rule.endpoint in admins and "GET" in (rule.methods or ()) and not rule.arguments
    ]
    pages = {rule: signed_in.get(rule).text for rule in rules}
    whole = {rule: page for rule, page in pages.items() if "<main" in page}

    here = re.compile(r'aria-label="Main">(?:(?!</nav>).)*aria-current', re.DOTALL)
    assert [rule for rule, page in whole.items() if not here.search(page)] == []
    assert len(whole) > 8


def test_a_user_has_teams_alone(browser: Browser, user: Account) -> None:
    browser.sign_in(user.email)
    page = browser.get("/teams").text

    assert "Operations" not in page
    assert re.findall(r'data-go="(.)"', page) == ["t"]


def test_every_tab_asks_for_the_right_that_its_route_has() -> None:
    wrong = [tab for tab in (*tabs.TEAM, *tabs.OPERATIONS) if ROUTES[tab.endpoint].action != tab.action]

    assert wrong == []


def test_no_two_places_have_the_same_key(signed_in: Browser) -> None:
    keys = re.findall(r'data-go="(.)"', signed_in.get("/teams").text)

    assert len(keys) == len(set(keys)) > len(tabs.OPERATIONS)
