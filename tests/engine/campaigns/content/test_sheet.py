"""What somebody wrote, as a mail: markup made once, clean, in the theme; values that can add nothing to it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.campaigns.content.language.faults import Refused
from engine.campaigns.content.language.known import Known
from engine.campaigns.content.language.rendering import Unfilled
from engine.campaigns.content.sheet import Sheet, Theme, Written, sheet

KNOWN = Known.of({"city": "text", "age": "number", "vip": "bool"})
THEME = Theme("Acme & Co {{ name }}")
ADA: Mapping[str, Any] = {
    "name": "Ada Lovelace",
    "first_name": "Ada",
    "tags": ["blue", "green"],
    "attributes": {"city": "São Paulo", "age": 36, "vip": True},
    "links": {"unsubscribe": "https://six.example/u/abc?a=1&b=2"},
}
HOSTILE = st.text(st.sampled_from("ab <>\"'&=/:;#?%@[]()!*_`{}|\\\r\n\t\0\x1b\u2028é漢🙂"), min_size=1, max_size=40)
WEB = "{http://www.w3.org/1999/xhtml}"


def made(body: str, form: str = "markdown", subject: str = "Hello", **more: str) -> Sheet:
    return sheet(Written(subject, body, format=form, **more), THEME, KNOWN)


def parts(body: str, form: str = "markdown", person: Mapping[str, Any] = ADA, **more: str) -> tuple[str, str, str]:
    return filled(made(body, form, **more), person)


def filled(one: Sheet, person: Mapping[str, Any]) -> tuple[str, str, str]:
    subject, html, text = one.fill(person)
    return subject, "".join(html), text


def letter_of(html: str) -> str:
    """The tenant's own part of a mail, without the styles that the theme put into it."""
    inside = html[html.index('<div class="letter"') : html.rindex('<table class="foot"')]
    return re.sub(r' style="[^"]*"', "", inside)


def shape(html: str) -> list[tuple[str, list[str]]]:
    """Elements and attributes as a browser sees them."""
    tree = html5lib.parse(html)
    return [(str(e.tag).removeprefix(WEB), sorted(e.attrib)) for e in tree.iter() if isinstance(e.tag, str)]


# ---- what each format gives


def test_markdown_is_made_into_the_elements_of_a_mail() -> None:
    _, html, _ = parts("# Hi {{ first_name }}\n\n- **one**\n- [two](https://a.example/x)\n\n| a |\n|---|\n| ~~b~~ |\n")

    inside = letter_of(html)

    assert "<h1>Hi Ada</h1>" in inside
    assert '<li><a href="https://a.example/x">two</a></li>' in inside
    assert "<td><s>b</s></td>" in inside


def test_a_loop_over_lines_of_markdown_makes_an_item_for_each() -> None:
    _, html, text = parts("Yours:\n\n{% for tag in tags %}\n- {{ tag }}\n{% endfor %}\n\nBye")

    assert re.findall(r"<li>(\w+)</li>", letter_of(html)) == ["blue", "green"]
    assert "- blue" in text.splitlines()
    assert "- green" in text.splitlines()


@pytest.mark.parametrize(("vip", "shown"), [(True, ["for you", "only"]), (False, [])])
def test_paragraphs_between_an_if_and_its_end_come_or_go_together(vip: bool, shown: list[str]) -> None:
    person = {**ADA, "attributes": {"vip": vip}}

    _, html, text = parts("a\n\n{% if attributes.vip %}\n\nfor you\n\nonly\n\n{% endif %}\n\nb", person=person)

    assert re.findall(r"<p>(.*?)</p>", letter_of(html)) == ["a", *shown, "b"]
    assert text.split("\n\n--")[0].split("\n\n") == ["a", *shown, "b"]


def test_rows_of_a_table_can_be_repeated() -> None:
    _, html, _ = parts("<table>{% for tag in tags %}<tr><td>{{ tag }}</td></tr>{% endfor %}</table>", "html")

    assert "<tbody><tr><td>blue</td></tr><tr><td>green</td></tr></tbody>" in letter_of(html)


