"""A query as the lines of the builder: each asks one thing, all of them or any of them must hold.

A line is what is asked about, how, and the value as it is typed. What has brackets of its own stands in a line as
text, so nothing is lost in the builder. Lines become text, and the text is read: the language is the only judge.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.campaigns.audience import syntax as s
from engine.campaigns.audience.checking import Known, kind_of
from engine.campaigns.audience.reading import read
from engine.campaigns.audience.writing import literal, name, node, quoted
from engine.errors import Fault

MOST = 30  # lines; longer queries are written as text
TEXT = "written"
_HAS = {"has a value": "has a value", "has no value": "has no value"}
_LISTS = {"in": "is one of", "not in": "is none of"}
_IS = {"is": "is", "is not": "is not"}
HOW: dict[str, dict[str, str]] = {  # what can be asked, by the kind of what it is asked about: op → label
    "text": {**_IS, "contains": "contains", "does not contain": "does not contain", "starts with": "starts with",
             "ends with": "ends with", **_LISTS, **_HAS},
    "number": {**_IS, "<": "is less than", "<=": "is at most", ">": "is more than", ">=": "is at least", **_LISTS,
               **_HAS},
    "bool": {"is yes": "is yes", "is no": "is no", **_HAS},
    "date": {"is": "is", "before": "is before", "after": "is after", "since": "is that day or later",
             "until": "is that day or earlier", **_HAS},
    "list": {"contains": "contains", "does not contain": "does not contain", "in": "has one of", **_HAS},
    "team": {"in": "is in", "not in": "is not in", "in any": "is in any team", "in no": "is in no team"},
    "consent": {f"is {state}": f"is {state}" for state in ("given", "not given", "withdrawn", "not withdrawn",
                                                           "unknown")},
    "rounds": {op: f"answered {op}" for op in s.COUNTS},
    "campaign": {
        "got": "got it", "did not get": "did not get it",
        **{f"and did {act}": f"got it and did {act}" for act in s.ACTS},
        **{f"and did not {act}": f"got it and did not {act}" for act in s.ACTS},
        "and did not open, click or reply": "got it and did nothing",
    },
    TEXT: {"": "as text"},
}  # fmt: skip
NO_VALUE = frozenset({*_HAS, "is yes", "is no", "in any", "in no"})
HINTS = {
    "number": "a number, such as 5 or 2.5", "date": "2026-11-22, or 30 days ago", "rounds": "2 of the last 5 rounds",
    "consent": "a topic; empty for the channel as a whole", TEXT: "a condition as text",
}  # fmt: skip
_ROUNDS = re.compile(r"(\d{1,3})\D{1,40}(\d{1,3})(?: rounds?)?")


class Line(NamedTuple):
    """One line as the form has it."""

    what: str
    op: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """The builder's side. `every`: all lines must hold, else one is enough."""

    every: bool
    lines: tuple[Line, ...]


def subjects(known: Known) -> dict[str, dict[str, str]]:
    """What can be asked about: groups of value → label."""
    return {
        "Every contact": {field: field.capitalize() if field != "added" else "Added on" for field in s.FIELDS},
        "Your attributes": {f"attribute.{one}": one for one in sorted(known.attributes)},
        "Elsewhere": {
            "team": "Team", "rounds": "Check-ins", "campaign": "Campaign",
            **{f"consent.{channel}": f"Consent to {channel}" for channel in s.CHANNELS}, TEXT: "Written as text",
        },
    }  # fmt: skip


def kind(what: str, known: Known) -> str:
    """The kind of what a line asks about; text for what is not known."""
    if what in ("team", "rounds", "campaign", TEXT):
        return what
    if what.startswith("consent."):
        return "consent"
    field = s.Field(what.removeprefix("attribute."), own=what.startswith("attribute."))
    return (kind_of(field, known) if field.own or field.name in s.FIELDS else None) or "text"


def how(what: str, known: Known) -> dict[str, str]:
    """What can be asked in a line about this."""
    return HOW[kind(what, known)]


def typed(form: Mapping[str, str], columns: Mapping[str, Sequence[str]]) -> Lines:
    """The lines of a form, with the button that was pressed: a line added, or one taken away."""
    rows = [Line(*row) for row in zip(columns["what"], columns["op"], columns["value"], strict=False)][:MOST]
    pressed = form.get("do", "")
    if pressed == "add" and len(rows) < MOST:
        rows.append(Line("email", "contains"))
    if pressed.startswith("remove-") and pressed[7:].isdecimal():
        rows = [row for no, row in enumerate(rows) if no != int(pressed[7:])]
    return Lines(form.get("join") != "any", tuple(rows))


def text_of(lines: Lines, known: Known) -> str:
    """The query that lines say, in the language. A line that is not filled in yet says nothing."""
    parts = [_part(_fitting(line, known), known) for line in lines.lines]
    several = [part for part in parts if part]
    if len(several) == 1:
        return several[0]
    return (" and " if lines.every else " or ").join(_bracketed(part) for part in several)


