"""What a template may say: every node of its tree is one of these, or the template is refused at that place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from typing import Any

from jinja2 import nodes

from engine.campaigns.content.language import parsing
from engine.campaigns.content.language.faults import Fault, Refused, at
from engine.campaigns.content.language.filters import FILTERS, TEXTS
from engine.campaigns.content.language.known import PERSON, Kind, Known
from engine.campaigns.content.language.splitting import Parted, parted

LONGEST_LITERAL = 300
LARGEST = 10**12
_NO_LETTER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # what "\x00" and "\ud800" in a tag would be
MOST_FILTERS = 5
MOST_JOINED = 25  # by “and” and “or”: Python takes 44 ms to compile twice as many, and for each tag
LOOP = {"index": Kind.NUMBER, "first": Kind.BOOL, "last": Kind.BOOL, "length": Kind.NUMBER}
NOTHING: frozenset[Kind] = frozenset()
Kinds = frozenset[Kind]  # what a value may be, where a fall-back is of another kind than its field
_PRINTED = TEXTS | {Kind.NUMBER}
_ORDERED = ("gt", "gteq", "lt", "lteq")
_SAYS: dict[type[nodes.Node], str] = {
    nodes.Call: "Nothing can be called here. Use a filter, as in {{ first_name|upper }}.",
    nodes.Getitem: "Square brackets are not known here. Write attributes.city instead of attributes[\"city\"].",
    nodes.CondExpr: "Write {% if %} … {% else %} … {% endif %} instead of an if inside a tag.",
    nodes.Concat: "“~” is not known here. Write two tags one after the other.",
    nodes.Test: "“is” is not known here. Write {% if first_name %} to ask whether it is there.",
    nodes.List: "A list cannot be written here. Name a field that is a list, such as tags.",
    nodes.Tuple: "Print one thing in a tag. Write two tags one after the other.",
    nodes.Dict: "A table cannot be written here. Name a field.",
}  # fmt: skip


class _Stop(Exception):  # no fault by itself; the fault is in the list
    """This tag is refused; the others are looked at all the same."""


def read(source: str, known: Known) -> Parted:
    """The template taken apart, all of it allowed. Raises Refused with every tag that is not."""
    found = parted(source)
    if not found.tags:
        return found
    faults = list(_Check(found, known).faults(parsing.tree(found.source, found.tags)))
    if faults:
        raise Refused(faults)
    return found


class _Check:
    """One walk over one tree."""

    def __init__(self, found: Parted, known: Known) -> None:
        self._found, self._known = found, known
        self._own: list[dict[str, Any]] = []  # the loops around a node: what they name
        self._faults: list[Fault] = []
        self._values: dict[type[nodes.Node], Callable[[Any], Kinds]] = {
            nodes.Const: self._const,
            nodes.Name: self._name,
            nodes.Getattr: self._getattr,
            nodes.Filter: self._filter,
            nodes.Compare: self._compare,
            nodes.And: self._both,
            nodes.Or: self._both,
            nodes.Not: self._not,
            nodes.Neg: self._negative,
        }

    def faults(self, tree: nodes.Template) -> Iterator[Fault]:
        """What is wrong, in the order of the tags."""
        self._body(tree.body)
        yield from self._faults

    # ---- statements

    def _body(self, body: list[nodes.Node]) -> None:
        for node in body:
            try:
                self._statement(node)
            except _Stop:
                continue

    def _statement(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Output):
            for child in node.nodes:
                self._print(child)
        elif isinstance(node, nodes.If):
            self._if(node)
        elif isinstance(node, nodes.For):
            self._for(node)
        else:
            raise self._stop(node, "This tag is not known here. There are if, elif, else, endif, for and endfor.")

    def _print(self, node: nodes.Expr) -> None:
        if isinstance(node, nodes.TemplateData):
            return
        try:
            kinds = self._value(node)
            if not kinds or not kinds <= _PRINTED:
                raise self._stop(node, _unprinted(kinds))
        except _Stop:
            return

    def _if(self, node: nodes.If) -> None:
        try:
            self._value(node.test)
        except _Stop:
            pass
        self._body(node.body)
        for other in node.elif_:
            self._statement(other)
        self._body(node.else_)

    def _for(self, node: nodes.For) -> None:
        if not isinstance(node.target, nodes.Name):
            raise self._stop(node, "A loop names one thing: {% for tag in tags %}.")
        name = node.target.name
        if name in PERSON or name == "loop" or name.startswith("_") or self._known.group(name) is not None:
            raise self._stop(node, f"“{name}” is a field already. Give what the loop names another name.", name)
        if node.test is not None:
            raise self._stop(node, "Put the condition into the loop: {% if %} behind {% for %}.", "if")
        if node.recursive:
            raise self._stop(node, "A loop cannot call itself. Take “recursive” out.", "recursive")
        if sum(bool(scope) for scope in self._own) >= 2:
            raise self._stop(node, "Loops lie at most two deep in each other. Take one out.")
        if self._value(node.iter) != {Kind.LIST}:
            raise self._stop(node, "A loop goes over a field that is a list, such as tags.")
        self._own.append({name: frozenset({Kind.TEXT})})
        self._body(node.body)
        self._own.pop()
        self._body(node.else_)

    # ---- values

    def _value(self, node: nodes.Node) -> Kinds:
        look = self._values.get(type(node))
        if look is None:
            words = "This is not known here. A tag names fields, compares them, and passes them to filters."
            raise self._stop(node, _SAYS.get(type(node), words), "is" if isinstance(node, nodes.Test) else "")
        return look(node)

    def _const(self, node: nodes.Const) -> Kinds:
        value = node.value
        if isinstance(value, bool):
            return frozenset({Kind.BOOL})
        if isinstance(value, int | float) and abs(value) <= LARGEST:  # no NaN is, and no float is asked of an int
            return frozenset({Kind.NUMBER})
        if isinstance(value, str) and _NO_LETTER.search(value):
            raise self._stop(node, "A text in a tag has letters no mail can carry. Take what begins with “\\” out.")
        if isinstance(value, str) and len(value) <= LONGEST_LITERAL:
            return frozenset({Kind.TEXT})
        if isinstance(value, str):
            raise self._stop(node, f"A text in a tag has at most {LONGEST_LITERAL} letters. Write it outside the tag.")
        if value is None:
            raise self._stop(
                node, "“none” is not known here. Ask with {% if first_name %} whether it is there.", "none"
            )
        raise self._stop(node, "This number is too large. Write a smaller one.")

    def _name(self, node: nodes.Name) -> Kinds:
        name = node.name
        for scope in reversed(self._own):
            if name in scope:
                return frozenset(scope[name])
        if name in PERSON:
            return frozenset({PERSON[name]})
        if self._known.group(name) is not None:
            raise self._stop(node, f"“{name}” has fields. Name one of them, as in {name}.{self._example(name)}.", name)
        raise self._stop(node, f"“{name}” is not known here.{self._near(name)}", name)

    def _getattr(self, node: nodes.Getattr) -> Kinds:
        if not isinstance(node.node, nodes.Name):
            self._value(node.node)
            raise self._stop(node, f"“.{node.attr}” is not known here. Take it out.", node.attr)
        name = node.node.name
        if name == "loop" and self._own and node.attr in LOOP:
            return frozenset({LOOP[node.attr]})
        fields = self._known.group(name)
        if fields is not None and node.attr in fields:
            return frozenset({fields[node.attr]})
        if fields is None and (name in PERSON or any(name in scope for scope in self._own)):
            raise self._stop(node, f"“{name}” has no fields. Take “.{node.attr}” out, or use a filter.", node.attr)
        whole = f"{name}.{node.attr}"
        raise self._stop(node, f"“{whole}” is not known here.{self._near(whole)}", node.attr if fields else name)

    def _filter(self, node: nodes.Filter) -> Kinds:
        if node.node is None or _filters(node) > MOST_FILTERS:
            raise self._stop(node, f"A tag has at most {MOST_FILTERS} filters. Take some out.", node.name)
        one = FILTERS.get(node.name)
        if one is None:
            near = difflib.get_close_matches(node.name, FILTERS, 1)
            names = f"Did you mean {near[0]}?" if near else f"There are {', '.join(FILTERS)}."
            raise self._stop(node, f"The filter “{node.name}” is not known here. {names}", node.name)
        arguments = self._arguments(node)
        if not one.allows(*arguments):
            raise self._stop(node, f"“{node.name}” is not used so. Write it as {one.how}.", node.name)
        kinds = self._value(node.node)
        if not kinds <= one.takes:
            is_ = " or ".join(sorted(kinds))
            raise self._stop(node, f"“{node.name}” does not take this: it is a {is_}. Take the filter out.", node.name)
        if one.gives is not None:
            return frozenset({one.gives})
        return kinds | frozenset({Kind.TEXT if isinstance(arguments[0], str) else Kind.NUMBER})

    def _arguments(self, node: nodes.Filter) -> list[Any]:
        if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
            raise self._stop(node, f"Write what “{node.name}” is told without names, as in truncate(80).", node.name)
        if not all(isinstance(argument, nodes.Const) for argument in node.args):
            raise self._stop(node, f"What “{node.name}” is told is a text or a number, written out.", node.name)
        for argument in node.args:
            self._value(argument)
        return [argument.value for argument in node.args if isinstance(argument, nodes.Const)]

    def _compare(self, node: nodes.Compare) -> Kinds:
        if len(node.ops) != 1:
            raise self._stop(node, "Compare two things at a time, with “and” between.")
        left, op = self._value(node.expr), node.ops[0].op
        right = self._value(node.ops[0].expr)
        if op in ("in", "notin"):
            if right not in ({Kind.LIST}, {Kind.TEXT}) or not left <= TEXTS:
                raise self._stop(node, '“in” asks whether a text is in a list or in a text, as in "vip" in tags.', "in")
        elif not _comparable(left, right) or (op in _ORDERED and Kind.BOOL in left | right):
            says = f"A {' or '.join(sorted(left))} cannot be compared with a {' or '.join(sorted(right))}."
            raise self._stop(node, f"{says} Compare like with like.")
        return frozenset({Kind.BOOL})

    def _both(self, node: nodes.And | nodes.Or) -> Kinds:
        if _joined(node) > MOST_JOINED:
            raise self._stop(node, f"A tag joins at most {MOST_JOINED} things. Ask for some in a tag before it.")
        return self._value(node.left) | self._value(node.right)

    def _not(self, node: nodes.Not) -> Kinds:
        if isinstance(node.node, nodes.Not):  # a hundred of them took Python half a second to compile
            raise self._stop(node, "Two “not” undo each other. Take both out.", "not")
        self._value(node.node)
        return frozenset({Kind.BOOL})

    def _negative(self, node: nodes.Neg) -> Kinds:
        if not isinstance(node.node, nodes.Const) or not isinstance(node.node.value, int | float):
            raise self._stop(node, "There is no arithmetic here. Keep the number as an attribute of the person.")
        return self._value(node.node)

    # ---- words

    def _stop(self, node: nodes.Node, words: str, word: str = "") -> _Stop:
        tag = self._found.tags[parsing.number(node)]
        place = tag.inside + len(tag.inner) - len(tag.inner.lstrip())
        if word and (found := re.search(rf"(?<![\w]){re.escape(word)}(?!\w)", tag.inner)):
            place = tag.inside + found.start()
        self._faults.append(at(self._found.source, place, words))
        return _Stop()

    def _near(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._known.names(), 1, 0.6)
        return f" Did you mean {near[0]}?" if near else f" Known are {', '.join(self._known.names()[:8])} and others."

    def _example(self, group: str) -> str:
        return next(iter(self._known.group(group) or {}), "…")


def _filters(node: nodes.Expr | None) -> int:
    return 1 + _filters(node.node) if isinstance(node, nodes.Filter) else 0


def _joined(node: nodes.Node) -> int:
    return _joined(node.left) + _joined(node.right) if isinstance(node, nodes.And | nodes.Or) else 1


def _comparable(left: Kinds, right: Kinds) -> bool:
    alike = [{Kind.NUMBER}, {Kind.BOOL}, TEXTS]
    return any(left <= kinds and right <= kinds for kinds in alike)


def _unprinted(kinds: Kinds) -> str:
    if Kind.LIST in kinds:
        return 'This is a list. Print it with join, as in {{ tags|join(", ") }}, or go over it with {% for %}.'
    return "This is yes or no. Ask for it with {% if %}."


__all__ = ["MOST_FILTERS", "read"]
