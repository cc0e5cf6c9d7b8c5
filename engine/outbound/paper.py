"""What mails of one workspace, of one second, and of equal contents share while they are made."""

from __future__ import annotations

import hashlib
import marshal
import re
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import Any, Generic, TypeVar

from engine import tokens
from engine.outbound import encode
from engine.outbound.drafts import LetterDraft, MailDraft
from engine.outbound.sign import Sign

LINK_DAYS = timedelta(days=400)  # a settings link in an old mail still works a year later
BOUNCE_DAYS = timedelta(days=30)
_ID = re.compile(r"[!-;=?-~]{1,250}")  # what may stand between the brackets of a Message-ID and be on one line
_MOST_BYTES = 64 * 1024 * 1024
_T = TypeVar("_T")
_numbers = count(1)


class Paper:
    """One workspace's letterhead. `number` is its own among all of the process; `domain` takes replies, in ASCII.

    Raises ValueError for a domain that is none.
    """

    def __init__(self, sign: Sign) -> None:
        self.number = next(_numbers)
        self.signer = tokens.signer(sign.keys.keys[0])
        self.domain = encode.spec(f"x@{sign.reply_domain}").removeprefix("x@")
        self._ids = tokens.signer(sign.keys.keys[-1])

    def message_id(self, run_id: int, seq: int) -> str:
        """The Message-ID of a delivery."""
        return self._ids.message_id(run_id, seq, self.domain)

    def thread(self, draft: MailDraft | LetterDraft) -> str:
        """The headers that put a mail behind those it follows, with their line ends."""
        before = [self._before(one) for one in draft.after if not isinstance(one, str) or _ID.fullmatch(one)]
        if draft.answering and _ID.fullmatch(draft.answering):
            before.append(f"<{draft.answering}>")
        if not before:
            return ""
        return f"In-Reply-To: {before[-1]}\r\nReferences: " + "\r\n ".join(before) + "\r\n"

    def _before(self, one: tuple[int, int] | str) -> str:
        return f"<{one}>" if isinstance(one, str) else self.message_id(*one)


class Clock:
    """What mails say of the time: their Date, and the days their tokens are good until. Good for one second."""

    def __init__(self, now: datetime) -> None:
        utc = now.astimezone(UTC)
        self.date = format_datetime(utc)
        self.link_day = tokens.day(utc.date() + LINK_DAYS)
        self.bounce_day = tokens.day(utc.date() + BOUNCE_DAYS)


class Kept(Generic[_T]):
    """The values used last, at most `most` and 64 MB of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, tuple[_T, int]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._found)

    def get(self, key: Hashable) -> _T | None:
        """The value, if it is still here."""
        found = self._found.get(key)
        if found is None:
            return None
        self._found.move_to_end(key)
        return found[0]

    def keep(self, key: Hashable, value: _T, size: int) -> None:
        """Keep `value`, of `size` bytes; those not used for longest go."""
        if (old := self._found.pop(key, None)) is not None:
            self._size -= old[1]
        self._found[key] = (value, size)
        self._size += size
        while len(self._found) > self._most or (self._size > _MOST_BYTES and len(self._found) > 1):
            _, (_, gone) = self._found.popitem(last=False)
            self._size -= gone


def fingerprint(context: Mapping[str, Any]) -> bytes | None:
    """Equal for contexts of equal plain values (text, numbers, lists, mappings); None where others are among them.

    An 18 KB digest takes 40 microseconds, a thirtieth of compiling it.
    """
    try:
        return hashlib.blake2b(marshal.dumps(dict(context), 2), digest_size=16).digest()
    except ValueError:
        return None
