"""Which entry an answer stands under, as several mail programs write it."""

from __future__ import annotations

import textwrap
from email.message import EmailMessage
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.inbound.parse import parse
from engine.inbound.parse.under import Quotable, Written, answered, context, selected, written

IMPORT = (
    "Moved the import to the new queue; the nightly run takes 40 minutes less, and a failed file no longer stops the "
    "others behind it."
)
REVIEW = "Reviewed the change to the billing page: https://code.example.org/changes/417"
INTERVIEW = "Interviewed two people; both come back next week."
TEXTS = (
    Quotable(1, IMPORT, "Bikram Thapa"), Quotable(2, REVIEW, "Bikram Thapa"), Quotable(3, INTERVIEW, "Carla Nunes"),
    Quotable(4, "ok", "Emi Sato"), Quotable(5, "Read mail.", "Emi Sato"), Quotable(6, "Read mail.", "Farid Haddad"),
    Quotable(7, "周三把导入迁移到新的队列，夜间运行时间缩短了四十分钟", "Jun Watanabe"),
)  # fmt: skip
INTRO = "On Thu, 5 Mar 2026 at 09:00, Rockets <checkin@sixpm.example.test> wrote:"


def read(text: str = "", html: str = "") -> Written:
    """A mail as the parser and then `written` read it."""
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["In-Reply-To"] = "Ada <ada@example.org>", "Re: Rockets", "<1.1.ab@example.test>"
    if text:
        mail.set_content(text)
    if html:
        (mail.add_alternative if text else mail.set_content)(html, subtype="html")
    parsed = parse(mail.as_bytes())
    return written(parsed.text, parsed.reply_text)


def found(said: Written) -> list[tuple[int | None, str]]:
    return [(answered(piece.quoted, TEXTS), piece.words) for piece in said.pieces]


def quoted(text: str, width: int = 72, mark: str = "> ") -> str:
    lines = (
        textwrap.wrap(line, width, break_on_hyphens=False, break_long_words=False) or [""] for line in text.split("\n")
    )
    return "\n".join(f"{mark}{line}".rstrip() for wrapped in lines for line in wrapped)


def test_gmails_plain_text_wraps_the_entry_and_names_its_link() -> None:
    link = "<c+sieobxbkqdfll3qb5uixmgina643qt4c5vuuyzi@reply.acme.example?subject=Re%3A%20Moved>"
    text = (
        f"{INTRO}\n\n{quoted(f'Bikram Thapa{chr(10)}   - {IMPORT} Comment{chr(10)}   {link}')}\n>\n\nThank you.\n\n"
        f"{quoted(f'   - {REVIEW} Comment{chr(10)}   {link}')}\n> You get this because you are in the team.\n"
    )

    assert found(read(text)) == [(1, "Thank you.")]


@pytest.mark.parametrize(
    "opens", ['<blockquote type="cite">', '<blockquote class="gmail_quote" style="margin:0 0 0 1ex">']
)
def test_an_answer_between_parts_of_the_quoted_html(opens: str) -> None:
    entry = '<li style="margin: 0 0 4px;">{} <a class="say" href="mailto:c+ab@x.example?subject=Re">Comment</a></li>'
    html = (
        f"<div>{escape(INTRO)}</div>{opens}<h3>Bikram Thapa</h3><ul>{entry.format(IMPORT)}</ul></blockquote>"
        f"<div><br></div><div>Thank you.</div><div>Really.</div><div><br></div>"
        f"{opens}<ul>{entry.format(REVIEW)}</ul></blockquote><div>Hm.</div>"
        f"{opens}<h3>Carla Nunes</h3><ul>{entry.format(INTERVIEW)}</ul><p>Pause this team’s mails</p></blockquote>"
    )

    assert [(ident, " ".join(words.split())) for ident, words in found(read(html=html))] == [
        (1, "Thank you. Really."), (2, "Hm."),
    ]  # fmt: skip


