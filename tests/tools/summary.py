#!/usr/bin/python3
"""Adds up what the test groups reported and says it in one line: N passed, N failed.

    summary.py RESULTS GROUP ...    every group's reports in the folder RESULTS; names what failed; exit 1 when anything did
    summary.py --list FILE.tap      one line per test of a TAP file

A group whose report is absent, or in which nothing ran, counts as one failure. So does a skipped test: nothing is skipped here.
"""
import re
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

REPORTS = {
    "unit": ["unit.xml", "tools.xml"],
    "integration": ["integration.xml"],
    "browser": ["browser.tap"],
    "interop": ["interop.xml"],
    "fuzz": ["fuzz.xml"],
    "sanitize": ["sanitize.xml"],
    "instructions": ["instructions.xml"],
    "corpus": ["corpus.xml", "corpus-seals.xml"],
}


def read_junit(path: Path) -> list[tuple[str, bool]]:
    results = []
    for case in xml.parse(path).getroot().iter("testcase"):
        name = "::".join(part for part in (case.get("classname"), case.get("name")) if part)
        bad = any(child.tag in ("failure", "error", "skipped") for child in case)
        results.append((name, not bad and case.get("status", "run") in ("run", "passed")))
    return results


def read_tap(path: Path) -> list[tuple[str, bool]]:
    """Leaves only: a suite's own line counts through its tests."""
    lines = path.read_text(errors="replace").splitlines()
    results = []
    for number, line in enumerate(lines):
        match = re.match(r"( *)(not )?ok \d+ - (.*?)( # [A-Z]{4}.*)?$", line)
        if not match:
            continue
        block = "\n".join(lines[number + 1 : number + 6])
        is_suite = re.search(r"type: '(suite|test)'", block) and number > 0 and re.match(
            rf"{match[1]}    1\.\.\d+", lines[number - 1]
        )
        if not is_suite:
            results.append((match[3], match[2] is None and match[4] is None))
    return results


def read_report(path: Path) -> list[tuple[str, bool]]:
    return read_tap(path) if path.suffix == ".tap" else read_junit(path)


def main() -> int:
    if sys.argv[1] == "--list":
        for name, good in read_tap(Path(sys.argv[2])):
            print(f"{'ok  ' if good else 'FAIL'} {name}")
        return 0
    folder, groups = Path(sys.argv[1]), sys.argv[2:]
    passed, failed = 0, []
    for group in groups:
        for report in REPORTS[group]:
            try:
                results = read_report(folder / report)
            except (OSError, xml.ParseError) as error:
                results = []
                failed.append(f"{group}: no report {report} ({error.__class__.__name__}): it broke off")
            else:
                if not results:
                    failed.append(f"{group}: nothing ran ({report})")
            good = sum(ok for _, ok in results)
            print(f"{group}: {report}: {good} passed, {len(results) - good} failed")
            passed += good
            failed += [f"{group}: {name}" for name, ok in results if not ok]
    for name in failed:
        print(f"FAILED {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
