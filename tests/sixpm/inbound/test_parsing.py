"""`sixpm inbound parse`: what it says of a mail, of a path that cannot be read, and of a mail that hangs."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engine.inbound.reader import Reader
from sixpm.__main__ import main
from sixpm.inbound import parsing

KEYS = {
    "path", "reply", "text", "forwarded", "message", "from", "subject", "to", "in_reply_to", "references", "recipients",
    "permanent", "kind", "filenames", "attachment_sizes", "ok", "confidence", "faults", "sha256", "ms",
}  # fmt: skip
MAIL = (
    b"From: Ada <ada@example.org>\r\nTo: r@reply.test\r\nSubject: Re: today\r\n\r\n"
    b"Fixed it.\r\n\r\nOn Monday, Team <t@reply.test> wrote:\r\n> What did you do?\r\n"
)


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """A reply in a file."""
    path = tmp_path / "one.eml"
    path.write_bytes(MAIL)
    return path


@pytest.fixture
def reader() -> Iterator[Reader]:
    """A parse process that is given up soon."""
    with Reader(deadline=3) as reader:
        yield reader


def asked(*lines: bytes) -> list[dict[str, Any]]:
    """What the command answers to these lines of standard input."""
    result = CliRunner().invoke(main, ["inbound", "parse", "--batch"], input=b"\n".join(lines) + b"\n")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_path_is_one_object_with_every_key_a_scorer_asks_for(mail: Path) -> None:
    [found] = asked(str(mail).encode())

    assert set(found) == KEYS
    assert (found["reply"], found["kind"], found["ok"]) == ("Fixed it.", "human", True)
    assert found["sha256"] == hashlib.sha256(MAIL).hexdigest()
    assert found["ms"] > 0


def test_what_cannot_be_read_gives_an_error_and_the_others_go_on(mail: Path, tmp_path: Path) -> None:
    gone, folder, odd = tmp_path / "gone.eml", tmp_path, os.fsencode(tmp_path) + b"/caf\xe9"
    lines = [bytes(gone), bytes(folder), odd, b"", b"a\0b", bytes(mail)]

    answers = asked(*lines)

    assert [os.fsencode(answer["path"]) for answer in answers] == [line for line in lines if line]
    assert [set(answer) for answer in answers[:4]] == [{"path", "error"}] * 4
    assert answers[4]["reply"] == "Fixed it."


def test_a_mail_that_hangs_costs_itself_alone(mail: Path, reader: Reader) -> None:
    said: list[dict[str, Any]] = []

    def say(line: str) -> None:
        said.append(json.loads(line))
        if len(said) == 1:
            assert reader.child_pid is not None
            os.kill(reader.child_pid, signal.SIGSTOP)  # the next mail is never answered

    parsing.batch([bytes(mail)] * 3, say, reader)

    assert [answer.get("reply") for answer in said] == ["Fixed it.", None, "Fixed it."]
    assert said[1]["ok"] is False
    assert "deadline" in said[1]["error"]


def test_one_path_is_shown_for_a_person(mail: Path) -> None:
    result = CliRunner().invoke(main, ["inbound", "parse", str(mail)])

    assert result.exit_code == 0
    assert "From: Ada <ada@example.org>\n" in result.output
    assert "\nFixed it.\n" in result.output
    assert result.output.index("--- cut away ---") < result.output.index("> What did you do?")


@pytest.mark.parametrize("words", [[], ["x.eml", "--batch"]])
def test_it_says_what_it_wants(words: list[str]) -> None:
    result = CliRunner().invoke(main, ["inbound", "parse", *words])

    assert result.exit_code == 1
    assert "--batch" in result.output


def test_a_path_that_is_not_there_is_said_without_a_traceback() -> None:
    result = CliRunner().invoke(main, ["inbound", "parse", "/nowhere/at.eml"])

    assert result.exit_code == 1
    assert "cannot be read: No such file" in result.output
