"""A mail server in memory for ledger_pipeline: answers when it is told to, and breaks every rule that servers break."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from engine.transports.smtp.protocol import Link

# What a server may do beside 250, 450, 550, "lost" (it took the content, and the line broke) and "broken" (it broke):
ANSWERS = (
    "421@MAIL", "421@RCPT", "421@DATA",  # 421 at that step, or to a content
    "503",  # out of place
    "stuck",  # it refuses a content, and its envelope stands until RSET
    "stray",  # a second 250 in the segment
    "stray421",  # an unasked 421, in the segment or, when nothing was asked, alone
    "354",  # nobody was accepted, and DATA is answered 354 all the same
    "slowly",  # one reply of a group alone
)  # fmt: skip

_REFUSALS = {"450": "450 4.2.0 later", "550": "550 5.1.1 nobody", "503": "503 5.5.1 out of place"}
_GOODBYE = "421 4.3.2 bye"
_CONTENTS = ("dot", "BDAT")


@dataclass
class Server:
    """The other end of one connection, and the transport our end writes to. `asked` has (command, seq) unanswered."""

    asked: deque[tuple[str, int]] = field(default_factory=deque)
    closing: bool = False
    link: Link | None = None
    _text: bytes = b""
    _seq: int = 0
    _dotted: bool = False  # content that ends with a dot comes next
    _octets: int = 0  # of a chunk, still to come
    _nobody: bool = False  # 354 was said though no recipient was accepted
    _stuck: bool = False
    _refused: bool = False  # the last recipient was
    _full: bool = False  # it took a piece and wants no more before it has been asked for

    def write(self, data: bytes | memoryview) -> None:
        """Cut into commands and contents. A content that does not come whole fills the buffer."""
        self._text += data
        while self._text and (self._chunk() if self._octets else self._lines()):
            pass
        if (self._octets or self._dotted) and self._text:
            assert self.link is not None
            self._full = True
            self.link.pause_writing()

    def _chunk(self) -> bool:
        whole = len(self._text) >= self._octets
        if whole:
            self._text = self._text[self._octets :]
            self._octets = 0
            self.asked.append(("BDAT", self._seq))
        return whole

    def _lines(self) -> bool:
        if self._dotted and self._text.startswith(b".\r\n"):
            assert self._nobody, "a lone dot, and a recipient for it: an empty mail"
            self._text, self._dotted = self._text[3:], False
            self.asked.append(("lone dot", self._seq))
            return True
        head, found, rest = self._text.partition(b"\r\n.\r\n" if self._dotted else b"\r\n")
        if found:
            self._text = rest
            self._command(head)
        return bool(found)

    def _command(self, line: bytes) -> None:
        if self._dotted:
            assert not self._nobody, "content for nobody"
            self._dotted = False
            self.asked.append(("dot", self._seq))
            return
        if line.startswith(b"BDAT"):
            assert not self._stuck, "content for an old envelope"
            assert line.endswith(b" LAST")
            self._octets = int(line.split()[1])
            return
        if line.startswith(b"RCPT"):
            self._seq = int(line.partition(b"<")[2].partition(b"@")[0])
        self.asked.append((line[:4].decode(), self._seq))

    def unanswered(self) -> list[int]:
        """Of which contents nobody knows what became."""
        return [seq for command, seq in self.asked if command in _CONTENTS]

    def content_waits(self) -> bool:
        """Whether the next answer is one to a whole content."""
        return not self._full and bool(self.asked) and self.asked[0][0] in _CONTENTS

    def answer(self, how: str) -> tuple[bytes | None, int]:
        """What it says to the oldest content or group, and the seq it accepted or 0.

        b"" is a line that breaks; None says nothing, and makes room for the rest of a content.
        """
        if self._full:
            return self._in_content(how), 0
        if not self.asked:
            return (_said(_GOODBYE) if how == "stray421" else _said()), 0
        if how in ("lost", "broken"):
            return b"", self._content(how)[1] if self.asked[0][0] in _CONTENTS else 0
        if self.asked[0][0] in _CONTENTS:
            reply, taken = self._content(how)
            said = [reply]
        else:
            said, taken = self._group(how), 0
        said += ["250 2.0.0 stray"] * (how == "stray") + [_GOODBYE] * (how == "stray421")
        return _said(*said), taken

    def _in_content(self, how: str) -> bytes | None:
        if how in ("lost", "broken"):
            return b""
        if how.startswith("421"):
            return _said(_GOODBYE)
        if how in _REFUSALS:
            return _said(_REFUSALS[how])
        self._full = False
        return None

    def _content(self, how: str) -> tuple[str, int]:
        command, seq = self.asked.popleft()
        if how.startswith("421"):
            return _GOODBYE, 0
        if how == "stuck" and command == "BDAT":
            self._stuck = True
            return "554 5.6.0 not this", 0
        if how in _REFUSALS or how == "broken":
            return _REFUSALS.get(how, ""), 0
        if self._refused:
            return "554 5.5.1 nobody", 0
        return "250 2.0.0 ok", seq

    def _group(self, how: str) -> list[str]:
        said: list[str] = []
        self._nobody = how == "354"
        while self.asked and self.asked[0][0] not in _CONTENTS:
            command, _ = self.asked.popleft()
            if how == f"421@{command}":
                return [*said, _GOODBYE]
            said.append(self._of_group(command, how))
            if how == "slowly":
                break
        return said

    def _of_group(self, command: str, how: str) -> str:
        if command == "lone dot":
            self._nobody = False
            return "554 5.5.1 nobody"
        if command == "RSET":
            self._stuck = False
        elif command == "MAIL" and self._stuck:
            return "503 5.5.1 nested MAIL"
        elif command == "RCPT":
            self._refused = how in _REFUSALS or how == "354"
            return _REFUSALS.get(how, _REFUSALS["550"]) if self._refused else "250 2.1.5 ok"
        elif command == "DATA":
            self._dotted = how not in _REFUSALS
            return "354 go on" if self._dotted else "554 5.5.1 nobody"
        return "250 2.1.0 ok" if command == "MAIL" else "250 2.0.0 ok"

    def is_closing(self) -> bool:
        """Whether our end has dropped it."""
        return self.closing

    def abort(self) -> None:
        """Our end drops the connection; what is written may still arrive."""
        self.closing = True


def _said(*replies: str) -> bytes | None:
    return "".join(f"{reply}\r\n" for reply in replies).encode() or None
