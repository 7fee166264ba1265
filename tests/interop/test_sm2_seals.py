"""Our Chinese seals judged by others: ofdrw verifies every SES_Signature and Bouncy Castle the chains under it, Bouncy Castle the SM2
CMS; and the international twin on the same document is judged as if it stood alone. An instance whose seal key is SM2 seals so.
"""
import subprocess
from types import SimpleNamespace

import pytest
from instance import Instance, samples
from pdf_parts import signatures

NAMES = [name for name, _, _ in samples()]


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sm2-seals")
    instance = Instance.make(folder / "demo", "--key", "sm2").start()
    files = {}
    for name, kind, data in samples():
        files[name] = folder / f"{name}.pdf"
        files[name].write_bytes(instance.pdf(instance.issue(kind, data)))
    authorities = sorted((instance.dir / "pki").glob("*sm2*.pem"))
    yield SimpleNamespace(
        instance=instance,
        files=files,
        roots=[path for path in authorities if "root" in path.name],
        between=[path for path in authorities if "root" not in path.name],
        anchors=[path for path in sorted((instance.dir / "pki").glob("*root*.pem")) if "sm2" not in path.name],
    )
    assert instance.stop() == 0


def cut_out(path, sub_filter, folder):
    (cut,) = [cut for cut in signatures(path.read_bytes()) if cut.sub_filter == sub_filter]
    (folder / "signature.der").write_bytes(cut.contents)
    (folder / "signed.bin").write_bytes(cut.signed)
    return folder / "signature.der", folder / "signed.bin", cut


@pytest.mark.parametrize("name", NAMES)
def test_ofdrw_verifies_the_seal_signature(sealed, ofdrw, tmp_path, name):
    signature, content, cut = cut_out(sealed.files[name], "GM.sm2seal", tmp_path)
    said = ofdrw.ask("ses", signature, content)
    assert said["valid"] and said["version"] == 4, said
    assert not cut.contents[said["length"] :].strip(b"\0")
    first_end = cut.place - 1
    second = first_end + 2 + 2 * len(cut.contents)
    assert said["property_info"] == f"0,{first_end},{second},{len(cut.signed) - first_end}"


@pytest.mark.parametrize("name", NAMES)
def test_bouncy_castle_builds_both_chains_of_the_seal(sealed, ofdrw, eu_dss, tmp_path, name):
    signature, content, _ = cut_out(sealed.files[name], "GM.sm2seal", tmp_path)
    said = ofdrw.ask("ses", signature, content)
    for who, der in (("signer", said["signer_der"]), ("maker", said["seal"]["maker_der"])):
        (tmp_path / f"{who}.cer").write_bytes(bytes.fromhex(der))
        chain = eu_dss.ask("chain", *(f"trust={root}" for root in sealed.roots), *sealed.between, tmp_path / f"{who}.cer")
        assert chain["valid"] and chain["length"] >= 3, (who, chain)


@pytest.mark.parametrize("name", NAMES)
def test_ofdrw_refuses_another_content(sealed, ofdrw, tmp_path, name):
    signature, content, _ = cut_out(sealed.files[name], "GM.sm2seal", tmp_path)
    content.write_bytes(content.read_bytes()[:-1] + b"x")
    assert not ofdrw.ask("ses", signature, content)["valid"]


@pytest.mark.parametrize("name", NAMES)
def test_the_second_seal_is_judged_as_if_alone(sealed, eu_dss, pyhanko, name):
    trust = [f"trust={anchor}" for anchor in sealed.anchors]
    (said,) = eu_dss.ask("pades", sealed.files[name], *trust)["signatures"]
    assert said["format"] == "PAdES-BASELINE-B" and said["indication"] == "TOTAL_PASSED", said
    (said,) = pyhanko.ask("pades", sealed.files[name], *trust)["signatures"]
    assert said["level"] == "B-B" and said["passed"], said
    words = subprocess.run(["pdfsig", "-nocert", str(sealed.files[name])], capture_output=True, text=True).stdout
    assert words.count("Signature Validation: Signature is Valid.") == 1, words
