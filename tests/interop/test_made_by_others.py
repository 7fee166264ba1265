"""Our verifier on what others signed: ofdrw's seals of every version it knows, SM2 in CMS by Bouncy Castle and by ofdrw, and PAdES
by pyHanko beside them. tests/data/ses holds the same as files, for the unit tests.
"""
import json
import subprocess

import pytest
from instance import YINXIN
from make_ses_data import VARIANTS, signer
from pdf_parts import one_page, sealed_by

SEAL, CMS = ("GM.sm2seal", "GM.PKILite"), ("adbe.pkcs7.detached", "Adobe.PPKLite")


@pytest.fixture(scope="module")
def root_pem(sm2_keys):
    pem = sm2_keys / "root.pem"
    subprocess.run(["openssl", "x509", "-inform", "DER", "-in", str(sm2_keys / "root.cer"), "-out", str(pem)], check=True)
    return pem


@pytest.fixture(scope="module")
def sealed(ofdrw, sm2_keys, tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("by-ofdrw")
    return {
        variant: sealed_by(*(CMS if variant.startswith("cms") else SEAL), signer(ofdrw, variant, sm2_keys, folder)) for variant in VARIANTS
    }


def verdict(pdf: bytes, trust, folder) -> dict:
    (folder / "asked.pdf").write_bytes(pdf)
    run = subprocess.run([str(YINXIN), "verify", str(folder / "asked.pdf"), "--trust", str(trust), "--json"], capture_output=True, text=True)
    return json.loads(run.stdout)


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_is_intact_where_the_standard_was_followed(sealed, root_pem, tmp_path, variant):
    said = verdict(sealed[variant], root_pem, tmp_path)
    if variant == "v4-empty-id":  # GB/T 38540 leaves no other identifier than 1234567812345678
        assert said["integrity"] == "invalid" and said["outcome"] == "altered", said
    else:
        assert said["integrity"] == "intact" and said["outcome"] == "sealed_elsewhere", said


@pytest.mark.parametrize("variant", VARIANTS)
def test_changed_it_is_not(sealed, root_pem, tmp_path, variant):
    changed = sealed[variant].replace(b"/MediaBox [0 0 200 200]", b"/MediaBox [0 0 200 201]")
    assert changed != sealed[variant]
    said = verdict(changed, root_pem, tmp_path)
    assert said["integrity"] == "invalid" and said["outcome"] == "altered", said


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_pades_of_pyhanko_is_intact(pyhanko, small_pki, tmp_path, level):
    (tmp_path / "page.pdf").write_bytes(one_page())
    words = [f"pki={small_pki.folder}", f"url={small_pki.url}", "signer=signer", "field=Seal", "certify=yes"]
    pyhanko.ask("sign", level, tmp_path / "page.pdf", tmp_path / "sealed.pdf", *words)
    said = verdict((tmp_path / "sealed.pdf").read_bytes(), small_pki.folder / "root.pem", tmp_path)
    assert said["integrity"] == "intact" and said["outcome"] == "sealed_elsewhere", said


def test_pades_over_an_ofdrw_seal_leaves_both_intact(sealed, root_pem, pyhanko, small_pki, tmp_path):
    (tmp_path / "first.pdf").write_bytes(sealed["v4"])
    words = [f"pki={small_pki.folder}", f"url={small_pki.url}", "signer=signer", "field=Second"]
    pyhanko.ask("sign", "B-LTA", tmp_path / "first.pdf", tmp_path / "second.pdf", *words)
    said = verdict((tmp_path / "second.pdf").read_bytes(), root_pem, tmp_path)
    assert said["integrity"] == "intact" and len(said["signatures"]) >= 2, said
