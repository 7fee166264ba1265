#!/usr/bin/python3
"""Measures issuing with every kind of key, each on a throw-away instance: bench.py YINXIN [FILE.json]"""
import json
import subprocess
import sys
from pathlib import Path

KEYS = ["rsa2048", "p256", "rsa3072"]
SECONDS = "10"


def main() -> int:
    program, results = sys.argv[1], []
    for key in KEYS:
        command = [program, "bench", "issue", "--key", key, "--seconds", SECONDS, "--json"]
        line = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        results.append(json.loads(line))
        print(line.strip(), flush=True)
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(json.dumps({"issue": results}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
