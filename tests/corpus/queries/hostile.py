"""Queries that are wrong or meant to do harm, with the place at which each is refused; written for this project."""

from __future__ import annotations

from engine.campaigns.audience.checking import Known
from engine.campaigns.audience.reading import DEEPEST, TERMS
from engine.campaigns.audience.tokens import LONGEST

KNOWN = Known(
    {"plan": "text", "seats": "number", "vip": "bool", "birthday": "date", "interests": "list"},
    frozenset({"Ops", "Research"}), frozenset({"News"}), frozenset({"Spring"}), frozenset({7}),
)  # fmt: skip

# What is typed, with what is wrong in ‹ ›; the marks are taken out before it is read.
CORPUS = (
    # not a query at all
    "‹›", "‹   ›", "‹;› DROP TABLE contact", "‹/*› x */ everyone", "everyone‹;› everyone",
    "plan is \"pro\"‹;› DELETE FROM contact", "SELECT ‹*› FROM contact", "plan ‹like› \"%\"", "‹{{› config }}",
    "everyone ‹everyone›", "plan is \"pro\" ‹seats› > 5", "‹%›(workspace_id)s", "plan is ‹:workspace_id›",
    "plan is ‹$1›", "‹plän› is \"x\"", "(" * (DEEPEST - 1) + "‹(›a is 1",
    # quotes and signs
    "plan is ‹\"pro›", "plan is ‹'pro\"›", "plan is \"pro\" or name is ‹\"a\\\"›", "plan is \"a‹\0›b\"",
    "plan is \"a‹\ud800›\"", "plan =‹=› \"pro\"", "plan ‹~› \"pro\"", "plan is ‹pro›",
    "seats > ‹5x›", "seats > ‹1e9›", "seats > ‹-›", "seats > ‹99999999999999999999›", "seats > 5‹)›", "‹(›seats > 5",
    "seats in ‹(›1, 2", "seats in ‹(›)", "seats in ‹5›",
    # something is missing
    "plan‹›", "plan is‹›", "plan is \"pro\" and‹›", "‹or› plan is \"pro\"", "not‹›", "in ‹the› team", "in team‹›",
    "in team ‹Ops›", "consent ‹for› mail is given", "consent to ‹fax› is given", "consent to mail ‹given›",
    "answered ‹few› of the last 5 rounds", "answered less than 2 ‹rounds›",
    "answered less than 2 of the last ‹0› rounds",
    "answered ‹at› least 9 of the last 5 rounds", "got ‹Spring›",
    "got campaign ‹Spring›", "got campaign \"Spring\" and did ‹laugh›", "did ‹get› campaign \"Spring\"",
    "plan does not ‹is› \"x\"", "plan has ‹some›",
    # days
    "birthday is ‹2026-02-30›", "birthday is ‹2026-13-01›", "birthday after 5 days‹›",
    "birthday after ‹40000› days ago",
    "birthday after ‹2.5› days ago",
    # names and kinds
    "‹colour› is \"red\"", "‹pan› is \"pro\"", "‹in team \"Opps\"›", "‹got campaign \"Autumn\"›", "‹got campaign 8›",
    "‹consent to mail about \"Gossip\" is given›", "‹seats is \"five\"›", "‹plan > 5›", "‹vip contains \"y\"›",
    "‹birthday is \"May\"›", "‹tags is \"vip\"›", "‹email > \"a\"›", "‹seats in (1, \"two\")›", "‹interests < 5›",
    "‹plan contains \"\"›", "‹added is yes›",
    # too much of it
    "everyone or " * TERMS + "‹everyone›", "not " * (DEEPEST + 1) + "‹everyone›",
    "seats in (" + "1, " * 500 + "‹1›)", "x" * LONGEST + "‹x›", "(" * (DEEPEST + 1) + "‹(›" + "(" * 5_000,
    "‹" + "a" * 80 + "›" + "a" * 9_000, "plan is ‹\"" + "\\" * 9_001 + "\"›", "‹" + "@" * 80 + "›" + "@" * 5_000,
    "‹" + "9" * 80 + "›" + "9" * 5_000,
)  # fmt: skip
