"""`sixpm backup` and `sixpm restore` on a real server: what is in the file, who is refused, and what is held after."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from engine import VERSION, config, db, sealing
from engine.outbound import record, stop, sweep
from sixpm.__main__ import main
from sixpm.backup import queries
from sixpm.embedded import postgres
from tests.engine.outbound.world import SECRET, Office
from tests.fakes.database import Databases
from tests.fakes.smtp_sink import sink_process


@pytest.fixture
def office(engine_db: Engine, db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A workspace, and the command's environment."""
    monkeypatch.setenv("SIXPM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SIXPM_SECRET_KEY", SECRET)
    monkeypatch.setenv("SIXPM_BROKER_URL", "amqp://nobody")  # no queues of ours in the database
    point_at(monkeypatch, db_url)
    return Office.open(engine_db, 1)


def point_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let the command work on the database of `url`."""
    monkeypatch.setenv("SIXPM_DATABASE_URL", url)
    config.settings.cache_clear()


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def over(office: Office, file: Path, *words: str) -> Result:
    """Restore in place of the office's own database, which nobody is connected to."""
    office.engine.dispose()
    return call("restore", file, "--over", office.engine.url.database or "", "--yes", *words)


def made(office: Office, file: Path) -> Path:
    done = call("backup", file)
    assert done.exit_code == 0, done.output
    return file


def test_a_backup_says_what_it_is_and_leaves_a_row_an_act_and_a_manifest(office: Office, tmp_path: Path) -> None:
    office.plan(["ok@x.test"])

    done = call("backup", tmp_path, "--json")
    told = json.loads(done.output)

    file = Path(told["file"])
    assert file.parent == tmp_path
    assert file.stat().st_mode & 0o777 == 0o600
    assert (told["release"], told["migration"]) == (VERSION, "0007")
    assert told == {"file": str(file), **json.loads((tmp_path / f"{file.name}.json").read_text())}
    assert told["keys"] == sealing.fingerprints(SECRET)
    assert SECRET not in file.with_name(f"{file.name}.json").read_text()
    assert any("SIXPM_SECRET_KEY" in line for line in told["outside"])
    assert office.value(
        "SELECT (file, size, release) = (:f, :s, :r) FROM backup", f=str(file), s=told["size"], r=VERSION
    )
    assert office.value("SELECT act || ' ' || about FROM act") == f"backed_up {file.name}"


def test_a_backup_is_never_written_over(office: Office, tmp_path: Path) -> None:
    file = made(office, tmp_path / "one.dump")
    before = file.read_bytes()

    again = call("backup", file)

    assert again.exit_code == 1
    assert "never written over" in again.output
    assert file.read_bytes() == before
    assert list(tmp_path.glob("*.part")) == []


def test_after_a_restore_into_the_same_cluster_everything_unfinished_is_held_and_nothing_can_be_claimed(
    engine_db: Engine, office: Office, tmp_path: Path
) -> None:
    """The cluster's own number is the same: that a restore happened must be seen without it."""
    with sink_process(tmp_path / "sink.log") as sink:
        sending = Office(office.engine, Office.open(engine_db, sink.port).settings, office.workspace_id)
        run = sending.plan(["a@x.test", "b@x.test"])
        file = made(office, tmp_path / "before.dump")
        with sending.sender() as sender:
            sender.work(20)
        assert sending.states(run.run_id) == {"sent": 2}
        office.run_sql("DELETE FROM heartbeat")  # a minute later

        done = over(office, file)

        assert done.exit_code == 0, done.output
        assert f"held: prompt run {run.run_id}, 2 not known to have left" in done.output
        assert "resume it" in done.output
        with sending.sender() as sender:
            sender.work(3)
        assert sending.states(run.run_id) == {"queued": 2}
        assert sink.log.read_text().count("@test>") == 2
    assert office.value("SELECT state FROM run") == "held"
    assert "from a backup of" in office.value("SELECT reason FROM run")
    assert office.value("SELECT DISTINCT about FROM act WHERE act = 'restored'") == "before.dump"


def test_a_dump_of_ours_restored_by_hand_claims_nothing_before_its_runs_are_held(
    office: Office, tmp_path: Path
) -> None:
    office.plan(["a@x.test"])
    file = made(office, tmp_path / "x.dump")
    over(office, file)
    office.run_sql("DELETE FROM origin")  # what the file holds, and no more, as pg_restore alone leaves it
    office.run_sql("UPDATE run SET state = 'open', reason = ''")

    with office.engine.begin() as conn:
        assert record.claim(conn, "eager", db.now(conn), 5, 30) == []
    with office.engine.begin() as conn:
        assert sweep.hold_after_restore(conn, db.now(conn)) == 1
    assert office.value("SELECT state FROM run") == "held"


def test_identifiers_of_lost_rows_are_not_given_away_again(office: Office, tmp_path: Path) -> None:
    office.plan(["a@x.test"])
    file = made(office, tmp_path / "x.dump")
    lost = office.plan(["b@x.test"])

    assert over(office, file).exit_code == 0

    after = office.plan(["c@x.test"])
    assert after.run_id > lost.run_id + queries.GAP / 2
    assert office.value("SELECT count(*) FROM delivery WHERE run_id = :r", r=after.run_id) == 1


def test_a_held_run_goes_on_when_a_person_says_so(office: Office, tmp_path: Path) -> None:
    run = office.plan(["a@x.test"])
    over(office, made(office, tmp_path / "x.dump"))

    with office.engine.begin() as conn:
        stop.resume(conn, run.run_id, db.now(conn), "account:1")
        claimed = record.claim(conn, "eager", db.now(conn), 5, 30)

    assert [batch.run_id for batch, _ in claimed] == [run.run_id]


