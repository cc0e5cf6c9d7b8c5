"""Every recipient of a campaign accounted for: its rows held against the sink's log, copy by copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from engine import tokens
from engine.outbound.plan import Planned
from tests.fakes.smtp_sink import read_log
from tests.stories.campaigning import rows
from tests.stories.counting import Row
from tests.stories.instance import REPLIES, Instance

Copy = tuple[str, str, int]  # address, Message-ID, which copy of it


def at_work(house: Instance, run: Planned) -> set[Row]:
    """The rows that some worker has begun with, of which nothing is recorded."""
    return {
        (run.run_id, seq)
        for seq in house.values(
            "SELECT d.seq FROM batch b JOIN delivery d ON d.batch_id = b.id WHERE b.run_id = :run"
            " AND b.owner IS NOT NULL AND d.seq <= b.horizon AND d.state IN ('queued', 'deferred')",
            run=run.run_id,
        )
    }


@dataclass(frozen=True)
class Account:
    """What became of a run: its rows by state with their reasons, and which of them were ever in doubt."""

    states: Counter[str]
    out: Mapping[str, int]
    doubted: frozenset[Row]


def accounted(house: Instance, run: Planned) -> Account:
    """Hold the rows of a run that is over against the sink's log, copy by copy, and say what became of them.

    Every copy that arrived is that of a row that says sent, or may have been; every row that says sent has one.
    """
    found = rows(
        house, "SELECT seq, address, state, reason FROM delivery WHERE run_id = :run", run=run.run_id
    )  # fmt: skip
    named: dict[str, list[Copy]] = {}
    for seq, address, state, _ in found:
        mail = tokens.message_id(house.keys, run.run_id, seq, REPLIES)
        named.setdefault(state, []).append((address, mail, 1))
    mails = [mail for mail in read_log(house.sink.log) if mail.message_id.startswith(f"<{run.run_id}.")]
    copies = Counter((to, mail.message_id, mail.attempt) for mail in mails for to in mail.rcpt)
    sent, maybe = set(named.get("sent", ())), set(named.get("in_doubt", ()))
    assert len(found) == run.size, "rows are missing"
    assert set(copies.values()) <= {1}, "a copy is in the log twice"
    assert sent - copies.keys() == set(), "rows say sent, and nothing of them has arrived"
    assert copies.keys() - sent - maybe == set(), "copies have arrived that no row tells of"
    doubts = "SELECT DISTINCT seq FROM delivery_event WHERE run_id = :run AND trigger = 'doubt'"
    return Account(
        Counter(state for _, _, state, _ in found),
        Counter(reason for _, _, state, reason in found if state == "suppressed"),
        frozenset((run.run_id, seq) for seq in house.values(doubts, run=run.run_id)),
    )
