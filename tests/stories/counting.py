"""What became of runs, by the ledger and by the sink's own log, which is the oracle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, text

from engine.outbound import report, sweep
from engine.people.principal import SYSTEM
from engine.tokens import Keys, read_message_id
from tests.fakes.smtp_sink import read_log_from

Row = tuple[int, int]  # (run_id, seq)
UNSENT = ("cancelled", "suppressed", "expired", "failed", "bounced")


@dataclass(frozen=True)
class Count:
    """The figures of some runs. Rows are (run_id, seq); `events` counts rows by trigger, a row once each."""

    size: int  # what the runs say they hold
    states: Counter[str]
    lost: list[Row]  # still open, or there is no row
    copies: dict[Row, int]  # surplus mails in the sink that no resend announces
    false_sent: list[Row]  # says sent, and is not in the sink
    untold: list[Row]  # says that it did not leave, and is in the sink
    strangers: list[str]  # mails in the sink's log that are none of ours
    resent: dict[Row, int]  # surplus mails in the sink, announced or not
    announced: set[Row]
    events: Counter[str]
    run_states: Counter[str]
    leased: int
    unlisted: list[Row] = field(default_factory=list)  # in doubt without an event that says so
    doubted: set[Row] = field(default_factory=set)  # was in doubt at some time
    arrived: set[Row] = field(default_factory=set)  # of the doubted, what is in the sink

    @property
    def doubts(self) -> int:
        """How many rows were ever in doubt."""
        return self.events["doubt"]

    def assert_true(self, doubts: int) -> None:
        """Nothing lost, nothing twice, nothing said that is not so, at most so many doubts, every lease given back."""
        assert (self.lost, self.copies, self.false_sent, self.untold) == ([], {}, [], []), self
        assert (self.strangers, self.unlisted) == ([], []), self
        assert sum(self.states.values()) == self.size, self
        assert self.leased == 0, self
        assert self.doubts <= doubts, self


class SinkLog:
    """The sink's log, read as it grows. `rows` counts mails, `times` are (Unix time, row), oldest first."""

    def __init__(self, path: Path, keys: Keys) -> None:
        self._path, self._keys, self._read = path, keys, 0
        self.rows: Counter[Row] = Counter()
        self.runs: Counter[int] = Counter()
        self.times: list[tuple[float, Row]] = []
        self.strangers: list[str] = []

    def look(self) -> SinkLog:
        """Read what is new; returns itself."""
        mails, self._read = read_log_from(self._path, self._read)
        for mail in mails:
            row = read_message_id(self._keys, mail.message_id)
            if row is None:
                self.strangers.append(mail.message_id)
            else:
                self.rows[row] += 1
                self.runs[row[0]] += 1
                self.times.append((mail.t, row))
        return self

    def of(self, run_ids: Sequence[int]) -> Counter[Row]:
        """How often each row of these runs is in the log, as read so far."""
        wanted = set(run_ids)
        return Counter({row: times for row, times in self.rows.items() if row[0] in wanted})


def in_sink(log: Path, keys: Keys, run_ids: Sequence[int]) -> tuple[Counter[Row], list[str]]:
    """How often each row of the runs is in the sink's log, and the Message-IDs that are nobody's."""
    found = SinkLog(log, keys).look()
    return found.of(run_ids), found.strangers


def count(engine: Engine, log: Path, keys: Keys, run_ids: Sequence[int]) -> Count:
    """Compare the runs' rows with the sink's log. Call it when nothing of them moves any more."""
    sink, strangers = in_sink(log, keys, run_ids)
    with engine.begin() as conn:
        runs = {"runs": list(run_ids)}
        rows = conn.execute(text("SELECT run_id, seq, state FROM delivery WHERE run_id = ANY(:runs)"), runs)
        states: dict[Row, str] = {(run, seq): state for run, seq, state in rows}
        told = text("SELECT DISTINCT run_id, seq, trigger FROM delivery_event WHERE run_id = ANY(:runs)")
        events = {((run, seq), trigger) for run, seq, trigger in conn.execute(told, runs)}
        made = conn.execute(text("SELECT state, size FROM run WHERE id = ANY(:runs)"), runs).all()
        leased = text("SELECT count(*) FROM batch WHERE run_id = ANY(:runs) AND owner IS NOT NULL")
        held = int(conn.execute(leased, runs).scalar_one())
        assert sweep.audit(conn) == 0, "open rows in ended batches (H14)"
    announced = {row for row, trigger in events if trigger == "resend"}
    doubted = {row for row, trigger in events if trigger == "doubt"}
    surplus = {row: times - 1 for row, times in sink.items() if times > 1}
    return Count(
        size=sum(run.size for run in made),
        states=Counter(states.values()),
        lost=sorted(row for row, state in states.items() if state in ("queued", "deferred"))
        + sorted(row for row in sink if row not in states),
        copies={row: n - (row in announced) for row, n in surplus.items() if n > (row in announced)},
        false_sent=sorted(row for row, state in states.items() if state in ("sent", "delivered") and row not in sink),
        untold=sorted(row for row, state in states.items() if state in UNSENT and row in sink),
        strangers=strangers,
        resent=surplus,
        announced=announced,
        events=Counter(trigger for _, trigger in events),
        run_states=Counter(run.state for run in made),
        leased=held,
        unlisted=sorted(row for row, state in states.items() if state == "in_doubt" and row not in doubted),
        doubted=doubted,
        arrived=doubted & sink.keys(),
    )


def assert_balanced(engine: Engine) -> None:
    """Every run's numbers, as the product tells them, add up to its recipients; every doubt is listed; H14 holds.

    True at any instant, whatever is going on: it is asked after every story, and in the middle of some.
    """
    with engine.begin() as conn:
        found = conn.execute(text("SELECT DISTINCT workspace_id FROM run ORDER BY 1")).scalars().all()
        runs = [run for workspace in found for run in report.numbers(conn, SYSTEM(workspace), limit=10_000)]
        assert not [run for run in runs if not run.balanced], "a run's rows do not add up to its recipients"
        unlisted = text(
            "SELECT run_id, seq FROM delivery d WHERE state = 'in_doubt' AND NOT EXISTS (SELECT FROM delivery_event e"
            " WHERE e.run_id = d.run_id AND e.seq = d.seq AND e.trigger = 'doubt')"
        )
        assert conn.execute(unlisted).all() == [], "a doubt that no event lists"
        assert sweep.audit(conn) == 0, "open rows in ended batches (H14)"
