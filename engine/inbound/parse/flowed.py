"""Soft line breaks of format=flowed undone (RFC 3676), quote depth kept."""

from __future__ import annotations


def unflow(text: str, delsp: bool) -> str:
    """The paragraphs as one line each: lines that end in a space go on in the next of the same quote depth.

    `delsp`: the trailing space was added by the sender and goes (section 4.1). "-- " never flows (section 4.3).
    """
    out: list[list[str]] = []
    flowing, flow_depth = False, 0
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:]
        content = content[1:] if content.startswith(" ") else content
        fixed = content == "-- " or not content.endswith(" ")
        body = content[:-1] if delsp and not fixed else content
        if flowing and depth == flow_depth and content != "-- ":
            out[-1].append(body)
        else:
            out.append([">" * depth + " " if depth else "", body])
        flowing, flow_depth = not fixed, depth
    return "\n".join("".join(line) for line in out)
