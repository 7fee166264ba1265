"""The oracles themselves: what others' programs signed, they must pass at the right level, and refuse once it was changed. Red
here means that an oracle cannot be believed, whatever it says of our documents.
"""
import time

import pytest
from openssl_cms import verify_cut
from pdf_parts import one_page, revisions, sealed_by, signatures

LEVELS = ["B-B", "B-T", "B-LT", "B-LTA"]


@pytest.fixture(scope="module")
def unsealed(tmp_path_factory):
    path = tmp_path_factory.mktemp("unsealed") / "page.pdf"
    path.write_bytes(one_page())
    return path


@pytest.fixture(scope="module")
def by_pyhanko(unsealed, small_pki, pyhanko, tmp_path_factory) -> dict:
    """{signer: {level: file}}: signer lives for 3000 days, brief for 30, elsewhere names an OCSP responder that is not loopback."""
    folder, made = tmp_path_factory.mktemp("by-pyhanko"), {}
    for signer, levels in {"signer": LEVELS, "brief": LEVELS, "elsewhere": ["B-B"]}.items():
        made[signer] = {level: folder / f"{signer}-{level}.pdf" for level in levels}
        for level, path in made[signer].items():
            pyhanko.ask("sign", level, unsealed, path, f"pki={small_pki.folder}", f"url={small_pki.url}", f"signer={signer}", "field=Seal", "certify=yes")
    return made


@pytest.fixture(scope="module")
def dss_says(eu_dss, small_pki):
    def ask(path, *words):
        (signature,) = eu_dss.ask("pades", path, f"trust={small_pki.folder}/root.pem", *words)["signatures"]
        return signature["format"].replace("PAdES-BASELINE", "B"), signature["indication"], signature

    return ask


@pytest.fixture(scope="module")
def pyhanko_says(pyhanko, small_pki):
    def ask(path, *words):
        (signature,) = pyhanko.ask("pades", path, f"trust={small_pki.folder}/root.pem", *words)["signatures"]
        return signature["level"], signature["passed"], signature

    return ask


@pytest.mark.parametrize("level", LEVELS)
def test_both_report_the_level_that_was_made(by_pyhanko, dss_says, pyhanko_says, level):
    path = by_pyhanko["signer"][level]
    assert dss_says(path)[:2] == (level, "TOTAL_PASSED")
    assert dss_says(path)[2]["errors"] == dss_says(path)[2]["warnings"] == []
    assert pyhanko_says(path)[:2] == (level, True)


@pytest.mark.parametrize("level", LEVELS)
def test_without_the_network_only_what_holds_its_evidence_passes(by_pyhanko, dss_says, pyhanko_says, level):
    path = by_pyhanko["signer"][level]
    complete = level in ("B-LT", "B-LTA")
    assert dss_says(path, "revocation=file")[1] == ("TOTAL_PASSED" if complete else "INDETERMINATE")
    assert pyhanko_says(path, "revocation=file")[:2] == ((level, True) if complete else (None, False))


@pytest.mark.parametrize("level", ["B-LT", "B-LTA"])
def test_a_dead_certificate_does_not_matter_to_what_holds_its_evidence(by_pyhanko, dss_says, pyhanko_says, level):
    path = by_pyhanko["brief"][level]
    assert dss_says(path, "revocation=file", "at=2033-01-01T00:00:00Z")[1] == "TOTAL_PASSED"
    assert pyhanko_says(path, "revocation=file", "until=2033-01-01T00:00:00Z")[2]["until"] == "OK"


@pytest.mark.parametrize("level", ["B-B", "B-T"])
def test_it_matters_to_what_does_not(by_pyhanko, dss_says, pyhanko_says, level):
    path = by_pyhanko["brief"][level]
    assert dss_says(path, "revocation=file", "at=2033-01-01T00:00:00Z")[1] == "INDETERMINATE"
    assert pyhanko_says(path, "revocation=file", "until=2033-01-01T00:00:00Z")[2]["until"] != "OK"


