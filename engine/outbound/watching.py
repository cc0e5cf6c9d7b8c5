"""Slots in place of one recipient's strings, and an environment that notices what a template does with them.

A slot prints a mark, joins other strings by `~` and can be asked whether it is empty. A template that does no more than
that with it makes the same mail for everybody but for what stands at the marks. Everything else that a template may do
with a value is noticed here and raises Conditional: then the part is rendered for each recipient.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any, NoReturn

from jinja2 import Environment, nodes
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer

_PRINTING = frozenset({"e", "escape", "forceescape", "safe", "string"})  # filters for which a slot is what it prints
_ASKING = frozenset({"default", "d", "defined", "undefined"})  # filters and tests that ask whether it is there


class Conditional(Exception):  # no fault: the part is rendered for each recipient
    """A template does more with a slot than print it."""


class Slot:
    """Stands for a string of one recipient that is not blank. `form` is what it prints: a mark, with text around it."""

    __slots__ = ("_form",)

    def __init__(self, form: str) -> None:
        self._form = form

    def __str__(self) -> str:
        return self._form

    def __bool__(self) -> bool:
        return True

    def _no(self, *_: object) -> NoReturn:
        raise Conditional("a slot is compared, measured, taken apart or used as a key")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _no
    __len__ = __iter__ = __contains__ = __getitem__ = __call__ = _no
    __add__ = __radd__ = __mul__ = __rmul__ = __mod__ = __rmod__ = __format__ = _no
    __int__ = __float__ = __index__ = __hash__ = _no


def _containers(values: Iterable[object]) -> Iterator[int]:
    for value in values:
        if isinstance(value, (dict, list, tuple)):
            yield id(value)
            yield from _containers(value.values() if isinstance(value, dict) else value)


class _WatchingContext(Context):
    """Calls of anything but a macro must not see a slot."""

    def call(__self, __obj: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if not isinstance(__obj, Macro):
            assert isinstance(__self.environment, Watching)
            __self.environment.refuse((args, kwargs))
        return super().call(__obj, *args, **kwargs)


class Watching(Environment):
    """An environment that raises Conditional when a template looks into a slot, or into text that has a mark in it.

    A mark is a private use character, a nonce that nobody can have put into a text, "&", a number, a private use
    character. The "&" tells afterwards how often it was escaped: not at all, or once, as HTML should have it. Both
    cases in the nonce tell when a mark went through something that changes the case.
    """

    context_class = _WatchingContext

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.nonce = f"sP{secrets.token_hex(8)}"
        self.filters = {name: self._guarded(name, do) for name, do in self.filters.items()}
        self.tests = {name: self._guarded(name, do) for name, do in self.tests.items()}
        self.filters["watched"] = self._watched
        self._shared: tuple[object, frozenset[int]] = (None, frozenset())

    def printed(self, name: str, values: Mapping[str, Any]) -> str:
        """A template with its marks. Raises Conditional, and whatever the template raises."""
        if self._shared[0] is not values:  # what was there before the template began is without slots
            self._shared = values, frozenset(_containers(values.values()))
        return self.get_template(name).render(values)

    def mark(self, number: int) -> str:
        """The mark of a slot as it prints in plain text."""
        return f"\ue000{self.nonce}&{number}\ue001"

    def refuse(self, value: object) -> None:
        """Raise Conditional when a slot or a mark is in `value`."""
        if self._touched(value):
            raise Conditional("a slot is handed to a filter, a test or a function")

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As ever, but of a slot there are no attributes."""
        if isinstance(obj, (str, Slot)):
            self.refuse(obj)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """As ever, but a slot neither has items nor is a key."""
        if isinstance(obj, (str, Slot)):
            self.refuse(obj)
        self.refuse(argument)
        return super().getitem(obj, argument)

    def _touched(self, value: object) -> bool:
        if isinstance(value, str):
            return self.nonce in value
        if isinstance(value, Slot):
            return True
        if not isinstance(value, (dict, list, tuple, set, frozenset)) or id(value) in self._shared[1]:
            return False
        if isinstance(value, dict) and self._touched(list(value.values())):
            return True
        return any(map(self._touched, value))

    def _watched(self, value: object) -> object:
        self.refuse(value)
        return value

    def _guarded(self, name: str, do: Any) -> Callable[..., Any]:
        @wraps(do)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if name in _PRINTING:
                args = tuple(str(arg) if isinstance(arg, Slot) else arg for arg in args)
            elif name not in _ASKING:
                self.refuse((args, kwargs))
            return do(*args, **kwargs)

        return guarded

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _Guards().visit(tree)
        tree.set_environment(self)
        return tree


_LOOKED_INTO: dict[type[nodes.Node], tuple[str, ...]] = {
    nodes.For: ("iter",),
    nodes.Compare: ("expr",),
    nodes.Operand: ("expr",),
    nodes.Pair: ("key",),
    nodes.Neg: ("node",),
    nodes.Pos: ("node",),
    nodes.Include: ("template",),
    nodes.Import: ("template",),
    nodes.FromImport: ("template",),
    nodes.Extends: ("template",),
    **{kind: ("left", "right") for kind in nodes.BinExpr.__subclasses__() if kind not in (nodes.And, nodes.Or)},
}


class _Guards(NodeTransformer):
    """Puts the filter `watched` around whatever the language itself looks into: a captured text may have marks."""

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:
        super().generic_visit(node, *args, **kwargs)
        looked_into = _LOOKED_INTO.get(type(node), ())
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
            looked_into = ("node",)
        for field in looked_into:
            value = getattr(node, field)
            if not isinstance(value, nodes.Const):
                setattr(node, field, nodes.Filter(value, "watched", [], [], None, None, lineno=value.lineno))
        return node
