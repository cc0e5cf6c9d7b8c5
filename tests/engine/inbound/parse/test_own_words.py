"""What people write about mails, phones, names and dates is theirs: nothing of it may be cut."""

from __future__ import annotations

import pytest

from engine.inbound.parse import entries
from tests.engine.inbound.parse.mails.languages import LANGUAGES
from tests.engine.inbound.parse.mails.traps import TRAPS
from tests.engine.inbound.parse.test_clients import marked, reply, words

QUOTATION = f"{LANGUAGES[0].intros[0]}\n{marked('What did you do?')}"


@pytest.mark.parametrize("trap", TRAPS)
def test_own_words_stay_with_and_without_a_quotation_below(trap: str) -> None:
    text = trap.replace("\\n", "\n")

    assert reply(text + "\n") == words(text)
    assert reply(f"{text}\n\n{QUOTATION}\n") == words(text)


@pytest.mark.parametrize("trap", TRAPS)
def test_own_words_make_at_least_one_entry(trap: str) -> None:
    assert entries(trap.replace("\\n", "\n"))


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            '<div>Plan:</div><blockquote style="border:none;padding:0">ship it</blockquote><p>soon</p>',
            "Plan: ship it soon",
        ),
        ('<div style="border-top:solid #ccc 1.0pt">own box</div><p>more</p>', "own box more"),
        ("<h2>Done</h2><ul><li>a<ul><li>b</li></ul></li></ul><h2>Next</h2><p>c</p>", "Done - a - b Next c"),
        ("<table><tr><td>login</td><td>done</td></tr></table><p>all</p>", "login done all"),
        ("<pre>x = 1\n  y = 2</pre><p>ok</p>", "x = 1 y = 2 ok"),
        ("<div>From: London<br>To: Paris</div>", "From: London To: Paris"),
        ("<details><summary>More</summary>inner</details>", "More inner"),
        ("<div>a &gt; b</div><div>c &lt; d</div>", "a > b c < d"),
    ],
)
def test_own_markup_stays(markup: str, text: str) -> None:
    quotation = f'<div class="gmail_quote"><div>{LANGUAGES[0].intros[2]}</div><blockquote>Q</blockquote></div>'

    assert reply(markup, "html") == text
    assert reply(markup + quotation, "html") == text
