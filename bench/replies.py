"""Reads mails for a corpus scorer in this very process: what `sixpm inbound parse --batch` does in a child's.

python -m bench.replies < paths
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from engine.inbound.parse import parse
from sixpm.inbound.parsing import answer


def main() -> None:
    """One line out for each path in, in order."""
    for line in sys.stdin:
        if path := line.rstrip("\n"):
            print(json.dumps({"path": path, **answer(Path(path), parse)}), flush=True)


if __name__ == "__main__":
    main()
