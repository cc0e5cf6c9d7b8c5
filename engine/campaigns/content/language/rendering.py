"""Checked templates compiled once, and filled for each person under caps.

What is compiled is the tree that was checked, with the texts put into it as data: nothing that a sanitiser or a style
sheet made of the text between the tags is ever read as a template.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from engine.campaigns.content.language import parsing
from engine.campaigns.content.language.filters import FILTERS, OWN
from engine.campaigns.content.language.known import GROUPS, PARTS
from engine.campaigns.content.language.missing import Missing
from engine.campaigns.content.language.splitting import Tag
from engine.errors import SixpmError

MOST_BYTES = 256 * 1024
MOST_SECONDS = 0.2
_STEPS = 64  # pieces between two looks at the time
_GROUPS = {"attributes", *GROUPS}
_KEPT = "\n\u200c\u200d"  # of what is not printed: names in Persian, Hindi or Sinhala are spelt with the joiners


class Unfilled(SixpmError):
    """A template cannot be filled for one person; the text is the reason."""


def _environment(escape: bool) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(undefined=Missing, autoescape=escape, keep_trailing_newline=True)
    made.filters = {**{name: one.do for name, one in FILTERS.items()}, **OWN}
    made.tests, made.globals = {}, {}
    return made


_ENVIRONMENTS = {escape: _environment(escape) for escape in (True, False)}


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled template. `wanted`: the fields it names, as `values` flattens them."""

    run: Any
    context: Any
    wanted: frozenset[str]

    def pieces(self, values: Mapping[str, Any]) -> list[str]:
        """The text for these values, in pieces of which the fixed ones are always the same objects. Raises Unfilled."""
        until, size, steps = time.monotonic() + MOST_SECONDS, 0, 0
        found: list[str] = []
        try:
            for piece in self.run(self.context({name: values[name] for name in self.wanted if name in values})):
                found.append(piece)
                size += len(piece)
                steps += 1
                if size > MOST_BYTES:
                    raise Unfilled(f"it would be larger than {MOST_BYTES // 1024} KB")
                if steps % _STEPS == 0 and time.monotonic() > until:
                    raise Unfilled(f"filling it took longer than {MOST_SECONDS * 1000:.0f} ms")
        except Unfilled:
            raise
        except Exception as error:  # whatever a value makes of a filter, it is a fault of this person's mail
            raise Unfilled(str(error)[:300] or type(error).__name__) from error
        return found

    def text(self, values: Mapping[str, Any]) -> str:
        """The text for these values. Raises Unfilled."""
        return "".join(self.pieces(values))


def compiled(tags: Sequence[Tag], texts: Sequence[str], escape: bool, urls: Mapping[int, str] | None = None) -> Program:
    """A program of checked tags and of the texts around them. `urls`: filters of tags that stand in an address."""
    tree = parsing.tree("", tags)
    turned = _Turned(texts, urls or {})
    turned.visit(tree)
    environment = _ENVIRONMENTS[escape]
    tree.set_environment(environment)
    template = environment.from_string(tree)
    return Program(template.root_render_func, template.new_context, frozenset(turned.wanted))


class _Turned(NodeTransformer):
    """Puts the texts in, makes attributes.city one name, and fits what stands in an address."""

    def __init__(self, texts: Sequence[str], urls: Mapping[int, str]) -> None:
        self.wanted: set[str] = set()
        self._texts, self._urls = texts, urls

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:
        """Its number becomes the text with that number."""
        node.data = self._texts[int(node.data)]
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        """Each child that is printed; those in an address pass a filter of ours."""
        node.nodes = [self._printed(self.visit(child)) for child in node.nodes]
        return node

    def _printed(self, node: nodes.Expr) -> nodes.Expr:
        if isinstance(node, nodes.TemplateData) or (name := self._urls.get(parsing.number(node))) is None:
            return node
        return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:
        """attributes.city is one name, which nobody can take further apart."""
        if isinstance(node.node, nodes.Name) and node.node.name in _GROUPS:
            return self.visit_Name(nodes.Name(f"{node.node.name}{PARTS}{node.attr}", "load", lineno=node.lineno))
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        """What “in” looks for may be missing."""
        self.generic_visit(node)
        if node.ops[0].op in ("in", "notin"):
            node.expr = nodes.Filter(node.expr, "sixpm_asked_for", [], [], None, None, lineno=node.lineno)
        return node

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        """A field that the values have to hold."""
        if node.ctx == "load":
            self.wanted.add(node.name)
        return node


def values(person: Mapping[str, Any], wanted: Iterable[str]) -> dict[str, Any]:
    """The fields of a person that templates name, flat and frozen: texts, numbers, and tuples of texts.

    What is empty is left out: it is missing, whichever way it is.
    """
    found: dict[str, Any] = {}
    for name in wanted:
        group, _, field = name.partition(PARTS)
        value = person.get(name) if not field else (person.get(group) or {}).get(field)
        if value is None or value in ("", []):
            continue
        frozen = _frozen(value)
        if frozen is not None:
            found[name] = frozen
    return found


def _frozen(value: Any) -> Any:
    if type(value) is str:
        return value if value.isprintable() else _clean(value)
    if type(value) in (int, float, bool):
        return value
    if isinstance(value, list | tuple):
        return tuple(_clean(str(one)) for one in value[:1000])
    return _clean(str(value)) if isinstance(value, str) else None


def _clean(value: str) -> str:
    return "".join(c if c.isprintable() or c in _KEPT else " " for c in value)


__all__ = ["MOST_BYTES", "MOST_SECONDS", "Program", "Unfilled", "compiled", "values"]
