"""Four times the text costs at most about four times the steps, whatever is in it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from engine.inbound.parse import entries, parse

HEAD = b"From: Ada <ada@example.org>\nSubject: Re: x\nContent-Type: text/plain; charset=utf-8\n\n"
UNITS = {
    "intros": "On Tue, Mar 3, 2026 at 6:00 PM Ada Lovelace\n",
    "names": "Ada Lovelace\n<ada@example.org>\n",
    "labels": "From: Ada\nTo: Bo\n\n",
    "quotes": "> a\nb\n",
    "deep quotes": ">" * 60 + " a\n",
    "phones": "\nSent from my desk to you\n",
    "closings": "Best regards,\nAda Lovelace\n",
    "delimiters": "--\nname\n",
    "fences": "```\nx\n",
    "bullets": "- one • two • three\n",
    "questions": "> What?\nthis\n",
    "disclaimers": "\nThis message is confidential and privileged, for the intended recipient\n",
    "colons": "03.03.2026 18:00:\n",
    "headings": "Done:\n",
    "half-open intros": "18:00 *\n",
    "numbers": "1 a *\n",
    "addresses": "On 1 a@b.de -\n",
    "verbs inside": "12 < a écrit From: From: 1\n",
    "tales with a tag": "< 3.3.2026 _ 님이 작성: #a\n",
    "file beginnings": "begin 644 a\n",
}


def steps(work: Callable[[], object]) -> int:
    """How many calls `work` makes, of Python and of C: the same on every machine."""
    count = 0

    def see(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("unit", UNITS)
def test_reading_a_reply_takes_steps_in_proportion_to_its_length(unit: str) -> None:
    text = UNITS[unit] * 150
    small, large = HEAD + text.encode(), HEAD + (text * 4).encode()

    assert steps(lambda: parse(large)) <= 4.6 * steps(lambda: parse(small)) + 2_000
    assert steps(lambda: entries(text * 4, 3)) <= 4.6 * steps(lambda: entries(text, 3)) + 2_000


@pytest.mark.parametrize("unit", UNITS)
def test_each_line_of_a_reply_costs_a_bounded_number_of_steps(unit: str) -> None:
    text = UNITS[unit] * 600

    spent = steps(lambda: entries(parse(HEAD + text.encode()).reply_text, 3))

    assert spent <= 800 * text.count("\n") + 20_000


@pytest.mark.parametrize("unit", UNITS)
def test_short_lines_without_end_are_read_in_seconds(unit: str) -> None:
    raw = HEAD + (UNITS[unit] * 40_000).encode()[:200_000]
    start = time.process_time()

    mail = parse(raw)
    entries(mail.reply_text, 3)

    assert time.process_time() - start < 4.0  # about 0.4 s; of lines that hold half of an intro it was once 5 s


@pytest.mark.parametrize(
    "line", ["a " * 700, "Ada," * 350, "<" * 1400, "1:" * 700, "*_" * 700, ". " * 700, "é écrit " * 180]
)
def test_a_long_line_repeated_is_read_in_time_that_no_quadratic_pattern_keeps(line: str) -> None:
    raw = HEAD + ("\n".join([line] * 300)).encode()
    start = time.process_time()

    mail = parse(raw)
    entries(mail.reply_text, 3)

    assert time.process_time() - start < 10.0  # about 0.5 s; what an expression does cannot be counted in steps
