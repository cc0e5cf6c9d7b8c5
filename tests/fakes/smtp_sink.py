"""A scripted SMTP sink: exact about what it accepted, fast enough to be no bottleneck.

In a test: `async with sink() as s: … s.accepted`. As its own process: `with sink_process(log) as s: … read_log(log)`,
or `python -m tests.fakes.smtp_sink --port 0 --log FILE`, which prints its port and appends one JSON line per accepted
mail, written before the 250 leaves (not fsynced: the log outlives the sink's process, not the machine).
What it does to whom: tests/fakes/smtp_script.py.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.smtp_conversation import Conversation
from tests.fakes.smtp_record import Accepted, Options, Sink
from tests.fakes.smtp_script import Script


async def serve(options: Options, port: int = 0) -> tuple[asyncio.Server, Sink]:
    """Start a sink on 127.0.0.1."""
    shared = Sink(options)
    context = options.context if options.implicit_tls else None
    server = await asyncio.get_running_loop().create_server(
        lambda: Conversation(shared), "127.0.0.1", port, ssl=context, backlog=512
    )
    shared.port = server.sockets[0].getsockname()[1]
    return server, shared


@contextlib.asynccontextmanager
async def sink(**options: Any) -> AsyncIterator[Sink]:
    """A sink in this event loop that keeps what it got."""
    server, shared = await serve(Options(**{"keep": True, **options}))
    try:
        yield shared
    finally:
        server.close()
        shared.drop_all()
        await server.wait_closed()
        await asyncio.sleep(0)
        shared.close()


@dataclass(frozen=True, slots=True)
class SinkProcess:
    """A sink running as its own process."""

    port: int
    pid: int
    log: Path


@contextlib.contextmanager
def sink_process(log: Path, *arguments: str, port: int = 0) -> Iterator[SinkProcess]:
    """Run the sink as a process until the block ends; `arguments` as on its command line."""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "tests.fakes.smtp_sink", "--port", str(port), "--log", str(log), *arguments]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield SinkProcess(int(process.stdout.readline()), process.pid, log)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def read_log(log: Path) -> list[Accepted]:
    """What a sink accepted so far; a last line that is being written is left out."""
    return read_log_from(log, 0)[0]


def read_log_from(log: Path, start: int) -> tuple[list[Accepted], int]:
    """What a sink accepted since the byte `start` of its log, and where to go on."""
    if not log.exists():
        return [], start
    with open(log, "rb") as file:
        file.seek(start)
        said = file.read()
    whole = said[: said.rfind(b"\n") + 1]
    return [Accepted(**json.loads(line)) for line in whole.splitlines()], start + len(whole)


def most_open(log: Path) -> int:
    """The most connections that a sink had open at any instant."""
    return max(map(int, Path(f"{log}.open").read_text().split()), default=0)


def _options(arguments: argparse.Namespace) -> Options:
    context = None
    if arguments.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.cert, arguments.key)
    script = Script()
    if arguments.script:
        named = json.loads(Path(arguments.script).read_text())
        script = Script(connect=named.pop("connect", []), named=named)
    return Options(
        size=arguments.size,
        pipelining=not arguments.no_pipelining,
        eightbit=not arguments.no_8bitmime,
        smtputf8=arguments.smtputf8,
        mail_max=arguments.mail_max,
        chunking=arguments.chunking,
        starttls=bool(context) and not arguments.implicit_tls,
        implicit_tls=arguments.implicit_tls,
        context=context,
        user=arguments.user,
        password=arguments.password,
        script=script,
        log=arguments.log,
    )


async def _main(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    server, shared = await serve(_options(arguments), arguments.port)
    sys.stdout.write(f"{shared.port}\n")
    sys.stdout.flush()
    await stop.wait()
    server.close()
    shared.drop_all()
    shared.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--script", type=Path)
    parser.add_argument("--size", type=int, default=0)
    parser.add_argument("--mail-max", type=int, default=0)
    parser.add_argument("--no-pipelining", action="store_true")
    parser.add_argument("--chunking", action="store_true")
    parser.add_argument("--no-8bitmime", action="store_true")
    parser.add_argument("--smtputf8", action="store_true")
    parser.add_argument("--cert", type=Path)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--implicit-tls", action="store_true")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    try:
        import uvloop
    except ImportError:
        asyncio.run(_main(parser.parse_args()))
    else:
        uvloop.run(_main(parser.parse_args()))


__all__ = ["Accepted", "Options", "Sink", "SinkProcess", "read_log", "read_log_from", "serve", "sink", "sink_process"]


if __name__ == "__main__":
    main()
