"""What a story leaves to be done once its transaction has committed: ids only, and losing them costs seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Batches to claim, inbound mails to read, rereadings, erasures, imports and dry runs to go on with; the tasks
    layer turns them into hints after commit."""

    batches: tuple[int, ...] = ()
    inbound: tuple[int, ...] = ()
    reread: tuple[int, ...] = ()
    erase: tuple[int, ...] = ()
    imports: tuple[int, ...] = ()
    dry_runs: tuple[int, ...] = ()

    def __add__(self, other: FollowUp) -> FollowUp:
        return FollowUp(
            self.batches + other.batches, self.inbound + other.inbound, self.reread + other.reread,
            self.erase + other.erase, self.imports + other.imports, self.dry_runs + other.dry_runs,
        )  # fmt: skip

    def __bool__(self) -> bool:
        return bool(self.batches or self.inbound or self.reread or self.erase or self.imports or self.dry_runs)
