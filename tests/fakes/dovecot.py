"""A private Dovecot IMAP server, from Debian's packages unpacked or installed; no root, no fixed port.

It runs as an ordinary user, as nobody where the tests run as root: Dovecot's login process refuses root, and all its
parts may have one account (base_dir of its own, no chroot). The place of its modules is written into its library;
an unpacked copy gets a path relative to base_dir in that place, of at most the same length. Nothing else is changed.
"""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from imapclient import IMAPClient

from sixpm.embedded import ports
from tests.fakes.debian import library_path, unpacked
from tests.fakes.guard import Guard

PASSWORD = "it-is:5@cret/ä"  # every part of a URL that must be encoded
BUILT_IN = b"/usr/lib/dovecot/modules\0"
_NUMBERS = count(1)


def programs(folder: Path) -> Path:
    """A root folder whose usr/ holds Dovecot, readable by any account: the system's own, or a copy in `folder`."""
    found = unpacked("dovecot", "dovecot-core", "dovecot-imapd")
    if not (found / "usr/sbin/dovecot").exists():
        return Path("/")
    for part in ("usr/lib", "usr/bin", "usr/sbin"):
        shutil.copytree(found / part, folder / part, symlinks=True)
    library = folder / "usr/lib/dovecot/libdovecot.so.0.0.0"
    code = library.read_bytes()
    assert code.count(BUILT_IN) == 1, "Dovecot's library names its modules in another way"
    library.write_bytes(code.replace(BUILT_IN, b"../modules".ljust(len(BUILT_IN), b"\0")))
    return folder


@dataclass
class Dovecot:
    """One server. Any user may log in with PASSWORD, and has a mailbox of their own. Mails outlive its restarts."""

    folder: Path
    root: Path
    guard: Guard
    more: str = ""
    port: int = field(default_factory=ports.free_port)
    _process: subprocess.Popen[bytes] | None = None

    def url(self, user: str, password: str = PASSWORD, folder: str = "INBOX", port: int | None = None) -> str:
        """A mailbox as SIXPM_IMAP_URL names it."""
        login = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return f"imap://{login}@{ports.LOOPBACK}:{port or self.port}/{quote(folder)}"

    def name(self, user: str, folder: str = "INBOX", port: int | None = None) -> str:
        """The name of its row."""
        return f"{user}@{ports.LOOPBACK}:{port or self.port}/{folder}"

    def client(self, user: str) -> Any:
        """Somebody's mail program, logged in, nothing selected."""
        client = IMAPClient(ports.LOOPBACK, self.port, ssl=False, timeout=20)
        client.plain_login(user, PASSWORD)
        return client

    def deliver(
        self, user: str, *mails: bytes, folder: str = "INBOX", flags: Sequence[bytes] = (),
        came: datetime | None = None,
    ) -> None:  # fmt: skip
        """Put mails into a mailbox."""
        with self.client(user) as client:
            for mail in mails:
                client.append(folder, mail, flags, came)

    def flags(self, user: str, folder: str = "INBOX") -> dict[int, set[bytes]]:
        """The flags of every mail by UID, without \\Recent."""
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            told = client.get_flags(client.search("ALL"))
        return {uid: set(flags) - {b"\\Recent"} for uid, flags in sorted(told.items())}

    def secure(self, cert: Path, key: Path) -> int:
        """Have it offer TLS with this certificate, from the next start on; the port on which TLS comes first."""
        for path in (cert, key):
            shutil.copy(path, self.folder)
            (self.folder / path.name).chmod(0o644)
        port = ports.free_port()
        self.more = f"""
ssl = yes
ssl_cert = <{self.folder / cert.name}
ssl_key = <{self.folder / key.name}
service imap-login {{
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""
        return port

    def restore(self, user: str, backup: Path) -> None:
        """Put a mailbox back as it was, while the server is stopped."""
        place = self.folder / "mail" / user
        shutil.rmtree(place)
        shutil.copytree(backup, place)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for path in (place, *place.rglob("*")):
                os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)

    def start(self, timeout: float = 20) -> None:
        """Start it; return when IMAP greets."""
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir(exist_ok=True)
        modules = self.root / "usr/lib/dovecot/modules"
        if not (self.folder / "modules").exists():
            (self.folder / "modules").symlink_to(modules)
        (self.folder / "dovecot.conf").write_text(self._configuration())
        with open(self.folder / "out", "ab") as out:
            # doveconf reads the configuration and becomes the server; alone the server calls the installed doveconf.
            self._process = subprocess.Popen(
                [self.root / "usr/bin/doveconf", "-f", "service=master", "-m", "master", "-c",
                 self.folder / "dovecot.conf", "-e", self.root / "usr/sbin/dovecot", "-F", "-c",
                 self.folder / "dovecot.conf"],
                env={"PATH": os.defpath, "LD_LIBRARY_PATH": self._libraries()}, stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, start_new_session=True, cwd=self.folder, **_account(self.folder),
            )  # fmt: skip
        self.guard.process(self._process.pid)
        self._wait(timeout)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it; sessions end with it."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def log(self) -> str:
        """What it wrote."""
        return "".join(p.read_text(errors="replace") for p in (self.folder / "out", self.folder / "log") if p.exists())

    def _libraries(self) -> str:
        ours = self.root / "usr/lib/dovecot"
        return f"{ours}:{ours / 'modules' / 'old-stats'}:{library_path(self.root)}"

    def _configuration(self) -> str:
        user = "nobody" if os.geteuid() == 0 else getpass.getuser()
        account, f, lib = pwd.getpwnam(user), self.folder, self.root / "usr/lib/dovecot"
        group = f"\ndefault_internal_group = {_group(account.pw_gid)}"
        return f"""
