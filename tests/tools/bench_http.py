#!/usr/bin/python3
"""Measures yinxin over HTTP: bench_http.py YINXIN POCO_HANDLER [options]; what it may be told says --help.

serving    verification by code beside nginx with the same bytes in a file and a bare Poco handler, by wrk, in turns
flat       p99 with many register rows beside few, in turns
start      from the start until /readyz says 200, and the memory of a serving instance
overload   issuing at one and a half times what the server can do, verification beside it: each request is due at a fixed time, and its
           latency counts from then, so that waiting is not hidden; medians of several runs, and all that failed in any

Runs in the current folder, whose disk it measures on, and leaves nothing there but what --registers names. One JSON object at the end.
"""
import argparse
import contextlib
import http.client
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import open_loop  # noqa: E402

BENCH = Path(__file__).resolve().parents[1] / "bench"
CONNECTIONS = 16
# Raised, never off: every request still reads and writes its counters.
LIMITS = ["requests_per_minute", "requests_burst", "api_requests_per_minute", "api_requests_burst"]
SETS = [f"limits.{name}=1000000000" for name in LIMITS] + ["limits.connections_per_address=512"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port: int, path: str, headers=None) -> tuple[int, dict, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def wait_for(port: int, path: str, process: subprocess.Popen, seconds: float = 60) -> float:
    """Until it answers 200; how long that took."""
    start = time.monotonic()
    while time.monotonic() < start + seconds:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if get(port, path)[0] == 200:
                return time.monotonic() - start
        if process.poll() is not None:
            break
        time.sleep(0.005)
    raise SystemExit(f"{process.args[0]} does not answer on port {port}")


@contextlib.contextmanager
def running(command: list, log: Path):
    with open(log, "ab") as sink:
        process = subprocess.Popen([str(word) for word in command], stdout=sink, stderr=sink)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def memory_mb(pid: int, field: str = "Pss") -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith(field + ":"))) / 1024


def family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    found = [pid]
    for child in Path(f"/proc/{pid}/task").glob("*/children"):
        for grandchild in child.read_text().split():
            found += family(int(grandchild))
    return found


