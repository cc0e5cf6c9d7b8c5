"""Mails a second from launch to last row recorded, beside Postfix's own smtp-source into the same sink.

    python -m bench.outbound [--recipients 50000] [--workers 2] [--connections 50] [--dkim] [--digest]
                             [--sizes 10000,100000,1000000] [--stages] [--profile]

A run is planned through the story, two children of a worker started by the command line send it, a scheduler sweeps;
PostgreSQL (durable), RabbitMQ and smtp-sink are real and private. The workers have sent a short run before. Prints a
table and, as its last line, JSON; exits 1 when the books do not balance.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench import launching, letters, samples, stages
from bench.bill import Bill, bill, family, forget_peaks, peak_mb
from bench.instance import Instance, set_up
from bench.launching import Launched
from bench.machine import machine, source_rate

WARM = 1000  # recipients of the run before the one that counts
PASS = 10_000  # recipients of the passes with hooks
SOURCE = 100_000  # messages of smtp-source at most
SLOWEST = 50  # messages a second below which the benchmark gives up


@dataclass(frozen=True, slots=True)
class Result:
    """One run. Rates are messages a second, times seconds, costs microseconds of CPU per message."""

    recipients: int
    end_to_end: float
    total_s: float
    plan_s: float
    first_sent_s: float
    cpu_us_per_message: dict[str, float]
    stages_us: dict[str, float]
    peak_rss_mb: float
    planner_rss_mb: float
    commits_per_s: float
    wal_bytes_per_message: int
    by_second: list[int]
    faults: list[str]


def measure(on: Instance, root: int, workspace_id: int, kind: str, people: int) -> Result:
    """Launch one run to `people` recipients, wait for it, and bill it. `root` is the worker's first process."""
    groups = on.machine.groups
    me = os.getpid()
    forget_peaks([me, *family(root)])
    before, meters = bill(groups, on.notes), launching.meters(on.url)
    launched = launching.start(on.url, workspace_id, kind, people)
    seconds = launching.wait(on.url, launched, 60 + people / SLOWEST)
    spent = bill(groups, on.notes).since(before)
    commits, wal = (now - then for now, then in zip(launching.meters(on.url), meters, strict=True))
    cost = _cost(spent, launched)
    books = launching.check(on.url, launched)
    return Result(
        recipients=launched.size,
        end_to_end=round(launched.size / seconds, 1),
        total_s=round(seconds, 2),
        plan_s=round(launched.plan_seconds, 2),
        first_sent_s=round(books.first_sent, 3),
        cpu_us_per_message=cost,
        stages_us={"plan": cost["plan"], **stages.split(dict(spent.threads), launched.size)},
        peak_rss_mb=on.peak_mb(root),
        planner_rss_mb=peak_mb([me]),
        commits_per_s=round(commits / seconds, 1),
        wal_bytes_per_message=wal // launched.size,
        by_second=list(books.by_second),
        faults=list(books.faults),
    )


def _cost(spent: Bill, launched: Launched) -> dict[str, float]:
    """Microseconds a message by group; of this process only planning, for else it looked at the batch table."""
    cost = spent.each(launched.size)
    cost.pop("bench")
    return cost | {"plan": round(launched.plan_cpu / launched.size * 1e6, 1)}


def with_hooks(on: Instance, args: argparse.Namespace, workspace_id: int, kind: str) -> dict[str, Any]:
    """The passes that take the sending loop apart: rendering against wire, and a profile."""
    found: dict[str, Any] = {}
    people = min(args.recipients, PASS)
    for flag in [flag for flag in ("stages", "profile") if getattr(args, flag)]:
        process = on.worker(args.workers, [f"--{flag}"])
        measure(on, process.pid, workspace_id, kind, min(WARM, people))
        before = stages.rendering(on.notes)
        result = measure(on, process.pid, workspace_id, kind, people)
        rendered, mails = (now - then for now, then in zip(stages.rendering(on.notes), before, strict=True))
        if flag == "stages" and mails:
            render = rendered / mails * 1e6
            loop = result.stages_us.pop("render_and_wire", 0.0)
            found["stages_with_hooks_us"] = result.stages_us | {
                "render": round(render, 1),
                "wire": round(loop - render, 1),
            }
        on.stop(process)
        if flag == "profile":
            print(stages.top_functions(sorted(on.notes.glob("*.pstats"))))
    return found


