"""Our Chinese seals judged by others: ofdrw verifies every SES_Signature and Bouncy Castle the chains under it, Bouncy Castle the SM2
CMS; and the international twin on the same document is judged as if it stood alone.

First what signer/ writes (sign_gm), then the documents of an instance whose seal key is SM2.
"""
import subprocess
from types import SimpleNamespace

import pytest
from instance import BUILD, Instance, samples
from openssl_cms import verify
from pdf_parts import one_page, signatures

NAMES = [name for name, _, _ in samples()]
NOW = "at=2026-02-01T00:00:00Z"  # within the lives of sign_gm's certificates


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sign-gm")
    (folder / "page.pdf").write_bytes(one_page())
    run = subprocess.run([str(BUILD / "sign_gm"), str(folder / "page.pdf"), str(folder)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sm2-seals")
    instance = Instance.make(folder / "demo", "--ses").start()
    files = {}
    for name, kind, data in samples():
        files[name] = folder / f"{name}.pdf"
        files[name].write_bytes(instance.pdf(instance.issue(kind, data)))
    authorities = sorted((instance.dir / "pki").glob("*sm2*.pem"))
    yield SimpleNamespace(
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


def assert_verifies(ofdrw, signature, content, cut) -> dict:
    said = ofdrw.ask("ses", signature, content)
    assert said["valid"] and said["version"] == 4, said
    assert not cut.contents[said["length"] :].strip(b"\0"), "zeros after the DER"
    first_end = cut.place - 1
    second = first_end + 2 + 2 * len(cut.contents)
    assert said["property_info"] == f"0,{first_end},{second},{len(cut.signed) - first_end}"
    return said


def assert_chains(eu_dss, said, folder, roots, between, *words) -> None:
    for who, der in (("signer", said["signer_der"]), ("maker", said["seal"]["maker_der"])):
        (folder / f"{who}.cer").write_bytes(bytes.fromhex(der))
        chain = eu_dss.ask("chain", *(f"trust={root}" for root in roots), *between, folder / f"{who}.cer", *words)
        assert chain["valid"] and chain["length"] >= 3, (who, chain)


# --- signer/

@pytest.mark.parametrize("name,listed", [("c", 1), ("c-digest", 2), ("c-a", 1)])
def test_ofdrw_verifies_what_the_signer_wrote(signed, ofdrw, eu_dss, tmp_path, name, listed):
    said = assert_verifies(ofdrw, *cut_out(signed / f"{name}.pdf", "GM.sm2seal", tmp_path))
    assert said["seal"]["cert_list_type"] == listed
    assert_chains(eu_dss, said, tmp_path, [signed / "root.cer"], [signed / "ca.cer"], NOW)


def test_ofdrw_refuses_every_flipped_byte_of_it(signed, ofdrw, tmp_path):
    signature, content, cut = cut_out(signed / "c.pdf", "GM.sm2seal", tmp_path)
    length = ofdrw.ask("ses", signature, content)["length"]
    for place in range(0, length, 7):
        signature.write_bytes(cut.contents[:place] + bytes([cut.contents[place] ^ 1]) + cut.contents[place + 1 :])
        assert not ofdrw.attempt("ses", signature, content).get("valid"), place


def test_bouncy_castle_verifies_the_sm2_cms(signed, eu_dss, tmp_path):
    signature, content, cut = cut_out(signed / "b.pdf", "adbe.pkcs7.detached", tmp_path)
    said = eu_dss.ask("cms", signature, content, f"trust={signed}/root.cer", NOW)
    assert said["valid"] and said["canonical_der"] and said["chain"]["valid"], said
    assert (said["digest"], said["signature"]) == ("1.2.156.10197.1.401", "1.2.156.10197.1.501")
    assert not cut.contents[said["length"] :].strip(b"\0")
    content.write_bytes(content.read_bytes()[:-1] + b"x")
    assert not eu_dss.ask("cms", signature, content)["valid"]


def test_the_second_seal_covers_the_first(signed):
    words = subprocess.run(["pdfsig", "-nocert", str(signed / "c-a.pdf")], capture_output=True, text=True).stdout
    assert words.count("Signature Validation: Signature is Valid.") == 1 == words.count("\n  - Total document signed"), words
    assert (signed / "c-a.pdf").read_bytes().startswith((signed / "c.pdf").read_bytes())
    (cut,) = [cut for cut in signatures((signed / "c-a.pdf").read_bytes()) if cut.sub_filter == "ETSI.CAdES.detached"]
    good, said = verify(cut.contents, cut.signed, None)
    assert good, said


# --- documents

@pytest.mark.parametrize("name", NAMES)
def test_ofdrw_and_bouncy_castle_verify_the_seal_signature(sealed, ofdrw, eu_dss, tmp_path, name):
    said = assert_verifies(ofdrw, *cut_out(sealed.files[name], "GM.sm2seal", tmp_path))
    assert_chains(eu_dss, said, tmp_path, sealed.roots, sealed.between)


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