class Bench:
    def __init__(self, options, work: Path):
        self.options, self.work = options, work
        self.registers = Path(options.registers) if options.registers else work

    def register(self, rows: int) -> tuple[Path, Path]:
        """An instance with that many documents, and a file of paths of some of their answers."""
        folder = self.registers / f"register-{rows}"
        codes, paths = self.work / f"codes-{rows}", self.work / f"paths-{rows}"
        command = [self.options.yinxin, "bench", "lookup", "--dir", folder, "--rows", rows, "--codes", codes, "--seconds", 1, "--json"]
        subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE)
        paths.write_text("".join(f"/api/v1/verifications/{code}\n" for code in codes.read_text().split()))
        return folder, paths

    @contextlib.contextmanager
    def yinxin(self, folder: Path):
        port = free_port()
        command = [self.options.yinxin, "serve", folder, "--listen", f"127.0.0.1:{port}"]
        for setting in SETS:
            command += ["--set", setting]
        with running(command, self.work / "yinxin.log") as process:
            self.ready_s = wait_for(port, "/readyz", process)
            yield port, process

    def wrk(self, port: int, paths: Path) -> dict:
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{self.options.seconds}s", "-s", BENCH / "paths.lua", f"http://127.0.0.1:{port}", "--", paths]
        out = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True).stdout
        measured = json.loads(out.splitlines()[-1])
        if measured["refused"] or measured["lost"]:
            raise SystemExit(f"wrk on port {port}: {measured}")
        return {"per_s": measured["requests"] / measured["seconds"], **measured}

    def in_turns(self, targets: dict) -> dict:
        """Medians of each target over the rounds, and all that was measured."""
        rounds = {name: [] for name in targets}
        for name, target in targets.items():
            self.wrk(*target)  # what is read for the first time is not measured
        for _ in range(self.options.rounds):
            for name, target in targets.items():
                rounds[name].append(self.wrk(*target))
        return {
            name: {field: round(statistics.median(run[field] for run in runs), 1) for field in ("per_s", "p50_us", "p99_us")}
            | {"runs_per_s": [round(run["per_s"]) for run in runs]}
            for name, runs in rounds.items()
        }

    @contextlib.contextmanager
    def nginx(self, fields: dict, body: bytes):
        folder, port = self.work / "nginx", free_port()
        folder.mkdir()
        folder.chmod(0o755)
        (folder / "answer.json").write_bytes(body)
        added = "".join(f'add_header {name} "{value}";\n' for name, value in fields.items())
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes auto;\n"
            "events { worker_connections 768; }\n"
            f"http {{ {temporary} access_log off; sendfile on; tcp_nopush on; types {{ application/json json; }}\n"
            f"server {{ listen 127.0.0.1:{port} backlog=1024; root {folder}; {added} }} }}\n"
        )
        with running(["nginx", "-c", folder / "nginx.conf"], self.work / "nginx.log") as process:
            wait_for(port, "/answer.json", process)
            yield port

    @contextlib.contextmanager
    def poco(self, fields: dict, body: bytes):
        head, answer, port = self.work / "head", self.work / "answer", free_port()
        head.write_text("".join(f"{name}: {value}\n" for name, value in {"Content-Type": "application/json", **fields}.items()))
        answer.write_bytes(body)
        with running([self.options.poco, port, head, answer], self.work / "poco.log") as process:
            wait_for(port, "/answer.json", process)
            yield port

    def serving(self) -> dict:
        folder, paths = self.register(self.options.rows)
        fixed = self.work / "fixed"
        fixed.write_text("/answer.json\n")
        with self.yinxin(folder) as (port, process):
            status, fields, body = get(port, paths.read_text().split()[0])
            assert status == 200 and b"on_record" in body, body
            for name in ("Date", "Content-Type", "Content-Length", "Connection"):
                fields.pop(name, None)
            with self.nginx(fields, body) as nginx, self.poco(fields, body) as poco:
                found = self.in_turns({"yinxin": (port, paths), "nginx": (nginx, fixed), "poco": (poco, fixed)})
            found["memory"] = self.memory(process)
        found["ratio"] = round(found["yinxin"]["per_s"] / found["nginx"]["per_s"], 3)
        found["ratio_poco"] = round(found["poco"]["per_s"] / found["nginx"]["per_s"], 3)
        return {"rows": self.options.rows, "bytes": len(body), **found}

    def memory(self, process: subprocess.Popen) -> dict:
        return {
            "resident_mb": round(memory_mb(process.pid, "Rss"), 1),
            "all_processes_mb": round(sum(memory_mb(pid) for pid in family(process.pid)), 1),
        }

    def flat(self) -> dict:
        few, few_paths = self.register(self.options.few)
        many, many_paths = self.register(self.options.many)
        with self.yinxin(few) as (first, _), self.yinxin(many) as (second, _):
            found = self.in_turns({"few": (first, few_paths), "many": (second, many_paths)})
        return {"rows": [self.options.few, self.options.many], **found, "p99_ratio": round(found["many"]["p99_us"] / found["few"]["p99_us"], 3)}

    def start(self) -> dict:
        folder, _ = self.register(self.options.rows)
        taken = []
        for _ in range(self.options.rounds):
            with self.yinxin(folder) as (_, process):
                taken.append(self.ready_s)
                memory = self.memory(process)
        return {"rows": self.options.rows, "ready_s": round(statistics.median(taken), 3), "runs_s": [round(each, 3) for each in taken], **memory}

    def overload(self) -> dict:
        folder = self.work / "overload"
        subprocess.run([str(self.options.yinxin), "init", str(folder), "--demo", "--pki-port", "0"], check=True, stdout=subprocess.DEVNULL)
        key = (folder / "admin.key").read_text().strip()
        with self.yinxin(folder) as (port, _):
            runs = [open_loop.overload(port, key, self.options.overload_seconds) for _ in range(self.options.rounds)]
            accepted = [document for run in runs for document in run.pop("accepted_documents")]
            reader = open_loop.Reader(port, key)
            lost = sum(not reader.is_kept(document) for document in accepted)
        found = open_loop.together(runs)
        checked = subprocess.run([str(self.options.yinxin), "fsck", "--dir", str(folder), "--json"], stdout=subprocess.PIPE, text=True)
        report = json.loads(checked.stdout)
        return {**found, "accepted": len(accepted), "lost": lost, "fsck_faults": len(report["faults"]), "unsettled": report["unsettled"]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("yinxin", type=Path)
    parser.add_argument("poco", type=Path)
    parser.add_argument("--only", nargs="+", default=["serving", "flat", "start", "overload"], choices=["serving", "flat", "start", "overload"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=100_000)
    parser.add_argument("--many", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=int, default=5, help="of each run of wrk")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--overload-seconds", type=int, default=12, help="of each run")
    parser.add_argument("--registers", help="a folder in which filled registers are kept, and found again")
    options = parser.parse_args()
    options.yinxin, options.poco = options.yinxin.resolve(), options.poco.resolve()
    for program in ("wrk", "nginx"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is missing: apt-get install wrk nginx-light")
    found = {}
    with tempfile.TemporaryDirectory(prefix="bench-http-", dir=Path.cwd()) as work:
        Path(work).chmod(0o755)  # nginx leaves the user root
        bench = Bench(options, Path(work))
        for name in options.only:
            found[name] = getattr(bench, name)()
            print(name, json.dumps(found[name]), file=sys.stderr, flush=True)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
