"""A real demo instance for tests: made by `yinxin init --demo`, served on a free port, asked over HTTP and by the command line."""
import contextlib
import hashlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("YINXIN_BUILD", ROOT / "build" / "release"))
YINXIN = BUILD / "yinxin"
SAMPLES = ROOT / "server" / "samples"
# Nothing of what is measured here is about limits; the tests of limits set their own.
NO_LIMITS = [
    "limits.requests_per_minute=1000000",
    "limits.requests_burst=1000000",
    "limits.api_requests_per_minute=10000000",
    "limits.api_requests_burst=1000000",
    "limits.connections_per_address=4096",
]


def samples() -> list[tuple[str, str, dict]]:
    """(name, type, data) of every shipped sample."""
    found = []
    for path in sorted(SAMPLES.glob("*.json")):
        found.append((path.stem, path.name.split(".")[0], json.loads(path.read_text())))
    return found


def sample(name: str) -> dict:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def pages_of(path) -> int:
    words = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    return int(words.split("Pages:")[1].split()[0])


def coded_page(kind: str, path) -> int:
    """Which page has the verification QR: an invoice's last, else the first."""
    return pages_of(path) if kind == "invoice" else 1


class Answer:
    def __init__(self, status: int, headers: dict, body: bytes):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:1500].decode(errors='replace')}"


class Connection:
    """One HTTP connection, kept open and opened again when the server closed it. Not for several threads."""

    def __init__(self, host: str, port: int, timeout: float = 60):
        self.args = (host, port)
        self.timeout = timeout
        self.http = None

    def request(self, method: str, path: str, body=None, headers=None) -> Answer:
        if isinstance(body, (dict, list)):
            body = json.dumps(body, ensure_ascii=False).encode()
            headers = {"Content-Type": "application/json", **(headers or {})}
        for attempt in (1, 2):
            fresh = self.http is None
            if fresh:
                self.http = http.client.HTTPConnection(*self.args, timeout=self.timeout)
            try:
                self.http.request(method, path, body, headers or {})
                answer = self.http.getresponse()
                result = Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
            except (OSError, http.client.HTTPException):
                self.close()
                # Only a connection that had gone stale between requests is worth a second try.
                if fresh or attempt == 2:
                    raise
                continue
            if answer.will_close:
                self.close()
            return result

    def close(self):
        if self.http is not None:
            self.http.close()
            self.http = None


