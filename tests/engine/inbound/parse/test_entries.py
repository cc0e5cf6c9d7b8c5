"""Entries of a reply: what parts them and what must not."""

from __future__ import annotations

import random
import re

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


@pytest.mark.parametrize(
    ("done", "doing", "blocked"),
    [
        ("Done:", "Next:", "Blockers:"),
        ("## Yesterday", "## Today", "## Blockers"),
        ("Erledigt", "In Arbeit", "Blockiert"),
        ("**Fait**", "**En cours**", "**Bloqué**"),
        ("✅ Hecho", "🚧 Pendiente", "🛑 Bloqueos"),
        ("Fatto:", "Da fare:", "Ostacoli:"),
        ("Feito:", "A fazer:", "Bloqueios:"),
        ("Gedaan:", "Te doen:", "Geblokkeerd:"),
        ("Klart:", "Pågår:", "Hinder:"),
        ("Zrobione:", "W trakcie:", "Blokery:"),
        ("Сделал:", "Делаю:", "Блокеры:"),
        ("昨日：", "今日：", "課題："),
        ("昨天:", "今天:", "阻塞:"),
        ("어제:", "오늘:", "이슈:"),
    ],
)
def test_headings_are_known_in_many_languages(done: str, doing: str, blocked: str) -> None:
    found = entries(f"{done}\n- a\n- b\n\n{doing}\n- c\n\n{blocked}\n- d\n")

    assert [(entry.kind, entry.text) for entry in found] == [
        ("done", "a"),
        ("done", "b"),
        ("doing", "c"),
        ("blocked", "d"),
    ]


@pytest.mark.parametrize(
    ("reply", "kinds"),
    [
        ("[done] a\n[wip] b\n[blocked] c", ["done", "doing", "blocked"]),
        ("DONE - a\nWIP - b\nBLOCKED - c", ["done", "doing", "blocked"]),
        ("(x) a\n( ) b\n(!) c", ["done", "doing", "blocked"]),
        (":white_check_mark: a\n:construction: b\n:no_entry: c", ["done", "doing", "blocked"]),
        ("昨日：a\n今日：b\n阻塞：c", ["done", "doing", "blocked"]),
    ],
)
def test_a_word_or_mark_in_front_sets_the_kind_of_its_line(reply: str, kinds: list[str]) -> None:
    found = entries(reply)

    assert [entry.kind for entry in found] == kinds
    assert [entry.text for entry in found] == ["a", "b", "c"]


@pytest.mark.parametrize("mark", ["-", "–", "*", "•", "・", "--"])
def test_bullets_without_a_blank_are_bullets_where_there_are_several(mark: str) -> None:
    assert texts(f"{mark}wrote the parser\n{mark}read mail") == ["wrote the parser", "read mail"]


@pytest.mark.parametrize("reply", ["-5 degrees outside", "*really*", "3. was the charm", "#done", "Blockers:", "Next:"])
def test_what_only_looks_like_a_mark_keeps_its_words(reply: str) -> None:
    assert texts(reply) == [reply]


def test_points_on_one_line_are_entries_of_their_own() -> None:
    assert texts("• parser • tests • docs") == ["parser", "tests", "docs"]


def test_a_greeting_goes_in_front_of_the_first_entry() -> None:
    assert texts("Hi all,\n\n- parser\n- tests") == ["Hi all, parser", "tests"]
    assert texts("Hello!") == ["Hello!"]


@pytest.mark.parametrize(
    "reply",
    [
        "1: parser\n2: tests\n3: nothing",
        "1 - parser\n2 - tests\n3 - nothing",
        "a) parser\nb) tests\nc) nothing",
        "A1. parser\nA2. tests\nA3. nothing",
        "parser\n\ntests\n\nnothing",
        "Did:\nparser\nWill do:\ntests\nBlockers:\nnothing",
        "What did you do?\nparser\nWhat is next?\ntests\nBlocked?\nnothing",
        "What did you do? parser\nWhat is next? tests\nBlocked? nothing",
        "> What did you do?\n\nparser\n\n> What is next?\n\ntests\n\n> Blocked?\n\nnothing",
        "On Tue, 3 Mar 2026 Ada wrote:\n> 1. Did?\nparser\n> 2. Next?\ntests\n> 3. Blocked?\nnothing",
        "> 1. Did?\n> 2. Next?\n> 3. Blocked?\n\nparser\n\ntests\n\nnothing",
    ],
)
def test_each_answer_finds_its_question(reply: str) -> None:
    found = entries(reply, questions=3)

    assert [(entry.question, entry.text) for entry in found] == [(1, "parser"), (2, "tests"), (3, "nothing")]


def test_another_number_of_paragraphs_tells_no_question() -> None:
    found = entries("parser\n\ntests", questions=3)

    assert [entry.question for entry in found] == [None, None]


def test_the_intro_above_a_quoted_question_is_no_entry() -> None:
    assert texts("On Tue, 3 Mar 2026 Ada wrote:\n> What?\nparser") == ["parser"]


PIECES = ["parser", "Done:", "- a", "-b", "1. c", "[x] d", "Hi all,", "", "Next", "What now?", "#tag", "* e", "---",
          "Blocked: f", "  g", "word " * 20, "• h • i", "2) j", "✅ k", "Thanks"]  # fmt: skip


def test_no_word_of_a_reply_vanishes() -> None:
    """Each own word stands in an entry or has become the kind or question of one."""
    draw = random.Random(6)
    for _ in range(400):
        lines = draw.choices(PIECES, k=draw.randint(1, 8))
        reply = "\n".join(lines)

        found = " ".join(entry.text for entry in entries(reply, draw.choice((1, 2, 3))))

        for word in re.findall(r"\w+", reply):
            if word not in {"Done", "Next", "Blocked", "What", "now", "x"} and not word.isdigit():
                assert word in found, (word, reply)
