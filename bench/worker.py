"""A worker of a benchmark: the product's own, with the kinds of bench.letters made known.

    python -m bench.worker --queues send,bulk --concurrency 2 --name bench [--notes DIR] [--stages] [--profile]

With --notes each child names its threads in DIR, so that its CPU can be told apart; --stages times rendering, and
--profile runs the sending loop under cProfile (bench.stages).
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from celery.signals import worker_process_init

from bench import letters, stages
from engine.tasks.worker import serve


def main() -> int:
    """Serve until TERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queues", default="send,bulk")
    parser.add_argument("--concurrency", type=int, default=2)
    parser.add_argument("--name", default=f"bench-{os.getpid()}")
    parser.add_argument("--notes", type=Path)
    parser.add_argument("--stages", action="store_true")
    parser.add_argument("--profile", action="store_true")
    args = parser.parse_args()
    letters.register()
    stages.Messages.watch()
    if args.stages:
        stages.Rendering.watch()
    if args.profile and args.notes:
        stages.profile_loop(args.notes)

    @worker_process_init.connect(weak=False)  # type: ignore[untyped-decorator]
    def born(**_: Any) -> None:
        if args.notes:
            stages.keep_notes(args.notes)

    return serve(args.queues, args.concurrency, args.name)


if __name__ == "__main__":
    sys.exit(main())
