"""The links of one recipient of a campaign: each names what it should, and reads back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.campaigns.tracking import choice, links
from engine.campaigns.tracking.choice import Choice
from engine.campaigns.tracking.ways import Ways, slot
from engine.errors import TokenError
from engine.outbound.templates import environment
from engine.tokens import Keys, Purpose, read_hit, read_name

KEYS, OLD = Keys.of("new " * 10 + "," + "old " * 10), Keys.of("old " * 10)
TODAY, BASE = date(2026, 3, 4), "https://acme.example"


def test_a_mail_filled_with_its_links_leads_where_it_led_and_can_be_left() -> None:
    html = '<p><a href="https://a.example/">A</a> <a href="{{ links.unsubscribe }}">Leave</a></p>'
    made = links.wrapped(html, "A: https://a.example/", {"https://a.example/": 41}, slot, opens=True)
    ways = Ways.of(KEYS, BASE, 5, 6, TODAY)

    own = ways.links(7, 8, 9, made.places)
    filled = environment().from_string(made.html).render(links=own)
    text = environment().from_string(made.text).render(links=own)

    assert made.places == (41, links.HIDDEN, links.PIXEL)
    assert filled.count(f'href="{own["t0"]}"') == 1
    assert f'href="{own["unsubscribe"]}"' in filled
    assert text == f"A: {own['t0']}"
    assert read_hit(KEYS, own["t0"].removeprefix(f"{BASE}/l/"), Purpose.HIT) == (7, 8, 41)
    assert read_hit(KEYS, own["t2"].removeprefix(f"{BASE}/o/").removesuffix(".gif"), Purpose.OPEN) == (7, 8, 0)


def test_the_link_to_leave_names_contact_topic_and_mail_until_its_last_day() -> None:
    ways = Ways.of(KEYS, BASE, 5, 6, TODAY, good_for=timedelta(days=30))

    own = ways.links(7, 8, 9)
    _, token, name = own["unsubscribe"].removeprefix(BASE).removeprefix("/").split("/")

    assert choice.opened(KEYS, token, TODAY + timedelta(days=30)) == Choice(5, 9, "mail", 6)
    assert own["preferences"] == f"{BASE}/preferences/{token}/{name}"
    assert read_name(KEYS, name) == (7, 8)
    with pytest.raises(TokenError) as over:
        choice.opened(KEYS, token, TODAY + timedelta(days=31))
    assert over.value.expired


@pytest.mark.parametrize(("channel", "topic"), [("mail", None), ("sms", 0), ("chat", 2**40)])
def test_every_channel_and_topic_reads_back(channel: str, topic: int | None) -> None:
    own = Ways.of(KEYS, BASE, 2**40, topic, TODAY, channel).links(1, 1, 2**40)

    assert choice.opened(KEYS, own["preferences"].split("/")[4], TODAY) == Choice(2**40, 2**40, channel, topic or 0)


def test_a_link_of_the_key_before_still_works_and_a_changed_one_never() -> None:
    token = choice.token(OLD, Choice(5, 9), TODAY)

    assert choice.opened(KEYS, token, TODAY) == Choice(5, 9)
    for at in range(len(token)):
        changed = token[:at] + ("b" if token[at] == "a" else "a") + token[at + 1 :]
        with pytest.raises(TokenError):
            choice.opened(KEYS, changed, TODAY)
