"""A value that a person lacks: empty in a condition and for `or`, a fault of that person where it would be printed."""

from __future__ import annotations

from jinja2.runtime import Undefined

from engine.campaigns.content.language.known import PARTS


class Missing(Undefined):
    """As Jinja's strict one where it is printed; asked whether it is there, or compared, it just is not."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return f"{(self._undefined_name or 'a value').replace(PARTS, '.')} is missing"

    def __bool__(self) -> bool:
        return False

    def _less(self, other: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _less  # type: ignore[assignment]
    __str__ = Undefined._fail_with_undefined_error
    __hash__ = Undefined.__hash__


__all__ = ["Missing"]
