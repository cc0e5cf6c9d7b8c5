"""The pages that proofs need: from the public Internet alone, each got once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.errors import TransportError
from engine.outbound.events.pages import KEPT, Pages, fetch
from engine.transports.net import Guard
from tests.fakes.http_catcher import Catcher, catcher


@pytest.fixture
def caught() -> Iterator[Catcher]:
    """A catcher."""
    with catcher() as server:
        yield server


def test_a_page_is_got_once_and_kept(caught: Catcher) -> None:
    pages = Pages(lambda url: fetch(url, Guard(private=True)))

    answers = [pages(f"{caught.url}/hook/ok") for _ in range(3)]

    assert answers == [b"ok"] * 3
    assert [(request.method, request.path) for request in caught.requests] == [("GET", "/hook/ok")]


def test_no_more_are_kept_than_a_few() -> None:
    asked: list[str] = []
    pages = Pages(lambda url: asked.append(url) or b"page")  # type: ignore[func-returns-value]

    for number in range(KEPT + 1):
        pages(f"https://example.org/{number}")
    pages("https://example.org/0")

    assert asked.count("https://example.org/0") == 2


@pytest.mark.parametrize("how", ["404", "redirect", "close"])
def test_anything_but_the_page_is_a_fault_that_passes(caught: Catcher, how: str) -> None:
    with pytest.raises(TransportError):
        fetch(f"{caught.url}/hook/{how}", Guard(private=True))


def test_nothing_of_our_own_network_is_asked(caught: Catcher) -> None:
    with pytest.raises(TransportError, match="not"):
        fetch(caught.url.replace("127.0.0.1", "localhost"))

    assert caught.requests == []
