#!/usr/bin/python3
"""Runs fuzz targets of one build and says what each did.

    fuzz.py BUILD SECONDS [--junit FILE] TARGET ...

Before a target runs, the files of tests/fuzz/regressions/TARGET are replayed. It starts from BUILD/seeds/TARGET, from what
YINXIN_CORPUS holds where it is set, and from BUILD/corpus/TARGET, where it leaves what it finds interesting. A crash stays in
BUILD/crashes/TARGET; exit 1 when there is one.
"""
import argparse
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1] / "fuzz"
PDF_TARGETS = {"document", "prepare", "reader"}
SIGNATURE_TARGETS = {"cms", "ses", "timestamp"}
DICTIONARIES = {"pdf": PDF_TARGETS | {"revision"}, "text": {"answer", "config", "http", "json", "seal_record"}}
BYTES_MAX = {name: 1 << 16 for name in PDF_TARGETS} | {"answer": 1 << 15, "json": 1 << 15, "paper": 1 << 14}
ONE_INPUT_SECONDS = 10
MEMORY_MB = 1536


@dataclass
class Result:
    target: str
    seconds: float = 0
    executions: int = 0
    covered: int = 0
    edges: int = 0
    memory_mb: int = 0
    faults: list[str] = field(default_factory=list)

    def line(self) -> str:
        rate = self.executions / self.seconds if self.seconds else 0
        text = (
            f"{self.target:12} {self.executions:9} executions, {rate:8.0f}/s, "
            f"{self.covered:6} of {self.edges:6} edges, {self.memory_mb:5} MB"
        )
        return text + "".join(f"\n{'':12} FAILED {fault}" for fault in self.faults)


def copy_corpus(corpus: Path, target: str, into: Path) -> None:
    """PDFs of other makers; for the readers of signatures what stands in their /Contents."""
    into.mkdir(parents=True, exist_ok=True)
    for number, file in enumerate(sorted(corpus.rglob("*.pdf"))):
        content = file.read_bytes()
        if target in PDF_TARGETS and len(content) <= BYTES_MAX[target]:
            (into / f"{number}.pdf").write_bytes(content)
        elif target in SIGNATURE_TARGETS:
            for place, match in enumerate(re.finditer(rb"/Contents\s*<([0-9A-Fa-f]{64,})>", content)):
                digits = match[1][: len(match[1]) // 2 * 2]
                (into / f"{number}-{place}").write_bytes(bytes.fromhex(digits.decode()).rstrip(b"\0"))


def environment() -> dict[str, str]:
    return os.environ | {
        "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }


def limits(target: str) -> list[str]:
    return [f"-timeout={ONE_INPUT_SECONDS}", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={BYTES_MAX.get(target, 1 << 13)}"]


def replay(program: Path, target: str, crashes: Path, result: Result) -> None:
    for file in sorted((SOURCES / "regressions" / target).glob("*")):
        run = subprocess.run(
            [program, *limits(target), f"-artifact_prefix={crashes}/", file], capture_output=True, env=environment()
        )
        if run.returncode != 0:
            (crashes / f"{file.name}.log").write_bytes(run.stderr)
            result.faults.append(f"regressions/{target}/{file.name} fails again, see {crashes}/{file.name}.log")


def read_log(log: str, result: Result) -> None:
    def last(pattern: str) -> int:
        found = re.findall(pattern, log)
        return int(found[-1]) if found else 0

    result.executions = last(r"stat::number_of_executed_units:\s+(\d+)") or last(r"#(\d+)\s")
    result.covered = last(r"cov: (\d+)")
    result.edges = last(r"\((\d+) inline 8-bit counters\)")
    result.memory_mb = last(r"stat::peak_rss_mb:\s+(\d+)") or last(r"rss: (\d+)Mb")


def run_target(build: Path, target: str, seconds: int) -> Result:
    result = Result(target)
    program = build / f"{target}_fuzz"
    found, crashes = build / "corpus" / target, build / "crashes" / target
    for folder in (found, crashes, build / "logs"):
        folder.mkdir(parents=True, exist_ok=True)
    replay(program, target, crashes, result)
    folders = [found, build / "seeds" / target]
    if corpus := os.environ.get("YINXIN_CORPUS"):
        folders.append(build / "seeds-of-others" / target)
        copy_corpus(Path(corpus), target, folders[-1])
    words = [f"-dict={SOURCES / name}.dict" for name, targets in DICTIONARIES.items() if target in targets]
    command = [program, *limits(target), f"-max_total_time={seconds}", "-print_final_stats=1", "-use_value_profile=1"]
    log_file = build / "logs" / f"{target}.log"
    start = time.monotonic()
    with log_file.open("wb") as log:
        try:
            # What it loads at first may take its time, and so may the last input.
            run = subprocess.run(
                [*command, *words, f"-artifact_prefix={crashes}/", *folders],
                stderr=log,
                stdout=log,
                env=environment(),
                timeout=seconds + 120,
            )
            status = run.returncode
        except subprocess.TimeoutExpired:
            status = -1
            result.faults.append(f"does not end, see {log_file}")
    result.seconds = time.monotonic() - start
    log = log_file.read_text(errors="replace")
    read_log(log, result)
    if status != 0 and not result.faults:
        written = re.findall(r"Test unit written to (\S+)", log)
        result.faults.append(f"{written[-1] if written else f'exit status {status}'}, see {log_file}")
    return result


def write_junit(file: Path, results: list[Result]) -> None:
    suite = xml.Element("testsuite", name="fuzz")
    for result in results:
        case = xml.SubElement(suite, "testcase", classname="fuzz", name=result.target, time=f"{result.seconds:.1f}")
        for fault in result.faults:
            xml.SubElement(case, "failure", message=fault)
    xml.ElementTree(suite).write(file)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=Path)
    parser.add_argument("seconds", type=int)
    parser.add_argument("--junit", type=Path)
    parser.add_argument("targets", nargs="+")
    given = parser.parse_args()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = []
        for result in pool.map(lambda target: run_target(given.build.resolve(), target, given.seconds), given.targets):
            results.append(result)
            print(result.line(), flush=True)
    if given.junit:
        write_junit(given.junit, results)
    return 1 if any(result.faults for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
