"""docker-compose.yml and Dockerfile, as far as they can be shown without a Docker engine.

The story starts every service as a process of this machine, from the wheel: see tests/fakes/compose.py. The secrets
and the settings are made as docs/howto/production.md says.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from engine.config import SECRETS, Settings
from tests.fakes import compose_file as compose
from tests.fakes import wheel
from tests.fakes.compose import Project
from tests.fakes.dovecot import Dovecot
from tests.fakes.guard import Guard
from tests.fakes.wheel import ROOT

PAGE = ROOT / "docs" / "howto" / "production.md"
DOCUMENT = compose.read(ROOT / "docker-compose.yml")
DOCKERFILE = (ROOT / "Dockerfile").read_text()
REAL, TRIAL = (compose.settings(block) for block in compose.blocks(PAGE, "ini"))
SERVICES = compose.services(DOCUMENT, REAL)
OURS = [service for service in SERVICES.values() if service.built]
LASTING = [service for service in SERVICES.values() if service.name != "migrate"]
DRAIN = 5.0  # seconds a sending worker waits for replies before it releases
CONNECTED = b"SELECT 1 FROM imap_box WHERE last_ok_at IS NOT NULL AND failure = ''"
FETCHED = b"SELECT 1 FROM inbound WHERE source = 'imap' AND state <> 'received'"
FIRST = {"name": "Example", "person": "Ada", "email": "ada@example.org", "password": "three words in a row"}


def make_secrets(folder: Path) -> dict[str, Path]:
    """Carry out the page's own commands in `folder`; the files by the name of their secret."""
    commands = next(block for block in compose.blocks(PAGE, "sh") if "mkdir" in block)
    subprocess.run(["sh", "-eu", "-c", commands], cwd=folder, check=True, env={"PATH": "/usr/bin:/bin"})
    return {name: folder / given["file"] for name, given in DOCUMENT["secrets"].items()}


@pytest.fixture
def project(guard: Guard) -> Iterator[Project]:
    # Not under pytest's own temporary folder, which only its owner may enter: root runs PostgreSQL as somebody else.
    folder = Path(tempfile.mkdtemp(prefix="sixpm-compose-"))
    folder.chmod(0o711)
    guard.folder(folder)
    site = wheel.install(wheel.build(folder), folder / "site")
    found = compose.services(DOCUMENT, TRIAL)
    made = Project(folder, found, make_secrets(folder), compose.image_environment(DOCKERFILE), site, guard)
    try:
        yield made
    finally:
        made.kill()


def wait(what: str, fact: Callable[[], bool], limit: float) -> None:
    deadline = time.monotonic() + limit
    while not fact():
        assert time.monotonic() < deadline, f"did not happen: {what}"
        time.sleep(0.1)


def send_a_test_mail(base_url: str, code: str) -> None:
    """The first visit: make the owner, then ask for a test mail and see that it was sent."""
    with httpx.Client(base_url=base_url, follow_redirects=True, trust_env=False, timeout=20) as web:
        page = submit(web, web.get("/setup"), "/setup", {**FIRST, "code": code})
        page = submit(web, page, "/setup/test", {})
        wait("the page says that the mail was sent", lambda: "mark-good" in web.get(f"{page.url}/state").text, 60)


def submit(web: httpx.Client, page: httpx.Response, path: str, form: dict[str, str]) -> httpx.Response:
    """Send a form of `page`; the page it leads to."""
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[0]
    answer = web.post(path, data={**form, "csrf_token": token})
    assert answer.status_code == 200, re.findall(r'class="wrong"[^>]*>([^<]+)', answer.text)
    return answer


@pytest.mark.story
def test_all_services_start_in_order_a_mail_goes_through_and_all_stop_in_time(
    project: Project, dovecot: Dovecot
) -> None:
    project.secrets["imap_url"].write_text(dovecot.url("ada"))
    project.up()
    base_url = f"http://127.0.0.1:{project.ports['8025']}"
    wait("everything is ready", lambda: httpx.get(f"{base_url}/readyz", trust_env=False).status_code == 200, 60)
    said = project.exec("web", "sixpm", "doctor")
    code = re.search(r"type\s+the\s+code\s+(\S+)", said)
    assert code, said
    send_a_test_mail(base_url, code[1])

    mailbox = project.folder / "home" / "catcher" / "mailbox"
    (caught,) = [json.loads(path.read_text()) for path in mailbox.glob("*.json")]
    assert caught["to"] == [FIRST["email"]]
    assert project.database is not None
    url = (project.folder / "secrets" / "database_url").read_text().replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as conn:
        assert conn.execute("SELECT state FROM delivery").fetchall() == [("sent",)]
        assert conn.execute("SELECT count(*) FROM heartbeat WHERE role = 'queue:send'").fetchone() != (0,)

        wait("the mailbox is connected", lambda: conn.execute(CONNECTED).fetchone() is not None, 60)
        dovecot.deliver("ada", b"From: ada@example.org\r\n\r\nFixed it.\r\n")
        wait("its mail is read", lambda: conn.execute(FETCHED).fetchone() is not None, 60)

    took = project.down()

    assert list(took) == [service.name for service in reversed(compose.ordered(project.services))]


