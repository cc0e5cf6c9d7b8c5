"""One poisoned recipient stops nobody: a value that breaks the template, an address that is refused, one at which the
server hangs up. The others have their mails; the poisoned ones are listed, each with its reason."""

from __future__ import annotations

import json

import pytest

from tests.stories import accounting, campaigning
from tests.stories.campaigning import Place
from tests.stories.instance import Instance

pytestmark = pytest.mark.story

PEOPLE = 600
BODY = """Hello {{ first_name | default("there") }},

{{ attributes.city }} is {{ attributes.age | round(1) }} years old, and {{ attributes.words | default("quiet") }}.
"""
FINE = {"city": "Rome", "age": 30}
INJECTED = {**FINE, "city": "Rome\r\nBcc: p1@elsewhere.test\r\n\r\n.\r\nQUIT\r\n"}
# Of the n-th person: attributes, the local part (which tells the sink what to do), and how that ends.
TROUBLE = {
    50: ({"age": 30}, "p50", "failed"),  # the template names what is not there
    150: ({**FINE, "age": "old"}, "p150", "failed"),  # a filter that takes a number
    250: ({**FINE, "words": "é" * 300_000}, "p250", "failed"),  # more than a mail may be
    350: (FINE, "unknown+350", "bounced"),  # 550 at RCPT
    400: (FINE, "policy+400", "bounced"),  # 550 5.7.1
    430: (FINE, "droprcpt+430", "deferred"),  # the server hangs up, whenever it is tried
    500: (FINE, "pé500", "failed"),  # the relay takes no such address
    550: (INJECTED, "p550", "sent"),  # harmless, as it turns out
}
CUT = 5  # connections at most: each time it is tried, until it makes way for others


def crowd(house: Instance) -> Place:
    """600 people, eight of whom are trouble."""
    where = campaigning.place(house)
    kinds = "('city', 'text'), ('age', 'number'), ('words', 'text')"
    house.do("INSERT INTO attribute (workspace_id, name, kind) SELECT :w, * FROM (VALUES " + kinds + ") v", w=where.id)
    campaigning.people(house, where, PEOPLE - 1)
    house.do("UPDATE contact SET attributes = :a WHERE workspace_id = :w", w=where.id, a=json.dumps(FINE))
    for n, (attributes, local, _) in TROUBLE.items():
        house.do(
            "UPDATE contact SET attributes = :a, email = :email, email_key = :email WHERE workspace_id = :w"
            " AND name = :name",
            a=json.dumps(attributes), email=f"{local}@w{where.id}.test", w=where.id, name=f"Person {n}",
        )  # fmt: skip
    return where


def became(house: Instance, run_id: int) -> dict[int, tuple[str, str]]:
    """(state, what was said) of those who are trouble."""
    found = campaigning.rows(
        house, "SELECT c.name, d.state, d.code || ' ' || d.reply || ' ' || d.reason FROM delivery d JOIN contact c"
        " ON c.id = d.recipient WHERE d.run_id = :run", run=run_id,
    )  # fmt: skip
    states = {name: (state, words) for name, state, words in found}
    return {n: states[f"Person {n}"] for n in TROUBLE}


def test_poisoned_recipients_stop_nobody(swift: Instance) -> None:
    house = swift
    house.up("web", "sender", "scheduler")
    where = crowd(house)
    made = campaigning.written(house, where, "Spring", BODY)

    with campaigning.browser(house, where) as admin:
        assert "It is on its way." in admin.press(made, "launch").text
        run = campaigning.run_of(house, made)
        untried = "SELECT count(*) FROM delivery WHERE run_id = :run AND state = 'queued'"
        house.wait("everybody was tried", lambda: house.value(untried, run=run.run_id) == 0, 60)
        assert campaigning.state_of(house, made) == "running"
        ends = became(house, run.run_id)
        assert "Cancelled." in admin.press(made, "cancel").text  # the one that never ends
    campaigning.settled(house, run)

    assert {n: state for n, (state, _) in ends.items()} == {n: state for n, (_, _, state) in TROUBLE.items()}
    assert "attributes.city" in ends[50][1]
    assert "KB" in ends[250][1]
    assert "550" in ends[350][1] or "5.1.1" in ends[350][1]
    assert all(words.strip() for n, (state, words) in ends.items() if state != "sent")
    # Who was next before it on a connection that was cut has it, but the answer may be lost: a listed doubt.
    found, fine = accounting.accounted(house, run), PEOPLE - len(TROUBLE) + 1
    assert found.states["sent"] + found.states["in_doubt"] == fine
    assert found.states["in_doubt"] <= CUT
    assert len(house.sunk.look().of([run.run_id])) == fine
    ended = {state: n for state, n in found.states.items() if state not in ("sent", "in_doubt")}
    assert ended == {"failed": 4, "bounced": 2, "cancelled": 1}
