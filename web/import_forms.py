"""The form of an import's columns, read from what was posted and kept as it was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.errors import Invalid
from engine.people.imports import values
from engine.people.imports.columns import Column
from engine.people.imports.options import Options


@dataclass
class Typed:
    """What stands in the form: a column each, what holds for all, and what is wrong, by field."""

    columns: Sequence[Column]
    options: Options
    encoding: str
    separator: str
    tags: str = ""
    wrong: dict[str, str] = field(default_factory=dict)
    said: str = ""  # what is wrong with the whole


def typed(form: Mapping[str, str], names: Sequence[str], header: Mapping[str, str]) -> Typed:
    """The form as it was posted. What is no choice is refused by the story, with its field."""
    columns = [
        Column(form.get(f"to-{n}", ""), form.get(f"name-{n}", "").strip()[:50], name, form.get(f"kind-{n}", "text"))
        for n, name in enumerate(names)
    ]
    said, wrong = form.get("consent_date", "").strip(), {}
    try:
        tags = values.tags(form.get("tags", ""))
    except Invalid as error:
        tags, wrong = [], {"tags": f"It {error}."}
    options = Options(
        existing=form.get("existing", "update"), tags=tuple(tags), consent="consent" in form,
        consent_source=form.get("consent_source", "").strip()[:500], consent_date=said, regive="regive" in form,
    )  # fmt: skip
    encoding, separator = form.get("encoding", header["encoding"]), form.get("separator", header["separator"])
    return Typed(columns, options, encoding, separator, form.get("tags", ""), wrong)
