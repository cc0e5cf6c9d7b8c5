"""The import of files as a source: a folder with a mail in it, and a person who runs the command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from engine import db
from sixpm.inbound import bring
from tests.conformance.sources import LIMIT, Place, Said, Shape, Told


class Files:
    """`sixpm inbound import`."""

    name = "import"
    envelope = False  # a file has none but what a server wrote into it
    limited = True
    cannot: frozenset[Shape] = frozenset()

    @contextmanager
    def running(self, place: Place) -> Iterator[Importer]:
        """A connection to the database is all it needs."""
        engine = db.create_engine(place.url)
        folder = place.folder / "box"
        folder.mkdir()
        try:
            yield Importer(place, engine, folder)
        finally:
            engine.dispose()

    def original(self, kept: bytes) -> bytes:
        """It adds nothing."""
        return kept


class Importer:
    """Who runs the command, and runs it again when it failed."""

    def __init__(self, place: Place, engine: Engine, folder: Path) -> None:
        self._place, self._engine, self._folder = place, engine, folder
        self._mails = 0

    def deliver(self, raw: bytes, envelope_from: str, envelope_to: Sequence[str]) -> list[Told]:
        """One more file, and a run. Its transaction failed: it says so, and the next run brings the mail in."""
        self._mails += 1
        (self._folder / f"{self._mails}.eml").write_bytes(raw)
        return self.repeat()

    def repeat(self) -> list[Told]:
        """Another run over the newest file."""
        path, reasons = self._folder / f"{self._mails}.eml", list[str]()
        says = bring.Says(lambda name, why: reasons.append(f"{name}: {why}"), lambda tally: None)
        try:
            tally = bring.bring(bring.Wish([path], LIMIT), self._engine.begin, self._offer, says)
        except (db.Away, db.Failure) as error:
            return [Told(Said.AGAIN, str(error))]
        return [Told(Said.REFUSED, reasons[0]) if tally.failed else Told(Said.TAKEN, f"{tally.new} new")]

    def _offer(self, ids: list[int]) -> None:
        try:
            for ident in ids:
                self._place.offer(ident)
        except ConnectionError:
            return  # as progress.Hints does: the sweep finds them
