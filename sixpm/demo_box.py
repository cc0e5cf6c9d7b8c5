"""What the mail catcher has got, read from its files: each mail with the kind of run that its Message-ID names."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

from engine.config import Settings, required
from engine.tokens import Keys, read_message_id

HEADS = ("No answer", "Away", "Not asked yet")
_HEAD = re.compile(rf"^({'|'.join(HEADS)}): ", re.MULTILINE)
STRANGER = "not ours"


@dataclass(frozen=True, slots=True)
class Caught:
    """One mail in the catcher. `kind` is its run's; `text` its text part."""

    to: str
    kind: str
    raw: bytes = field(repr=False)
    text: str = field(repr=False)

    def says(self, words: str) -> bool:
        """Whether the text has these words, however it is wrapped."""
        return words in " ".join(self.text.split())

    def groups(self, names: Sequence[str]) -> dict[str, list[str]]:
        """A digest's four groups: of `names` those above the heads (answered), and who stands under each head."""
        top, *rest = _HEAD.split(self.text)
        lines = [line.strip() for line in top.splitlines()]
        found = {"answered": sorted(name for name in names if name in lines)} | {head: [] for head in HEADS}
        for head, below in zip(rest[::2], rest[1::2], strict=True):
            found[head] += " ".join(below.split("\n\n")[0].split()).split(", ")
        return {head: sorted(people) for head, people in found.items()}


class Box:
    """The catcher's folder. `kinds` gives each run's kind."""

    def __init__(self, folder: Path, settings: Settings, kinds: Callable[[], Mapping[int, str]]) -> None:
        self._folder = folder
        self._keys = Keys.of(required(settings.secret_key, "secret_key"))
        self._kinds = kinds

    def mails(self, kind: str = "") -> list[Caught]:
        """The mails of a kind, or all, oldest first; one for each recipient of the envelope."""
        kinds = self._kinds()
        found = []
        for envelope in sorted(self._folder.glob("*.json")):
            raw = envelope.with_suffix(".eml").read_bytes()
            found += [self._read(raw, to, kinds) for to in json.loads(envelope.read_text())["to"]]
        return [mail for mail in found if kind in ("", mail.kind)]

    def count(self, kind: str) -> Mapping[str, int]:
        """How many mails of a kind each address got."""
        return dict(Counter(mail.to for mail in self.mails(kind)))

    def everything(self) -> Mapping[tuple[str, str], int]:
        """How many mails there are by (kind, address)."""
        return dict(Counter((mail.kind, mail.to) for mail in self.mails()))

    def _read(self, raw: bytes, to: str, kinds: Mapping[int, str]) -> Caught:
        mail = message_from_bytes(raw, policy=policy.default)
        row = read_message_id(self._keys, str(mail["Message-ID"] or ""))
        body = mail.get_body(("plain",))
        text = body.get_content().replace("\r\n", "\n") if body is not None else ""
        return Caught(to, kinds.get(row[0], STRANGER) if row else STRANGER, raw, text)
