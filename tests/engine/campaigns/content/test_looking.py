"""What is to be mended before a mail leaves is named, with its line."""

from __future__ import annotations

import time

import pytest

from engine.campaigns.content import making
from engine.campaigns.content.files import File
from engine.campaigns.content.looking import Finding, looked
from engine.campaigns.content.sheet import Theme, Written
from engine.campaigns.content.version import Version

LOGO = File(1, "logo.png", "image/png", "logo", 1000)


def found(
    body: str, form: str = "markdown", files: tuple[File, ...] = (LOGO,), leaves: bool = True, subject: str = "News"
) -> list[Finding]:
    made = making.compiled(Version(1, 1, 1, {"": Written(subject, body, format=form)}), Theme("Acme"))
    return looked(made, made.letter({}), "de", files, leaves)


@pytest.mark.parametrize(
    "body",
    [
        "Hello [there](https://a.example/x), [write](mailto:a@a.example) or [leave]({{ links.unsubscribe or 'x' }}).",
        "![A logo](cid:logo) Hello",
        "[![A logo](cid:logo)](https://a.example/x) Hello",
        '<a title="a > b" href="https://a.example">x</a>',
        "Hello <https://a.example/?q={{ name or 'x' }}>",
        '<a href="https://a.example">x</a>',
    ],
)
def test_a_good_mail_has_nothing_to_mend(body: str) -> None:
    body = body.replace(" or [leave]({{ links.unsubscribe or 'x' }})", "")

    assert found(body) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Hello\n\n[x]()", "no address"),
        ("Hello\n\n[x](#)", "no address"),
        ("Hello\n\n[x](/prices)", "leads nowhere"),
        ("Hello\n\n[x](prices.html)", "leads nowhere"),
        ("Hello\n\n[x](//a.example/x)", "leads nowhere"),
        ("Hello\n\n[x](javascript:alert)", "“javascript:” is taken out"),
        ("Hello\n\n[x](ftp://a.example)", "“ftp:” is taken out"),
        ("Hello\n\n[x](https://prices)", "has no host"),
        ("Hello\n\n<a href='data:text/html,x'>x</a>", "“data:” is taken out"),
        ("Hello\n\n<a name=x>x</a>", "no address"),
        ("Hello\n\n[![A logo](cid:logo)]()", "no address"),
        ('Hello\n\n<a class=x href="">x</a>', "no address"),
    ],
)
def test_a_link_that_leads_nowhere_is_named_with_its_line(body: str, words: str) -> None:
    first = found(body)[0]

    assert words in first.words
    assert (first.must, first.line) == (True, 3)


@pytest.mark.parametrize(
    ("body", "words", "must"),
    [
        ("![](cid:logo) Hello", "has no alt text", False),
        ("![Logo](cid:other) Hello", "no image “other”", True),
        ("![Logo](logo.png) Hello", "no address that a mail can have", True),
        ("![Logo](data:image/png;base64,AA) Hello", "", True),
        ("<img src='cid:logo'>", "The text part says nothing", True),
        ("x" * 90_000, "of the 102 KB", False),
        ("x" * 110_000, "Gmail cuts a mail off", True),
    ],
)
def test_images_text_and_weight_are_looked_at(body: str, words: str, must: bool) -> None:
    first = next(one for one in found(body, "html" if body.startswith("<") else "markdown") if words in one.words)

    assert first.must is must


@pytest.mark.parametrize("source", ["<a " * 20_000, "<a" + " href" * 20_000, "[" * 60_000, "[![a](b)" * 20_000])
def test_links_are_looked_for_in_no_time_whatever_stands_there(source: str) -> None:
    began = time.monotonic()

    found(f"`{source}` Hello")

    assert time.monotonic() - began < 2


def test_a_mail_that_one_cannot_leave_is_named() -> None:
    assert [one.must for one in found("Hello", leaves=False)] == [True]


def test_a_long_subject_and_heavy_files_are_named() -> None:
    words = " ".join(
        one.words for one in found("Hello", files=(File(1, "a", "image/png", "a", 6 * 1024**2),), subject="x" * 90)
    )

    assert "The subject has 90 characters" in words
    assert "Its files have 6 MB" in words
