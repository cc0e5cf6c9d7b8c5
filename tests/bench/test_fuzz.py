"""The fuzzer: a short run finds nothing, it goes where its lines lead, and it would see what is wrong."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench import fuzz
from bench.mutations import TOKENS, mutate

CORPUS = Path(__file__).parents[1] / "corpus"


def test_a_short_run_finds_nothing_and_keeps_what_reaches_new_lines() -> None:
    run = fuzz.fuzz(0.05, 7, [CORPUS])

    assert run.findings == {}
    assert run.inputs > len(fuzz.seeds([CORPUS]))
    assert len(run.kept) > len(fuzz.seeds([CORPUS]))
    assert len(run.lines) > 500


def test_the_same_seed_draws_the_same_inputs() -> None:
    run = fuzz.Run(kept=fuzz.seeds([CORPUS]))

    first, again = (fuzz.inputs(run, random.Random(3)) for _ in range(2))

    assert [next(first) for _ in range(50)] == [next(again) for _ in range(50)]


@pytest.mark.parametrize("seed", range(20))
def test_a_change_changes_bytes_into_bytes(seed: int) -> None:
    draw = random.Random(seed)

    assert isinstance(mutate(b"", b"", draw), bytes)
    assert isinstance(mutate(draw.choice(TOKENS), b"Subject: x\n\nhi\n", draw), bytes)


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"subject": "a\nb"}, "unsafe subject"),
        ({"text": "a\0"}, "unsafe text"),
        ({"to": [{"name": "\ud800"}]}, "unsafe name"),
        ({"text": "a\nb", "size": 3}, None),
    ],
)
def test_what_a_database_or_a_header_would_not_take_is_seen(told: dict[str, object], fault: str | None) -> None:
    assert fuzz.unsafe(told) == fault


def test_what_the_parser_raises_is_a_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(raw: bytes) -> str | None:
        raise ValueError("seven")

    run = fuzz.Run(folder=tmp_path)
    monkeypatch.setattr(fuzz, "wrong", broken)

    fuzz.attempt(run, b"Subject: x\n\nhi\n", traced=False)

    assert list(run.findings) == ["ValueError: seven"]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"Subject: x\n\nhi\n"]