def test_neither_asks_another_machine(by_pyhanko, small_pki, dss_says, pyhanko_says):
    """0.0.0.0 would be answered by the very responder that answers 127.0.0.1."""
    path = by_pyhanko["elsewhere"]["B-B"]
    assert dss_says(path)[2]["errors"][-1] == "No revocation data found for the certificate!"
    assert pyhanko_says(path)[0] is None


def test_neither_trusts_another_root(by_pyhanko, eu_dss, pyhanko, small_pki):
    path = by_pyhanko["signer"]["B-B"]
    small_pki.certificate("stranger", "stranger", "authority")
    (signature,) = eu_dss.ask("pades", path, f"trust={small_pki.folder}/stranger.pem")["signatures"]
    assert signature["sub_indication"] == "NO_CERTIFICATE_CHAIN_FOUND"
    (signature,) = pyhanko.ask("pades", path, f"trust={small_pki.folder}/stranger.pem")["signatures"]
    assert signature["level"] is None


@pytest.mark.parametrize("level", LEVELS)
def test_both_see_a_changed_byte(by_pyhanko, dss_says, pyhanko_says, tmp_path, level):
    pdf = bytearray(by_pyhanko["signer"][level].read_bytes())
    pdf[10] ^= 1  # in the comment below the header: signed, and nothing that reading depends on
    (tmp_path / "changed.pdf").write_bytes(pdf)
    assert dss_says(tmp_path / "changed.pdf")[1] == "TOTAL_FAILED"
    assert pyhanko_says(tmp_path / "changed.pdf")[:2] == (None, False)


def test_both_see_a_changed_time_stamp(by_pyhanko, dss_says, pyhanko_says, tmp_path):
    """The document time stamp of B-LTA: its last bytes are the TSA's signature."""
    pdf = bytearray(by_pyhanko["signer"]["B-LTA"].read_bytes())
    token = list(signatures(pdf))[1]
    last = token.place + 2 * len(token.contents.rstrip(b"\0")) - 1
    pdf[last : last + 1] = b"1" if pdf[last : last + 1] == b"0" else b"0"
    (tmp_path / "changed.pdf").write_bytes(pdf)
    # EU DSS goes by the seal's own time stamp, and says what it thinks of the other.
    assert "FAILED" in [stamp["indication"] for stamp in dss_says(tmp_path / "changed.pdf")[2]["timestamps"]]
    assert pyhanko_says(tmp_path / "changed.pdf")[0] == "B-LT"


def test_both_refuse_what_certification_forbids(by_pyhanko, dss_says, pyhanko, pyhanko_says, tmp_path):
    """EU DSS by its own default would warn and pass."""
    pyhanko.ask("annotate", by_pyhanko["signer"]["B-B"], tmp_path / "annotated.pdf")
    _, indication, signature = dss_says(tmp_path / "annotated.pdf")
    assert indication == "TOTAL_FAILED" and any("DocMDP" in error for error in signature["errors"])
    assert pyhanko_says(tmp_path / "annotated.pdf")[1:2] == (False,)


def test_a_revocation_counts_from_its_time_on(unsealed, small_pki, pyhanko, dss_says, pyhanko_says, tmp_path):
    small_pki.certificate("revoked", "ca", "leaf", more_usage=", nonRepudiation")
    made = {level: tmp_path / f"{level}.pdf" for level in LEVELS}
    for level, path in made.items():
        pyhanko.ask("sign", level, unsealed, path, f"pki={small_pki.folder}", f"url={small_pki.url}", "signer=revoked", "field=Seal", "certify=yes")
    stamped = int(time.time())
    while int(time.time()) == stamped:  # times of revocation and of stamps are whole seconds
        time.sleep(0.05)
    small_pki.revoke("ca", "revoked")
    assert dss_says(made["B-B"])[2]["sub_indication"] == pyhanko_says(made["B-B"])[2]["steps"]["B-B"] == "REVOKED_NO_POE"
    for level in LEVELS[1:]:
        assert dss_says(made[level])[:2] == (level, "TOTAL_PASSED")
        assert pyhanko_says(made[level])[:2] == (level, True), pyhanko_says(made[level])


