"""Templates filled for people: values escaped, what is missing named, and neither time nor size without an end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.exceptions import SecurityError

from engine.campaigns.content.language import rendering
from engine.campaigns.content.language.checking import read
from engine.campaigns.content.language.known import Known
from engine.campaigns.content.language.rendering import Program, Unfilled, compiled, values

KNOWN = Known.of({"city": "text", "age": "number", "vip": "bool", "joined": "date", "languages": "list"})
ADA: Mapping[str, Any] = {
    "name": "Ada Lovelace",
    "first_name": "Ada",
    "tags": ["vip", "beta"],
    "attributes": {"age": 36, "joined": "2026-03-04", "languages": [], "items": "x", "vip": True},
}


def program(source: str, escape: bool = True) -> Program:
    found = read(source, KNOWN)
    return compiled(found.tags, found.texts, escape)


def filled(source: str, person: Mapping[str, Any] = ADA, escape: bool = True) -> str:
    made = program(source, escape)
    return made.text(values(person, made.wanted))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hi {{ first_name }}", "Hi Ada"),
        ("{{ attributes.city or 'there' }}", "there"),
        ("{{ attributes.city|upper or 'there' }}", "there"),
        ("{{ attributes.city|default('x') }}", "x"),
        ("{% if attributes.city %}a{% else %}b{% endif %}", "b"),
        ("{% if attributes.city < 'x' %}a{% else %}b{% endif %}", "b"),
        ("{% if attributes.age > 30 and 'vip' in tags %}a{% endif %}", "a"),
        (
            "{% for tag in tags %}{{ loop.index }}{{ tag }}{% if not loop.last %}, {% endif %}{% endfor %}",
            "1vip, 2beta",
        ),
        ("{% for one in attributes.languages %}x{% else %}none{% endfor %}", "none"),
        ("{% if attributes.city in 'Berlin, Ulm' %}a{% elif attributes.city not in 'Ulm' %}b{% endif %}", "b"),
        ("{% if attributes.city in tags %}a{% else %}b{% endif %}", "b"),
        ("{% if first_name in name and 'beta' in tags %}a{% endif %}", "a"),
        ("{{ attributes.joined|date }}, {{ attributes.joined|date('dotted') }}", "4 March 2026, 04.03.2026"),
        ("{{ tags|join(' and ') }} {{ tags|last }} {{ attributes.age|round(2) }}", "vip and beta beta 36"),
        ("{{ name|truncate(5) }} {{ name|truncate(80) }}", "Ada… Ada Lovelace"),
        ("{{ '<b>' }}", "&lt;b&gt;"),
        ("a {# b #} c\n", "a  c\n"),
    ],
)
def test_a_template_says_what_it_is_meant_to(source: str, text: str) -> None:
    assert filled(source) == text


@pytest.mark.parametrize("attributes", [{}, {"city": ""}, {"city": None}])
def test_a_value_that_is_missing_is_named_where_it_would_be_printed(attributes: dict[str, Any]) -> None:
    with pytest.raises(Unfilled, match=r"^attributes\.city is missing$"):
        filled("from {{ attributes.city }}", {"attributes": attributes})


def test_a_date_that_is_none_is_a_fault_of_its_person() -> None:
    with pytest.raises(Unfilled, match="“soon” is no date"):
        filled("{{ attributes.joined|date }}", {"attributes": {"joined": "soon"}})


def test_a_field_is_never_a_method_of_what_holds_it() -> None:
    known = Known.of({"items": "text", "copy": "text"})
    found = read("{{ attributes.items }} {{ attributes.copy or 'none' }}", known)
    made = compiled(found.tags, found.texts, True)

    text = made.text(values(ADA, made.wanted))

    assert text == "x none"


@given(st.text())
def test_no_value_adds_markup(value: str) -> None:
    text = filled("<p>{{ name or 'nobody' }}</p>", {"name": value})

    inner = text.removeprefix("<p>").removesuffix("</p>")
    assert not set(inner) & set("<>\"'")


def test_text_around_tags_is_never_read_as_a_template() -> None:
    found = read("{{ name }}", KNOWN)
    made = compiled(found.tags, ("{{ name.__class__ }} ", " {% raw %}"), True)

    assert made.text(values(ADA, made.wanted)) == "{{ name.__class__ }} Ada Lovelace {% raw %}"


def test_a_mail_that_grows_too_large_is_stopped() -> None:
    person = {"tags": ["x" * 1000] * 1000}

    with pytest.raises(Unfilled, match="larger than 256 KB"):
        filled("{% for a in tags %}{% for b in tags %}{{ b }}{% endfor %}{% endfor %}", person)


def test_loops_that_print_little_end_in_time() -> None:
    person = {"tags": ["x"] * 1_000}
    made = program("{% for a in tags %}{% for b in tags %}{{ loop.index }}{% endfor %}{% endfor %}")
    start = time.monotonic()

    with pytest.raises(Unfilled):
        made.text(values(person, made.wanted))

    assert time.monotonic() - start < 10 * rendering.MOST_SECONDS


def test_values_are_frozen_and_objects_are_left_out() -> None:
    class Thing:
        """Something with methods."""

    person = {"name": Thing(), "tags": ["a\x00b"], "zone": "a\r\nb", "attributes": None}

    assert values(person, ["name", "tags", "zone", "attributes__city", "email"]) == {
        "tags": ("a b",), "zone": "a \nb",
    }  # fmt: skip


def test_the_letters_that_join_others_in_a_name_stay_in_it() -> None:
    person = {**ADA, "name": "شبنم\u200cسادات ශ්\u200dරී\u2028x\0y\u202ez"}

    assert filled("{{ name }}", person) == "شبنم\u200cسادات ශ්\u200dරී x y z"


def test_the_environment_itself_refuses_what_is_unsafe() -> None:
    environment = rendering._ENVIRONMENTS[True]

    with pytest.raises(SecurityError):
        str(environment.from_string("{{ ''.__class__.__mro__ }}").render())
