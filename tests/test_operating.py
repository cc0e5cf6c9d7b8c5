"""The statements and scripts of docs/howto/operate.md, carried out: what is copied must do what the page says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from engine import config, db, sealing
from engine.db import Conn
from engine.outbound import sweep
from engine.outbound.followup import FollowUp
from engine.tasks import hints
from sixpm.__main__ import main
from tests import factories

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "howto" / "operate.md").read_text()
SECRET = "a key for the scripts of this page"

Run = Callable[..., None]


def shown(language: str, heading: str = "") -> list[str]:
    """The fenced blocks of one language, of the whole page or below one heading."""
    part = re.split(r"^#+ ", PAGE.split(f"# {heading}\n")[1], flags=re.MULTILINE)[0] if heading else PAGE
    return re.findall(rf"^```{language}\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)


@pytest.fixture
def script(engine_db: Engine, db_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs the script below a heading, its constants replaced, on the test's database."""
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)
    monkeypatch.setenv("SIXPM_SECRET_KEY", SECRET)
    config.settings.cache_clear()
    db.engine.cache_clear()

    def run(heading: str, **constants: object) -> None:
        (source,) = shown("python", heading)
        names, values = ", ".join(constants), ", ".join(repr(value) for value in constants.values())
        changed, times = re.subn(rf"^{names} = .*$" if names else r"\Z", f"{names} = {values}" if names else "", source,
                                 count=1, flags=re.MULTILINE)  # fmt: skip
        assert times == 1, f"the script no longer sets {names}"
        exec(compile(changed, heading, "exec"), {})

    yield run
    db.engine().dispose()
    db.engine.cache_clear()


@pytest.fixture
def doubtful(engine_db: Engine) -> tuple[int, int]:
    """(workspace_id, run_id) of an open run whose delivery 1 is in doubt."""
    with engine_db.begin() as conn:
        workspace = factories.workspace(conn)
        run = factories.run(conn, workspace.id, "post")
        batch = factories.batch(conn, workspace.id, run, transport="slack")
        factories.delivery(conn, workspace.id, run, batch, 1, recipient=1, transport="slack", state="in_doubt")
    return workspace.id, run


def one(engine: Engine, statement: str) -> Any:
    with engine.connect() as conn:
        return conn.execute(text(statement)).scalar_one()


def test_every_statement_fits_the_schema(conn: Conn) -> None:
    statements = [part for block in shown("sql") for part in block.split(";") if part.strip()]

    assert len(statements) >= 5
    for statement in statements:
        conn.execute(text(f"EXPLAIN {statement}"))


def test_a_held_run_goes_on(engine_db: Engine, doubtful: tuple[int, int], script: Run) -> None:
    (forget,) = shown("sql", "After a restore")
    with engine_db.begin() as conn:
        conn.execute(text(forget))
        assert sweep.hold_after_restore(conn, db.now(conn)) == 1
    assert one(engine_db, "SELECT state || ': ' || reason FROM run").startswith("held: the database was restored")

    script("Held runs", RUN=doubtful[1])

    assert one(engine_db, "SELECT state FROM run") == "open"
    assert one(engine_db, "SELECT actor FROM history WHERE trigger = 'resume'") == "operator"


def commands(heading: str) -> list[list[str]]:
    """The commands of `bin/sixpm` below a heading, without their comments."""
    lines = "".join(shown("sh", heading)).splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("bin/sixpm ")]


@pytest.mark.parametrize("heading", ["Doubts", "Sending the rest"])
def test_every_command_is_one(engine_db: Engine, script: Run, heading: str) -> None:
    """On an empty instance they find no run 42, or nothing to do; no option is unknown."""
    found = commands(heading)

    assert len(found) >= 2
    for words in found:
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0 or "There is no run 42" in done.output, (words, done.output)


def test_a_doubt_is_settled_as_the_page_says(engine_db: Engine, doubtful: tuple[int, int], script: Run) -> None:
    with engine_db.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO delivery_event (run_id, seq, workspace_id, at, attempt, trigger, to_state)"
                " SELECT run_id, seq, workspace_id, now(), 0, 'doubt', 'in_doubt' FROM delivery"
            )
        )
    [words] = [words for words in commands("Doubts") if words[1] == "arrived"]

    done = CliRunner().invoke(
        main, ["1" if word == "7" else str(doubtful[1]) if word == "42" else word for word in words]
    )

    assert done.output == "1 changed\n"
    assert one(engine_db, "SELECT state FROM delivery WHERE sent_at IS NOT NULL") == "sent"


def test_a_held_mail_is_read_again(
    engine_db: Engine, doubtful: tuple[int, int], script: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[FollowUp] = []
    monkeypatch.setattr(hints, "enqueue", told.append)
    held = (
        "INSERT INTO inbound (workspace_id, source, external_id, envelope_from, envelope_to, received_at, raw, state)"
    )
    with engine_db.begin() as conn:
        values = "VALUES (:w, 'smtp', 'x', '', '{}', now(), 'From: x'::bytea, 'held') RETURNING id"
        mail = conn.execute(text(f"{held} {values}"), {"w": doubtful[0]}).scalar_one()

    script("Held and parked mail", WORKSPACE=doubtful[0], MAIL=mail)

    assert one(engine_db, "SELECT state FROM inbound") == "received"
    assert told == [FollowUp(inbound=(mail,))]


def test_a_suppression_is_lifted(engine_db: Engine, doubtful: tuple[int, int], script: Run) -> None:
    with engine_db.begin() as conn:
        key = sealing.address_hash(SECRET, "Ann@Example.org")
        insert = text("INSERT INTO suppression (workspace_id, address_hash, reason) VALUES (:w, :k, 'bounced')")
        conn.execute(insert, {"w": doubtful[0], "k": key})

    script("Suppressed addresses", WORKSPACE=doubtful[0], ADDRESS="ann@example.org")

    assert one(engine_db, "SELECT count(*) FROM suppression") == 0