def _bracketed(part: str) -> str:
    try:
        joined = isinstance(read(part).where, s.And | s.Or)
    except Fault:
        joined = True  # it is refused in brackets as well
    return f"({part})" if joined else part


def _fitting(line: Line, known: Known) -> Line:
    """A line with something that can be asked of its subject: the first, where the subject is a new one."""
    asked = how(line.what, known)
    return line if line.op in asked else line._replace(op=next(iter(asked)))


def _part(line: Line, known: Known) -> str:  # noqa: PLR0911  # one for each kind
    """A line as text."""
    what, op, value = line.what, line.op, line.value.strip()
    if what == TEXT:
        return value
    if not value and op not in NO_VALUE and not what.startswith("consent."):
        return ""
    match kind(what, known):
        case "team":
            return f"{op} team" if op in NO_VALUE else f"{op} team {quoted(value)}"
        case "consent":
            about = f" about {quoted(value)}" if value else ""
            return f"consent to {what.removeprefix('consent.')}{about} {op}"
        case "rounds":
            found = _ROUNDS.fullmatch(value)
            return f"answered {op} {f'{found[1]} of the last {found[2]} rounds' if found else value}"
        case "campaign":
            which = (
                f"campaign {value.removeprefix('#')}" if re.fullmatch(r"#\d+", value) else f"campaign {quoted(value)}"
            )
            return f"{op} {which}" if op in ("got", "did not get") else f"got {which} {op}"
        case of:
            return _about_field(what, op, value, of)


def _about_field(what: str, op: str, value: str, of: str) -> str:
    field = name(s.Field(what.removeprefix("attribute."), own=what.startswith("attribute.")))
    if op in NO_VALUE:
        return f"{field} {op}"
    texts = of in ("text", "list")
    if op in ("in", "not in"):
        several = [part.strip() for part in re.split(r"[,;\n]", value) if part.strip()]
        return f"{field} {op} ({', '.join(quoted(part) if texts else part for part in several)})"
    return f"{field} {op} {quoted(value) if texts else value}"


def lines_of(query: s.Query) -> Lines:
    """The lines of a query."""
    where = query.where
    parts = where.parts if isinstance(where, s.And | s.Or) else (where,)
    return Lines(not isinstance(where, s.Or), tuple(_line(part) for part in parts))


def _line(part: s.Node) -> Line:
    """A part as a line; as text where no line can say it."""
    negated, leaf = (True, part.part) if isinstance(part, s.Not) else (False, part)
    line = _of_leaf(leaf, "not " if negated else "", negated)
    return line or Line(TEXT, "", node(part))


def _of_leaf(leaf: s.Node, no: str, negated: bool) -> Line | None:  # noqa: PLR0911  # one for each
    match leaf:
        case s.Compare() | s.Among() | s.Has():
            return _of_field(leaf, no, negated)
        case s.InTeam(None, None):
            return Line("team", "in no" if negated else "in any")
        case s.InTeam(str(team), None):
            return Line("team", f"{no}in", team)
        case s.Consent(channel, topic, state) if f"is {no}{state}" in HOW["consent"]:
            return Line(f"consent.{channel}", f"is {no}{state}", topic or "")
        case s.Answered(op, count, rounds, None) if not negated:
            return Line("rounds", op, f"{count} of the last {rounds} rounds")
        case s.Got(s_campaign, None, did, acts) if s_campaign is not None:
            return _of_campaign(s_campaign, did, acts, negated)
    return None


def _of_campaign(campaign: str | int, did: bool | None, acts: tuple[str, ...], negated: bool) -> Line | None:
    value = f"#{campaign}" if isinstance(campaign, int) else campaign
    if did is None:
        return Line("campaign", "did not get" if negated else "got", value)
    said = ", ".join(acts[:-1]) + " or " + acts[-1] if len(acts) > 1 else acts[0]
    op = f"and did {'' if did else 'not '}{said}"
    return None if negated or op not in HOW["campaign"] else Line("campaign", op, value)


def _of_field(leaf: s.Compare | s.Among | s.Has, no: str, negated: bool) -> Line | None:
    what = f"attribute.{leaf.field.name}" if leaf.field.own else leaf.field.name
    if isinstance(leaf, s.Has):
        return Line(what, "has no value" if negated else "has a value")
    if isinstance(leaf, s.Among):
        several = [one if isinstance(one, str) else literal(one) for one in leaf.values]
        return None if any("," in one or ";" in one for one in several) else Line(what, f"{no}in", ", ".join(several))
    value = leaf.value if isinstance(leaf.value, str) else literal(leaf.value)
    # The canonical text names the operator: what stands between the field and its value.
    said = node(s.Not(leaf) if negated else leaf)
    op = said.removeprefix(name(leaf.field)).removesuffix(literal(leaf.value)).strip()
    if isinstance(leaf.value, bool):
        return None if negated else Line(what, f"is {'yes' if leaf.value else 'no'}")
    return Line(what, op, value) if any(op in asked for asked in HOW.values()) else None
