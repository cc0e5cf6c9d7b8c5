"""Entries as files: a sheet and Markdown have what the filter shows, and nothing in them is a formula or a mark."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import text

from engine import db
from tests import factories as make
from tests.web import entries_scene
from tests.web.conftest import Browser
from tests.web.entries_scene import Written
from web import entry_files, sheets


@pytest.fixture
def path(written: Written) -> str:
    return f"/teams/{written.team.id}/entries"


def test_the_sheet_has_what_the_filter_shows_and_no_formula(signed_in: Browser, written: Written, path: str) -> None:
    with db.begin() as conn:
        part = conn.execute(text("SELECT max(id) FROM participation")).scalar_one()
        make.entry(conn, part, "=HYPERLINK(1) faults", at=db.now(conn), question=1)

    answer = signed_in.get(f"{path}.csv?q=faults")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix(sheets.MARK))))

    assert len(rows) == 9
    assert {row["text"] for row in rows} == {
        "'=HYPERLINK(1) faults", "Reviewed the export and found two rounding faults #billing #review",
    }  # fmt: skip
    assert {row["question"] for row in rows} == set(entries_scene.QUESTIONS)
    assert re.fullmatch(
        r'attachment; filename="billing-support-entries-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.csv"',
        answer.headers["Content-Disposition"],
    )


def test_a_download_reads_on_after_its_first_lines(
    signed_in: Browser, written: Written, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.views.entries.AT_ONCE", 7)

    rows = list(csv.DictReader(io.StringIO(signed_in.get(f"{path}.csv").text.removeprefix(sheets.MARK))))

    entries = [row for row in rows if row["kind"] != entry_files.ON_DAY]
    assert len({row["number"] for row in entries}) == len(entries) == 47
    assert len(rows) == 48, "and what was said about a day"


def test_markdown_is_by_day_and_person_and_nothing_in_it_is_a_mark(
    signed_in: Browser, written: Written, path: str
) -> None:
    with db.begin() as conn:
        part = conn.execute(text("SELECT max(id) FROM participation")).scalar_one()
        make.entry(conn, part, "1. <script>*bold*</script> [x](http://e.example) #docs", at=db.now(conn), question=1)

    answer = signed_in.get(f"{path}.md?q=bold")

    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.text.startswith("# Billing \\& Support: entries\n\n## ")
    assert "\n### Judith Okafor\n\n\nWhat holds you up?\n\n- " in answer.text
    assert "- 1\\. \\<script\\>\\*bold\\*\\</script\\> \\[x\\](http://e.example) \\#docs\n" in answer.text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("- dash", "\\- dash"),
        ("12) twelve", "12\\) twelve"),
        ("a\n# b", "a \\# b"),
        ("c:\\d", "c:\\\\d"),
        ("--", "\\--"),
    ],
)
def test_a_line_of_markdown_stays_a_line(text: str, plain: str) -> None:
    assert entry_files.plain(text) == plain
