"""What Flask compiles for each application anew, compiled once for the whole test run: its routes and its templates.

Hundreds of tests make an application each. Three hundred routes take 0.2 s to compile and a page's templates 0.05 s,
which is most of what such a test costs. Nothing is shared but code that depends on nothing else than its source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any, ClassVar

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule


class Remembered(Rule):
    """A route whose functions that build URLs were made before, if those of a route that reads the same were.

    They get the route itself as an argument. Werkzeug keeps `_compile_builder` to itself: under another name this one
    is never called, and tests take longer.
    """

    known: ClassVar[dict[object, Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        known = (self.rule, self.subdomain, self.merge_slashes, repr(self.defaults), append_unknown)
        if known not in self.known:
            self.known[known] = super()._compile_builder(append_unknown)
        return self.known[known]


class Kept(BytecodeCache):
    """Compiled templates in memory, by name, file and text."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(autouse=True, scope="session")
def _compiled_once() -> Iterator[None]:
    """For every application that a test makes in this process."""
    before: Any = Flask.url_rule_class, Flask.jinja_options
    Flask.url_rule_class, Flask.jinja_options = Remembered, {"bytecode_cache": Kept()}
    yield
    Flask.url_rule_class, Flask.jinja_options = before
