"""Tags read by Jinja's own parser, each on a line of its own, so that every node says which tag it is of."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.campaigns.content.language.faults import Refused, at
from engine.campaigns.content.language.splitting import Tag

_FIRST = 2  # the line of the first tag: each text before a tag is its number and a line end
_PARSER = ImmutableSandboxedEnvironment()


def tree(source: str, tags: Sequence[Tag]) -> nodes.Template:
    """The tree of these tags; the texts between them are their numbers. Raises Refused."""
    code = "".join(f"{n}\n{tag.code}" for n, tag in enumerate(tags)) + f"{len(tags)}\n"
    try:
        return _PARSER.parse(code)
    except TemplateSyntaxError as error:
        tag = tags[min(max(error.lineno - _FIRST, 0), len(tags) - 1)]
        words = f"This tag cannot be read ({(error.message or '').rstrip('.')}). Mend it, or write it simpler."
        raise Refused([at(source, tag.start, words)]) from error
    except (RecursionError, MemoryError, ValueError, OverflowError) as error:
        raise Refused(
            [at(source, _crowded(tags).start, "This tag is too deep to be read. Write it simpler.")]
        ) from error


def number(node: nodes.Node) -> int:
    """Which tag a node is of."""
    return node.lineno - _FIRST


def _crowded(tags: Sequence[Tag]) -> Tag:
    return max(tags, key=lambda tag: sum(map(tag.inner.count, "([-+")) + tag.inner.count("not "))


__all__ = ["number", "tree"]
