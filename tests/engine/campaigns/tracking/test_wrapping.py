"""Links of a compiled mail: which are tracked, and what stands in their places."""

from __future__ import annotations

import pytest

from engine.campaigns.tracking import links
from engine.campaigns.tracking.wrapping import fault, targets, wrapped
from engine.outbound.tracked import HIDDEN, PIXEL

BASE = "https://acme.example"
HTML = """<html><body><p class="https://no.example">See <a class="x" href="https://a.example/?x=1&amp;y=2">A</a>,
<a href='http://b.example/b'>B</a>, <A HREF="https://a.example/?x=1&amp;y=2">A again</A>,
<a data-href="https://c.example" href="https://d.example/#e">D</a> and https://words.example in words.
<a href="mailto:ada@example.org">Mail</a> <a href="{{ shop }}">Shop</a> <a href="https://s.example/{{ id }}">S</a>
<a href="https://acme.example/leave/abc/1.2.3">Leave</a> <a href="https://acme.example/preferences/abc">Preferences</a>
<a href="javascript:alert(1)">J</a> <a href="//evil.example">E</a> <a href="#top">Top</a> <a name="top">Top</a>
<!-- <a href="https://comment.example">no</a> --><style>a[href="https://style.example"] {}</style>
<img src="https://a.example/logo.png"></p></body></html>"""
TEXT = """A (https://a.example/?x=1&y=2), B: http://b.example/b. More: https://t.example/wiki/Tea_(drink)!
Leave: https://acme.example/leave/abc/1.2.3
Mine: https://s.example/{{ id }}
"""


def slot(n: int) -> str:
    return f"[{n}]"


def test_fixed_addresses_of_the_web_are_tracked_and_nothing_else() -> None:
    found = targets(HTML, TEXT, BASE)

    assert found == [
        "https://a.example/?x=1&y=2", "http://b.example/b", "https://d.example/#e", "https://t.example/wiki/Tea_(drink)"
    ]  # fmt: skip


def test_a_link_has_one_place_in_html_and_text_and_the_rest_of_the_mail_stays_as_it_was() -> None:
    ids = {url: n for n, url in enumerate(targets(HTML, TEXT, BASE), start=11)}

    made = wrapped(HTML, TEXT, ids, slot, opens=True)

    assert made.places == (11, 12, 13, 14, HIDDEN, PIXEL)
    assert made.html.count('href="[0]"') + made.html.count('HREF="[0]"') == 2
    assert '<a data-href="https://c.example" href="[2]">D</a>' in made.html
    assert made.html.endswith('<img src="[5]" width="1" height="1" alt="" border="0"></body></html>')
    assert made.text.startswith("A ([0]), B: [1]. More: [3]!\n")
    back = made.html.replace('"[0]"', '"https://a.example/?x=1&amp;y=2"').replace('"[1]"', "'http://b.example/b'")
    back = back.replace('"[2]"', '"https://d.example/#e"')
    added = back[back.index('<div style="display:none') : back.index("</body>")]
    assert back.replace(added, "") == HTML


def test_what_is_off_leaves_the_mail_alone() -> None:
    made = wrapped(HTML, TEXT, {"http://b.example/b": 1}, slot, links=False)

    assert (made.html, made.text, made.places) == (HTML, TEXT, ())


def test_pictures_can_be_had_without_links() -> None:
    made = wrapped(HTML, TEXT, {"http://b.example/b": 1}, slot, links=False, opens=True)

    assert made.places == (PIXEL,)
    assert made.text == TEXT
    assert "[0]" in made.html


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "//evil.example", "/path", "data:text/html,x", "ftp://a.example", "https://", "http:///x",
     "https://a.example\\@b.example", "https://a.example/\r\nSet-Cookie: x", "https://[::1", "https://a.example:port/",
     "https://a.example/ x", "https://a.example/" + "x" * 2000, "HTTPS:a.example", " https://a.example", ""],
)  # fmt: skip
def test_an_address_that_no_link_may_lead_to_is_refused_with_words(url: str) -> None:
    assert fault(url)


@pytest.mark.parametrize(
    "url",
    ["https://a.example", "HTTP://A.example:8080/ä?q=%20#x", "https://[2001:db8::1]/", "https://münchen.example/"],
)
def test_other_addresses_of_the_web_are_good(url: str) -> None:
    assert fault(url) is None
    assert links.targets(f'<a href="{url}">x</a>', "") == [url]