def test_mjml_is_made_with_its_columns() -> None:
    body = (
        "<mjml><mj-body>{% if attributes.vip %}<mj-section><mj-column><mj-text>Hi {{ first_name }}</mj-text>"
        '<mj-button href="https://a.example/{{ attributes.city }}">Go</mj-button></mj-column>'
        "<mj-column><mj-text>b</mj-text></mj-column></mj-section>{% endif %}</mj-body></mjml>"
    )

    _, html, text = parts(body, "mjml")

    assert ".mj-column-per-50 { width: 50% !important" in html
    assert "Hi Ada" in letter_of(html)
    assert 'href="https://a.example/S%C3%A3o%20Paulo"' in html
    assert "Go <https://a.example/S%C3%A3o%20Paulo>" in text


@pytest.mark.parametrize(
    ("body", "place", "words"),
    [
        ("<mjml>\n<mj-body><mj-foo/></mj-body></mjml>", (2, 10), "“mj-foo” is no element"),
        ('<mjml>\n <mj-include path="/etc/passwd"/></mjml>', (2, 2), "Nothing can be included"),
        ("<mjml><mj-head><mj-style>a{}</mj-style></mj-head></mjml>", (1, 16), "Style sheets are not taken over"),
        ("<p>Hello</p>", (1, 1), "This is no MJML"),
        ("<mjml><mj-body><mj-section></mj-body></mjml>", (1, 1), "This is no MJML"),
    ],
)
def test_mjml_that_cannot_be_made_is_refused(body: str, place: tuple[int, int], words: str) -> None:
    with pytest.raises(Refused) as refused:
        made(body, "mjml")

    fault = refused.value.faults[0]
    assert (fault.line, fault.column) == place
    assert words in fault.words


@pytest.mark.parametrize(
    ("body", "form", "column"),
    [
        ("<div>" * 30_000 + "x", "html", 501),
        ("<p><b>" * 14_000 + "x" + "</b></p>" * 14_000, "html", 604),
        ("<ul><li>" * 20_000 + "x", "markdown", 801),
        ("**" * 9_000 + "a" + "**" * 9_000, "markdown", 1),
        ("<mjml><mj-body>" + "<mj-wrapper>" * 5000 + "x" + "</mj-wrapper>" * 5000 + "</mj-body></mjml>", "mjml", 1192),
        ("<mjml><mj-body><mj-text>" + "<p>" * 20_000 + "</p>" * 20_000 + "</mj-text></mj-body></mjml>", "mjml", 316),
    ],
    ids=range(6),
)
def test_elements_too_deep_in_each_other_are_refused_and_end_no_process(body: str, form: str, column: int) -> None:
    with pytest.raises(Refused) as refused:
        made(body, form)

    fault = refused.value.faults[0]
    assert "at most 100 deep" in fault.words
    assert (fault.line, fault.column) == (1, column)


@pytest.mark.parametrize("form", ["html", "mjml"])
def test_elements_beside_each_other_are_as_many_as_one_likes(form: str) -> None:
    inside = "<p>a<br>b</p>" * 300 + "<b>c</b>" * 300
    body = {"html": "<p>x<ul>" + "<li>y" * 300 + f"</ul>{inside}", "mjml": (
        "<mjml><mj-body><mj-section><mj-column>" + '<mj-image src="https://a.example/x.png" />' * 120
        + f"<mj-text>{inside}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )}  # fmt: skip

    assert letter_of(parts(body[form], form)[1]).count("<b>c</b>") == 300


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ("<!-- href=" + " " * 100_000 + '"{{ name }} -->x', "html"),
        ("<!-- " + "href=" * 20_000 + '" {{ name }} -->x', "html"),
        ("<!-- " + "](" * 40_000 + " {{ name }} -->x", "html"),
        ("mailto:" * 20_000 + " {{ name }}", "html"),
        ("<pre>" + " " * 100_000 + "x \n y</pre>", "html"),
        ("```\n" + " " * 100_000 + "x \ny\n```\n", "markdown"),
        ("https://a.example/" + ")" * 150_000, "html"),
        ("<mjml><mj-body><mj-text>x <" + " " * 100_000 + "x</mj-text></mj-body></mjml>", "mjml"),
    ],
    ids=range(8),
)
def test_no_text_takes_the_patterns_that_look_into_it_long(body: str, form: str) -> None:
    began = time.monotonic()

    try:
        filled(made(body, form), ADA)
    except Refused:
        pass

    assert time.monotonic() - began < 2


