"""PDFs of other makers are sealed, or refused with the reason their index gives. YINXIN_CORPUS names the folder with INDEX.tsv."""
import csv
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from instance import ROOT

PYTHON = ROOT / "build" / "oracles" / "python" / "bin" / "python"
CORPUS = Path(os.environ.get("YINXIN_CORPUS", "/nonexistent"))


def index() -> dict[str, str]:
    """{file: yes, or refused:REASON}"""
    with open(CORPUS / "INDEX.tsv", newline="") as file:
        return {row["file"]: row["sealable"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


INDEX = index()
YES = sorted(name for name, word in INDEX.items() if word == "yes")
REFUSED = sorted(name for name, word in INDEX.items() if word.startswith("refused:"))


def post(served, name: str, query: str = ""):
    return served.request("POST", "/api/v1/seals" + query, (CORPUS / name).read_bytes(), served.bearer(Content_Type="application/pdf"))


@pytest.fixture(scope="session")
def sealed(served, tmp_path_factory) -> dict[str, Path]:
    """Every file that the index calls sealable, as it came back."""
    folder, made = tmp_path_factory.mktemp("sealed"), {}
    for name in YES:
        answer = post(served, name)
        if answer.status == 200:
            made[name] = folder / name.replace("/", "_")
            made[name].write_bytes(answer.body)
        else:
            print(name, answer)
    return made


def pdfsig(path: Path) -> list[tuple[str, bool]]:
    """(validation, whether all of the file is signed) of each signature, by what they cover."""
    words = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, errors="replace").stdout
    found = []
    for part in re.split(r"^Signature #\d+:$", words, flags=re.M)[1:]:
        validation = re.search(r"Signature Validation: (.*)", part)
        ranges = re.search(r"Signed Ranges: \[(\d+) - (\d+)\], \[(\d+) - (\d+)\]", part)
        found.append((int(ranges[4]) if ranges else -1, validation[1] if validation else "none", "Total document signed" in part))
    return [(validation, total) for _, validation, total in sorted(found, key=lambda each: each[0])]


@pytest.fixture(scope="session")
def pyhanko(sealed, served) -> dict[str, list]:
    """One run over all files, before and after."""
    paths = [str(CORPUS / name) for name in YES] + [str(path) for path in sealed.values()]
    run = subprocess.run(
        [str(PYTHON), str(Path(__file__).parent / "pyhanko_report.py"), str(served.dir / "pki" / "demo-root.pem")],
        input="\n".join(paths),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout)


def test_the_index_is_whole():
    assert len(YES) >= 59 and len(REFUSED) >= 31, (len(YES), len(REFUSED))


@pytest.mark.parametrize("name", YES)
def test_it_is_sealed_behind_its_own_bytes(sealed, name):
    assert name in sealed
    before, after = (CORPUS / name).read_bytes(), sealed[name].read_bytes()
    assert after[: len(before)] == before and len(after) > len(before)


@pytest.mark.parametrize("name", YES)
def test_pdfsig_calls_the_seal_valid_and_the_others_as_before(sealed, name):
    before, after = pdfsig(CORPUS / name), pdfsig(sealed[name])
    assert after[-1] == ("Signature is Valid.", True), after
    if name == "pdfa/2b-6-1-12-t01-pass-a.pdf":
        # Usage rights (UR3) are no signature of a field; they lapse with any change, as they should.
        assert [validation for validation, _ in before] == ["Signature has not yet been verified."] and len(after) == 2
        return
    # An empty field has no ranges and comes first.
    assert [validation for validation, _ in after[:-1]] == [validation for validation, _ in before], (before, after)


@pytest.mark.parametrize("name", YES)
def test_pyhanko_calls_the_seal_valid_and_the_others_as_before(sealed, pyhanko, name):
    before, after = pyhanko[str(CORPUS / name)], pyhanko[str(sealed[name])]
    ours = after[-1]
    assert ours.get("intact") and ours.get("valid") and ours.get("trusted"), ours
    assert ours["coverage"] == "ENTIRE_FILE", ours
    kept = ("error", "intact", "valid", "trusted", "changes_allowed")
    assert [[each.get(word) for word in kept] for each in after[:-1]] == [[each.get(word) for word in kept] for each in before], (before, after)


@pytest.mark.parametrize("name", YES)
def test_our_own_verdict_knows_it_and_the_others_keep_theirs(sealed, served, name):
    before, after = served.verify_file((CORPUS / name).read_bytes()), served.verify_file(sealed[name].read_bytes())
    ours = max(after["signatures"], key=lambda each: each["signed_bytes"])
    assert ours["verdict"] == "intact" and ours["signed_bytes"] == sealed[name].stat().st_size, ours
    others = [each["verdict"] for each in after["signatures"] if each is not ours]
    assert sorted(others) == sorted(each["verdict"] for each in before.get("signatures", [])), (before, after)
    if all(word == "intact" for word in others):
        assert after["outcome"] == "sealed_elsewhere", after


@pytest.mark.parametrize("name", YES)
def test_qpdf_has_no_more_to_say_than_before(sealed, name):
    def said(path) -> int:
        return subprocess.run(["qpdf", "--check", str(path)], capture_output=True).returncode

    assert said(sealed[name]) <= said(CORPUS / name)


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_the_reason_of_the_index(served, name):
    answer = post(served, name)
    assert answer.status == 422, answer
    assert answer.json["type"].endswith("refused"), answer
    assert re.match(r"\w+", answer.json["detail"])[0] == INDEX[name].split(":")[1], answer


@pytest.mark.parametrize("name", ["plain/digitorus-testfile12.pdf", "signed/object-stream.pdf", "plain/endesive-encrypted.pdf"])
def test_the_command_does_the_same(served, tmp_path, name):
    run = served.cli("seal", CORPUS / name, "--dir", served.dir, "-o", tmp_path / "out.pdf", "--json")
    if INDEX[name] != "yes":
        assert run.returncode == 1 and INDEX[name].split(":")[1] in run.stderr and not (tmp_path / "out.pdf").exists(), run
        return
    assert run.returncode == 0, run.stderr
    assert pdfsig(tmp_path / "out.pdf")[-1] == ("Signature is Valid.", True)
    assert json.loads(run.stdout)["place"]["visible"]
