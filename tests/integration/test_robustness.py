"""Malformed files and decompression bombs through a running server's inspector, while another client looks documents up."""
import os
import random
import statistics
import threading
import time
from pathlib import Path

from instance import sample
from malformed import MUTATORS, bombs

SEEDS = 50
UPLOAD_MAX = 10 << 20
SECONDS_MAX, MEMORY_MAX = 5, 256 << 20


class Peak(threading.Thread):
    """The most memory that a process below the server's inspector has had, looked up while it runs."""

    def __init__(self, server: int):
        super().__init__(daemon=True)
        self.server, self.most, self.looks, self.ended = server, 0, 0, threading.Event()

    def below(self, pid: int):
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in task.read_text().split():
                yield int(child)
                yield from self.below(int(child))

    def run(self):
        while not self.ended.wait(0.002):
            try:
                for pid in list(self.below(self.server)):
                    status = Path(f"/proc/{pid}/status").read_text()
                    if "yinxin-inspect" in status.split("\n", 1)[0]:
                        words = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
                        self.most = max(self.most, int(words[0]) * 1024 if words else 0)
                        self.looks += 1
            except OSError:
                continue  # it ended while it was looked at


class Lookups(threading.Thread):
    """Another client: the same code again and again, each answer timed."""

    def __init__(self, served, code: str):
        super().__init__(daemon=True)
        self.connection, self.code = served.connection(), code
        self.times, self.wrong, self.ended = [], [], threading.Event()

    def run(self):
        while not self.ended.is_set():
            start = time.perf_counter()
            answer = self.connection.request("GET", f"/api/v1/verifications/{self.code}")
            self.times.append(time.perf_counter() - start)
            if answer.status != 200 or answer.json["outcome"] != "on_record":
                self.wrong.append(answer)
            self.ended.wait(0.002)

    def words(self) -> str:
        cuts = statistics.quantiles(self.times, n=1000)
        return f"{len(self.times)} lookups, p50 {cuts[499] * 1000:.1f} ms, p99 {cuts[989] * 1000:.1f} ms, p99.9 {cuts[998] * 1000:.1f} ms"


def ask(served, connection, name: str, pdf: bytes, slowest: dict) -> str:
    assert len(pdf) <= UPLOAD_MAX, (name, len(pdf))
    start = time.perf_counter()
    answer = connection.request("POST", "/api/v1/verifications/file", pdf, {"Content-Type": "application/pdf"})
    seconds = time.perf_counter() - start
    slowest[name] = max(slowest.get(name, 0), seconds)
    assert seconds < SECONDS_MAX, (name, seconds)
    assert answer.status == 200, (name, answer)
    return answer.json["outcome"]


def watched(running, files) -> dict:
    """Asks about each (name, file) and says what was answered; meanwhile another client looks a document up."""
    document = running.issue("tax-payment-record", sample("tax-payment-record.foreigner"))
    lookups, peak = Lookups(running, document["code"]), Peak(running.server.pid)
    connection, outcomes, slowest = running.connection(), {}, {}
    lookups.start()
    peak.start()
    for name, pdf in files:
        outcome = ask(running, connection, name, pdf, slowest)
        assert outcome not in ("genuine", "on_record"), name
        outcomes.setdefault(outcome, []).append(name)
    for thread in (lookups, peak):
        thread.ended.set()
        thread.join()
    counts = {outcome: len(names) for outcome, names in outcomes.items()}
    worst = sorted(slowest.items(), key=lambda each: -each[1])[:3]
    print(f"{sum(counts.values())} files {counts}; slowest {[(name, round(seconds, 3)) for name, seconds in worst]}")
    print(f"inspector at most {peak.most / (1 << 20):.0f} MiB in {peak.looks} looks; meanwhile {lookups.words()}")
    assert lookups.wrong == []
    assert 0 < peak.most <= MEMORY_MAX
    return outcomes


def test_mutated_files_are_answered_in_time_and_never_genuine(running):
    assert len(MUTATORS) >= 20
    pdfs = [running.pdf(running.issue(kind, sample(f"{kind}.{name}"))) for kind, name in
            (("tax-payment-record", "one-year"), ("invoice", "ordinary"))]
    last = [None]

    def files():
        for name, mutate in MUTATORS.items():
            for seed in range(SEEDS):
                rng = random.Random(f"{name} {seed}")
                pdf = pdfs[seed % len(pdfs)]
                last[0] = mutate(rng, pdf)
                if last[0] != pdf:
                    yield f"{name} {seed}", last[0]

    outcomes = watched(running, files())
    assert set(outcomes) <= {"altered", "not_verified", "sealed_elsewhere"}
    # what was only continued by an update of no effect is still ours; everything else is not
    assert all(name.split()[0] in ("many_revisions", "hybrid_streams") for name in outcomes.get("sealed_elsewhere", [])), outcomes["sealed_elsewhere"]


def test_bombs_are_answered_in_time_and_never_genuine(running):
    pdf = running.pdf(running.issue("tax-payment-record", sample("tax-payment-record.one-year")))
    outcomes = watched(running, bombs(pdf))
    assert "sealed_elsewhere" not in outcomes, outcomes
    # and then a file that is as it should be
    assert running.verify_file(pdf)["outcome"] == "genuine"