def test_what_was_there_is_kept_under_another_name(office: Office, databases: Databases, tmp_path: Path) -> None:
    file = made(office, tmp_path / "x.dump")
    office.plan(["later@x.test"])

    done = over(office, file)

    assert office.value("SELECT count(*) FROM run") == 0
    name = done.output.split("is the database ")[1].split(".")[0]
    kept = db.create_engine(databases.server.url(name))
    with kept.connect() as conn:
        assert conn.scalar(text("SELECT address FROM delivery")) == "later@x.test"
    kept.dispose()


def test_data_is_replaced_only_when_its_name_is_said_and_the_person_says_yes(office: Office, tmp_path: Path) -> None:
    file = made(office, tmp_path / "x.dump")
    name = office.engine.url.database or ""
    office.engine.dispose()

    unnamed, other = call("restore", file, "--yes"), call("restore", file, "--over", "another", "--yes")
    no = CliRunner().invoke(main, ["restore", str(file), "--over", name], input="n\n")

    assert f"--over {name}" in unnamed.output
    assert f"is {name}, not another" in other.output
    assert "nothing was changed" in no.output
    assert {unnamed.exit_code, other.exit_code, no.exit_code} == {1}


def test_a_backup_fills_an_empty_database_or_one_with_a_schema_alone(
    office: Office, empty_db_url: str, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.plan(["a@x.test"])
    file = made(office, tmp_path / "x.dump")

    fresh = databases.create()
    for url in (empty_db_url, fresh):
        point_at(monkeypatch, url)
        done = call("restore", file, "--yes")
        assert done.exit_code == 0, done.output
        there = db.create_engine(url)
        with there.connect() as conn:
            assert conn.scalar(text("SELECT state FROM run")) == "held"
            assert db.heads(conn)[0] == db.heads(conn)[1]
        there.dispose()
    databases.drop(fresh)


def test_processes_that_are_alive_or_connected_keep_a_restore_away(office: Office, tmp_path: Path) -> None:
    file = made(office, tmp_path / "x.dump")
    with office.engine.begin() as conn:
        db.beat(conn, "queue:send", "host:1")
    beating = over(office, file)
    office.run_sql("DELETE FROM heartbeat")
    with office.engine.connect() as conn:
        conn.execute(text("SELECT 1"))
        office_in = call("restore", file, "--over", office.engine.url.database or "", "--yes")

    assert "alive: queue:send" in beating.output
    assert "connected" in office_in.output
    assert {beating.exit_code, office_in.exit_code} == {1}


def test_another_secret_key_is_refused_unless_it_is_said(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = made(office, tmp_path / "x.dump")
    monkeypatch.setenv("SIXPM_SECRET_KEY", "another one, which is as long as it has to be")
    config.settings.cache_clear()

    refused, said = over(office, file), over(office, file, "--other-key")

    assert refused.exit_code == 1
    assert "another SIXPM_SECRET_KEY" in refused.output
    assert said.exit_code == 0, said.output
    assert "enter the secrets" in said.output


def test_a_damaged_file_is_refused_with_and_without_its_manifest(office: Office, tmp_path: Path) -> None:
    file = made(office, tmp_path / "x.dump")
    file.write_bytes(file.read_bytes()[:-2000])

    told = over(office, file)
    (tmp_path / "x.dump.json").unlink()
    bare = over(office, file)

    assert "cut or changed" in told.output
    assert "damaged" in bare.output or "no backup" in bare.output
    assert {told.exit_code, bare.exit_code} == {1}
    assert office.value("SELECT count(*) FROM workspace") == 1


def test_an_older_backup_is_migrated_and_a_newer_one_refused(
    office: Office, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = office
    newer.run_sql("UPDATE alembic_version SET version_num = '9999'")
    file = made(newer, tmp_path / "newer.dump")
    refused = over(newer, file)
    url = databases.create(None)
    db.upgrade(url, "0004")
    old = db.create_engine(url)
    with old.begin() as conn:
        conn.execute(text("INSERT INTO workspace (name, mail_from, reply_domain) VALUES ('Old', 'a@b.test', 'r.test')"))
    old.dispose()
    point_at(monkeypatch, url)
    older = made(newer, tmp_path / "older.dump")

    done = call("restore", older, "--over", db.database(url), "--yes")

    assert "install that release" in refused.output
    assert done.exit_code == 0, done.output
    with old.connect() as conn:
        assert db.heads(conn)[0] == db.heads(conn)[1]
        assert conn.scalar(text("SELECT name FROM workspace")) == "Old"
    old.dispose()
    databases.drop(url)


def test_an_embedded_instance_that_is_stopped_is_backed_up_and_restored_in_its_folder(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`sixpm backup` in the folder of `sixpm run`: the server is started for it and stopped again."""
    monkeypatch.delenv("SIXPM_DATABASE_URL")
    monkeypatch.delenv("SIXPM_BROKER_URL")
    with tempfile.TemporaryDirectory(prefix="sixpm-home-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        monkeypatch.setenv("SIXPM_HOME", folder)
        config.settings.cache_clear()
        server = postgres.start(home / "postgres", sync=False)
        db.bootstrap(server.url("postgres"), "sixpm")
        db.upgrade(server.url("sixpm"))
        engine = db.create_engine(server.url("sixpm"))
        Office.open(engine, 1)
        engine.dispose()
        postgres.stop(server.folder)

        kept = call("backup", tmp_path / "x.dump")
        back = call("restore", tmp_path / "x.dump", "--over", "sixpm", "--yes")

        assert kept.exit_code == 0, kept.output
        assert back.exit_code == 0, back.output
        assert postgres.running(home / "postgres") is None
