"""A hit: kept with its evidence, then all hits of its delivery are judged anew, since a later one may show a burst."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from engine.campaigns.tracking import counting
from engine.campaigns.tracking.classes import Judged, Seen, classes
from engine.campaigns.tracking.machines import known
from engine.campaigns.tracking.queries import hits as queries
from engine.db import Conn

MOST = 200  # hits of one delivery that are kept; whoever asks more often says nothing new
_AGENT = 300  # characters


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, with what is known of who made it: the network (never the address), the agent, the method."""

    at: datetime
    method: str
    net: str
    agent: str

    @classmethod
    def of(cls, at: datetime, method: str, address: str, agent: str) -> Visit:
        """A visit from an address of the internet."""
        plain = "".join(c for c in agent if c.isprintable())
        return cls(at, method, net_of(address), plain[:_AGENT])


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a hit: its workspace, and the hits of its delivery as they are judged now, the latest last."""

    workspace_id: int
    hits: tuple[tuple[Seen, Judged], ...]


def net_of(address: str) -> str:
    """The network of an address, /24 or /48; empty for what is no address."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(ip, "ipv4_mapped", None) or ip
    return str(ip_network(f"{mapped}/{24 if mapped.version == 4 else 48}", strict=False))


def take(conn: Conn, run_id: int, seq: int, place: int | None, visit: Visit) -> Taken | None:
    """Keep a hit; None where its delivery is gone, or has MOST of them.

    Two at once for one delivery wait for each other, so that the second is judged with the first.
    """
    most = MOST if visit.method != "POST" else 2 * MOST  # what unsubscribes is kept after any number of others
    made = queries.insert(conn, run_id, seq, place, visit.at, visit.method, visit.net, visit.agent, most)
    if made is None:
        return None
    return Taken(made[1], judge(conn, made[1], run_id, seq, made[0]))


def judge(
    conn: Conn, workspace_id: int, run_id: int, seq: int, new_id: int | None = None
) -> tuple[tuple[Seen, Judged], ...]:
    """Judge the hits of a delivery anew, and write what has changed, counts too. `new_id`: one that was not there."""
    rows = queries.of_delivery(conn, workspace_id, run_id, seq)
    taken_at, links = queries.taken(conn, run_id, seq)
    seen = [Seen(row.at, row.method, row.agent, row.net, row.link_id) for row in rows]
    judged = classes(seen, taken_at, links, known())
    queries.judge(conn, [_written(row, one) for row, one in zip(rows, judged, strict=True) if _changed(row, one)])
    before = counting.facts([(row.link_id, row.at, row.taken_for) for row in rows if row.id != new_id])
    after = counting.facts([(row.link_id, row.at, one.taken_for) for row, one in zip(rows, judged, strict=True)])
    counting.changed(conn, workspace_id, run_id, before, after)
    return tuple(zip(seen, judged, strict=True))


def _changed(row: Any, now: Judged) -> bool:
    return bool(row.taken_for != now.taken_for or row.evidence.get("why") != list(now.why))


def _written(row: Any, now: Judged) -> tuple[int, str, str]:
    whose = known().whose(row.net)
    return row.id, now.taken_for, json.dumps({"why": list(now.why)} | ({"net_of": whose} if whose else {}))


__all__ = ["MOST", "Taken", "Visit", "judge", "net_of", "take"]
