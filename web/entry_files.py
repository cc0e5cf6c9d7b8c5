"""Entries as files to take along: a sheet (CSV) and a text to paste (Markdown), by day and person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response

from web import sheets, shown
from web.entry_view import question_of

HEAD = ("date", "person", "question", "kind", "text", "tags", "number")
TAIL = ("comments",)  # name and words of each, a line for each


Line = tuple[Any, Sequence[Any]]  # a row of queries.finding, and the comments on it


@dataclass(frozen=True, slots=True)
class OnDay:
    """What was said about a day; comes after the day's entries."""

    local_date: date
    comments: Sequence[Any]


ON_DAY = "comment on the day"  # in the place of a kind
LINES = 500  # written to the client at once
# What Markdown would take for more than a letter (CommonMark 0.31, 2.4: a backslash before punctuation makes it text).
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
_LIST = re.compile(r"^(?:([-+=])|(\d{1,9})([.)]))")


def name(team: str, first: date | None, last: date | None) -> str:
    """A file's name, which says team and days: "platform-entries-2026-03-02-to-2026-03-06"."""
    words = [re.sub(r"[^a-z0-9]+", "-", team.lower()).strip("-") or "team", "entries"]
    if first and last:
        words += [first.isoformat()] if first == last else [first.isoformat(), "to", last.isoformat()]
    return "-".join(words)


def sheet(filename: str, rows: Iterable[Line | OnDay], zone: str) -> Response:
    """The rows as a CSV download; instants in the reader's zone and in UTC."""
    return sheets.download(
        filename, (*HEAD, f"written at ({zone})", "written at (UTC)", "edited at (UTC)", *TAIL), _lines(rows, zone)
    )


def _lines(rows: Iterable[Line | OnDay], zone: str) -> Iterator[tuple[object, ...]]:
    for one in rows:
        if isinstance(one, OnDay):
            yield from (_said(one.local_date, comment, zone) for comment in one.comments)
            continue
        row, comments = one
        edited = shown.local(row.edited_at, "UTC") if row.edited_at else ""
        yield (
            row.local_date.isoformat(), row.name, _question(row), row.kind, row.text, " ".join(row.tags), row.no,
            shown.local(row.at, zone), shown.local(row.at, "UTC"), edited,
            "\n".join(f"{comment.name}: {comment.text}" for comment in comments),
        )  # fmt: skip


def _said(day: date, comment: Any, zone: str) -> tuple[object, ...]:
    """A line of its own, with its number among the team's entries."""
    local, utc = shown.local(comment.at, zone), shown.local(comment.at, "UTC")
    return day.isoformat(), comment.name, "", ON_DAY, comment.text, "", comment.no, local, utc, "", ""


def _question(row: Any) -> str:
    return question_of(row) or (str(row.questions[0]) if len(row.questions) == 1 else "")


def paper(filename: str, title: str, rows: Iterable[Line | OnDay]) -> Response:
    """The rows as a Markdown download below a title."""
    response = Response(_bundled(_written(title, rows)), content_type="text/markdown; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}.md"'
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _written(title: str, rows: Iterable[Line | OnDay]) -> Iterator[str]:
    yield f"# {plain(title)}\n"
    day, who, asked = None, None, ""
    for one in rows:
        if isinstance(one, OnDay):
            yield from _said_about_the_day(one)
            continue
        row, comments = one
        if row.local_date != day:
            day, who = row.local_date, None
            yield f"\n## {shown.day(row.local_date)}\n"
        if row.membership_id != who:
            who, asked = row.membership_id, ""
            yield f"\n### {plain(row.name)}\n\n"
        question = question_of(row)
        if question != asked:
            asked = question
            yield f"\n{plain(question)}\n\n" if question else "\n"
        yield f"- {plain(row.text)}\n"
        yield from (f"  - {plain(comment.name)}: {plain(comment.text)}\n" for comment in comments)


def _said_about_the_day(day: OnDay) -> Iterator[str]:
    if day.comments:
        yield "\n### Said about the day\n\n"
    yield from (f"- {plain(comment.name)}: {plain(comment.text)}\n" for comment in day.comments)


def _bundled(lines: Iterable[str]) -> Iterator[str]:
    held: list[str] = []
    for line in lines:
        held.append(line)
        if len(held) == LINES:
            yield "".join(held)
            held = []
    yield "".join(held)


def plain(text: str) -> str:
    """The text on one line, nothing in it a mark of Markdown or HTML."""
    said = _MARKS.sub(r"\\\1", " ".join(text.split()))
    return _LIST.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", said)


__all__ = ["Line", "OnDay", "name", "paper", "plain", "sheet"]
