"""Our documents at every PAdES level, with every kind of key, judged by others: pyHanko and EU DSS must report the same level and
pass it, given the anchors of the demo PKI and its OCSP and CRL; pdfsig must call the seal valid; every revision must be PDF/A-3b.

One instance for each kind of key, every sample issued once for each level, every oracle asked once for each file.
"""
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from instance import NO_LIMITS, Instance, samples
from openssl_cms import verify_cut
from oracle import verapdf
from pdf_parts import revisions, signatures

KEYS = ["p256", "rsa2048", "rsa3072"]
LEVELS = ["B-B", "B-T", "B-LT", "B-LTA"]
EVERY = [(level, name) for level in LEVELS for name, _, _ in samples()]
ARCHIVED = [(level, "tax-payment-record.one-year") for level in ("B-LT", "B-LTA")]
every_file = pytest.mark.parametrize("level,name", EVERY)


def reached(instance: Instance, document: dict, level: str) -> dict:
    """The document once it has the level. What a time stamp or revocation data is wanted for may be sealed at B-B first."""
    until = time.monotonic() + 60
    while True:
        found = instance.request("GET", f"/api/v1/documents/{document['id']}", None, instance.bearer()).json
        if found["revisions"][-1]["level"] == level:
            return found
        assert time.monotonic() < until, f"{level} is not reached: {found['revisions']}"
        time.sleep(0.05)


@pytest.fixture(scope="module", params=KEYS)
def sealed(request, tmp_path_factory):
    """The running instance, its anchors (PEM files), and {(level, sample): path}."""
    folder = tmp_path_factory.mktemp(f"levels-{request.param}")
    instance = Instance.make(folder / "demo", "--key", request.param).start(sets=[*NO_LIMITS, "timestamps.policy=deferred"])
    asked = {
        (level, name): instance.issue(kind, data, options={"level": level}) for level in LEVELS for name, kind, data in samples()
    }
    files = {}
    for (level, name), document in asked.items():
        found = reached(instance, document, level)
        pdf = instance.request("GET", f"/api/v1/documents/{document['id']}/pdf", None, instance.bearer()).body
        assert len(pdf) == found["revisions"][-1]["size"]
        files[level, name] = folder / f"{level}.{name}.pdf"
        files[level, name].write_bytes(pdf)
    anchors = [path for path in sorted((instance.dir / "pki").glob("*root*.pem")) if "sm2" not in path.name]
    yield SimpleNamespace(instance=instance, anchors=anchors, files=files, folder=folder)
    assert instance.stop() == 0
    instance.assert_sound()


def asked_of(oracle, sealed, keys, *words) -> dict:
    trust = [f"trust={anchor}" for anchor in sealed.anchors]
    return {key: oracle.attempt("pades", sealed.files[key], *trust, *words) for key in keys}


@pytest.fixture(scope="module")
def dss_said(sealed, eu_dss):
    return asked_of(eu_dss, sealed, EVERY)


@pytest.fixture(scope="module")
def pyhanko_said(sealed, pyhanko):
    return asked_of(pyhanko, sealed, EVERY)


@pytest.fixture(scope="module")
def pdfa(sealed) -> dict:
    """{(level, sample, revision): (passed, rules)} of every sealed revision; the seal may be part of the first."""
    paths = {}
    for (level, name), path in sealed.files.items():
        with_seal = [revision for revision in revisions(path.read_bytes()) if b"/ByteRange" in revision]
        for number, revision in enumerate(with_seal, 1):
            paths[level, name, number] = sealed.folder / f"{level}.{name}.revision-{number}.pdf"
            paths[level, name, number].write_bytes(revision)
    verdicts = verapdf(list(paths.values()))
    return {key: verdicts[str(path)] for key, path in paths.items()}


def only_signature(said: dict) -> dict:
    assert "failed" not in said, said
    (signature,) = said["signatures"]
    return signature


