"""The lists of a campaign's report by name, over all its runs: whoever builds on one asks for it here.

of = lists.scope(conn, workspace_id, campaign_id)
lists.named(of, "clicked")  # select of (contact_id, run_id, seq)
lists.contacts(of, "link", key="12")  # select of contact ids, each once: what freeze.freeze takes
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from engine.campaigns.queries.rows import People
from engine.campaigns.report.queries import acts
from engine.campaigns.report.queries import lists as queries
from engine.campaigns.report.queries.lists import ACCEPTED, UNSENT, WAITING, Rows, Scope
from engine.db import Conn
from engine.errors import NotFound
from engine.outbound.providers import PROVIDERS

STATES: dict[str, tuple[str, ...]] = {
    "waiting": WAITING, "deferred": ("deferred",), "leftout": ("suppressed",), "accepted": ACCEPTED,
    "bounced": ("bounced",), "failed": ("failed",), "doubt": ("in_doubt",), "unsent": UNSENT,
    "complained": ("complained",),
}  # fmt: skip
_PLAIN: dict[str, Callable[[Scope], Rows]] = {
    "all": queries.mails,
    **{name: partial(queries.in_states, states=states) for name, states in STATES.items()},
    "opened": lambda of: acts.opened(of, "human"),
    "opened_likely": lambda of: acts.opened(of, "likely"),
    "opened_machine": lambda of: acts.opened(of, "machine"),
    "opened_all": lambda of: acts.opened(of, "all"),
    "clicked": lambda of: acts.clicked(of, "human"),
    "clicked_likely": lambda of: acts.clicked(of, "likely"),
    "clicked_machine": lambda of: acts.clicked(of, "machine"),
    "clicked_all": lambda of: acts.clicked(of, "all"),
    "replied": queries.replied,
    "silent": queries.silent,
    "unsubscribed": acts.unsubscribed,
}  # fmt: skip
KEYED: dict[str, Callable[[Scope, str], Rows]] = {
    "link": lambda of, key: acts.clicked(of, "human", _link(key)),
    "link_likely": lambda of, key: acts.clicked(of, "likely", _link(key)),
    "link_machine": lambda of, key: acts.clicked(of, "machine", _link(key)),
    "link_all": lambda of, key: acts.clicked(of, "all", _link(key)),
    "reason": lambda of, key: queries.by_reason(of, *_reason(key)),
    "provider": lambda of, key: queries.by_provider(of, *_provider(key)),
    "hour": lambda of, key: queries.by_hour(of, *_span(key)),
    "opened_hour": lambda of, key: acts.first_hit(of, False, *_span(key)),
    "clicked_hour": lambda of, key: acts.first_hit(of, True, *_span(key)),
}
NAMES = (*_PLAIN, "rest", *KEYED)
LONGEST = 24 * 366  # hours of one bar
_NONE = "There is no such list. Open it from a number of the report."


def scope(conn: Conn, workspace_id: int, campaign_id: int) -> Scope:
    """The mails of a campaign, over all its runs. Raises NotFound."""
    found = queries.scope(conn, workspace_id, campaign_id)
    if found is None:
        raise NotFound("There is no such campaign here. It may have been removed, or belong to another workspace.")
    return found


def named(of: Scope, name: str, key: str = "", *, meant: People | None = None) -> Rows:
    """A list as a select of (contact_id, run_id, seq). Raises NotFound for a name or key that is none.

    `key`: a link's id; a receiver (engine.outbound.providers), |accepted if only those; an hour in ISO 8601 with its
    offset, /24 if it is so many; or state|code|reason.
    `meant`: whom the campaign's query means now, of the list "rest"; without it, whom it meant when it was launched.
    """
    try:
        if name == "rest":
            return queries.rest(of, meant)
        return KEYED[name](of, key) if name in KEYED else _PLAIN[name](of)
    except (KeyError, ValueError):
        raise NotFound(_NONE) from None


def contacts(of: Scope, name: str, key: str = "", *, meant: People | None = None) -> People:
    """The contacts of a list that are still here, each once."""
    return queries.people(of, named(of, name, key, meant=meant))


def _link(key: str) -> int:
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise ValueError(key)
    return int(key)


def _reason(key: str) -> tuple[str, str, str]:
    state, code, reason = key.split("|", 2)
    return state, code, reason


def _provider(key: str) -> tuple[str, tuple[str, ...] | None]:
    provider, _, state = key.partition("|")
    return PROVIDERS[PROVIDERS.index(provider)], STATES[state] if state else None


def _span(key: str) -> tuple[datetime, datetime]:
    begin, _, hours = key.partition("/")
    since = datetime.fromisoformat(begin)
    if since.tzinfo is None or not 1 < since.year < 9990 or not 0 < int(hours or 1) <= LONGEST:
        raise ValueError(key)
    return since, since + timedelta(hours=int(hours or 1))


__all__ = ["KEYED", "NAMES", "STATES", "Rows", "Scope", "contacts", "named", "scope"]
