"""The filter of a team's entries as words of a URL: what each narrows, and which of them are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from engine.inbound import search
from engine.inbound.queries.finding import Which

KINDS = {"done": "Done", "doing": "In progress", "blocked": "Blocked", "note": "Neither"}
NAMES = ("q", "who", "tag", "question", "kind", "from", "to", "show")
LONGEST = 500
REMOVED = "removed"


def words_of(args: Mapping[str, str]) -> dict[str, str]:
    """The words of the filter that say something. What cannot be read is left out, so that it does not stay there."""
    found = {name: args.get(name, "").replace("\0", "")[:LONGEST].strip() for name in NAMES}
    found["q"] = search.read(found["q"]).typed
    found["tag"] = found["tag"].lstrip("#").lower()
    kept = {
        "who": number(found["who"]) is not None,
        "kind": found["kind"] in KINDS,
        "from": _day(found["from"]) is not None,
        "to": _day(found["to"]) is not None,
        "show": found["show"] == REMOVED,
    }
    return {name: value for name, value in found.items() if value and kept.get(name, True)}


def which_of(words: Mapping[str, str], own: int | None = None) -> Which:
    """The filter of these words. `own`: the one membership whose removed entries may be listed (None: everybody's)."""
    removed = words.get("show") == REMOVED
    return Which(
        words=search.read(words.get("q", "")),
        person=own if removed and own is not None else number(words.get("who", "")),
        tag=words.get("tag", ""),
        question=words.get("question", ""),
        kind=words.get("kind", ""),
        first=_day(words.get("from", "")),
        last=_day(words.get("to", "")),
        removed=removed,
    )


def number(text: str) -> int | None:
    """A number as ids are, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


__all__ = ["KINDS", "NAMES", "number", "which_of", "words_of"]
