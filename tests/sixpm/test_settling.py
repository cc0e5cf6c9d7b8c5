"""`sixpm doubts` and `sixpm requeue`: subsets by row, run and reason, dry runs, JSON, the operator as the actor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from engine import config, db
from engine.errors import Invalid
from engine.outbound.followup import FollowUp
from engine.outbound.settle import rest
from engine.people import acts
from engine.people.principal import SYSTEM
from engine.tasks import hints
from sixpm.__main__ import main
from sixpm.settling import seqs
from tests.engine.outbound.settle.scene import LINE, doubted, events, run_of
from tests.engine.outbound.world import SECRET, Office


@pytest.fixture
def office(engine_db: Engine, db_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A workspace, and the command's environment."""
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)
    monkeypatch.setenv("SIXPM_SECRET_KEY", SECRET)
    config.settings.cache_clear()
    db.engine.cache_clear()
    yield Office.open(engine_db, 1)
    db.engine().dispose()
    db.engine.cache_clear()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[FollowUp]:
    """What would be hinted at."""
    found: list[FollowUp] = []
    monkeypatch.setattr(hints, "enqueue", found.append)
    return found


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def answer(*words: object) -> Any:
    done = call(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_doubts_are_listed_with_their_transcript(office: Office) -> None:
    died, line = doubted(office), doubted(office, why=LINE)

    listed, shown = answer("doubts", "list"), call("doubts", "list", "--run", died).output

    assert [(d["run"], d["seq"], d["cause"]) for d in listed] == [(line, 1, "line"), (died, 1, "died")]
    assert listed[0]["transcript"] == LINE
    assert "its worker died; nobody heard the answer" in shown
    assert shown.endswith("1 in doubt\n")
    assert "> 812 bytes of content" in call("doubts", "list", "--reason", "line").output
    assert call("doubts", "list", "--kind", "digest").output == "nothing is in doubt\n"


def test_a_dry_run_counts_and_changes_nothing(office: Office, told: list[FollowUp]) -> None:
    run_id = doubted(office, 3)

    assert answer("doubts", "resend", "--run", run_id, "--dry-run") == {
        "matched": 3, "young": 0, "changed": 0, "dry_run": True
    }  # fmt: skip
    assert call("doubts", "arrived", "--run", run_id, "--dry-run").output == "3 would be changed\n"
    assert office.column(run_id, "state") == ["in_doubt"] * 3
    assert told == []


def test_any_subset_is_settled_by_the_operator(office: Office, told: list[FollowUp]) -> None:
    run_id, other = doubted(office, 5), doubted(office, 1, why=LINE)

    arrived = answer("doubts", "arrived", "--run", run_id, "--seq", "1-2")["changed"]
    given_up = answer("doubts", "give-up", "--reason", "line")["changed"]
    resent = answer("doubts", "resend", "--run", run_id, "--seq", "3,5")["changed"]

    assert (arrived, given_up, resent) == (2, 1, 2)
    assert office.column(run_id, "state") == ["sent", "sent", "queued", "in_doubt", "queued"]
    assert office.column(other, "state") == ["failed"]
    assert {actor for _, trigger, actor in events(office, run_id) if trigger != "doubt"} == {"operator"}
    assert len(told) == 1


def test_what_the_operator_did_is_on_the_page_of_acts(office: Office, told: list[FollowUp]) -> None:
    run_id, over = doubted(office, 3), run_of(office, ["failed", "sent"])

    call("doubts", "arrived", "--run", run_id, "--seq", "1", "--dry-run")
    call("doubts", "give-up", "--run", run_id, "--seq", "2")
    call("doubts", "take-back", "--run", run_id, "--seq", "2")
    call("doubts", "give-up", "--all")
    call("requeue", "--run", over, "--state", "failed", "--why", "the line is back")

    with db.begin() as conn:
        found = acts.listed(conn, SYSTEM(office.workspace_id), acts.Which())
    assert [(a.who, a.act, a.object_id, a.detail) for a in reversed(found)] == [
        ("operator", "settled_doubts", run_id, "give-up"),
        ("operator", "took_back", run_id, "1 of it"),
        ("operator", "settled_doubts", run_id, "give-up"),
        ("operator", "requeued", over, "1 of it: the line is back"),
    ]


def test_what_was_said_can_be_taken_back(office: Office) -> None:
    run_id = doubted(office, 2)
    call("doubts", "give-up", "--all")

    assert call("doubts", "take-back", "--run", run_id, "--seq", "2").output == "1 in doubt again\n"
    assert office.column(run_id, "state") == ["failed", "in_doubt"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["doubts", "give-up"], "Say which"),
        (["doubts", "resend", "--seq", "3"], "--seq needs --run"),
        (["doubts", "resend", "--run", "1", "--seq", "x"], "numbers and ranges"),
        (["doubts", "take-back", "--run", "999", "--seq", "1"], "There is no run 999"),
        (["requeue", "--run", "1"], "Say which"),
        (["requeue", "--run", "999", "--state", "failed"], "There is no run 999"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(office: Office, words: list[str], said: str) -> None:
    done = call(*words)

    assert done.exit_code == 1
    assert said in done.output


def test_the_rest_of_a_run_is_queued_again(office: Office, told: list[FollowUp]) -> None:
    run_id = run_of(office, ["failed", "sent", "bounced", "expired"])

    dry = answer("requeue", "--run", run_id, "--state", "failed", "--state", "expired", "--dry-run")
    done = answer("requeue", "--run", run_id, "--state", "failed", "--state", "expired", "--why", "mended")

    assert (dry["matched"], dry["changed"]) == (2, 0)
    assert (done["matched"], done["changed"], done["more"]) == (2, 2, False)
    assert office.column(run_id, "state") == ["queued", "sent", "bounced", "queued"]
    assert events(office, run_id) == [(1, "requeue", "operator"), (4, "requeue", "operator")]
    assert office.value("SELECT state FROM run WHERE id = :r", r=run_id) == "open"
    assert len(told) == 1


def test_more_rows_than_one_transaction_takes_are_queued_in_several(
    office: Office, told: list[FollowUp], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "LIMIT", 2)
    run_id = run_of(office, ["failed"] * 5)

    assert call("requeue", "--run", run_id, "--state", "failed").output == "5 queued again\n"
    assert office.column(run_id, "state") == ["queued"] * 5
    assert len(told) == 3


@pytest.mark.parametrize(
    ("text", "numbers"), [(["3"], (3,)), (["5-7", "1"], (5, 6, 7, 1)), (["1, 2,7-8"], (1, 2, 7, 8))]
)
def test_rows_are_named_by_numbers_and_ranges(text: list[str], numbers: tuple[int, ...]) -> None:
    assert seqs(text) == numbers


@pytest.mark.parametrize("text", ["", "x", "1-", "-3", "1-x", "1-999999999999"])
def test_what_is_no_number_or_range_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        seqs([text])
