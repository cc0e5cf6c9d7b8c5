"""Letters that come with their words: one header set whatever they say, their parts, and their files."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.outbound.drafts import Enclosure, LetterDraft
from engine.outbound.render import Press
from tests.engine.outbound.mails import NOW, ROW, SIGN, assert_lines, bodies, headers, parsed

OUT = "https://acme.example/u/abcdef"
PLAIN = LetterDraft("News", "<p>Hallo Ä</p>\n", "Hallo Ä\n", "Bikram", 7, (), OUT, "campaign-3", "Spring")
PNG = Enclosure("Logo ä.png", "image/png", b"\x89PNG" + bytes(range(256)), "logo")
PDF = Enclosure('plan".pdf', "application/pdf", b"%PDF-" + b"x" * 5000)
HOSTILE = st.text(st.sampled_from('ab \r\n\0\t\x0b\x0c\x1b\x85\u2028:;,<>=?_@."\\é漢🙂'), max_size=60)


def mailed(draft: LetterDraft, press: Press | None = None) -> bytes:
    return (press or Press()).mail(draft, ROW, 1, 4, SIGN, NOW).content


def test_a_letter_has_its_words_in_both_parts_and_says_how_to_leave() -> None:
    mail = parsed(mailed(PLAIN))

    assert mail["Subject"] == "News"
    assert mail["To"] == "Bikram <bikram@example.org>"
    assert mail["List-Unsubscribe"] == f"<{OUT}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == '"Spring" <campaign-3.reply.acme.example>'
    assert bodies(mail) == ["Hallo Ä\n", "<p>Hallo Ä</p>\n"]
    assert mail.get_content_type() == "multipart/alternative"
    assert not mail.defects


def test_without_a_link_to_leave_it_has_no_such_header() -> None:
    mail = parsed(mailed(replace(PLAIN, unsubscribe="")))

    assert "List-Unsubscribe" not in mail
    assert "List-Unsubscribe-Post" not in mail


@settings(max_examples=200, deadline=None)
@given(pieces=st.lists(st.one_of(HOSTILE, HOSTILE.map(lambda text: f"{text}.{text}x\n" * 9)), max_size=6))
def test_html_in_pieces_is_the_same_mail_as_html_in_one(pieces: list[str]) -> None:
    pieces = [piece.replace("\r", "") for piece in pieces]  # a line end in two pieces would be two
    whole = mailed(replace(PLAIN, html="".join(pieces)))

    content = mailed(replace(PLAIN, html=pieces))

    said = [bodies(parsed(mail))[1] for mail in (content, whole)]
    assert said[0].rstrip() == said[1].rstrip()
    assert_lines(content)


@settings(max_examples=200, deadline=None)
@given(subject=HOSTILE, name=HOSTILE, text=HOSTILE, html=HOSTILE)
def test_no_words_add_a_header_or_a_part(subject: str, name: str, text: str, html: str) -> None:
    plain = parsed(mailed(PLAIN))

    content = mailed(replace(PLAIN, subject=subject, to_name=name, text=text, html=html))

    mail = parsed(content)
    assert [key for key, _ in headers(mail)] == [key for key, _ in headers(plain)]
    assert [part.get_content_type() for part in mail.walk()] == [part.get_content_type() for part in plain.walk()]
    assert_lines(content)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "https://a.example/ b", "https://a.example/>\r\nBcc: x", "/u/x"]
)
def test_what_is_no_link_is_none_to_leave_by(link: str) -> None:
    with pytest.raises(ValueError, match="no link to unsubscribe"):
        mailed(replace(PLAIN, unsubscribe=link))


@pytest.mark.parametrize(
    ("files", "types"),
    [
        ((PNG,), ["multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png"]),
        ((PDF,), ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"]),
        (
            (PNG, PDF),
            ["multipart/mixed", "multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png",
             "application/pdf"],
        ),
    ],
)  # fmt: skip
def test_files_are_shown_inside_or_attached(files: tuple[Enclosure, ...], types: list[str]) -> None:
    content = mailed(replace(PLAIN, files=files))

    mail = parsed(content)
    found = [part for part in mail.walk() if not part.is_multipart() and part.get_content_maintype() != "text"]
    assert [part.get_content_type() for part in mail.walk()] == types
    assert [(part.get_filename(), part.get_content()) for part in found] == [(f.name, f.data) for f in files]
    assert [part["Content-ID"] for part in found] == [f"<{f.cid}>" if f.cid else None for f in files]
    assert not [part.defects for part in mail.walk() if part.defects]
    assert_lines(content)


@pytest.mark.parametrize("file", [replace(PNG, type="image/png\r\nX: y"), replace(PNG, cid="a>\r\nX: y")])
def test_a_file_whose_headers_cannot_be_is_refused(file: Enclosure) -> None:
    with pytest.raises(ValueError, match="cannot go with a mail"):
        mailed(replace(PLAIN, files=(file,)))


def test_letters_that_share_their_files_are_compiled_once() -> None:
    press, files = Press(), (PDF,)
    first = mailed(replace(PLAIN, files=files), press)
    kept = len(press._letters)

    second = mailed(replace(PLAIN, files=files, subject="Other", text="x", html="y"), press)

    assert len(press._letters) == kept == 1
    assert len(first) > len(second) > 5000


def test_a_letter_can_answer_and_take_answers() -> None:
    draft = replace(PLAIN, reply_until=NOW.date(), after=((1, 2),))

    mail = parsed(mailed(draft))

    assert mail["Reply-To"].addresses[0].username.startswith("r+")
    assert mail["In-Reply-To"] == mail["References"]
