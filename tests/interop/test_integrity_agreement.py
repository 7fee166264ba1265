"""What we, pyHanko and EU DSS say of the integrity of every signed file at hand: the shipped samples, tests/data, and the files of
other makers where YINXIN_CORPUS is set. The table is build/results/integrity-agreement.tsv; who differs, and why, is kept in
disagreements.tsv, and a difference that is not in there is a failure, as is one in there that is none any more.
"""
import csv
import json
import os
import subprocess
from pathlib import Path

import pytest
from instance import ROOT, YINXIN

HERE = Path(__file__).parent
PYTHON = ROOT / "build" / "oracles" / "python" / "bin" / "python"
CORPUS = os.environ.get("YINXIN_CORPUS")
TABLE = ROOT / "build" / "results" / "integrity-agreement.tsv"

# What EU DSS says of a signature that fails for reasons of trust, time or policy: its bytes are as they were.
NOT_OF_INTEGRITY = (
    "NO_CERTIFICATE_CHAIN_FOUND",
    "NO_SIGNING_CERTIFICATE_FOUND",
    "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    "CHAIN_CONSTRAINTS_FAILURE",
    "OUT_OF_BOUNDS",
    "REVOKED",
    "EXPIRED",
    "NOT_YET_VALID",
    "TRY_LATER",
    "NO_POE",
    "POLICY_PROCESSING_ERROR",
)


def signed_files() -> dict[str, Path]:
    """{name in the tables: path}, without the shipped samples, which a test makes."""
    found = {f"tests/data/{path.relative_to(ROOT / 'tests/data')}": path for path in sorted((ROOT / "tests/data").rglob("*.pdf"))}
    if CORPUS:
        with open(Path(CORPUS) / "INDEX.tsv", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                found[f"corpus/{row['file']}"] = Path(CORPUS) / row["file"]
    return found


def ours(path: Path, root: str) -> str:
    run = subprocess.run([str(YINXIN), "verify", str(path), "--trust", root, "--json"], capture_output=True, text=True)
    return json.loads(run.stdout)["integrity"]


def of_pyhanko(signatures: list[dict]) -> str:
    if not signatures:
        return "none"
    words = set()
    for each in signatures:
        if "error" in each:
            words.add("error")
        elif not (each["intact"] and each["valid"]):
            words.add("invalid")
        elif each["coverage"] not in ("ENTIRE_FILE", "ENTIRE_REVISION"):
            words.add("coverage")
        else:
            words.add("intact" if each["changes_allowed"] is not False and each["changes"] != "OTHER" else "changed")
    return next(word for word in ("invalid", "coverage", "changed", "error", "intact") if word in words)


def of_dss(answer: dict) -> str:
    if "failed" in answer:
        return "error"
    judged = answer["signatures"] + answer["timestamps"]
    if not judged:
        return "none"
    words = set()
    for each in judged:
        sub = str(each["sub_indication"] or "")
        if each["indication"] in ("TOTAL_PASSED", "PASSED") or sub.startswith(NOT_OF_INTEGRITY):
            words.add("intact")
        elif sub in ("HASH_FAILURE", "SIG_CRYPTO_FAILURE"):
            words.add("invalid")
        elif sub.startswith("CRYPTO_CONSTRAINTS_FAILURE"):
            words.add("undecided")
        else:
            words.add(f"changed ({sub})" if sub else "undecided")
    return next(word for first in ("invalid", "changed", "undecided", "intact") for word in words if word.startswith(first))


@pytest.fixture(scope="session")
def table(issued, served, eu_dss) -> list[dict]:
    files = {f"sample/{name}": path for name, (_, _, _, path) in issued.items()} | signed_files()
    root = str(served.dir / "pki" / "demo-root.pem")
    report = HERE.parent / "corpus" / "pyhanko_report.py"
    run = subprocess.run([str(PYTHON), str(report), root], input="\n".join(map(str, files.values())), capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    pyhanko = json.loads(run.stdout)
    rows = []
    for name, path in files.items():
        dss = of_dss(eu_dss.attempt("pades", path, f"trust={root}", "revocation=file"))
        rows.append({"file": name, "yinxin": ours(path, root), "pyhanko": of_pyhanko(pyhanko[str(path)]), "dss": dss})
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    with open(TABLE, "w") as out:
        out.write("\t".join((*rows[0], "agree")) + "\n")
        for row in rows:
            out.write("\t".join((*row.values(), "no" if differs(row) else "yes")) + "\n")
    return rows


def differs(row: dict) -> bool:
    return len({row[who] == "intact" for who in ("yinxin", "pyhanko", "dss")}) > 1


def explained() -> dict[str, dict]:
    with open(HERE / "disagreements.tsv", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


def test_every_disagreement_is_explained(table):
    known = explained()
    found = {row["file"]: row for row in table if differs(row)}
    print(f"{len(table)} files, {len(found)} of them judged differently")
    new = [row for name, row in found.items() if {**row, "why": None} != {**known.get(name, {}), "why": None}]
    assert new == [], "not in disagreements.tsv, or not so"
    there = {row["file"] for row in table}
    assert [name for name in known if name in there and name not in found] == [], "no disagreement any more"
    assert all(row["why"] for row in known.values())


def test_our_own_documents_are_intact_to_all(table):
    assert [row for row in table if row["file"].startswith("sample/") and differs(row)] == []
    assert any(row["file"].startswith("sample/") for row in table)


def test_nothing_is_intact_to_us_alone(table):
    """Where both others see a change, or cannot verify, ours is never the only yes, but for what neither can read."""
    alone = [row for row in table if row["yinxin"] == "intact" and row["pyhanko"] in ("invalid", "coverage", "changed") and row["dss"] in ("invalid",)]
    assert alone == []
