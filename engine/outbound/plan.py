"""Plan a run: one row per recipient, cut into batches, in a fixed number of statements per 50,000 recipients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from engine import move, sealing
from engine.config import required, settings
from engine.db import Conn
from engine.errors import ConfigError
from engine.outbound import partitions
from engine.outbound.kinds import KINDS
from engine.outbound.pace import caps
from engine.outbound.providers import provider_of
from engine.outbound.queries import planning
from engine.outbound.queries.flushing import these
from engine.people import relays

FEWEST, MOST = 200, 500  # rows one lease covers: at most seconds of work, and enough to be worth a lease
SHARES = 20  # batches a large run has at least, so that every worker gets some
Way = tuple[str, str]  # transport and receiving provider; that is empty where nobody tells them apart
PIECE = 50_000  # rows one INSERT takes; PostgreSQL writes them while the next piece, or the hashes, are made ready


class Recipient(NamedTuple):
    """One row to be. `recipient` is unique in the run; `about` is what it tells of; `address` is for `transport`."""

    recipient: int
    about: int
    address: str
    useful_until: datetime
    transport: str = "smtp"


@dataclass(frozen=True, slots=True)
class Planned:
    """A run as planned; seq of the i-th recipient given is i + 1."""

    run_id: int
    batch_ids: tuple[int, ...]
    size: int


def plan(
    conn: Conn, workspace_id: int, kind: str, recipients: Sequence[Recipient], now: datetime, *,
    at: datetime | None = None, policy: str | None = None,
) -> Planned | None:  # fmt: skip
    """Write the run, its batches and its rows; None when there is nobody. Suppressed addresses are rows too, at once.

    `at`: when it may be sent, else `now`. `policy`: of its doubts, where it is not its kind's.
    Raises KeyError for an unknown kind and IntegrityError when a recipient is listed twice.
    """
    if not recipients:
        return None
    of = KINDS[kind]
    run_id = partitions.new_run(conn, workspace_id, of, len(recipients), now, policy)
    groups = _grouped(recipients, _splits(conn, workspace_id, kind, recipients, now))
    suppresses, ways = _mails(recipients) and planning.has_suppressions(conn, workspace_id), [way for way, _ in groups]
    if len(recipients) <= FEWEST and len(set(ways)) == len(ways):  # an answer's posts, some hundred times a second
        (piece,) = _pieces(groups, range(1, len(groups) + 1), recipients)
        batch_ids = planning.insert_few(conn, workspace_id, run_id, ways, of.urgency, at or now, piece)
        hashes = _hashes(recipients) if suppresses else []
    else:
        batch_ids = planning.insert_batches(conn, workspace_id, run_id, ways, of.urgency, at or now)
        pieces = _pieces(groups, batch_ids, recipients)
        hashes = _insert_beside(conn, (workspace_id, run_id), pieces, recipients if suppresses else ())
    if suppresses:
        _suppress(conn, workspace_id, run_id, hashes, now)
    return Planned(run_id, tuple(batch_ids), len(recipients))


def _pieces(
    groups: Sequence[tuple[Way, list[int]]], batch_ids: Sequence[int], recipients: Sequence[Recipient]
) -> Iterator[dict[str, str]]:
    """The rows' columns, PIECE rows at a time."""
    seqs = [seq for _, group in groups for seq in group]
    batches = [batch_id for batch_id, (_, group) in zip(batch_ids, groups, strict=True) for _ in group]
    for start in range(0, len(seqs), PIECE):
        piece = slice(start, start + PIECE)
        yield planning.delivery_columns(seqs[piece], batches[piece], recipients)


def _insert_beside(
    conn: Conn, run: tuple[int, int], pieces: Iterator[dict[str, str]], hashed: Sequence[Recipient]
) -> list[bytes]:
    """Write the rows of `run` (workspace, id) while the next piece, and the hashes of addresses, are made ready."""
    with ThreadPoolExecutor(1, "plan") as beside:  # the one thread that uses `conn` until the block ends
        written = [beside.submit(planning.insert_deliveries, conn, *run, piece) for piece in pieces]
        hashes = _hashes(hashed) if hashed else []
        for piece in written:
            piece.result()
    return hashes


def _mails(recipients: Sequence[Recipient]) -> bool:
    return any(recipient.transport == "smtp" for recipient in recipients)


def _splits(conn: Conn, workspace_id: int, kind: str, recipients: Sequence[Recipient], now: datetime) -> bool:
    return _mails(recipients) and splits(conn, workspace_id, kind, now)


def splits(conn: Conn, workspace_id: int, kind: str, now: datetime) -> bool:
    """Whether the first relay for this mail tells receivers apart, so that each provider has a pace of its own."""
    try:
        return caps.splits(relays.relays_for(conn, workspace_id, settings(), KINDS[kind].purpose)[0], now)
    except ConfigError:  # it is told when a worker needs the relay
        return False


def _grouped(recipients: Sequence[Recipient], split: bool) -> list[tuple[Way, list[int]]]:
    """The ways and seqs of each batch: rows keep their order, and no batch mixes ways."""
    most = min(MOST, max(FEWEST, len(recipients) // SHARES))
    groups: list[tuple[Way, list[int]]] = []
    filling: dict[Way, list[int]] = {}
    for seq, recipient in enumerate(recipients, start=1):
        provider = provider_of(recipient.address.rpartition("@")[2]) if split and recipient.transport == "smtp" else ""
        way = recipient.transport, provider
        seqs = filling.get(way)
        if seqs is None or len(seqs) >= most:
            seqs = filling[way] = []
            groups.append((way, seqs))
        seqs.append(seq)
    return groups


def _hashes(recipients: Sequence[Recipient]) -> list[bytes]:
    """The hash of each recipient's address; empty where it is no mail address."""
    secret = required(settings().secret_key, "secret_key")
    return [sealing.address_hash(secret, r.address) if r.transport == "smtp" else b"" for r in recipients]


def _suppress(conn: Conn, workspace_id: int, run_id: int, hashes: Sequence[bytes], now: datetime) -> None:
    reasons = planning.suppressed(conn, workspace_id, hashes)
    for reason in sorted(set(reasons.values())):
        seqs = [seq for seq, value in enumerate(hashes, start=1) if reasons.get(value) == reason]
        move.deliveries(conn, "suppress", these(run_id, seqs), now, reason=f"suppressed: {reason}")
