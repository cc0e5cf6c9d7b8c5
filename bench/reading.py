"""How long a mail takes to be read, beside other libraries on the same texts in the same run."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.machine import ROOT
from bench.reply_parsers import measure
from engine.inbound.parse import parse

PEERS = ("mail-parser-reply>=1.36,<2", "email-reply-parser>=0.5.12,<0.6", "quotequail>=0.5.4,<0.6")
OWN = ROOT / "tests" / "corpus"
SHARED = ROOT.parent / "shared" / "corpus" / "inbound"
BARE = b"From: a@example.org\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Case:
    """A mail as it came, its text, and what its writer said where that is known."""

    raw: bytes
    text: str
    expected: str | None


def cases() -> list[Case]:
    """The project's own mails, and those of the shared corpus of replies where it is there."""
    known = [path for path in sorted(OWN.glob("*.eml")) if path.with_suffix(".txt").exists()]
    own = [Case(path.read_bytes(), "", path.with_suffix(".txt").read_text("utf-8")) for path in known]
    table = SHARED / "cases.jsonl"
    rows = [json.loads(line) for line in table.read_text("utf-8").splitlines()] if table.exists() else []
    more = [Case((SHARED / row["eml_path"]).read_bytes(), "", row["expected_reply_text"]) for row in rows
            if not row.get("policy")]  # fmt: skip
    return [Case(case.raw, parse(case.raw).text, case.expected) for case in (*own, *more)]


def results(found: Sequence[Case]) -> list[dict[str, Any]]:
    """Figures by name: ours from the raw mail on, ours from the bare text on, and each peer from the text on."""
    raw = [{"text": str(n), "expected": case.expected} for n, case in enumerate(found)]
    texts = [{"text": case.text, "expected": case.expected} for case in found]
    whole = measure(lambda n: parse(found[int(n)].raw).reply_text, raw)
    return [{"name": "sixpm, raw mail", **whole}, *_text_alone(texts), *_peers(texts)]


def _text_alone(texts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The peers' task: the text without the mail around it. Ours still reads it as a mail, with one header."""
    given = [{**case, "text": (BARE + case["text"].encode("utf-8", "replace")).decode()} for case in texts]
    return [{"name": "sixpm, text", **measure(lambda text: parse(text.encode()).reply_text, given)}]


def _peers(texts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    given = "".join(json.dumps(case) + "\n" for case in texts)
    words = [str(_python()), str(ROOT / "bench" / "reply_parsers.py")]
    done = subprocess.run(words, input=given, capture_output=True, text=True, check=False, cwd=ROOT / "bench")
    if done.returncode:
        raise SystemExit(f"the other libraries could not be measured:\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def _python() -> Path:
    """The Python of a folder of its own that has the peers, made at first use."""
    folder = ROOT / ".cache" / "bench-reply-parsers"
    python, made = folder / "bin" / "python", folder / "made"
    if not made.exists():
        print("installing the other libraries into a folder of its own …", file=sys.stderr, flush=True)
        venv.create(folder, clear=True, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEERS]
        subprocess.run(list(map(str, install)), check=True)
        made.touch()
    return python
