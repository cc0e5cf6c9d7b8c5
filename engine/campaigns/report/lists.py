"""The lists of a campaign's report by name, over all its runs: whoever builds on one asks for it here.

of = lists.scope(conn, workspace_id, campaign_id)
lists.named(of, "clicked")  # select of (contact_id, run_id, seq)
lists.contacts(of, "link", key="12")  # select of contact ids, each once: what freeze.freeze takes
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from engine.campaigns.queries.rows import People
from engine.campaigns.report.queries import lists as queries
from engine.campaigns.report.queries.lists import ACCEPTED, UNSENT, WAITING, Rows, Scope
from engine.db import Conn
from engine.errors import NotFound
from engine.outbound.providers import PROVIDERS

_PLAIN: dict[str, Callable[[Scope], Rows]] = {
    "all": queries.mails,
    "waiting": lambda of: queries.in_states(of, WAITING),
    "deferred": lambda of: queries.in_states(of, ("deferred",)),
    "leftout": lambda of: queries.in_states(of, ("suppressed",)),
    "accepted": lambda of: queries.in_states(of, ACCEPTED),
    "bounced": lambda of: queries.in_states(of, ("bounced",)),
    "failed": lambda of: queries.in_states(of, ("failed",)),
    "doubt": lambda of: queries.in_states(of, ("in_doubt",)),
    "unsent": lambda of: queries.in_states(of, UNSENT),
    "complained": lambda of: queries.in_states(of, ("complained",)),
    "opened": lambda of: queries.opened(of, "human"),
    "opened_likely": lambda of: queries.opened(of, "likely"),
    "opened_machine": lambda of: queries.opened(of, "machine"),
    "clicked": lambda of: queries.clicked(of, "human"),
    "clicked_likely": lambda of: queries.clicked(of, "likely"),
    "clicked_machine": lambda of: queries.clicked(of, "machine"),
    "replied": queries.replied,
    "silent": queries.silent,
    "unsubscribed": queries.unsubscribed,
}  # fmt: skip
KEYED: dict[str, Callable[[Scope, str], Rows]] = {
    "link": lambda of, key: queries.clicked(of, "human", int(key)),
    "link_likely": lambda of, key: queries.clicked(of, "likely", int(key)),
    "link_machine": lambda of, key: queries.clicked(of, "machine", int(key)),
    "reason": lambda of, key: queries.by_reason(of, *_reason(key)),
    "provider": lambda of, key: queries.by_provider(of, _provider(key)),
    "hour": lambda of, key: queries.by_hour(of, _hour(key)),
}
NAMES = (*_PLAIN, "rest", *KEYED)
_NONE = "There is no such list. Open it from a number of the report."


def scope(conn: Conn, workspace_id: int, campaign_id: int) -> Scope:
    """The mails of a campaign, over all its runs. Raises NotFound."""
    found = queries.scope(conn, workspace_id, campaign_id)
    if found is None:
        raise NotFound("There is no such campaign here. It may have been removed, or belong to another workspace.")
    return found


def named(of: Scope, name: str, key: str = "", *, meant: People | None = None) -> Rows:
    """A list as a select of (contact_id, run_id, seq). Raises NotFound for a name or key that is none.

    `key`: a link's id; a receiver (engine.outbound.providers); an hour in ISO 8601; or state|code|reason.
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


def _reason(key: str) -> tuple[str, str, str]:
    state, code, reason = key.split("|", 2)
    return state, code, reason


def _provider(key: str) -> str:
    return PROVIDERS[PROVIDERS.index(key)]


def _hour(key: str) -> datetime:
    found = datetime.fromisoformat(key)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).replace(minute=0, second=0, microsecond=0)


__all__ = ["KEYED", "NAMES", "Scope", "contacts", "named", "scope"]