base_dir = {f}/run
state_dir = {f}/state
log_path = {f}/log
libexec_dir = {lib}
mail_plugin_dir = {lib}/modules
login_plugin_dir = {lib}/modules/login
import_environment = LD_LIBRARY_PATH
default_internal_user = {user}{group}
default_login_user = {user}
first_valid_uid = 1
last_valid_uid = 0
first_valid_gid = 1
protocols = imap
listen = {ports.LOOPBACK}
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = plain login
mail_location = maildir:{f}/mail/%u
mail_max_userip_connections = 50
maildir_stat_dirs = yes
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={account.pw_uid} gid={account.pw_gid} home={f}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
{self.more}
"""

    def _wait(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while True:
            try:
                IMAPClient(ports.LOOPBACK, self.port, ssl=False, timeout=5).shutdown()
                return
            except (OSError, IMAPClient.Error) as error:
                ended = self._process is None or self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    raise RuntimeError(f"Dovecot did not start:\n{self.log()}") from error
            time.sleep(0.05)


def _group(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name


def _account(folder: Path) -> dict[str, Any]:
    """How a process is started as nobody, where we are root; the folder is theirs then."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    for path in (folder, *folder.iterdir()):
        os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def dovecot_programs(guard: Guard) -> Iterator[Path]:
    """Where Dovecot lies, for this test run."""
    with _folder(guard) as folder:
        yield programs(folder)


@pytest.fixture(scope="module")
def dovecot(dovecot_programs: Path, guard: Guard) -> Iterator[Dovecot]:
    """A server for a module; each test takes a user of its own."""
    with _folder(guard) as folder:
        server = Dovecot(folder, dovecot_programs, guard)
        server.start()
        yield server
        server.stop()


@pytest.fixture
def own_dovecot(dovecot_programs: Path, guard: Guard) -> Iterator[Dovecot]:
    """A server for one test, not started yet: to set it up otherwise, or to stop it."""
    with _folder(guard) as folder:
        server = Dovecot(folder, dovecot_programs, guard)
        yield server
        server.stop()


@pytest.fixture
def user() -> str:
    """Somebody who has no mailbox yet."""
    return new_user()


def new_user() -> str:
    """The name of somebody who has no mailbox yet."""
    return f"ada{next(_NUMBERS)}"


@contextmanager
def _folder(guard: Guard) -> Iterator[Path]:
    """A folder that other accounts may enter; pytest's own may be entered by its owner alone."""
    path = Path(tempfile.mkdtemp(prefix="sixpm-imap-"))
    path.chmod(0o711)
    guard.folder(path)
    yield path
    shutil.rmtree(path, ignore_errors=True)
