"""How long other libraries take for the reply in a text, run by the Python that has them: one JSON line for each.

    python bench/reply_parsers.py < texts

Standard input: one JSON object a line with `text` (the decoded body) and `expected` (the reply, or null). Each library
reads all texts ROUNDS times; a text's time is its fastest. It knows nothing of this project.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

ROUNDS = 5


def libraries() -> dict[str, Callable[[str], str]]:
    """Each by its name: text in, reply out, as its own README calls it."""
    import quotequail  # type: ignore[import-not-found]  # in a folder of their own
    from email_reply_parser import EmailReplyParser  # type: ignore[import-not-found]
    from mailparser_reply import EmailReplyParser as MailParserReply  # type: ignore[import-not-found]

    languages = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "cs", "ja", "ko", "zh"]
    by_language = MailParserReply(languages=languages)

    def mail_parser_reply(text: str) -> str:
        return by_language.parse_reply(text=text) or ""

    def quail(text: str) -> str:
        return "\n".join(part for kept, part in quotequail.quote(text, quote_intro_line=True) if kept)

    return {
        "mail-parser-reply": mail_parser_reply,
        "email-reply-parser": lambda text: EmailReplyParser.parse_reply(text) or "",
        "quotequail": quail,
    }


def measure(read: Callable[[str], str], cases: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Milliseconds a text (median, p99, slowest), how many of the known replies were met, how often it raised."""
    spent, exact, raised = [], 0, 0
    for case in cases:
        best, said = float("inf"), None
        for _ in range(ROUNDS):
            began = time.perf_counter()
            try:
                said = read(case["text"])
            except Exception:  # a library's fault is a figure here
                said = None
            best = min(best, time.perf_counter() - began)
        raised += said is None
        exact += said is not None and case["expected"] is not None and _same(said, case["expected"])
        spent.append(1000 * best)
    spent.sort()
    p99 = spent[min(len(spent) - 1, int(0.99 * len(spent)))]
    figures = {"median_ms": statistics.median(spent), "p99_ms": p99, "max_ms": spent[-1]}
    return {**{name: round(value, 3) for name, value in figures.items()}, "exact": exact, "raised": raised}


def _same(said: str, expected: str) -> bool:
    return " ".join(said.split()) == " ".join(expected.split())


def main() -> None:
    """Read all texts, then measure each library."""
    cases = [json.loads(line) for line in sys.stdin]
    for name, read in libraries().items():
        print(json.dumps({"name": name, **measure(read, cases)}), flush=True)


if __name__ == "__main__":
    main()