def run(args: argparse.Namespace) -> tuple[list[Result], dict[str, Any]]:
    """All runs asked for, on one machine, between two measurements of smtp-source."""
    kind = "bench_digest" if args.digest else "letter"
    sizes = args.sizes or [args.recipients]
    letters.register()
    with machine() as private:
        on = set_up(private, connections=args.connections * args.workers, dkim=args.dkim)
        workspace_id = launching.seed(on.url, max(sizes))
        body = 18_000 if args.digest else 6_000
        source = [source_rate(on.relay, min(max(sizes), SOURCE), body)]
        worker = on.worker(args.workers)
        looked_at = samples.take(on, kind, signed=args.dkim)
        measure(on, worker.pid, workspace_id, kind, min(WARM, *sizes))
        results = [measure(on, worker.pid, workspace_id, kind, size) for size in sizes]
        source.append(source_rate(on.relay, min(max(sizes), SOURCE), body))
        on.stop(worker)
        extra = with_hooks(on, args, workspace_id, kind)
    return results, {
        "smtp_source": round(sum(source) / 2, 1),
        "smtp_source_each": [round(x, 1) for x in source],
        "bytes": looked_at.size,
        "faults": [*looked_at.faults, *(fault for result in results for fault in result.faults)],
        **extra,
    }


def show(results: list[Result], extra: dict[str, Any]) -> None:
    """A table with a column per run."""
    rows: list[tuple[str, list[object]]] = [
        ("recipients", [f"{r.recipients:,}" for r in results]),
        ("messages/s, launch to last row", [f"{r.end_to_end:,.0f}" for r in results]),
        ("smtp-source, messages/s", [f"{extra['smtp_source']:,.0f}"] * len(results)),
        ("ratio", [f"{r.end_to_end / extra['smtp_source']:.2f}" for r in results]),
        ("seconds", [r.total_s for r in results]),
        ("  of these planning", [r.plan_s for r in results]),
        ("  first row sent after", [r.first_sent_s for r in results]),
        ("bytes of a mail", [f"{extra['bytes']:,}"] * len(results)),
        ("commits/s", [f"{r.commits_per_s:,.0f}" for r in results]),
        ("bytes of WAL a message", [r.wal_bytes_per_message for r in results]),
        ("peak MB of a worker child", [r.peak_rss_mb for r in results]),
        ("peak MB of the planner", [r.planner_rss_mb for r in results]),
    ]
    rows += [
        (f"CPU µs a message: {name}", [r.cpu_us_per_message[name] for r in results])
        for name in results[0].cpu_us_per_message
    ]
    rows += [(f"  in workers: {n}", [r.stages_us.get(n, 0) for r in results]) for n in results[0].stages_us]
    for name, values in rows:
        print(f"{name:36}" + "".join(f"{value!s:>14}" for value in values))
    if "stages_with_hooks_us" in extra:
        print("with hooks:", ", ".join(f"{name} {value}" for name, value in extra["stages_with_hooks_us"].items()))
    print("books:", "; ".join(extra["faults"]) or "balanced: every row sent once, sums equal the size of each run")


def parsed(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=50_000)
    parser.add_argument("--workers", type=int, default=2, help="children of the worker")
    parser.add_argument("--connections", type=int, default=50, help="to the relay, of each child")
    parser.add_argument("--dkim", action="store_true", help="sign with rsa-2048")
    parser.add_argument("--digest", action="store_true", help="an 18 KB digest of 20 entries instead of the letter")
    parser.add_argument("--sizes", type=lambda text: [int(word) for word in text.split(",")], help="several runs")
    parser.add_argument("--stages", action="store_true", help="one more pass that times rendering")
    parser.add_argument("--profile", action="store_true", help="one more pass with the sending loops under cProfile")
    parser.add_argument("--out", type=Path, help="append the JSON line to this file")
    return parser.parse_args(words)


def main() -> int:
    """Measure, show, and say whether the books balance."""
    args = parsed(sys.argv[1:])
    results, extra = run(args)
    show(results, extra)
    last = replace(results[-1])
    line = {
        **asdict(last), **extra, "ratio": round(last.end_to_end / extra["smtp_source"], 3),
        "cpu_us_total": round(sum(last.cpu_us_per_message.values()), 1), "dkim": args.dkim, "digest": args.digest,
        "workers": args.workers, "connections": args.connections, "load": os.getloadavg()[0],
        "runs": [asdict(r) for r in results] if len(results) > 1 else [],
    }  # fmt: skip
    print(json.dumps(line))
    if args.out:
        with args.out.open("a") as out:
            out.write(json.dumps(line) + "\n")
    return 1 if extra["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