@pytest.mark.parametrize("level", LEVELS)
def test_openssl_verifies_seal_and_document_time_stamp_alone(by_pyhanko, small_pki, level):
    cuts = list(signatures(by_pyhanko["signer"][level].read_bytes()))
    assert len(cuts) == (2 if level == "B-LTA" else 1)
    for cut in cuts:
        good, words = verify_cut(cut, f"{small_pki.folder}/root.pem")
        assert good, words
        cut.signed += b"x"
        assert not verify_cut(cut, f"{small_pki.folder}/root.pem")[0]


@pytest.mark.parametrize("level", LEVELS)
def test_a_file_has_as_many_revisions_as_updates(by_pyhanko, level):
    pdf = by_pyhanko["signer"][level].read_bytes()
    assert len(revisions(pdf)) == 2 + LEVELS.index(level) - (level != "B-B")
    assert all(pdf.startswith(revision) for revision in revisions(pdf))


# --- SM2, and what those make of it who do not know it

TWO_SEALS = [("v4", "GM.sm2seal", "GM.PKILite"), ("cms", "adbe.pkcs7.detached", "Adobe.PPKLite")]


def made_by(ofdrw, variant, keys, folder):
    def sign(content: bytes) -> bytes:
        (folder / "signed.bin").write_bytes(content)
        ofdrw.ask("make", variant, folder / "signed.bin", keys, folder / "made.der")
        return (folder / "made.der").read_bytes()

    return sign


@pytest.mark.parametrize("variant,sub_filter,name", TWO_SEALS)
def test_a_second_seal_is_judged_beside_a_chinese_one(ofdrw, sm2_keys, eu_dss, pyhanko, small_pki, tmp_path, variant, sub_filter, name):
    first, second = tmp_path / "first.pdf", tmp_path / "second.pdf"
    first.write_bytes(sealed_by(sub_filter, name, made_by(ofdrw, variant, sm2_keys, tmp_path)))
    pyhanko.ask("sign", "B-T", first, second, f"pki={small_pki.folder}", f"url={small_pki.url}", "signer=signer", "field=Second")
    said = {signature["field"]: signature for signature in eu_dss.ask("pades", second, f"trust={small_pki.folder}/root.pem")["signatures"]}
    assert said["Second"]["indication"] == "TOTAL_PASSED" and said["Second"]["format"] == "PAdES-BASELINE-T", said
    if variant == "cms":
        assert said["Seal"]["indication"] == "INDETERMINATE" and said["Seal"]["format"] == "PDF-NOT-ETSI", said
    else:
        assert "Seal" not in said
    said = {signature["field"]: signature for signature in pyhanko.ask("pades", second, f"trust={small_pki.folder}/root.pem")["signatures"]}
    # With SM3 in the file pyHanko cannot put the proofs of time in order, and says nothing of the other signature either.
    assert said["Second"].get("level") == (None if variant == "cms" else "B-T"), said

SEALS = ["v4", "v4-digest-list", "v4-time-stamp"]


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("content") / "content.bin"
    path.write_bytes(b"what is signed\n" * 20)
    return path


@pytest.fixture
def made(ofdrw, sm2_keys, content, tmp_path):
    def make(variant):
        ofdrw.ask("make", variant, content, sm2_keys, tmp_path / f"{variant}.der")
        return tmp_path / f"{variant}.der"

    return make


@pytest.mark.parametrize("variant", SEALS)
def test_ofdrw_accepts_the_seal_it_made(ofdrw, made, content, variant):
    said = ofdrw.ask("ses", made(variant), content)
    assert said["valid"] and said["canonical_der"] and said["version"] == 4, said
    assert (said["time_stamp_bytes"] > 0) == (variant == "v4-time-stamp")


