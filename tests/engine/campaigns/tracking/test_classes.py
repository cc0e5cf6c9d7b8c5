"""People and machines told apart: the scenes of tests/corpus/hits, and the rules one by one."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.campaigns.tracking.classes import LEAVE, PREFERENCES, WHY, Seen, classes
from engine.campaigns.tracking.machines import known
from engine.outbound.tracked import HIDDEN, PIXEL

SAID = tomllib.loads((Path(__file__).parents[3] / "corpus" / "hits" / "scenes.toml").read_text())
TAKEN = datetime(2026, 3, 4, 9, tzinfo=UTC)
PLACES: dict[object, int | None] = {"hidden": HIDDEN, "pixel": PIXEL, "leave": LEAVE, "preferences": PREFERENCES}
FIREFOX = SAID["agents"]["firefox"]


def seen(seconds: float, method: str, place: object, net: str, agent: str) -> Seen:
    where = place if isinstance(place, int) else PLACES[place]
    return Seen(TAKEN + timedelta(seconds=seconds), method, agent, net, where)


def hits_of(scene: dict[str, Any]) -> list[Seen]:
    return [seen(at, method, place, net, SAID["agents"][agent]) for at, method, place, net, agent, _ in scene["hits"]]


@pytest.mark.parametrize("scene", SAID["scene"], ids=lambda scene: scene["name"])
def test_each_hit_of_a_scene_is_taken_for_what_it_is(scene: dict[str, Any]) -> None:
    judged = classes(hits_of(scene), TAKEN, scene["links"], known())

    assert [one.taken_for for one in judged] == [hit[5] for hit in scene["hits"]]
    assert all(name in WHY for one in judged for name in one.why)


@pytest.mark.parametrize("scene", SAID["scene"], ids=lambda scene: scene["name"])
def test_the_order_in_which_hits_were_written_makes_no_difference(scene: dict[str, Any]) -> None:
    hits = hits_of(scene)

    forwards = classes(hits, TAKEN, scene["links"], known())
    backwards = classes(hits[::-1], TAKEN, scene["links"], known())

    assert backwards == forwards[::-1]


def test_a_later_hit_shows_that_the_first_was_part_of_a_burst() -> None:
    first = seen(60, "GET", 1, "192.0.2.0/24", FIREFOX)
    second = seen(61, "GET", 2, "192.0.2.0/24", FIREFOX)

    (alone,) = classes([first], TAKEN, 2, known())
    both = classes([first, second], TAKEN, 2, known())

    assert alone.taken_for == "human"
    assert [one.taken_for for one in both] == ["machine", "machine"]


def test_before_the_mail_is_known_to_be_taken_nobody_has_read_it() -> None:
    (judged,) = classes([seen(60, "GET", 1, "203.0.113.0/24", FIREFOX)], None, 2, known())

    assert (judged.taken_for, judged.why) == ("likely", ("soon",))


def test_every_sign_in_the_data_file_is_of_a_kind_and_every_range_at_least_as_wide_as_what_hits_keep() -> None:
    found = known()

    assert {kind for _, _, kind in found.agents} == {"scanner", "prefetch", "proxy"}
    assert all(net.prefixlen <= (24 if net.version == 4 else 48) for net, _ in found.nets)
    assert found.whose("52.101.7.0/24").startswith("Microsoft")
    assert found.whose("203.0.113.0/24") == found.whose("") == found.whose("no network") == ""


@pytest.mark.parametrize("name", ["chrome", "edge", "safari", "iphone", "firefox", "outlook"])
def test_no_browser_and_no_mail_program_of_people_is_known_as_a_machine(name: str) -> None:
    assert known().kind(SAID["agents"][name]) is None


HIT = st.builds(
    seen,
    st.floats(-5, 200), st.sampled_from(["GET", "HEAD", "POST"]), st.sampled_from([1, 2, 3, *PLACES]),
    st.sampled_from(["192.0.2.0/24", "203.0.113.0/24", "40.92.1.0/24", ""]),
    st.sampled_from([*SAID["agents"].values()]),
)  # fmt: skip


@given(hits=st.lists(HIT, max_size=12), more=HIT, links=st.integers(0, 4))
def test_one_more_hit_never_makes_a_person_of_a_machine(hits: list[Seen], more: Seen, links: int) -> None:
    rank = ["human", "likely", "machine"]

    before = classes(hits, TAKEN, links, known())
    after = classes([*hits, more], TAKEN, links, known())

    assert all(rank.index(a.taken_for) >= rank.index(b.taken_for) for a, b in zip(after, before, strict=False))
