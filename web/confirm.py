"""Asks before what is hard to undo: by a dialog (static/js/confirm.js), or by a page where scripts do not run.

What says first exactly what it will do has a page in any case: `facts` are its sentences, worked out when it is asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request


def unsure(
    ask: str, then: str, yes: str, back: str, danger: bool = True, facts: Sequence[str] = (), working: str = ""
) -> str | None:  # fmt: skip
    """The page that asks, or None when the person has said yes. The form's own fields are carried along.

    `danger`: whether something is lost by the yes, which is red then. `working`: what is said while the answer takes
    its time.
    """
    if request.form.get("sure") == "yes":
        return None
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "sure")]
    return render_template(
        "confirm.html", ask=ask, then=then, yes=yes, back=back, kept=kept, danger=danger, facts=facts, working=working
    )
