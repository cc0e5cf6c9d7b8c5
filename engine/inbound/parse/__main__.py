"""The parse process: mails come in on standard input, parsed mails go out on standard output.

Request: 4 bytes of length (big endian), then a JSON header {"own": [domains], "size": n}, then n raw bytes.
Answer: 4 bytes of length, then the JSON of to_dict. Ends at end of file. Its address space is limited to the first
argument, in bytes, where the system knows such a limit.
"""

from __future__ import annotations

import json
import struct
import sys
from typing import BinaryIO

from engine.inbound.parse import parse, to_dict

LENGTH = struct.Struct(">I")


def _limit(size: int) -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    except (ImportError, ValueError, OSError):
        return  # no such limit on this system; the deadline still holds


def _exactly(stream: BinaryIO, size: int) -> bytes | None:
    data = stream.read(size)
    return data if len(data) == size else None


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answers requests until the other side closes."""
    while (head := _exactly(source, LENGTH.size)) is not None:
        header = _exactly(source, LENGTH.unpack(head)[0])
        if header is None:
            return
        asked = json.loads(header)
        raw = _exactly(source, asked["size"])
        if raw is None:
            return
        answer = json.dumps(to_dict(parse(raw, frozenset(asked["own"])))).encode("ascii")
        sink.write(LENGTH.pack(len(answer)))
        sink.write(answer)
        sink.flush()


def main() -> None:
    if len(sys.argv) > 1:
        _limit(int(sys.argv[1]))
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
