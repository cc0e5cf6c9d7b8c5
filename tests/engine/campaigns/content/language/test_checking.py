"""What a template may say, and where the refusal of any other points."""

from __future__ import annotations

import pytest

from engine.campaigns.content.language.checking import read
from engine.campaigns.content.language.faults import Refused, at
from engine.campaigns.content.language.known import Known
from tests.corpus.templates.hostile import HOSTILE

KNOWN = Known.of({"city": "text", "age": "number", "vip": "bool", "joined": "date", "languages": "list"})


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_is_refused_at_its_place_at_once(name: str) -> None:
    marked = HOSTILE[name]
    expected, source = at(marked, marked.index("¶"), ""), marked.replace("¶", "")

    with pytest.raises(Refused) as refused:
        read(source, KNOWN)

    first = refused.value.faults[0]
    assert (first.line, first.column) == (expected.line, expected.column), str(first)
    assert first.words.endswith((".", "?"))


def test_the_corpus_has_sixty_templates_that_all_differ() -> None:
    assert len(HOSTILE) >= 60
    assert len(set(HOSTILE.values())) == len(HOSTILE)


@pytest.mark.parametrize(
    "source",
    [
        "Hello",
        "Hi {{ first_name or 'there' }},",
        '{{ attributes.city|default("your town")|upper }}',
        "{% if attributes.age >= 18 and not attributes.vip %}a{% elif 'x' in tags %}b{% else %}c{% endif %}",
        "{% for tag in tags %}{{ loop.index }}. {{ tag }}{% if not loop.last %}, {% endif %}{% else %}none{% endfor %}",
        "{{ tags|join(', ') }} {{ attributes.languages|first|upper }} {{ tags|length }}",
        "{{ attributes.joined|date }} {{ attributes.joined|date('iso') }} {{ attributes.age|round(1) }}",
        "{% if attributes.joined < '2026-01-01' %}long ago{% endif %}",
        "{% if attributes.age > -1 %}x{% endif %}",
        "{# nothing is said here #}{{ links.unsubscribe }} {{ campaign.name }} {{ workspace }}",
        "100 % sure } or { not",
    ],
)
def test_what_the_howto_shows_is_allowed(source: str) -> None:
    assert read(source, KNOWN).source == source


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ frist_name }}", "Did you mean first_name?"),
        ("{{ attributes.town }}", "“attributes.town” is not known here"),
        ("{{ first_name|uper }}", "Did you mean upper?"),
        ("{{ tags }}", "Print it with join"),
        ("{{ attributes.vip }}", "Ask for it with {% if %}"),
        ("{{ attributes }}", "Name one of them"),
        ("{% if attributes.age > 'x' %}{% endif %}", "Compare like with like"),
        ("{% if 1 < attributes.age < 3 %}{% endif %}", "two things at a time"),
        ("{% for name in tags %}{% endfor %}", "another name"),
        ("{% for a in first_name %}{% endfor %}", "a field that is a list"),
        ("{% for a in tags if a %}{% endfor %}", "Put the condition into the loop"),
        ("{% for a in tags %}{% endfor %}{{ a }}", "“a” is not known here"),
        ("{{ loop.index }}", "“loop.index” is not known here"),
        ("{% if name %}", "never closed"),
        ("{% endif %}", "closes nothing"),
        ("{% if name %}{% endfor %}", "“endif” comes first"),
        ("{% else %}", "belongs between if and endif"),
        ("{{ }}", "This tag is empty"),
        ("{{- name }}", "without “-”"),
        ("{{ name + 1 }}", "not known here"),
        ("{{ 'a' ~ name }}", "“~” is not known here"),
        ("{{ 'a' if name else 'b' }}", "Write {% if %}"),
        ("{{ name, email }}", "two tags"),
        ("{{ none }}", "“none” is not known here"),
        ("{% if name %}x{% else %}y{% else %}z{% endif %}", "cannot be read"),
        ("{{ tags|truncate(3) }}", "does not take this: it is a list"),
        ("{{ first_name|truncate(length=3) }}", "without names"),
        ("{{ name\u00a0or 'x' }}", "plain spaces"),
    ],
)
def test_a_refusal_says_what_to_do(source: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        read(source, KNOWN)

    assert words in str(refused.value)


def test_every_tag_that_is_wrong_is_named_in_one_go() -> None:
    with pytest.raises(Refused) as refused:
        read("{{ a }}\n{{ name }}\n  {{ b }}{{ c|safe }}", KNOWN)

    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(1, 4), (3, 6), (3, 15)]
