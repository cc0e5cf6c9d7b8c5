"""Old workers and an old scheduler give way to new ones while mail leaves, on the new schema: F11.

The old code is what git has of the release before the newest migration: the newest tag that lacks it, else the commit
before it. It runs from a folder of the scenario's own, in the environment of the new one.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.chaos.stage import Stage, holdings, scenario
from bench.machine import ROOT
from engine import db
from engine.people import relays
from engine.people.principal import SYSTEM
from sixpm.embedded import ports
from tests import factories
from tests.stories import scene
from tests.stories.instance import SLOTS
from tests.stories.messages import OLD_MESSAGES
from tests.stories.parts import Part

VERSIONS = "migrations/versions"
TEAM = 20  # people whom a scheduler asks
HEADS = "from engine import db\nwith db.begin() as conn: print(*db.heads(conn))"


def _git(root: Path, *words: str | Path) -> str:
    """What git says of the folder `root`; nothing where it fails."""
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout.strip() if done.returncode == 0 else ""


def _has(root: Path, commit: str, number: str) -> bool:
    return f"{VERSIONS}/{number}_" in _git(root, "ls-tree", "--name-only", commit, "--", f"{VERSIONS}/")


def old_release(root: Path, number: str) -> str:
    """The commit of the release before migration `number`; empty where git cannot tell, as in a tarball."""
    if shutil.which("git") is None or _git(root, "rev-parse", "--show-toplevel") != str(root.resolve()):
        return ""
    tags = _git(root, "tag", "--merged", "HEAD", "--sort=-creatordate").split()
    added = _git(root, "log", "--diff-filter=A", "--format=%H", "--", f"{VERSIONS}/{number}_*").split()
    before = [*tags, f"{added[-1]}^" if added else "HEAD"]
    found = next((commit for commit in before if not _has(root, commit, number)), "")
    return _git(root, "rev-parse", "--verify", "--quiet", "--short", f"{found}^{{commit}}")  # a shallow clone lacks it


def _unpacked(commit: str, folder: Path) -> Path:
    """The tree of a commit in a new folder."""
    packed = folder.with_suffix(".zip")
    subprocess.run(["git", "archive", "--format=zip", "-o", packed, commit], cwd=ROOT, check=True, timeout=60)
    shutil.unpack_archive(packed, folder)
    return folder


def _old_tree(stage: Stage) -> Path:
    """Where the old code is: this release's own folder where there is no other."""
    with stage.house.engine.begin() as conn:
        _, newest = db.heads(conn)
    commit = old_release(ROOT, str(newest))
    tree = _unpacked(commit, stage.house.base / "old") if commit else ROOT
    stage.notes["old"] = commit or "none: no git history, so both releases are this one"
    schema, code = stage.house.speak(HEADS, tree=tree).split()
    stage.notes |= {"schema": schema, "old code": code}
    stage.check(not commit or code < schema, f"the old code wants schema {code}, and there is {schema}")
    return tree


@scenario("f11", "rolling restart of all workers and the scheduler, from the release before to this one")
def rolled(stage: Stage) -> None:
    """Each old part is told to go (TERM) once the new ones are up; messages of all releases are in the queues.

    The schema is the new one from the beginning, as it is when an instance is brought up to date.
    """
    house = stage.house
    names = ("sender", "sender2", "scheduler")
    tree = _old_tree(stage)
    house.trees = dict.fromkeys(names, tree)
    sender, sender2, scheduler = house.up(*names)
    run = stage.under_way(workspace_id=_with_relay(stage))
    _asked(stage)
    stage.hit()
    *new, _ = house.up("sender3", "sender4", "scheduler2")  # from here on two schedulers of two releases give hints
    house.publish([*OLD_MESSAGES, ("deliver", "send", [list(run.batch_ids)], {"unknown": True})])
    house.wait("an old worker sends", lambda: _all_send(stage, [sender]), 60)
    _gone(stage, sender)
    house.wait("an old and a new worker send side by side", lambda: _all_send(stage, [sender2], new), 60)
    _gone(stage, sender2)
    _gone(stage, scheduler)
    stage.healed()
    _asked(stage)
    stage.finish()


def _gone(stage: Stage, old: Part) -> None:
    """Tell an old part to go, and wait until it has."""
    old.process.send_signal(signal.SIGTERM)
    stage.house.wait(f"the old {old.name} has gone", lambda: not old.alive, 60)
    del stage.house.parts[old.name]


def _all_send(stage: Stage, *groups: Sequence[Part]) -> bool:
    """Whether some part of each group leases batches; where none is left to be leased there is another run for them."""
    waiting = "SELECT count(*) FROM batch WHERE state = 'open' AND owner IS NULL"
    if not stage.house.value(waiting):
        stage.plan(stage.scale.rows // 6)
    return all(holdings(stage.house, [pid for part in group for pid in part.children()]) for group in groups)


def _with_relay(stage: Stage) -> int:
    """A workspace with a relay of its own, as the new release has written it and the old one has to read it."""
    house = stage.house
    with house.engine.begin() as conn:
        made = int(factories.workspace(conn).id)
        relays.set_relay(
            conn, SYSTEM(made), house.settings, host=ports.LOOPBACK, port=house.sink.port, tls="none", user=None,
            password=None, connections=SLOTS,
        )  # fmt: skip
    return made


def _asked(stage: Stage) -> None:
    """A team is asked by whichever scheduler there is."""
    crew = scene.crew(stage.house, TEAM)
    stage.house.wait("the team is asked", lambda: scene.asked(stage.house, crew) == TEAM, 60)
    stage.runs += scene.prompts(stage.house, crew)