# ---- clean


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>x",
        '<img src=x onerror="alert(1)">x',
        "<svg><style><img src=x onerror=alert(1)></style></svg>x",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">x",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="JaVaScRiPt&#58;alert(1)">x</a>',
        '<a href="//evil.example">x</a>',
        '<form action="https://evil.example"><input name=a><button>x</button></form>',
        '<iframe src="https://evil.example"></iframe>x',
        '<base href="https://evil.example/"><meta http-equiv="refresh" content="0">x',
        '<p style="background:url(https://evil.example/a);position:fixed;behavior:url(x)">x</p>',
        "<style>body{display:none}</style><link rel=stylesheet href=https://evil.example/a.css>x",
        "<!--[if mso]><p>hidden</p><![endif]-->x",
        '<img src="data:image/png;base64,AAAA">x',
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["html", "markdown"])
def test_what_is_no_words_of_a_mail_is_taken_out(body: str, form: str) -> None:
    _, html, text = parts(body, form)

    inside = letter_of(html)
    assert not re.search(r"<(?:script|svg|style|math|form|input|iframe|base|meta|link|!--)", inside)
    assert not re.search(r"""<[^>]*(?:onerror|javascript|evil\.example|data:|url\()""", inside)
    assert "x" in text


def test_braces_that_the_parser_makes_of_references_are_only_text() -> None:
    _, html, _ = parts("&#123;&#123; name &#125;&#125; &lbrace;&lbrace; 7*7 }}", "html")

    assert "{{ name }} {{ 7*7 }}" in letter_of(html)


# ---- values


@settings(max_examples=150, deadline=None)
@given(value=HOSTILE)
def test_no_value_changes_the_shape_of_a_mail_or_an_address_in_it(value: str) -> None:
    plain, hostile = (
        filled(_SHAPED, {**ADA, "first_name": name, "attributes": {"city": name}}) for name in ("Q", value)
    )

    assert shape(hostile[1]) == shape(plain[1])
    links = [e.attrib["href"] for e in html5lib.parse(hostile[1]).iter(f"{WEB}a")]
    assert all(re.fullmatch(r"https://(?:a|six)\.example/[!-~]*", link) for link in links)
    assert len(hostile[0].splitlines()) == 1


_SHAPED = made(
    '# {{ first_name }}\n\n**{{ first_name }}** [x](https://a.example/?q={{ first_name }}) `{{ first_name }}`\n\n'
    '![{{ first_name }}](https://a.example/{{ first_name }}.png "{{ first_name }}")\n\n| {{ first_name }} |\n|---|\n'
    "{{ first_name }}: {{ attributes.city }}\n",
    subject="Hi {{ first_name }}!", preheader="For {{ first_name }}",
)  # fmt: skip


def test_a_value_in_an_address_is_one_piece_of_it() -> None:
    person = {**ADA, "attributes": {"city": "a/b?c=d&e #f"}}

    _, html, text = parts("[x](https://a.example/{{ attributes.city }}/y?z={{ attributes.city }})", person=person)

    piece = "a%2Fb%3Fc%3Dd%26e%20%23f"
    assert f'href="https://a.example/{piece}/y?z={piece}"' in html
    assert f"x <https://a.example/{piece}/y?z={piece}>" in text