@every_file
def test_eu_dss_reports_the_level_and_passes_it(dss_said, level, name):
    signature = only_signature(dss_said[level, name])
    assert signature["format"] == level.replace("B-", "PAdES-BASELINE-"), signature
    assert signature["indication"] == "TOTAL_PASSED" and signature["errors"] == signature["warnings"] == [], signature
    assert all(stamp["indication"] == "PASSED" for stamp in signature["timestamps"]), signature
    kinds = [stamp["type"] for stamp in signature["timestamps"]]
    assert kinds == {"B-B": [], "B-LTA": ["SIGNATURE_TIMESTAMP", "DOCUMENT_TIMESTAMP"]}.get(level, ["SIGNATURE_TIMESTAMP"]), signature


@every_file
def test_pyhanko_reports_the_level_and_passes_it(pyhanko_said, level, name):
    signature = only_signature(pyhanko_said[level, name])
    assert signature["level"] == level and signature["passed"], signature
    assert signature["coverage"] == ("ENTIRE_FILE" if level in ("B-B", "B-T") else "ENTIRE_REVISION"), signature


@pytest.mark.parametrize("level,name", ARCHIVED)
def test_the_file_holds_all_the_evidence(sealed, eu_dss, pyhanko, level, name):
    """Nothing is asked of anybody, and it passes; three years on it would still."""
    signature = only_signature(asked_of(eu_dss, sealed, [(level, name)], "revocation=file")[level, name])
    assert signature["indication"] == "TOTAL_PASSED", signature
    words = ["revocation=file", f"until={time.gmtime().tm_year + 3}-01-01T00:00:00Z"]
    signature = only_signature(asked_of(pyhanko, sealed, [(level, name)], *words)[level, name])
    assert signature["level"] == level and signature["until"] == "OK", signature


@every_file
def test_pdfsig_calls_the_seal_valid(sealed, level, name):
    words = subprocess.run(["pdfsig", "-nocert", str(sealed.files[level, name])], capture_output=True, text=True).stdout
    seals = [part for part in words.split("Signature #")[1:] if "ETSI.CAdES.detached" in part]
    assert len(seals) == 1 and "Signature Validation: Signature is Valid." in seals[0], words


@every_file
def test_openssl_verifies_seal_and_document_time_stamp_alone(sealed, level, name):
    bundle = sealed.folder / "anchors.pem"
    bundle.write_text("".join(anchor.read_text() for anchor in sealed.anchors))
    cuts = list(signatures(sealed.files[level, name].read_bytes()))
    assert [cut.sub_filter for cut in cuts] == ["ETSI.CAdES.detached", "ETSI.RFC3161"][: 2 if level == "B-LTA" else 1]
    for cut in cuts:
        good, words = verify_cut(cut, str(bundle))
        assert good, (cut.sub_filter, words)


@every_file
def test_verapdf_calls_every_sealed_revision_pdfa_3b(pdfa, level, name):
    found = {number: said for (a, b, number), said in pdfa.items() if (a, b) == (level, name)}
    assert sorted(found) == [1, 2, 3][: {"B-LT": 2, "B-LTA": 3}.get(level, 1)]
    assert all(passed for passed, _ in found.values()), found


@every_file
def test_qpdf_has_nothing_to_say(sealed, level, name):
    run = subprocess.run(["qpdf", "--check", str(sealed.files[level, name])], capture_output=True, text=True)
    assert run.returncode == 0 and "WARNING" not in run.stdout + run.stderr, run.stdout + run.stderr


@every_file
def test_our_own_verdict_agrees(sealed, level, name):
    trust = [word for anchor in sealed.anchors for word in ("--trust", str(anchor))]
    path: Path = sealed.files[level, name]
    run = sealed.instance.cli("verify", path, "--dir", sealed.instance.dir, *trust, "--json")
    assert run.returncode == 0 and '"genuine"' in run.stdout, (run.stdout, run.stderr)
