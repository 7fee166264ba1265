"""Every I/O system call of one `yinxin issue`, made to fail or to be the last one: strace puts in SIGKILL, EIO or ENOSPC.

After each: what was acknowledged is there, the next command settles the rest, fsck has no faults.
"""
import contextlib
import dataclasses
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from instance import BUILD, YINXIN, Instance, sample

CALLS = [
    "openat", "read", "pread64", "write", "writev", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate", "unlink", "unlinkat", "rename",
    "renameat", "renameat2", "mkdir", "link", "linkat", "fchmod", "flock", "sendmsg", "recvmsg", "sendto", "recvfrom", "connect", "accept4", "close",
]  # fmt: skip
LINE = re.compile(r"^(\d+) +(\w+)\((.*)$")
# What a call is about: the path it names, or that of its descriptor.
NAMED = re.compile(r"^(?:AT_FDCWD(?:<[^>]*>)?, )?\"([^\"]*)\"|^\d+<([^>]*)>")
# Names that differ from run to run.
TEMPORARY = re.compile(r"\.new$|\.[A-Za-z0-9]{6}$")


@dataclass(frozen=True, order=True)
class Point:
    """The `when`-th `call` of some thread; with a path, of those on that path. strace counts so too."""

    call: str
    path: str
    when: int


