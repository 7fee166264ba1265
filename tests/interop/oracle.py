#!/usr/bin/python3
"""One request to an oracle of build/oracles, or, as a class, many to one process, since each is slow to start.

    oracle.py dss|gm|pyhanko COMMAND WORD ...
        dss      EU DSS and Bouncy Castle    java/dss/DssOracle.java
        gm       ofdrw                       java/gm/SesOracle.java
        pyhanko  pyHanko                     pyhanko_oracle.py
"""
import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ORACLES = HERE.parents[1] / "build" / "oracles"
MAIN_CLASS = {"dss": "DssOracle", "gm": "SesOracle"}


def command(name: str) -> list[str]:
    if name == "pyhanko":
        return [str(ORACLES / "python" / "bin" / "python"), str(HERE / "pyhanko_oracle.py")]
    classpath = ORACLES / f"{name}.classpath"
    assert classpath.exists(), f"{classpath} is missing; ./dev setup interop makes it"
    # The quick compiler alone: the runs are short, and the processor is shared with the tests.
    return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g", "-Djava.awt.headless=true",
            "-cp", f"{ORACLES / name}:{classpath.read_text().strip()}", MAIN_CLASS[name]]


class Oracle:
    """A process that answers requests in turn. Whatever it could not decide raises; it is never a verdict."""

    def __init__(self, name: str):
        self.name = name
        self.process = subprocess.Popen(command(name), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words) -> dict:
        answer = self.attempt(*words)
        assert "failed" not in answer, (self.name, words, answer)
        return answer

    def attempt(self, *words) -> dict:
        """The same, with {"failed": why} given back."""
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{self.name} stopped with {self.process.wait()} at {words}"
        return json.loads(line)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def verapdf(paths: list[Path]) -> dict[str, tuple[bool, list[str]]]:
    """One run over all files: {path: (is it PDF/A-3b, broken rules)}."""
    run = subprocess.run([str(HERE / "verapdf"), *map(str, paths)], capture_output=True, text=True)
    verdicts: dict[str, tuple[bool, list[str]]] = {}
    rules: list[str] = []
    for line in run.stdout.splitlines():
        if match := re.match(r"(PASS|FAIL) (\S+) 3b", line):
            rules = []
            verdicts[match[2]] = (match[1] == "PASS", rules)
        else:
            rules.append(line.strip())
    assert set(verdicts) == set(map(str, paths)), run.stdout + run.stderr
    return verdicts


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("dss", "gm", "pyhanko"):
        sys.exit(__doc__)
    sys.exit(subprocess.run([*command(sys.argv[1]), *sys.argv[2:]]).returncode)
