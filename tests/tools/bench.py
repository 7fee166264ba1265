#!/usr/bin/python3
"""Measures what Yinxin promises of speed and size, each on a throw-away instance: bench.py YINXIN [--json FILE] [--docs FOLDER]

Runs in the current folder, which must be on the disk to measure. Issuing with each kind of key, on one CPU and on two, drawing and sealing
alone, and the peer beside it are measured in turns, five times, so that what else the machine does falls on all of them; the figures are medians. Says
at the end which budgets hold.
"""
import argparse
import contextlib
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import bench_report
from bench_budgets import BUDGETS
from bench_peer import WARM_UPS, Peer

TOOLS = Path(__file__).resolve().parent
SAMPLE = TOOLS.parents[1] / "server/samples/tax-payment-record.one-year.json"
KEYS = ["rsa2048", "p256", "rsa3072", "sm2"]


class Yinxin:
    def __init__(self, program: Path):
        self.program = program

    def bench(self, what: str, *arguments) -> dict:
        command = [self.program, "bench", what, *map(str, arguments), "--json"]
        line = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        print(f"{what} {line.strip()}", flush=True)
        return json.loads(line)

    def document(self, folder: Path) -> Path:
        instance, out = folder / "demo", folder / "document.pdf"
        for command in (["init", instance, "--demo", "--pki-port", "0", "--key", "rsa2048"], ["issue", "tax-payment-record", SAMPLE, "--dir", instance, "-o", out]):
            subprocess.run([self.program, *command], check=True, stdout=subprocess.DEVNULL)
        return out


def median_of(runs: list[dict]) -> dict:
    """Of each figure; what is no figure is that of the first run."""
    return {name: statistics.median(run[name] for run in runs) if type(value) in (int, float) else value for name, value in runs[0].items()}


def peer_run(start: Callable[[], Peer], seconds: int, more_warming_s: int = 0) -> dict:
    with start() as peer:
        more = peer.measure(more_warming_s)["documents"] if more_warming_s else 0
        found = {**peer.measure(seconds), "documents_before": WARM_UPS + more}
    print(f"peer {json.dumps(found)}", flush=True)
    return found


def beside_a_warmer_peer(yinxin: Yinxin, start: Callable[[], Peer], seconds: int, more_warming_s: int) -> dict:
    """The peer after a longer run, right beside Yinxin drawing and sealing."""
    page, peer = yinxin.bench("page", "--key", KEYS[0], "--seconds", seconds), peer_run(start, seconds, more_warming_s)
    return {**peer, "times": page["made_per_s"] / peer["made_per_s"]}


def one_round(yinxin: Yinxin, start_peer: Callable[[], Peer] | None, seconds: int) -> dict[str, dict]:
    found = {KEYS[0]: yinxin.bench("issue", "--key", KEYS[0], "--seconds", seconds)}
    if start_peer is not None:
        found["page"] = yinxin.bench("page", "--key", KEYS[0], "--seconds", seconds)
        found["peer"] = peer_run(start_peer, seconds)
    if len(os.sched_getaffinity(0)) > 1:
        found["two_cpus"] = yinxin.bench("issue", "--key", KEYS[0], "--seconds", seconds, "--threads", 2)
    for key in KEYS[1:]:
        found[key] = yinxin.bench("issue", "--key", key, "--seconds", seconds)
    return found


def summed(rounds: list[dict[str, dict]]) -> dict:
    """Medians of figures; what compares two runs is the median of each round's comparison."""

    def beside(over: str, under: str, figure: str, under_figure: str | None = None) -> float:
        return statistics.median(each[over][figure] / each[under][under_figure or figure] for each in rounds)

    medians = {name: median_of([each[name] for each in rounds]) for name in rounds[0]}
    base = KEYS[0]
    found = {"issue": {key: medians[key] for key in KEYS}, "overhead": {key: beside(key, base, "overhead_us") for key in KEYS}}
    if "peer" in medians:
        found["page"] = medians["page"]
        found["peer"] = {
            **medians["peer"],
            "times": beside("page", "peer", "made_per_s"),
            "times_issued": beside(base, "peer", "issued_per_s", "made_per_s"),
        }
    if "two_cpus" in medians:
        found["two_cpus"] = {
            **medians["two_cpus"],
            "scaling": beside("two_cpus", base, "issued_per_s"),
            "raw_scaling": beside("two_cpus", base, "raw_sign_per_s"),
            "share_of_raw_scaling": beside("two_cpus", base, "ratio"),
        }
    return found


def over_http(program: Path) -> dict | None:
    """What bench_http.py says in its last line, where it and what it measures beside are there."""
    script, poco = TOOLS / "bench_http.py", program.parent / "poco_handler"
    if not script.exists() or not poco.exists():
        return None
    run = subprocess.run([sys.executable, script, program, poco], stdout=subprocess.PIPE, text=True)
    if run.returncode != 0:
        print("http: bench_http.py failed, its budgets are not measured", flush=True)
        return None
    return json.loads(run.stdout.splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("yinxin", type=Path)
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--docs", type=Path, help="write benchmarks.md and benchmarks.svg into this folder")
    parser.add_argument("--peer", type=Path, help="the classes of tests/bench/java, their class path beside them in FOLDER.classpath")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=6, help="of each run")
    options = parser.parse_args()
    program = options.yinxin.resolve()
    yinxin = Yinxin(program)
    report = {"machine": bench_report.machine(Path.cwd()), "rounds": options.rounds, "seconds": options.seconds}
    with contextlib.ExitStack() as stack:
        start_peer = None
        if options.peer is not None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=Path.cwd())))
            start_peer = functools.partial(Peer, options.peer, yinxin.document(folder), folder, min(os.sched_getaffinity(0)))
        report |= summed([one_round(yinxin, start_peer, options.seconds) for _ in range(options.rounds)])
        if start_peer is not None:
            report["peer"]["warmer"] = beside_a_warmer_peer(yinxin, start_peer, options.seconds, options.rounds * options.seconds)
    report["seal"] = {key: yinxin.bench("seal", "--key", key, "--seconds", options.seconds) for key in ("rsa2048", "p256")}
    report["verify"] = yinxin.bench("verify", "--key", "rsa2048", "--seconds", options.seconds)
    report["store"] = yinxin.bench("store", "--seconds", options.seconds)
    if (http := over_http(program)) is not None:
        report["http"] = http
    report["budgets"] = [
        {"budget": budget.name, "goal": budget.goal_text(), "figure": budget.measured(report), "verdict": budget.verdict(report)} for budget in BUDGETS
    ]
    print("\n" + "\n".join(bench_report.lines(report)))
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    if options.docs is not None:
        bench_report.write(report, options.docs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
