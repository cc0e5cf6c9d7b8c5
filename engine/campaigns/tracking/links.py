"""Links that are tracked: their targets are rows, and a mail carries no more than an id and a signature.

urls = links.targets(html, text, base_url)                     # once for a version
ids = links.kept(conn, workspace_id, campaign_id, urls, now)   # rows
made = links.wrapped(html, text, ids, slot, links=…, opens=…)  # slots in the places of the links
tracked.addresses(signer, base_url, run_id, seq, made.places)  # for each recipient what fills them
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.campaigns.tracking.queries import links as queries
from engine.campaigns.tracking.wrapping import Wrapped, fault, is_own, targets, wrapped
from engine.db import Conn
from engine.outbound.tracked import HIDDEN, PIXEL, addresses


def kept(conn: Conn, workspace_id: int, campaign_id: int | None, urls: Sequence[str], now: datetime) -> dict[str, int]:
    """The ids of these targets, by address; made where they are new. What no link may lead to is left out."""
    return queries.keep(conn, workspace_id, campaign_id, [url for url in dict.fromkeys(urls) if not fault(url)], now)


def target(conn: Conn, link_id: int) -> str | None:
    """What a link leads to; None where it is gone, or where nothing should lead."""
    url = queries.url(conn, link_id)
    return url if url is not None and not fault(url) else None


__all__ = ["HIDDEN", "PIXEL", "Wrapped", "addresses", "fault", "is_own", "kept", "target", "targets", "wrapped"]
