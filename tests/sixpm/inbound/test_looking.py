"""`sixpm inbound list`, `show` and `raw`: what the operator sees of a mail, whosever it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from engine import config, db
from sixpm.__main__ import main
from tests.engine.inbound.world import SECRET, keep, take

RAW = b"From: Eve <eve@elsewhere.test>\r\nSubject: Hello\r\n\r\nIs anybody there?\xff\r\n"


@pytest.fixture(autouse=True)
def _instance(db_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)
    monkeypatch.setenv("SIXPM_SECRET_KEY", SECRET)
    config.settings.cache_clear()
    db.engine.cache_clear()
    yield
    db.engine().dispose()
    db.engine.cache_clear()


@pytest.fixture
def held(engine_db: Engine) -> int:
    """A mail of nobody that is held."""
    with engine_db.begin() as conn:
        ident = keep(conn, RAW, ["postmaster@reply.test"])
        take(conn, ident)
    return ident


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["inbound", *words])


def test_what_is_held_is_listed_with_its_reason(held: int) -> None:
    said = run("list").stdout

    assert said.startswith(f"{held}  ")
    assert "eve@elsewhere.test: Hello" in said


def test_a_mail_is_shown_with_what_became_of_it_and_what_is_read_of_it(held: int) -> None:
    said = run("show", str(held)).stdout

    assert said.startswith(f"Mail {held}, held: ")
    assert "Came by smtp at " in said
    assert "Envelope: from <someone@example.org> to postmaster@reply.test\n" in said
    assert "\nIs anybody there?" in said


def test_the_bytes_come_out_as_they_went_in(held: int) -> None:
    assert run("raw", str(held)).stdout_bytes == RAW


def test_a_mail_whose_bytes_are_gone_says_so(engine_db: Engine, held: int) -> None:
    with engine_db.begin() as conn:
        conn.execute(text("UPDATE inbound SET raw = ''"))

    assert "no longer kept" in run("show", str(held)).stdout
    assert run("raw", str(held)).exit_code == 1


def test_a_number_that_is_no_mails_is_said_so() -> None:
    for command in ("show", "raw"):
        result = run(command, "12345")

        assert result.exit_code == 1
        assert "There is no mail 12345" in result.stderr
    assert run("list").stdout == "Nothing is held or parked.\n"
