"""The parse process: it lives on, is killed at its deadline, and never outlives its reader."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from engine.inbound.parse import parse
from engine.inbound.reader import ParseKilled, Reader

MAIL = b"From: Ada <ada@example.org>\nSubject: Re: x\n\nWrote the tests\n"


@pytest.fixture
def reader() -> Iterator[Reader]:
    with Reader(deadline=30, own_domains=frozenset({"in.example.net"})) as reader:
        yield reader


def test_the_child_reads_what_the_parser_reads(reader: Reader) -> None:
    assert reader.parse(MAIL) == parse(MAIL, reader.own_domains)


def test_own_domains_reach_the_child(reader: Reader) -> None:
    assert "own-address" in reader.parse(b"From: a@in.example.net\n\nx").loop_headers


def test_one_child_reads_many_mails(reader: Reader) -> None:
    reader.parse(MAIL)
    first = reader.child_pid

    reader.parse(MAIL * 1000)

    assert reader.child_pid == first


def test_a_missed_deadline_kills_the_child_and_the_next_mail_gets_another(reader: Reader) -> None:
    reader.parse(MAIL)
    first = reader.child_pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    reader.deadline = 0.05

    with pytest.raises(ParseKilled, match="deadline"):
        reader.parse(MAIL)

    reader.deadline = 30
    assert reader.parse(MAIL).reply_text.strip() == "Wrote the tests"
    assert reader.child_pid != first


def test_a_child_that_died_between_mails_is_replaced(reader: Reader) -> None:
    reader.parse(MAIL)
    first = reader.child_pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)

    assert reader.parse(MAIL).reply_text.strip() == "Wrote the tests"
    assert reader.child_pid != first


def test_a_child_out_of_memory_is_a_kill_or_a_parked_mail() -> None:
    with Reader(deadline=30, memory=64 * 1024 * 1024) as reader:
        try:
            faults = reader.parse(b"Subject: x\n\n" + b"a" * 40_000_000).faults
        except ParseKilled:
            faults = ("killed",)

        assert faults
        assert faults[0].startswith(("killed", "unreadable"))


def test_a_closed_reader_leaves_no_process_behind(reader: Reader) -> None:
    reader.parse(MAIL)
    pid = reader.child_pid
    assert pid is not None

    reader.close()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_forked_process_starts_a_child_of_its_own(reader: Reader) -> None:
    reader.parse(MAIL)
    parents = reader.child_pid
    pid = os.fork()
    if pid == 0:
        try:
            good = reader.child_pid is None and reader.parse(MAIL).subject == "Re: x" and reader.child_pid != parents
            reader.close()
            os._exit(0 if good else 1)
        except BaseException:
            os._exit(2)

    _, status = os.waitpid(pid, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert reader.parse(MAIL).subject == "Re: x"
    assert reader.child_pid == parents
