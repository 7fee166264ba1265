#!/usr/bin/python3
"""Measures issuing with every kind of key on a fresh demo instance: bench.py YINXIN [FILE.json]"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

KEYS = ["rsa2048", "p256", "rsa3072"]


def main() -> int:
    program, results = sys.argv[1], []
    with tempfile.TemporaryDirectory() as folder:
        for key in KEYS:
            directory = Path(folder, key)
            subprocess.run([program, "init", str(directory), "--demo"], check=True, capture_output=True)
            line = subprocess.run(
                [program, "bench", "issue", "--dir", str(directory), "--key", key, "--seconds", "10", "--json"],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            ).stdout
            results.append(json.loads(line))
            print(line.strip(), flush=True)
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(json.dumps({"issue": results}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
