"""Entries of a reply: what parts them and what must not."""

from __future__ import annotations

import pytest

from engine.inbound.parse import entries

WRAPPED_72 = (
    "Finished the import of the old customer records this morning, and then\n"
    "spent the afternoon with Jo on the reconnect bug that only shows when\n"
    "the server closes an idle connection.\n"
)
WRAPPED_76 = (
    "Today I reviewed three pull requests and merged two of them, the third needs\n"
    "another round because its migration takes a lock; that will be in version\n"
    "2. of the plan, tomorrow.\n"
)


def texts(reply: str, questions: int = 1) -> list[str]:
    return [entry.text for entry in entries(reply, questions)]


@pytest.mark.parametrize("mark", ["- ", "* ", "• ", "– ", "+ ", "-> ", "1. ", "1) ", "(1) "])
def test_marked_lines_are_entries_of_their_own(mark: str) -> None:
    reply = f"{mark}wrote the parser\n{mark}fixed the build\n{mark}read mail"

    assert texts(reply) == ["wrote the parser", "fixed the build", "read mail"]


def test_short_lines_are_entries_of_their_own() -> None:
    assert texts("Wrote the parser\nFixed the build\nLunch with Ada") == [
        "Wrote the parser",
        "Fixed the build",
        "Lunch with Ada",
    ]


@pytest.mark.parametrize("reply", [WRAPPED_72, WRAPPED_76], ids=["72 columns", "76 columns"])
def test_a_hard_wrapped_paragraph_stays_one_entry(reply: str) -> None:
    assert texts(reply) == [" ".join(reply.split())]


def test_one_long_line_is_one_entry() -> None:
    assert texts("word " * 200) == [("word " * 200).strip()]


def test_blank_lines_part_paragraphs() -> None:
    assert texts(WRAPPED_72 + "\nSecond thing") == [" ".join(WRAPPED_72.split()), "Second thing"]


def test_a_wrapped_bullet_goes_on_under_its_hanging_indent() -> None:
    assert texts("- wrote the\n  parser\n- fixed it") == ["wrote the parser", "fixed it"]


def test_headings_set_the_kind_of_what_follows() -> None:
    reply = "Done:\n- parser\n\nDoing\n- tests\n\n**Blocked**\n- waiting for keys"

    assert [(entry.kind, entry.text) for entry in entries(reply)] == [
        ("done", "parser"),
        ("doing", "tests"),
        ("blocked", "waiting for keys"),
    ]


def test_done_alone_is_an_entry_and_no_heading() -> None:
    assert texts("Done") == ["Done"]


def test_a_leading_word_with_a_colon_sets_the_kind_of_its_line() -> None:
    assert [(entry.kind, entry.text) for entry in entries("Yesterday: parser\nToday: tests\nBlocked: nothing")] == [
        ("done", "parser"),
        ("doing", "tests"),
        ("blocked", "nothing"),
    ]


@pytest.mark.parametrize(
    ("line", "kind"),
    [("[x] parser", "done"), ("- [ ] parser", "doing"), ("✅ parser", "done"), ("❌ parser", "blocked")],
)
def test_check_marks_set_the_kind(line: str, kind: str) -> None:
    assert [(entry.kind, entry.text) for entry in entries(line)] == [(kind, "parser")]


def test_tags_and_mentions_are_found_but_addresses_and_colours_are_not() -> None:
    (entry,) = entries("Paired with @Ada on #Parser, mail bo@example.org, colour #123 &#x27;")

    assert (entry.tags, entry.mentions) == (("parser",), ("ada",))


def test_quoted_lines_are_context_and_no_entries() -> None:
    assert texts("> what did you do?\nwrote tests") == ["wrote tests"]


def test_numbered_answers_belong_to_their_questions() -> None:
    found = entries("1. parser\n2. tests\n3. nothing", questions=3)

    assert [(entry.question, entry.text) for entry in found] == [(1, "parser"), (2, "tests"), (3, "nothing")]


def test_answers_under_quoted_questions_belong_to_them() -> None:
    found = entries("> What did you do?\nparser\n> What is next?\ntests", questions=2)

    assert [(entry.question, entry.text) for entry in found] == [(1, "parser"), (2, "tests")]


def test_a_single_question_gives_no_numbers() -> None:
    assert [entry.question for entry in entries("1. parser\n2. tests")] == [None, None]


def test_an_emoji_is_an_answer_and_a_ruler_is_none() -> None:
    assert texts("👍\n-----\n") == ["👍"]