class Instance:
    def __init__(self, directory: Path):
        self.dir = Path(directory)
        self.server = None
        self.host, self.port = "127.0.0.1", 0
        self.unaudited = False  # set by a test that has signed behind the register's back
        self.counted = True  # not by a test whose register loses what it was given
        self.log = self.dir.parent / (self.dir.name + ".log")

    @classmethod
    def make(cls, directory: Path, *arguments: str) -> "Instance":
        run = subprocess.run([YINXIN, "init", str(directory), "--demo", "--pki-port", "0", *arguments], capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
        return cls(directory)

    def copy(self, directory: Path) -> "Instance":
        """Another instance with the same keys and register; only of one that does not run.

        Its demo PKI has the same port: whichever runs first answers for all copies, and knows no faults of the others."""
        shutil.copytree(self.dir, directory, ignore=shutil.ignore_patterns("run"))
        (directory / "run").mkdir(mode=0o700, exist_ok=True)
        return Instance(directory)

    def lent(self, directory: Path):
        """A copy for one test."""
        return self.copy(directory).for_one_test()

    @contextlib.contextmanager
    def for_one_test(self):
        """Stopped if the test left it running, and its signatures counted."""
        yield self
        if self.server is not None:
            self.stop()
        self.assert_counted()

    # --- the server

    def start(self, sets=NO_LIMITS, environment=None, wait=True, arguments=()) -> "Instance":
        listen = self.dir / "run" / "listen"
        listen.unlink(missing_ok=True)
        command = [str(YINXIN), "serve", str(self.dir), "--listen", f"127.0.0.1:{self.port}", *arguments]
        for setting in sets:
            command += ["--set", setting]
        with open(self.log, "ab") as log:
            self.server = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **(environment or {})})
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds: float = 30) -> None:
        listen = self.dir / "run" / "listen"
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.server.poll() is None, f"serve stopped with {self.server.returncode}:\n{self.log_tail()}"
            if listen.exists() and (address := listen.read_text().strip()):
                self.host, port = address.rsplit(":", 1)
                self.port = int(port)
                with contextlib.suppress(OSError, http.client.HTTPException):
                    connection = Connection(self.host, self.port, 5)
                    ready = connection.request("GET", "/readyz").status == 200
                    connection.close()
                    if ready:
                        return
            time.sleep(0.01)
        raise AssertionError(f"not ready after {seconds} s:\n{self.log_tail()}")

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def stop(self, seconds: float = 20) -> int:
        """SIGTERM and wait; the exit status."""
        if self.server is None:
            return 0
        self.server.send_signal(signal.SIGTERM)
        try:
            status = self.server.wait(seconds)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
            raise AssertionError(f"serve did not stop within {seconds} s:\n{self.log_tail()}") from None
        self.server = None
        return status

    def kill(self) -> None:
        self.server.kill()
        self.server.wait()
        self.server = None

    def children(self) -> dict[str, int]:
        """Running child processes of the server: {program name: pid}."""
        found = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                text = stat.read_text()
                name = text[text.index("(") + 1 : text.rindex(")")]
                state, parent = text[text.rindex(")") + 2 :].split()[:2]
                if int(parent) == self.server.pid and state not in "ZX":
                    found[name] = int(stat.parent.name)
        return found

    # --- HTTP

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def key(self) -> str:
        return (self.dir / "admin.key").read_text().strip()

    def connection(self, timeout: float = 60) -> Connection:
        return Connection(self.host, self.port, timeout)

    def request(self, method: str, path: str, body=None, headers=None) -> Answer:
        connection = self.connection()
        try:
            return connection.request(method, path, body, headers)
        finally:
            connection.close()

    def bearer(self, **more) -> dict:
        return {"Authorization": f"Bearer {self.key}", **{name.replace("_", "-"): value for name, value in more.items()}}

    def post_document(self, kind: str, data, key: str | None = None, options=None, connection=None) -> Answer:
        body = {"type": kind, "data": data, **({} if options is None else {"options": options})}
        asker = connection or self
        return asker.request("POST", "/api/v1/documents", body, self.bearer(Idempotency_Key=key or str(uuid.uuid4())))

    def issue(self, kind: str, data, **options) -> dict:
        answer = self.post_document(kind, data, **options)
        assert answer.status == 201, answer
        return answer.json

    def pdf(self, document: dict, connection=None) -> bytes:
        answer = (connection or self).request("GET", f"/api/v1/documents/{document['id']}/pdf", None, self.bearer())
        assert answer.status == 200, answer
        assert hashlib.sha256(answer.body).hexdigest() == document["sha256"]
        return answer.body

    def verify_file(self, pdf: bytes) -> dict:
        answer = self.request("POST", "/api/v1/verifications/file", pdf, {"Content-Type": "application/pdf"})
        assert answer.status == 200, answer
        return answer.json

    def verify(self, code: str, **fact) -> dict:
        if not fact:
            answer = self.request("GET", f"/api/v1/verifications/{code}")
        else:
            answer = self.request("POST", "/api/v1/verifications", {"code": code, "fact": fact})
        assert answer.status == 200, answer
        return answer.json

    # --- the command line

    def cli(self, *arguments, environment=None, timeout=120) -> subprocess.CompletedProcess:
        return subprocess.run(
            [str(YINXIN), *map(str, arguments)], capture_output=True, text=True, timeout=timeout, env={**os.environ, **(environment or {})}
        )

    def fsck(self) -> dict:
        run = self.cli("fsck", "--dir", self.dir, "--json")
        if run.returncode not in (0, 1) or not run.stdout.strip():
            return {"numbers": -1, "issued": 0, "void": 0, "unsettled": 0, "orphan_bytes": 0, "faults": [f"exit {run.returncode}: {run.stderr}"]}
        return json.loads(run.stdout)

    def assert_counted(self) -> None:
        """For each key, what the sealer has counted is on record, purpose by purpose."""
        if not self.counted:
            return
        faults = [fault for fault in self.fsck()["faults"] if isinstance(fault, dict) and fault["kind"] == "operations"]
        assert self.unaudited == bool(faults), faults

    def assert_sound(self) -> dict:
        report = self.fsck()
        assert report["faults"] == [] and report["unsettled"] == 0 and report["orphan_bytes"] == 0, report
        assert report["numbers"] == report["issued"] + report["void"], report
        return report
