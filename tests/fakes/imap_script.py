"""A small IMAP server that answers what Dovecot cannot be made to answer: throttled, deaf, one mail refused.

Only for such answers; everything else about IMAP is tested against a real Dovecot.
"""

from __future__ import annotations

import contextlib
import re
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

from sixpm.embedded import ports

CAPABILITIES = b"IMAP4rev1 IDLE AUTH=PLAIN"


class Script:
    """One mailbox for whoever logs in. `refuse`: the answer (without its tag) to a command, by the command's name.

    `refuse_mails` are UIDs that are listed and not handed over. IDLE is taken, and nothing is ever told in it.
    """

    def __init__(self) -> None:
        self.mails: dict[int, bytes] = {}
        self.greeting = b"* OK ready"
        self.refuse: dict[str, bytes] = {}
        self.idling = b"+ idling\r\n"
        self.meanwhile: dict[int, bytes] = {}  # mails that come just when IDLE begins
        self.searching: dict[int, bytes] = {}  # mails that come while it searches: told with the answer, not found yet
        self.said = b""  # untagged, before a refusal
        self.refuse_mails: set[int] = set()
        self.mute: set[int] = set()  # UIDs whose size is not told
        self.vanish: set[int] = set()  # mails that go away once their bytes are asked for
        self.sessions = 0
        self.commands: list[str] = []
        script = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                script.sessions += 1
                with contextlib.suppress(OSError):
                    _serve(script, self.rfile, self.wfile)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server((ports.LOOPBACK, 0), Session)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"imap://ada:secret@{ports.LOOPBACK}:{self.port}/INBOX"

    @property
    def name(self) -> str:
        return f"ada@{ports.LOOPBACK}:{self.port}/INBOX"

    def close(self) -> None:
        """Take no more sessions."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(20)


def _serve(script: Script, reader: Any, writer: Any) -> None:
    writer.write(script.greeting + b"\r\n")
    if script.greeting.startswith(b"* BYE"):
        return
    while line := reader.readline().decode().rstrip("\r\n"):
        tag, _, rest = line.partition(" ")
        name = " ".join(rest.split()[:2] if rest.upper().startswith("UID ") else rest.split()[:1]).upper()
        script.commands.append(name)
        if name in script.refuse:
            writer.write(script.said)
            writer.write(f"{tag} ".encode() + script.refuse[name] + b"\r\n")
            continue
        _answer(script, name, rest, reader, writer)
        writer.write(f"{tag} OK done\r\n".encode())
        if name == "LOGOUT":
            return


def _answer(script: Script, name: str, rest: str, reader: Any, writer: Any) -> None:
    """The untagged answers to one command."""
    if name == "CAPABILITY":
        writer.write(b"* CAPABILITY " + CAPABILITIES + b"\r\n")
    elif name == "SELECT":
        following = max(script.mails, default=0) + 1
        writer.write(f"* {len(script.mails)} EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT {following}]\r\n".encode())
    elif name == "UID SEARCH":
        found = " ".join(map(str, _named(script, rest.split()[3] if "UID" in rest.split()[2:3] else "1:*")))
        writer.write(f"* SEARCH {found}".rstrip().encode() + b"\r\n")
        if script.searching:
            script.mails, script.searching = script.mails | script.searching, {}
            writer.write(f"* {len(script.mails)} EXISTS\r\n".encode())
    elif name == "UID FETCH":
        if "BODY" in rest:
            script.mails = {uid: raw for uid, raw in script.mails.items() if uid not in script.vanish}
        for uid in _named(script, rest.split()[2]):
            writer.write(_fetched(script, uid, rest))
    elif name == "IDLE":
        script.mails |= script.meanwhile
        writer.write(script.idling)
        reader.readline()
    elif name == "LOGOUT":
        writer.write(b"* BYE see you\r\n")


def _fetched(script: Script, uid: int, wanted: str) -> bytes:
    number, raw = sorted(script.mails).index(uid) + 1, script.mails[uid]
    if "RFC822.SIZE" in wanted:
        if uid in script.mute:
            return b""
        return f"* {number} FETCH (UID {uid} RFC822.SIZE {len(raw)})\r\n".encode()
    if "BODY" not in wanted or (uid in script.refuse_mails and "HEADER" not in wanted):
        return b""
    part = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in wanted else raw
    section = "BODY[HEADER]" if "HEADER" in wanted else "BODY[]"
    return f"* {number} FETCH (UID {uid} {section} {{{len(part)}}}\r\n".encode() + part + b")\r\n"


def _named(script: Script, words: str) -> list[int]:
    """The UIDs of a sequence set that are there."""
    found = set()
    for first, last in re.findall(r"(\d+)(?::(\d+|\*))?", words):
        low, high = int(first), max(script.mails, default=0) if last == "*" else int(last or first)
        found |= {uid for uid in script.mails if min(low, high) <= uid <= max(low, high)}
    return sorted(found)


@contextlib.contextmanager
def scripted() -> Iterator[Script]:
    """A server with an empty mailbox."""
    made = Script()
    try:
        yield made
    finally:
        made.close()
