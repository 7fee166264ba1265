"""A file that another office under the same authority has sealed: the authority is asked whether that office's certificate still
counts, and the answer is in the verdict."""
import json
import shutil

import pytest
from instance import sample


@pytest.fixture
def bank(apart):
    return apart


def codes(answer: dict) -> set:
    return {finding["code"] for signature in answer["signatures"] for finding in signature["findings"]}


def test_the_authority_of_another_office_is_asked(bank, tmp_path):
    office = bank.copy(tmp_path / "office")
    for arguments in (["generate", "seal-9"], ["rotate", "seal-9"]):
        run = office.cli("keys", *arguments, "--dir", office.dir)
        assert run.returncode == 0, run.stderr
    (tmp_path / "data.json").write_text(json.dumps(sample("tax-payment-record.one-year"), ensure_ascii=False))
    run = office.cli("issue", "tax-payment-record", tmp_path / "data.json", "--dir", office.dir, "-o", tmp_path / "x.pdf")
    assert run.returncode == 0, run.stderr
    file = (tmp_path / "x.pdf").read_bytes()

    bank.start()
    good = bank.verify_file(file)
    assert (good["outcome"], good["issuer"]["trusted"]) == ("sealed_elsewhere", "yes"), good
    assert "revocation_unknown" not in codes(good), good
    bank.stop()

    run = office.cli("pki", "revoke", "seal-9", "--dir", office.dir, "--reason", "keyCompromise")
    assert run.returncode == 0, run.stdout + run.stderr
    for path in (office.dir / "pki").iterdir():
        if not (bank.dir / "pki" / path.name).exists():
            shutil.copy(path, bank.dir / "pki" / path.name)
    bank.start()
    revoked = bank.verify_file(file)
    assert (revoked["outcome"], revoked["integrity"], revoked["issuer"]["trusted"]) == ("sealed_elsewhere", "intact", "no"), revoked
    assert "revoked" in codes(revoked) and revoked["signatures"][0]["sub_indication"] == "REVOKED_NO_POE", revoked
    assert revoked["issuer"]["valid_at_sealing"] is False

    # The authority is away: nothing good is said of whom nobody answers for.
    run = bank.cli("pki", "fault", "ocsp-down", "crl-down", "--dir", bank.dir)
    assert run.returncode == 0, run.stdout + run.stderr
    bank.stop()
    bank.start()
    away = bank.verify_file(file)
    assert away["issuer"]["trusted"] == "unknown" and away["signatures"][0]["sub_indication"] == "TRY_LATER", away
    bank.stop()
