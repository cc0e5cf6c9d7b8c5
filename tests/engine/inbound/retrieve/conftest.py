"""What tests of mailboxes look at: the line to the server, and how long a mailbox is left alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.inbound.retrieve import imap_trouble
from tests.engine.inbound.retrieve.following import Pauses
from tests.fakes.dovecot import Dovecot
from tests.fakes.wire import Wire, wire


@pytest.fixture
def line(dovecot: Dovecot) -> Iterator[Wire]:
    """A line to the module's server."""
    with wire(dovecot.port) as made:
        yield made


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    """The pauses that mailboxes take in this test, as they are decided upon."""
    taken: Pauses = []
    pause = imap_trouble.pause

    def decide(kind: str, failures: int) -> float:
        taken.append((kind, pause(kind, failures)))
        return taken[-1][1]

    monkeypatch.setattr(imap_trouble, "pause", decide)
    return taken
