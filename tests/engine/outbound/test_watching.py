"""Templates that only print a value are compiled; those that look into one are rendered for each recipient."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jinja2 import FileSystemLoader, UndefinedError

from engine.outbound import templates
from engine.outbound.drafts import MailDraft
from engine.outbound.render import Press
from tests.engine.outbound.mails import FOLDER, NOW, ROW, SIGN, assert_same, pressed
from tests.engine.outbound.standard_mail import standard_mail


@pytest.fixture
def mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of templates of this test's own, with one mail `x`."""
    (tmp_path / "x").mkdir()
    for name, text in {"subject.txt": "Hello", "body.txt": "Hello\n", "body.html": "<p>Hello</p>"}.items():
        (tmp_path / "x" / name).write_text(text)
    loader = FileSystemLoader([tmp_path, FOLDER])
    for environment in (templates.environment(), templates.watching()):
        monkeypatch.setattr(environment, "loader", loader)
    yield tmp_path / "x"
    for environment in (templates.environment(), templates.watching()):
        assert environment.cache is not None
        environment.cache.clear()


def mine(name: str = "Ada", **context: Any) -> MailDraft:
    return MailDraft("x", {"team": "Ops", **context}, "Ada", {"name": name}, 7, reply_until=date(2026, 4, 1))


PLAIN = [
    "{{ name }}",
    "{{ name }}{{ name }}, {{ to_name }}",
    "{{ 'Hi ' ~ name ~ '!' }}",
    "{% if name %}Hi {{ name }}{% else %}Hi{% endif %}",
    "{{ name or 'you' }}",
    "{{ 'Hi ' ~ name if name else 'Hi' }}",
    "{{ name|string }}{{ name|default('you') }}{{ name|default('you', true) }}",
    "{% if name is defined %}{{ name }}{% endif %}",
    "{% macro hi(who) %}Hi {{ who }}{% endmacro %}{{ hi(name) }}",
    "{% macro hi() %}Hi {{ caller() }}{% endmacro %}{% call hi() %}{{ name }}{% endcall %}",
    "{% set who = name %}{{ who }}",
    "{% set who %}{{ name }}{% endset %}{{ who }}{% if who %}!{% endif %}",
    "{% for one in [1, 2] %}{{ one }}{{ name }}{% endfor %}",
    "{{ [name, team][1] }}",
    "{{ {'a': name}.a }}",
    "{{ links.settings }}/team#day {{ reply_to }}",
]
CONDITIONAL = [
    "{% if name == 'Ada' %}Hi{% endif %}",
    "{% if 'A' in name %}Hi{% endif %}",
    "{% if name in ['Ada'] %}Hi{% endif %}",
    "{% if name is none %}{% else %}Hi{% endif %}",
    "{{ name|upper }}",
    "{{ name|length }}",
    "{{ name.upper() }}",
    "{{ name[0] }}",
    "{{ name[:2] }}",
    "{{ name * 2 }}",
    "{{ name + '!' }}",
    "{{ '%s' % name }}",
    "{{ '%s'|format(name) }}",
    "{{ [name, team]|join(', ') }}",
    "{{ [name, team]|sort|first }}",
    "{% for letter in name %}{{ letter }}-{% endfor %}",
    "{{ {'Ada': 1, 'ada': 2, 'Bob & Co': 3}[name] }}",
    "{{ {'Ada': 1}.get(name, 2) }}",
    "{{ {name: 1}|length }}",
    "{{ range(name|length)|list }}",
    "{{ ('Hi ' ~ name)|wordwrap(4) }}",
    "{% set who %}{{ name }}{% endset %}{% if who == 'Ada' %}Hi{% endif %}",
    "{% set who %}{{ name }}{% endset %}{{ who|length }}{{ who[:1] }}",
    "{% set who %}{{ name }}{% endset %}{% for letter in who %}.{% endfor %}",
    "{% set who %}{{ name }}{% endset %}{{ {'Ada': 1}.get(who, 2) }}{{ {who: 1} }}",
    "{% set who %}{{ name }}{% endset %}{{ who.title() }}{{ who + '!' }}",
    "{% set who %}{{ name }}{% endset %}{{ {'Ada': 1}.get(who, 2) }}",
    "{% set who %}{{ name }}{% endset %}{% if who.startswith('A') %}Hi{% endif %}",
    "{% set who %}{{ name }}{% endset %}{% if who[0] == 'A' %}Hi{% endif %}",
    "{% set who %}{{ name }}{% endset %}{{ {'Ada': 1}[who]|default('x') }}",
    "{% filter upper %}{{ name }}{% endfilter %}",
    "{% include name ~ '.txt' ignore missing %}Hi",
]


