#!/usr/bin/python3
"""Measures issuing with every kind of key and validation, each on a throw-away instance: bench.py YINXIN [FILE.json]

Runs in the current folder, which must be on the disk to measure. Says at the end which budgets this tells.
"""
import json
import subprocess
import sys
from pathlib import Path

KEYS = ["rsa2048", "p256", "rsa3072"]
SECONDS = "10"
# (budget, goal, figure of the run with RSA-2048, whether it holds)
MEASURED = [
    ("issued on one CPU, RSA-2048, durable", "at least 50 % of bare signing", lambda run: f"{run['ratio']:.1%}", lambda run: run["ratio"] >= 0.5),
    ("stored per document", "at most 6 KB", lambda run: f"{run['stored_bytes_per_document']} bytes", lambda run: run["stored_bytes_per_document"] <= 6144),
    ("one page, RSA-2048", "at most 30 KB", lambda run: f"{run['pdf_bytes']} bytes", lambda run: run["pdf_bytes"] <= 30720),
]
VALIDATION = [
    ("validation of a PDF of ours", "at most 1,000 us of CPU", "cpu_us_per_validation", 1000),
    ("what the sandbox adds", "at most 2,000 us", "sandbox_us", 2000),
]
NOT_MEASURED = [
    ("issued on one CPU, beside PDFBox and Bouncy Castle", "at least 20 times"),
    ("verification by code over HTTP, a million documents", "at least 50 % of nginx with a static file"),
    ("the same with ten million register rows", "p99 below 1.5 times that of 100,000"),
    ("memory of a serving instance", "at most 250 MB"),
    ("start to ready", "at most 1 s"),
]


def main() -> int:
    program, results = Path(sys.argv[1]).resolve(), {}
    for key in KEYS:
        command = [program, "bench", "issue", "--key", key, "--seconds", SECONDS, "--json"]
        line = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        results[key] = json.loads(line)
        print(line.strip(), flush=True)
    command = [program, "bench", "verify", "--key", "rsa2048", "--json"]
    validation = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    print(json.dumps(validation), flush=True)
    run = results["rsa2048"]
    durable = all(result["durable"] for result in results.values())
    print("\nbudgets measured" + ("" if durable else " IN MEMORY, NOT ON A DISK"))
    for budget, goal, figure, holds in MEASURED:
        print(f"  {budget}: {figure(run)} ({goal}): {'held' if holds(run) else 'NOT HELD'}")
    for budget, goal, name, limit in VALIDATION:
        print(f"  {budget}: {validation[name]} ({goal}): {'held' if validation[name] <= limit else 'NOT HELD'}")
    print("budgets not measured yet")
    for budget, goal in NOT_MEASURED:
        print(f"  {budget} ({goal})")
    if len(sys.argv) > 2:
        report = {"issue": list(results.values()), "verify": validation, "not_measured": [budget for budget, _ in NOT_MEASURED]}
        Path(sys.argv[2]).write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