def test_ofdrw_refuses_every_flipped_byte_of_a_seal_signature(ofdrw, made, content, tmp_path):
    der = made("v4").read_bytes()
    flipped = tmp_path / "flipped.der"
    for place in range(len(der)):
        flipped.write_bytes(der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :])
        said = ofdrw.attempt("ses", flipped, content)
        assert not said.get("valid"), (place, said)


def test_ofdrw_refuses_other_content_and_another_id(ofdrw, made, content, tmp_path):
    (tmp_path / "other.bin").write_bytes(content.read_bytes() + b"x")
    said = ofdrw.ask("ses", made("v4"), tmp_path / "other.bin")
    assert not said["valid"] and not said["data_hash"] and said["signature"], said
    said = ofdrw.ask("ses", made("v4-empty-id"), content)
    assert not said["valid"] and not said["signature"] and not said["seal"]["signature"], said


def test_bouncy_castle_accepts_an_sm2_cms_and_its_chain(eu_dss, made, content, sm2_keys):
    said = eu_dss.ask("cms", made("cms"), content, f"trust={sm2_keys}/root.cer")
    assert said["valid"] and said["canonical_der"] and said["chain"] == {"valid": True, "length": 3, "error": None}, said
    assert (said["digest"], said["signature"]) == ("1.2.156.10197.1.401", "1.2.156.10197.1.501")


def test_bouncy_castle_refuses_flipped_bytes_of_an_sm2_cms(eu_dss, made, content, sm2_keys, tmp_path):
    der, flipped = made("cms").read_bytes(), tmp_path / "flipped.der"
    for place in range(len(der) - 70, len(der)):  # the signature value is last
        flipped.write_bytes(der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :])
        assert not eu_dss.attempt("cms", flipped, content).get("valid"), place
    attributes = der.index(bytes.fromhex("06092a864886f70d010904"))  # message-digest
    flipped.write_bytes(der[: attributes + 20] + bytes([der[attributes + 20] ^ 1]) + der[attributes + 21 :])
    assert not eu_dss.attempt("cms", flipped, content).get("valid")
    (tmp_path / "other.bin").write_bytes(content.read_bytes() + b"x")
    assert not eu_dss.ask("cms", made("cms"), tmp_path / "other.bin")["valid"]


def test_ofdrw_accepts_the_gbt35275_data_it_made_and_no_other(ofdrw, made, content, tmp_path):
    der = made("cms-gbt35275")
    assert ofdrw.ask("gbt35275", der, content)["valid"]
    (tmp_path / "other.bin").write_bytes(content.read_bytes() + b"x")
    assert not ofdrw.ask("gbt35275", der, tmp_path / "other.bin")["valid"]


def test_bouncy_castle_checks_sm2_chains(eu_dss, sm2_keys, tmp_path):
    root, ca, signer = (f"{sm2_keys}/{name}.cer" for name in ("root", "ca", "signer"))
    assert eu_dss.ask("chain", f"trust={root}", ca, signer) == {"valid": True, "length": 3, "error": None}
    assert not eu_dss.ask("chain", f"trust={root}", signer)["valid"]
    assert not eu_dss.ask("chain", f"trust={signer}", ca, signer)["valid"]
    der = (sm2_keys / "ca.cer").read_bytes()
    (tmp_path / "ca.cer").write_bytes(der[:-1] + bytes([der[-1] ^ 1]))
    assert not eu_dss.ask("chain", f"trust={root}", tmp_path / "ca.cer", signer)["valid"]


def test_what_is_cut_out_of_a_pdf_is_what_was_signed(ofdrw, sm2_keys, tmp_path):
    (cut,) = signatures(sealed_by("GM.sm2seal", "GM.PKILite", made_by(ofdrw, "v4", sm2_keys, tmp_path)))
    assert cut.sub_filter == "GM.sm2seal"
    (tmp_path / "cut.der").write_bytes(cut.contents)
    (tmp_path / "cut.bin").write_bytes(cut.signed)
    said = ofdrw.ask("ses", tmp_path / "cut.der", tmp_path / "cut.bin")
    assert said["valid"] and not cut.contents[said["length"] :].strip(b"\0"), said