@pytest.mark.parametrize("source", PLAIN)
def test_a_template_that_prints_its_values_is_compiled(source: str, mails: Path) -> None:
    (mails / "body.txt").write_text(f"{source}.\n")
    (mails / "body.html").write_text(f"<p>{source}.</p>")
    (mails / "subject.txt").write_text("Hi {{ name }}!")
    press = Press()

    for name in ("Ada", "Bob & Co", "", " "):
        made = mine(name)
        assert press.skeleton(made, SIGN).conditional == []
        assert_same(pressed(made, press), standard_mail(made, ROW, 4, SIGN, NOW))


@pytest.mark.parametrize("source", CONDITIONAL)
def test_a_template_that_looks_into_a_value_is_rendered_for_each(source: str, mails: Path) -> None:
    (mails / "body.txt").write_text(f"{source}.\n")
    (mails / "body.html").write_text(f"<p>{source}.</p>")
    (mails / "subject.txt").write_text(source)
    press = Press()

    assert press.skeleton(mine(), SIGN).conditional == ["subject.txt", "body.txt", "body.html"]
    for name in ("Ada", "Bob & Co", "ada"):
        made = mine(name)
        assert_same(pressed(made, press), standard_mail(made, ROW, 4, SIGN, NOW))


@pytest.mark.parametrize(
    "html",
    [
        "<p class='{{ name }}'>Hi</p>",
        "<p style='color: {{ name }}'>Hi</p>",
        "<style>p { color: red } .{{ name }} { color: blue }</style><p>Hi</p>",
        "<style>a[href^=x] { color: red }</style><a href='{{ name }}'>Hi</a>",
        "<{{ name }}>Hi",
        "</{{ name }}>Hi",
        "<a href={{ name }}>Hi</a>",
        "<a title='x' href={{ name }}>Hi</a>",
        "<p {{ name }}>Hi</p>",
        "<!-- {{ name }} --><p>Hi</p>",
        "<p>{{ name|safe }}</p>",
        "{% autoescape false %}<p>{{ name }}</p>{% endautoescape %}",
        "<p>{{ name|e|forceescape }}</p>",
        "<p>&{{ name }};</p>",
        "<p>&#x{{ name }};</p>",
        "<pre>{{ name }}</pre>",
        "<textarea>{{ name }}</textarea>",
    ],
)
def test_a_value_that_shapes_the_document_is_no_slot(html: str, mails: Path) -> None:
    (mails / "body.html").write_text(html)
    press = Press()

    assert press.skeleton(mine(), SIGN).conditional == ["body.html"]
    for name in ("lt", "a", "\nb", "a b"):
        made = mine(name)
        assert_same(pressed(made, press), standard_mail(made, ROW, 4, SIGN, NOW))


def test_a_slot_in_an_attribute_and_in_text_is_filled_as_its_place_wants(mails: Path) -> None:
    (mails / "body.html").write_text(
        "<p><a title=\"{{ name }}\" href='{{ links.settings }}/t#{{ name }}'>{{ name }}</a>"
    )
    press = Press()

    made = mine("<b> \"x\" & 'y' \xa0ü")

    assert press.skeleton(made, SIGN).conditional == []
    assert_same(pressed(made, press), standard_mail(made, ROW, 4, SIGN, NOW))


def test_a_missing_variable_is_an_error_for_each_mail(mails: Path) -> None:
    (mails / "body.txt").write_text("{{ nobody }}")
    press = Press()

    for _ in range(2):
        with pytest.raises(UndefinedError, match="nobody"):
            pressed(mine(), press)