@pytest.mark.parametrize(
    ("body", "form", "column"),
    [
        ('<a href="{{ name }}">x</a>', "html", 10),
        ('<a href="https://{{ name }}/">x</a>', "html", 18),
        ('<a href="https://a.example{{ name }}">x</a>', "html", 27),
        ('<a href="https://a@{{ name }}/">x</a>', "html", 20),
        ('<a href="javascript:{{ name }}">x</a>', "html", 21),
        ("[x]({{ name }})", "markdown", 5),
        ("[x](https://{{ name }}/)", "markdown", 13),
        ('<p style="color:{{ name }}">x</p>', "html", 17),
        ("<p class={{ name }}>x</p>", "html", 10),
        ("<p {{ name }}>x</p>", "html", 4),
        ("<{{ name }}>x", "html", 2),
        ("<!-- {{ name }} -->x", "html", 6),
        ("<script>{{ name }}</script>x", "html", 9),
        ("<style>{{ name }}</style>x", "html", 8),
        ("<textarea>{{ name }}</textarea>x", "html", 11),
        ("<p>{% if name %}</p><p>x{% endif %}</p>", "html", 25),
        ("a {% if name %}b\n\nc {% endif %}", "markdown", 3),
        ("<b {% if name %}title=x{% endif %}>x</b>", "html", 4),
        ("<a href='https://a.example/{% if name %}a{% endif %}'>x</a>", "html", 28),
    ],
)
def test_a_tag_where_a_value_could_shape_the_mail_is_refused_at_its_place(body: str, form: str, column: int) -> None:
    with pytest.raises(Refused) as refused:
        made(body, form)

    assert refused.value.faults[0].column == column
    assert refused.value.faults[0].part == "body"


def test_our_own_links_may_be_whole_addresses() -> None:
    _, html, text = parts("[Leave]({{ links.unsubscribe }})")

    assert '<a href="https://six.example/u/abc?a=1&amp;b=2">Leave</a>' in letter_of(html)
    assert "Leave <https://six.example/u/abc?a=1&b=2>" in text


def test_a_link_of_ours_that_is_no_address_is_a_fault_of_its_person() -> None:
    with pytest.raises(Unfilled, match="no address"):
        parts("[Leave]({{ links.unsubscribe }})", person={"links": {"unsubscribe": "javascript:alert(1)"}})


# ---- theme, subject and text


def test_the_theme_says_who_sent_it_and_how_to_leave_and_nothing_of_it_is_a_template() -> None:
    _, html, text = parts("Hello")

    assert "Acme &amp; Co {{ name }} sent you this mail." in html
    assert "Acme & Co {{ name }} sent you this mail." in text
    assert '<a href="https://six.example/u/abc?a=1&amp;b=2" style=' in html
    assert "Unsubscribe: https://six.example/u/abc?a=1&b=2" in text


def test_without_a_link_to_leave_none_is_promised() -> None:
    _, html, text = parts("Hello", person={})

    assert "Unsubscribe" not in html + text


def test_a_language_is_said_in_the_mail() -> None:
    _, html, _ = parts("Hallo", language="de")

    assert '<html lang="de"' in html


@pytest.mark.parametrize(
    ("subject", "words"), [("", "Write one"), ("a\nb", "one line"), ("x" * 201, "one line"), ("{{ x }}", "not known")]
)
def test_a_subject_that_cannot_be_is_refused(subject: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        made("x", subject=subject)

    assert refused.value.faults[0].part == "subject"
    assert words in refused.value.faults[0].words


def test_a_subject_that_is_empty_for_somebody_is_their_fault() -> None:
    with pytest.raises(Unfilled, match="the subject would be empty"):
        parts("x", subject="{% if attributes.vip %} {% endif %}")


def test_the_fault_says_in_which_part_a_value_is_missing() -> None:
    with pytest.raises(Unfilled, match=r"^attributes\.city is missing \(the subject\)$"):
        parts("x", subject="{{ attributes.city }}", person={})


def test_the_text_part_says_what_the_html_says() -> None:
    _, _, text = parts(
        "# Title\n\nOne *two*\nthree.\n\n1. a\n2. b\n   - c\n\n> said\n\n---\n\n"
        "![Alt](cid:x) <https://a.example/>\n\n```\na\n  b\n```"
    )

    assert text.split("\n--\n")[0] == (
        "Title\n\nOne two three.\n\n1. a\n2. b\n  - c\n\n> said\n\n--------------------\n\n"
        "Alt https://a.example/\n\na\n  b\n"
    )
