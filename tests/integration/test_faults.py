"""Every I/O system call of one `yinxin issue`, made to fail or to be the last one: strace puts in SIGKILL, EIO or ENOSPC.

After each: what was acknowledged is there, the next command settles the rest, fsck has no faults.
"""
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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


def command(folder: Path) -> list[str]:
    return [str(YINXIN), "issue", "tax-payment-record", f"{folder}/data.json", "--dir", f"{folder}/demo", "-o", f"{folder}/out.pdf", "--json"]


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


def one_run(pristine: Instance, point: Point, fault: str, environment=None) -> list[str]:
    """What did not hold with this fault at this point."""
    with tempfile.TemporaryDirectory(dir=workspace()) as name:
        folder = Path(name)
        instance = prepare(pristine, folder)
        effect = "signal=KILL" if fault == "KILL" else f"error={fault}"
        only = ["-P", str(folder) + point.path] if point.path else []
        try:
            run = subprocess.run(
                ["strace", "-f", *only, "-o", "/dev/null", "-e", f"trace={point.call}", "-e", f"inject={point.call}:{effect}:when={point.when}"]
                + command(folder),
                capture_output=True, text=True, timeout=60, env={**os.environ, **(environment or {})},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return [f"{point} {fault}: hangs"]
        faults = []
        acknowledged = None
        if run.returncode == 0:
            try:
                acknowledged = json.loads(run.stdout)
            except ValueError:
                faults.append(f"exit 0 but printed {run.stdout[:200]!r}")
        elif fault != "KILL" and not run.stderr.strip():
            faults.append(f"exit {run.returncode} without a word")
        # The next start settles what was left open.
        (folder / "data.json").write_text(json.dumps(sample("tax-payment-record.foreigner")))
        after = instance.cli(*command(folder)[1:-2], "--json")
        if after.returncode != 0:
            faults.append(f"the next issue fails: {after.stderr[:500]}")
        report = instance.fsck()
        if report["faults"] or report["unsettled"] or report["orphan_bytes"]:
            faults.append(f"fsck: {report}")
        if acknowledged:
            with sqlite3.connect(f"file:{instance.dir}/register.db?mode=ro", uri=True) as register:
                query = "SELECT d.number, d.state, lower(hex(r.sha256)) FROM document d JOIN revision r ON r.document = d.id WHERE d.id = ?"
                row = register.execute(query, (acknowledged["id"],)).fetchone()
            register.close()
            if row != (acknowledged["number"], "ISSUED", acknowledged["sha256"]):
                faults.append(f"acknowledged and lost: {acknowledged['number']}: {row}")
        return [f"{point} {fault}: {words}" for words in faults]


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
        faults = [words for result in pool.map(lambda point: one_run(pristine, point, fault), all_points) for words in result]
    print(f"{len(all_points)} runs with {fault}")
    assert faults == []


def test_the_harness_sees_an_acknowledgement_before_the_commit(pristine, all_points):
    """Writes that come late are lost by a kill: the same points that show nothing above show faults now."""
    late = {"LD_PRELOAD": str(BUILD / "liblate_writes.so")}
    last = [point for point in all_points if point.call in ("close", "write", "ftruncate", "unlink")]
    faults = [words for point in reversed(last) for words in one_run(pristine, point, "KILL", late)]
    assert faults
