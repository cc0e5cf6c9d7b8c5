"""What `sixpm doctor` and `sixpm health` say."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, text

from engine import config, db
from engine.inbound.queries import refusing
from engine.people import workspaces
from sixpm import doctor, health
from sixpm.__main__ import main
from sixpm.doctor import Finding
from sixpm.embedded import ports
from tests import factories as make


def of(check: str) -> Finding:
    return next(finding for finding in doctor.findings() if finding.check == check)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_HOME", str(tmp_path))


def test_an_empty_folder_fails_with_remedies() -> None:
    done = CliRunner().invoke(main, ["doctor"])

    assert done.exit_code == 1
    assert "BAD   database" in done.output
    assert "sixpm run" in done.output


def test_json_holds_every_finding() -> None:
    done = CliRunner().invoke(main, ["doctor", "--json"])

    found = json.loads(done.output)
    assert {finding["check"] for finding in found} >= {"python", "disk", "secret key", "database", "broker", "relay"}
    assert all(finding["remedy"] for finding in found if finding["status"] == "bad")


def test_a_migrated_database_is_fine_but_nobody_lives(db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)

    assert of("database").status == "ok"
    assert of("schema").status == "ok"
    assert of("scheduler") == Finding("scheduler", "bad", "never seen", of("scheduler").remedy)
    assert of("queue send").status == "bad"


def test_an_unmigrated_database_is_named_with_the_command(empty_db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_DATABASE_URL", empty_db_url)

    assert of("schema").status == "bad"
    assert "sixpm migrate" in of("schema").remedy
    CliRunner().invoke(main, ["migrate"], catch_exceptions=False)
    assert of("schema").status == "ok"


def test_the_password_of_a_database_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    port = ports.free_port()
    monkeypatch.setenv("SIXPM_DATABASE_URL", f"postgresql+psycopg://me:hidden@127.0.0.1:{port}/x")

    found = of("database")

    assert found.status == "bad"
    assert "hidden" not in found.text
    assert f"127.0.0.1:{port}" in found.text


def test_signs_of_life_count_while_they_are_fresh(
    conn: Connection, db_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)
    beat = (
        "INSERT INTO heartbeat (role, process, seen_at) VALUES (:role, 'a', clock_timestamp() - :age * interval '1 s')"
    )
    conn.execute(text(beat), [{"role": "scheduler", "age": 1}, {"role": "queue:send", "age": 300}])
    conn.commit()

    settings = config.load()

    assert of("scheduler").status == "ok"
    assert of("queue send").status == "bad"
    assert health.reason(settings, "scheduler", ()) is None
    assert "queue:send" in (health.reason(settings, "worker", ("send",)) or "")


def test_health_of_a_listener_is_its_port(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.create_server((ports.LOOPBACK, 0)) as open_port:
        monkeypatch.setenv("SIXPM_SMTPD_PORT", str(open_port.getsockname()[1]))
        assert CliRunner().invoke(main, ["health", "smtpd"]).exit_code == 0
    config.settings.cache_clear()

    assert CliRunner().invoke(main, ["health", "smtpd"]).exit_code == 1


def test_an_unreachable_database_is_one_text_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_DATABASE_URL", f"postgresql+psycopg://me:hidden@127.0.0.1:{ports.free_port()}/x")

    migrate, worker = (CliRunner().invoke(main, [*words]) for words in (("migrate",), ("health", "worker")))

    assert "The database cannot be used" in migrate.output
    assert (migrate.exit_code, worker.exit_code) == (1, 1)
    assert "refused" in worker.output
    assert "hidden" not in migrate.output + worker.output


def test_a_wrong_setting_is_one_text_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_WEB_PORT", "many")

    done = CliRunner().invoke(main, ["run"])

    assert done.exit_code == 1
    assert "SIXPM_WEB_PORT" in done.output
    assert "Traceback" not in done.output


def test_a_secret_key_that_others_can_read_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_SECRET_KEY", "k" * 40)
    (tmp_path / "secret.key").touch(mode=0o644)

    assert of("secret key").status == "bad"
    assert "chmod 600" in of("secret key").remedy


def test_a_reply_domain_without_mx_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_REPLY_DOMAIN", "reply.company.com")

    def nothing(_domain: str) -> list[str]:
        raise LookupError("no MX")

    assert doctor.reply_domain(config.load(), nothing).status == "bad"
    assert doctor.reply_domain(config.load(), lambda _: ["mx.company.com"]).status == "ok"


def test_an_instance_nobody_owns_says_where_to_set_it_up_and_with_which_code(
    conn: Connection, db_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)
    monkeypatch.setenv("SIXPM_SECRET_KEY", "k" * 40)
    monkeypatch.setenv("SIXPM_ENV", "production")
    code = workspaces.setup_code(config.load())

    before = of("set-up")
    make.workspace(conn)
    conn.commit()

    assert before.status == "warn"
    assert f"/setup and type the code {code}" in before.remedy
    assert of("set-up").status == "ok"


def test_locally_no_code_is_asked_for(db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)
    monkeypatch.setenv("SIXPM_SECRET_KEY", "k" * 40)

    assert "code" not in of("set-up").remedy


def test_a_relay_set_on_the_page_counts_as_one(conn: Connection, db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)
    monkeypatch.setenv("SIXPM_ENV", "production")
    without = of("relay")
    port = ports.free_port()
    insert = "INSERT INTO relay (workspace_id, host, port, tls) VALUES (:w, '127.0.0.1', :port, 'none')"
    conn.execute(text(insert), {"w": make.workspace(conn).id, "port": port})
    conn.commit()

    found = {finding.check: finding for finding in doctor.findings()}

    assert without.status == "bad"
    assert "relay" not in found
    assert found["workspace relay"].text == f"127.0.0.1:{port} does not answer"


@pytest.mark.parametrize(
    ("env", "allow", "status"), [("staging", "", "warn"), ("staging", "@ours.test", "ok"), ("production", "", "ok")]
)
def test_an_instance_that_may_send_to_nobody_says_so(
    monkeypatch: pytest.MonkeyPatch, env: str, allow: str, status: str
) -> None:
    monkeypatch.setenv("SIXPM_ENV", env)
    monkeypatch.setenv("SIXPM_ALLOW", allow)

    assert doctor.allow_list(config.load()).status == status


def test_what_proves_a_providers_mail_is_looked_at_and_none_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_INBOUND_SES", "mail-topic")
    monkeypatch.setenv("SIXPM_INBOUND_POSTMARK", "short")
    monkeypatch.setenv("SIXPM_INBOUND_MAILGUN", "a signing key")

    assert (of("mail by ses").status, of("mail by postmark").status, of("mail by mailgun").status) == (
        "bad",
        "bad",
        "ok",
    )
    assert "SIXPM_INBOUND_SES: Write the topic's ARN" in of("mail by ses").remedy
    assert "mail by sendgrid" not in {one.check for one in doctor.findings()}


def relay_settings(monkeypatch: pytest.MonkeyPatch, port: int, **values: str) -> None:
    for name, value in {"host": "127.0.0.1", "port": str(port), **values}.items():
        monkeypatch.setenv(f"SIXPM_RELAY_{name.upper()}", value)


def test_every_relay_of_the_settings_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        port = there.getsockname()[1]
        relay_settings(
            monkeypatch,
            port,
            preset="sendgrid",
            second=f"smtp://127.0.0.1:{port}",
            bulk="smtp://127.0.0.1:1?preset=ses",
        )

        assert (of("relay").status, of("second relay").status, of("bulk relay").status) == ("ok", "ok", "bad")
        assert of("relay events").status == "warn"
        assert "SIXPM_RELAY_HOOK_SECRET: Verification key" in of("relay events").remedy
        assert "hook_secret in SIXPM_RELAY_BULK: ARN" in of("bulk events").remedy


def test_a_relay_with_a_key_may_send_events(monkeypatch: pytest.MonkeyPatch) -> None:
    relay_settings(monkeypatch, 1, preset="mailgun", hook_secret="a signing key")

    assert of("relay events") == Finding(
        "relay events", "ok", "Mailgun may send them to /hooks/events/mailgun/instance", ""
    )


def test_a_wrong_relay_setting_is_named_and_its_secret_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    relay_settings(monkeypatch, 1, second="ftp://u:secretword@h")

    assert of("relay").status == "bad"
    assert "SIXPM_RELAY_SECOND" in of("relay").text
    assert "secretword" not in of("relay").text


def test_a_mailbox_is_said_to_work_to_fail_or_to_have_nobody(
    conn: Connection, db_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    conn.execute(
        text(
            "INSERT INTO imap_box (name, connected_at, last_ok_at, fetched, failure) VALUES"
            " ('a@mail.test/INBOX', now(), now(), 7, ''), ('b@mail.test/INBOX', NULL, NULL, 0, 'It refuses the login.')"
        )
    )
    conn.commit()
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)

    found = {finding.text: finding.status for finding in doctor.findings() if finding.check == "imap mailbox"}

    assert found == {
        "a@mail.test/INBOX: all fetched 0 s ago, 7 in all": "ok",
        "b@mail.test/INBOX: It refuses the login.": "bad",
    }
    assert of("imap").text == "never seen"
    assert "sixpm imap" in of("imap").remedy


def test_a_webhook_that_was_called_without_a_key_is_said_with_the_setting_it_wants(
    conn: Connection, db_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing.note(conn, "postmark", "inbound_postmark", "")
    conn.commit()
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)

    found = of("mail by postmark")

    assert found.status == "warn"
    assert "SIXPM_INBOUND_POSTMARK is not set" in found.text
    assert "restart" in found.remedy


def test_a_mailbox_that_cannot_be_read_is_said_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_IMAP_URL", "imaps://ada:hunter2@mail.test pop3://bob:hunter3@mail.test")

    found = of("imap url")

    assert found.status == "bad"
    assert found.text.startswith("Address 2 of SIXPM_IMAP_URL begins with neither imaps:// nor imap://")
    assert "hunter" not in found.text


def test_a_mailbox_is_forgotten_by_name(conn: Connection, db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    conn.execute(text("INSERT INTO imap_box (name) VALUES ('a@mail.test/INBOX')"))
    conn.commit()
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)
    db.engine.cache_clear()

    wrong = CliRunner().invoke(main, ["imap", "--forget", "b@mail.test/INBOX"])
    right = CliRunner().invoke(main, ["imap", "--forget", "a@mail.test/INBOX"])
    db.engine().dispose()
    db.engine.cache_clear()

    assert wrong.exit_code == 1
    assert "Known are: a@mail.test/INBOX." in wrong.output
    assert right.exit_code == 0
    assert conn.execute(text("SELECT count(*) FROM imap_box")).scalar_one() == 0