def test_what_a_service_needs_is_up_before_it() -> None:
    order = [service.name for service in compose.ordered(SERVICES)]

    for service in OURS:
        if service.name in ("migrate", "catcher"):
            continue
        assert service.depends_on == {
            "postgres": "service_healthy", "rabbitmq": "service_healthy", "migrate": "service_completed_successfully",
        }, service.name  # fmt: skip
        assert order.index(service.name) > order.index("migrate") > order.index("postgres")


@pytest.mark.parametrize("service", LASTING, ids=lambda service: service.name)
def test_every_lasting_service_is_watched_and_comes_back(service: compose.Service) -> None:
    assert service.health
    assert service.raw["restart"] == "unless-stopped"
    assert service.raw["stop_grace_period"]


def test_every_queue_is_served() -> None:
    from engine.tasks.app import QUEUES

    workers = [service for service in OURS if service.command[1] == "worker"]
    served = [service.command[service.command.index("--queues") + 1] for service in workers]

    assert sorted(",".join(served).split(",")) == sorted(QUEUES)
    for service, queues in zip(workers, served, strict=True):
        assert service.health[-1] == queues
        assert service.grace > 2 * DRAIN


def test_nothing_is_reachable_from_other_machines() -> None:
    published = {service.name: service.raw.get("ports", []) for service in SERVICES.values()}

    assert {name for name, given in published.items() if given} == {"web", "smtpd"}
    assert all(port.startswith("127.0.0.1:") for given in published.values() for port in given)
    assert not any(service.raw.get("network_mode") for service in SERVICES.values())


def test_no_image_is_whatever_is_newest() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    images = [service.image for service in SERVICES.values()] + re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)

    assert [image for image in images if ":" not in image or image.endswith(":latest")] == []
    assert {service.image for service in OURS} == {f"sixpm:{version}"}


SELDOM = {  # by who wants it
    "relay_hook_secret", "relay_second", "relay_bulk", "alert_webhook", "alert_webhook_secret", "inbound_sendgrid",
    "inbound_mailgun", "inbound_postmark",
}  # fmt: skip


def test_secrets_come_by_file_and_only_to_those_who_read_them() -> None:
    used = set()
    for service in SERVICES.values():
        paths = {value for name, value in service.environment.items() if name.endswith("_FILE")}
        assert paths == {path for path in service.secrets if path.startswith("/run/secrets/")}, service.name
        used |= set(service.secrets.values())
        assert not {f"SIXPM_{name.upper()}" for name in SECRETS} & set(service.environment), service.name

    assert used == set(DOCUMENT["secrets"])
    assert set(SECRETS) - SELDOM <= used


def test_every_variable_is_a_setting() -> None:
    known = {f"SIXPM_{name.upper()}" for name in Settings.model_fields} | {f"SIXPM_{s.upper()}_FILE" for s in SECRETS}

    assert {name for service in OURS for name in service.environment} - known == set()
    assert set(TRIAL) - known == set()


def test_the_pages_secrets_open_to_nobody_else_on_the_host(tmp_path: Path) -> None:
    made = make_secrets(tmp_path)

    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in made.values())
    assert len(made["secret_key"].read_text()) == 64
    assert made["postgres_password"].read_text() in made["database_url"].read_text()
    assert made["rabbitmq_conf"].read_text().split()[-1] in made["broker_url"].read_text()


def test_secrets_and_settings_stay_out_of_git_and_of_the_image() -> None:
    ignored = (ROOT / ".gitignore").read_text().split()
    sent = (ROOT / ".dockerignore").read_text().split("\n")

    assert {"/.env", "/secrets/"} <= set(ignored)
    assert "*" in sent
    assert not any(line.startswith(("!.env", "!secrets")) for line in sent)


def test_the_image_gets_all_it_copies_and_what_the_wheel_is_made_of() -> None:
    copied = {
        word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()
    }
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert copied == allowed
    assert all((ROOT / path).exists() for path in copied)
    assert {*hatch["packages"], *hatch["force-include"], "pyproject.toml", "README.md", "LICENSE"} <= copied


def test_the_image_is_hash_locked_and_runs_as_nobody_special() -> None:
    installs = re.findall(r"pip install ([^&\n\\]+)", DOCKERFILE)
    last = DOCKERFILE.rsplit("\nFROM ", 1)[1]

    assert all("--require-hashes" in words or "--no-deps --no-index" in words for words in installs)
    assert "PIP_NO_CACHE_DIR=1" in DOCKERFILE
    assert re.search(r"^USER (\d+)$", last, re.MULTILINE)


def test_the_build_backend_of_the_image_is_the_one_the_tests_use() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[\w.-]+==[\w.]+", (ROOT / "requirements" / name).read_text(), re.MULTILINE))

    assert any(pin.startswith("hatchling==") for pin in pins("build.txt"))
    assert pins("build.txt") <= pins("dev.txt")
