"""Commands count as a whole first line or a whole subject only."""

from __future__ import annotations

import pytest

from engine.inbound.parse import command


@pytest.mark.parametrize(
    ("reply", "subject", "expected"),
    [
        ("stop", "Re: 6 pm", "stop"),
        ("\n  STOP!\nthanks", "Re: 6 pm", "stop"),
        ("unsubscribe", "", "stop"),
        ("pause until 1 March", "", "pause"),
        ("Skip.", "", "skip"),
        ("help", "", "help"),
        ("", "Stop", "stop"),
        ("Stop the deploy before five", "", None),
        ("I will pause", "", None),
        ("wrote tests\nstop", "", None),
        ("wrote tests", "Re: stop", None),
        ("", "", None),
    ],
)
def test_only_a_whole_line_is_a_command(reply: str, subject: str, expected: str | None) -> None:
    assert command(reply, subject) == expected
