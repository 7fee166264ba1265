#!/usr/bin/python3
"""Counts the instructions of one issued document and compares them with the figure that is kept.

    instructions.py YINXIN KEPT.json [--junit FILE] [--keep]

A run of few documents is taken from a run of twice as many, so that start and end drop out: the same instance, one document after the
other, under valgrind. Counted is the process that numbers, renders, verifies and stores; the private key's arithmetic is in another.
valgrind shows every machine with AVX2 the same processor (no SHA extensions, so that digests count for more than they take), and the
libraries choose the same code; what is left is chance in the data, well below a percent. The count may not grow by more than 3 % over the kept one: what costs more changes the figure in the
same commit (--keep). There is one for each Debian release, whose libraries differ; where there is none, that is said.
"""
import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

DOCUMENTS = 40
GROWTH_MAX = 0.03


def release() -> str:
    """As the kept figures are named: "debian 12"."""
    words = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return f"{words.get('ID', 'linux')} {words.get('VERSION_ID', '')}".replace('"', "").strip()


def has_avx2() -> bool:
    return re.search(r"^flags\s*:.*\bavx2\b", Path("/proc/cpuinfo").read_text(), re.M) is not None


def instructions(program: Path, instance: Path, documents: int, out: Path) -> int:
    issue = [program, "bench", "issue", "--dir", instance, "--key", "rsa2048", "--documents", str(documents)]
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *issue]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {run.stdout}{run.stderr}")
    return int(re.search(r"Collected : (\d+)", run.stderr)[1])


def count(program: Path, profiles: Path) -> int:
    """Instructions of a document; the profiles of both runs stay in that folder, for callgrind_annotate."""
    with tempfile.TemporaryDirectory() as work:
        instance = Path(work) / "demo"
        subprocess.run([program, "init", instance, "--demo", "--pki-port", "0", "--key", "rsa2048"], check=True, stdout=subprocess.DEVNULL)
        # The form is compiled and what documents share is in the register before anything is counted.
        issue = [program, "bench", "issue", "--dir", instance, "--key", "rsa2048", "--documents", "4"]
        subprocess.run(issue, check=True, stdout=subprocess.DEVNULL)
        totals = []
        for documents in (DOCUMENTS, 2 * DOCUMENTS):
            copy = Path(work) / str(documents)
            shutil.copytree(instance, copy, ignore=shutil.ignore_patterns("*.sock"))
            totals.append(instructions(program, copy, documents, profiles / f"callgrind.{documents}"))
    return round((totals[1] - totals[0]) / DOCUMENTS)


def judge(counted: int, kept: int | None) -> tuple[bool, str]:
    """Whether it may pass, and what is to be said."""
    if kept is None:
        return True, f"{counted:,} instructions a document; NO FIGURE IS KEPT for this release, nothing was compared"
    growth = counted / kept - 1
    said = f"{counted:,} instructions a document, {growth:+.2%} beside the kept {kept:,}"
    if counted > kept * (1 + GROWTH_MAX):
        return False, f"{said}: more than {GROWTH_MAX:.0%}. If it must be, keep the new figure in the same commit (--keep) and say why"
    if counted < kept * (1 - GROWTH_MAX):
        return True, f"{said}: keep the lower figure (--keep), or what was gained may be lost unnoticed"
    return True, said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("yinxin", type=Path)
    parser.add_argument("kept", type=Path)
    parser.add_argument("--junit", type=Path)
    parser.add_argument("--keep", action="store_true", help="write what was counted into KEPT.json")
    options = parser.parse_args()
    kept = json.loads(options.kept.read_text())
    profiles = options.yinxin.parent
    if has_avx2():
        counted = count(options.yinxin.resolve(), profiles)
        passes, said = judge(counted, kept.get(release()))
    else:
        counted, passes, said = None, True, "NOT COUNTED: without AVX2 the libraries choose other code than the kept figure is of"
    print(f"instructions: {release()}: {said}")
    if options.keep and counted is not None:
        options.kept.write_text(json.dumps({**kept, release(): counted}, indent=1, sort_keys=True) + "\n")
    if options.junit is not None:
        failure = "" if passes else f"<failure message={quoteattr(said)}/>"
        options.junit.write_text(f'<testsuite name="instructions"><testcase name="instructions of a document">{failure}</testcase></testsuite>\n')
    return 0 if passes or options.keep else 1


if __name__ == "__main__":
    sys.exit(main())