def workspace() -> str:
    """Where instances of single runs live: in memory where there is room, the disk is not what is tested here."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 1 << 29 else tempfile.gettempdir()


def command(folder: Path, out: str = "out.pdf") -> list[str]:
    return [str(YINXIN), "issue", "tax-payment-record", f"{folder}/data.json", "--dir", f"{folder}/demo", "-o", f"{folder}/{out}", "--json"]


def prepare(pristine: Instance, folder: Path) -> Instance:
    instance = pristine.copy(folder / "demo")
    (folder / "data.json").write_text(json.dumps(sample("tax-payment-record.no-rows")))
    return instance


def points(pristine: Instance) -> list[Point]:
    """All I/O of one issue that concerns the instance, the output or another process; not the loading of libraries and fonts."""
    with tempfile.TemporaryDirectory(dir=workspace()) as name:
        folder = Path(name)
        prepare(pristine, folder)
        trace = folder / "trace"
        run = subprocess.run(
            ["strace", "-f", "-y", "-s", "200", "--seccomp-bpf", "-o", str(trace), "-e", "trace=" + ",".join(CALLS), *command(folder)],
            capture_output=True, text=True,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        counts, found = Counter(), set()
        for line in trace.read_text(errors="replace").splitlines():
            match = LINE.match(line)
            if not match:
                continue
            thread, call, rest = match.groups()
            counts[thread, call] += 1
            named = NAMED.match(rest)
            path = (named[1] or named[2] or "") if named else ""
            if path.startswith(str(folder)) and not TEMPORARY.search(path):
                path = path.removeprefix(str(folder))
                counts[thread, call, path] += 1
                found.add(Point(call, path, counts[thread, call, path]))
            elif path.startswith(str(folder)) or (re.match(r"(socket|pipe|UNIX|anon_inode):?", path) and call != "close"):
                found.add(Point(call, "", counts[thread, call]))
    return sorted(found)


@dataclass
class Run:
    """One command with a fault in it: whether the fault came about, what it acknowledged, what did not hold."""

    point: Point
    fault: str
    injected: bool = False
    acknowledged: dict | None = None
    wrong: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        return [f"{self.point} {self.fault}: {words}" for words in self.wrong]


def was_injected(trace: str, point: Point, fault: str) -> bool:
    """strace marks a call that it made to fail; one at which it killed is the `when`-th of its thread."""
    if fault != "KILL":
        return "(INJECTED)" in trace
    calls = Counter(match[1] for match in map(LINE.match, trace.splitlines()) if match and match[2] == point.call)
    return max(calls.values(), default=0) >= point.when


def is_there(instance: Instance, acknowledged: dict, pdf: Path) -> list[str]:
    """What was acknowledged: in the register as it was told, and in the file."""
    faults = []
    query = "SELECT d.number, d.state, lower(hex(r.sha256)) FROM document d JOIN revision r ON r.document = d.seq WHERE d.id = ?"
    with contextlib.closing(sqlite3.connect(f"file:{instance.dir}/register.db?mode=ro", uri=True)) as register:
        try:
            row = register.execute(query, (acknowledged["id"],)).fetchone()
        except sqlite3.DatabaseError as error:
            row = str(error)
    if row != (acknowledged["number"], "ISSUED", acknowledged["sha256"]):
        faults.append(f"acknowledged and lost: {acknowledged['number']}: {row}")
    if not pdf.exists() or hashlib.sha256(pdf.read_bytes()).hexdigest() != acknowledged["sha256"]:
        faults.append(f"acknowledged and not written: {pdf.name}")
    return faults


def one_run(pristine: Instance, point: Point, fault: str, environment=None) -> Run:
    result = Run(point, fault)
    with tempfile.TemporaryDirectory(dir=workspace()) as name:
        folder = Path(name)
        instance, trace = prepare(pristine, folder), folder / "trace"
        effect = "signal=KILL" if fault == "KILL" else f"error={fault}"
        only = ["-P", str(folder) + point.path] if point.path else []
        try:
            run = subprocess.run(
                ["strace", "-f", *only, "-o", str(trace), "-e", f"trace={point.call}", "-e", f"inject={point.call}:{effect}:when={point.when}"]
                + command(folder),
                capture_output=True, text=True, timeout=60, env={**os.environ, **(environment or {})},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            result.wrong.append("hangs")
            return result
        result.injected = was_injected(trace.read_text(errors="replace"), point, fault)
        # Whoever has read a whole answer may rely on it, however the command ended after that.
        with contextlib.suppress(ValueError):
            result.acknowledged = json.loads(run.stdout)
        if run.returncode == 0 and not result.acknowledged:
            result.wrong.append(f"exit 0 but printed {run.stdout[:200]!r}")
        elif run.returncode != 0 and fault != "KILL" and not run.stderr.strip():
            result.wrong.append(f"exit {run.returncode} without a word")
        # The next start settles what was left open.
        (folder / "data.json").write_text(json.dumps(sample("tax-payment-record.foreigner")))
        after = instance.cli(*command(folder, "after.pdf")[1:])
        if after.returncode != 0:
            result.wrong.append(f"the next issue fails: {after.stderr[:500]}")
        report = instance.fsck()
        if report["faults"] or report["unsettled"] or report["orphan_bytes"]:
            result.wrong.append(f"fsck: {report}")
        if result.acknowledged:
            result.wrong += is_there(instance, result.acknowledged, folder / "out.pdf")
    return result


@pytest.fixture(scope="module")
def all_points(pristine):
    found = points(pristine)
    print(f"{len(found)} points:", dict(Counter(point.call for point in found)))
    assert len(found) >= 60, found
    assert {"pwrite64", "fdatasync"} <= {point.call for point in found}, "the register's own calls must be among them"
    return found


@pytest.mark.parametrize("fault", ["KILL", "EIO", "ENOSPC"])
def test_a_fault_at_any_system_call_loses_nothing(pristine, all_points, fault):
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        runs = list(pool.map(lambda point: one_run(pristine, point, fault), all_points))
    missed = [run.point for run in runs if not run.injected]
    acknowledged = sum(run.acknowledged is not None for run in runs)
    print(f"{len(runs)} runs with {fault}, {acknowledged} of them acknowledged; {len(missed)} without the fault: {missed}")
    assert [words for run in runs for words in run.faults] == []
    assert len(missed) <= len(runs) / 20, "too many faults did not come about"
    assert acknowledged, "no run was far enough to acknowledge anything: nothing was shown about what is acknowledged"


def test_the_harness_sees_an_acknowledgement_before_the_commit(pristine, all_points):
    """What the log gets late is lost by a kill: where nothing was found above, something acknowledged is lost now."""
    late = {"LD_PRELOAD": str(BUILD / "liblate_writes.so"), "YINXIN_LATE_MS": "30000"}
    # The log is copied into the register when the command has answered and closes it.
    last = [point for point in all_points if (point.call, point.path) == ("pwrite64", "/demo/register.db")]
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        runs = list(pool.map(lambda point: one_run(pristine, point, "KILL", late), last))
    print(Counter(words.split(":")[0] for run in runs for words in run.wrong))
    lost = [words for run in runs for words in run.wrong if words.startswith("acknowledged and lost") and words.endswith(": None")]
    assert lost, [run.faults for run in runs]


def test_the_harness_knows_when_a_fault_did_not_come_about(pristine, all_points):
    never = dataclasses.replace(all_points[0], when=10_000)
    for fault in ("KILL", "EIO"):
        run = one_run(pristine, never, fault)
        assert not run.injected and run.acknowledged and run.wrong == [], run