def test_words_above_and_below_a_whole_quotation_are_under_no_entry() -> None:
    whole = f"Bikram Thapa\n\n- {IMPORT}\n- {REVIEW}\n\nYou get this because you are in the team Rockets at Acme."

    assert found(read(f"What a week.\n\n{INTRO}\n{quoted(whole)}\n")) == [(None, "What a week.")]
    assert found(read(f"{INTRO}\n{quoted(whole)}\n\nWhat a week.\n")) == [(None, "What a week.")]


def test_a_name_below_the_entry_is_no_answer_to_the_entry() -> None:
    said = read(
        f"{INTRO}\n{quoted(f'- {IMPORT}{chr(10)}{chr(10)}Carla Nunes')}\n\nWelcome back.\n\n{quoted(INTERVIEW)}\n"
    )

    assert found(said) == [(None, "Welcome back.")]


def test_what_was_left_of_a_trimmed_entry_is_enough_and_a_word_is_not() -> None:
    assert answered(["- Moved the import to the new queue;"], TEXTS) == 1
    assert answered(["the nightly run takes 40 minutes less ..."], TEXTS) == 1
    assert answered(["- the"], TEXTS) is None
    assert answered(["ok"], TEXTS) == 4
    assert answered(["It was the look"], TEXTS) is None


def test_the_same_words_by_two_people_are_told_apart_by_the_name_above() -> None:
    assert answered(["Emi Sato", "- ok", "- Read mail."], TEXTS) == 5
    assert answered(["Emi Sato", "- Read mail.", "Farid Haddad", "- Read mail."], TEXTS) == 6
    assert answered(["- Read mail."], TEXTS) is None


def test_a_script_without_spaces_is_found_however_it_is_wrapped() -> None:
    assert answered(["- 周三把导入迁移到新的队列，夜间运行", "时间缩短了四十分钟"], TEXTS) == 7


def test_an_entry_that_was_marked_before_answering_is_what_is_meant() -> None:
    said = read(f"Thank you.\n\n{INTRO}\n{quoted(IMPORT)}\n")

    assert found(said) == [(None, "Thank you.")]
    assert selected(said.below, TEXTS) == 1
    assert selected([*said.below, INTERVIEW], TEXTS) is None


def test_the_end_of_an_unknown_quotation_is_kept_as_context() -> None:
    assert context(["a", "b", "c", "Comment", "d <mailto:x@example.org>"]) == "> b\n> c\n> d"


@given(
    st.lists(st.text(st.characters(categories=("L", "N", "P", "Zs"), max_codepoint=0x2FFF), min_size=30, max_size=300)
             .filter(lambda text: sum(c.isalnum() for c in text) > 25 and "@" not in text), min_size=1, max_size=6,
             unique_by=lambda text: "".join(c for c in text.casefold() if c.isalnum())),
    st.integers(0, 5), st.integers(20, 90), st.sampled_from(["> ", ">", ">> ", " > "]),
)  # fmt: skip
def test_the_entry_right_above_is_found_whatever_the_width_and_the_marks(
    entries: list[str], which: int, width: int, mark: str
) -> None:
    texts = [Quotable(n, " ".join(text.split())) for n, text in enumerate(entries)]
    which %= len(texts)
    lines = [f"- {one.text}" for one in texts[: which + 1]]

    said = written(f"{quoted(chr(10).join(lines), width, mark)}\n\nMy words.\n", "My words.")

    assert [piece.words for piece in said.pieces] == ["My words."]
    assert answered(said.pieces[0].quoted, texts) == which


@given(st.text(max_size=400), st.text(max_size=400))
def test_no_own_word_is_ever_lost_and_nothing_raises(text: str, reply: str) -> None:
    said = written(text, reply)

    own = "\n".join(line for line in reply.split("\n") if not line.lstrip(" \t").startswith((">", "|")))
    kept = "\n".join(piece.words for piece in said.pieces)
    assert set(own.split()) <= set(kept.split())
