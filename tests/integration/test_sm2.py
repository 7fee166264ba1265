"""Instances that seal in SM2, as they are used: by the command line and over HTTP."""
import json
import subprocess

import pytest
from instance import YINXIN, Instance, samples


def verify(*arguments) -> tuple[int, dict]:
    run = subprocess.run([YINXIN, "verify", *map(str, arguments), "--json"], capture_output=True, text=True)
    return run.returncode, json.loads(run.stdout)


def signatures(answer) -> list[str]:
    return [each["sub_filter"] for each in answer["signatures"]]


@pytest.fixture(scope="module", params=["sm2 alone", "two seals"])
def sealed(request, tmp_path_factory):
    """An instance, what it issued, and how that is sealed."""
    folder = tmp_path_factory.mktemp("sm2")
    if request.param == "sm2 alone":
        arguments, seals = ("--key", "sm2"), ["adbe.pkcs7.detached"]
    else:
        arguments, seals = ("--key", "p256", "--ses"), ["GM.sm2seal", "ETSI.CAdES.detached"]
    instance = Instance.make(folder / "demo", *arguments).start()
    files = {}
    for name, kind, data in samples():
        files[name] = folder / f"{name}.pdf"
        files[name].write_bytes(instance.pdf(instance.issue(kind, data)))
    yield instance, files, seals
    assert instance.stop() == 0


def test_every_sample_is_genuine_to_both_doors(sealed):
    instance, files, _ = sealed
    for name, path in files.items():
        assert verify(path, "--dir", instance.dir)[0] == 0, name
        assert instance.verify_file(path.read_bytes())["outcome"] == "genuine", name


def test_a_stranger_with_the_roots_trusts_every_seal(sealed, tmp_path):
    instance, files, seals = sealed
    # A seal of GB/T 38540 carries no chain: its authority's certificate is given, too.
    known = tmp_path / "known.pem"
    known.write_text("".join((instance.dir / "pki" / f"{name}.pem").read_text() for name in ("demo-root", "demo-sm2-root", "demo-sm2-ca")))
    for path in files.values():
        code, answer = verify(path, "--trust", known)
        assert (code, answer["outcome"], answer["issuer"]["trusted"]) == (0, "sealed_elsewhere", "yes"), answer
        assert signatures(answer) == seals
        assert [each["indication"] for each in answer["signatures"]] == ["TOTAL_PASSED"] * len(seals), answer


def test_a_changed_file_is_altered_and_keeps_its_issuer(sealed, tmp_path):
    instance, files, seals = sealed
    path = next(iter(files.values()))
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(path.read_bytes() + b"\n% more\n")
    code, answer = verify(changed, "--dir", instance.dir)
    assert (code, answer["outcome"]) == (1, "altered"), answer
    assert signatures(answer) == seals


def test_doctor_looks_at_each_key_and_fsck_finds_no_fault(sealed):
    instance, _, seals = sealed
    run = subprocess.run([YINXIN, "doctor", "--dir", instance.dir], capture_output=True, text=True)
    for key in ["demo-seal", "demo-token"] + (["demo-ses"] if len(seals) == 2 else []):
        assert f"{key}: 示例市税务局" in run.stdout, run.stdout + run.stderr
    run = subprocess.run([YINXIN, "fsck", "--dir", instance.dir], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
