"""Where a command writes is looked at before it does what cannot be undone; what it cannot write to, it leaves alone."""
import json
import os
import stat

import pytest
from instance import SAMPLES, Instance, sample

DATA = SAMPLES / "tax-payment-record.one-year.json"


@pytest.fixture(scope="module")
def office(pristine, tmp_path_factory):
    """An instance that is not served, with a document and a PDF of somebody else's."""
    instance = pristine.copy(tmp_path_factory.mktemp("office") / "demo")
    run = instance.cli("issue", "tax-payment-record", DATA, "--dir", instance.dir, "-o", instance.dir / "first.pdf", "--json")
    assert run.returncode == 0, run.stderr
    instance.first = json.loads(run.stdout)["id"]
    run = instance.cli("form", "preview", "invoice", "-o", instance.dir / "plain.pdf")
    assert run.returncode == 0, run.stderr
    return instance


def works(instance: Instance) -> dict[str, list]:
    where = ["--dir", instance.dir]
    return {
        "issue": ["issue", "tax-payment-record", DATA, *where, "-o"],
        "seal": ["seal", instance.dir / "plain.pdf", *where, "-o"],
        "extend": ["seal", "extend", instance.first, *where, "-o"],
        "compromise": ["keys", "compromise", "demo-token", "--reason", "a test", *where, "--out"],
        "preview": ["form", "preview", "invoice", "-o"],
    }


def signed(instance: Instance) -> int:
    return instance.assert_sound()["operations"]


def key_states(instance: Instance) -> set[str]:
    run = instance.cli("keys", "list", "--dir", instance.dir, "--json")
    return {key["state"] for key in json.loads(run.stdout)["keys"]}


@pytest.mark.parametrize("command", ["issue", "seal", "extend", "compromise", "preview"])
def test_what_is_no_ordinary_file_is_not_replaced_and_nothing_is_done(office, tmp_path, command):
    pipe, before = tmp_path / "pipe", signed(office)
    os.mkfifo(pipe)
    for out, why in ((pipe, "is no ordinary file"), (tmp_path / "nowhere" / "out.pdf", "nothing can be written"), (tmp_path, "is a folder")):
        run = office.cli(*works(office)[command], out)
        assert run.returncode == 1 and why in run.stderr, run
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert signed(office) == before and key_states(office) == {"active"}


def test_a_link_to_a_device_is_none_either(office, tmp_path):
    link = tmp_path / "out.pdf"
    link.symlink_to("/dev/full")
    run = office.cli(*works(office)["seal"], link)
    assert run.returncode == 1 and "is no ordinary file" in run.stderr, run
    assert link.is_symlink()


def test_what_a_seal_was_called_without_is_named(office, tmp_path):
    run = office.cli("seal", office.dir / "plain.pdf", "-o", tmp_path / "out.pdf")
    assert run.returncode == 2 and "--dir is required" in run.stderr and "no verb" not in run.stderr, run
    # A mistyped verb still is one where there is nothing else it could be.
    run = office.cli("keys", "generat", "x", "--dir", office.dir)
    assert run.returncode == 2 and "there is no verb 'generat'" in run.stderr, run


def remedies(instance: Instance, check: str) -> list[str]:
    checks = json.loads(instance.cli("doctor", "--dir", instance.dir, "--json").stdout)["checks"]
    return [found["remedy"] for found in checks if found["check"] == check and found["state"] != "ok"]


def test_the_remedy_of_a_missing_root_names_it_and_its_place(fresh):
    (fresh.dir / "pki" / "demo-root.pem").rename(fresh.dir / "pki" / "demo-root.pem.away")
    found = remedies(fresh, "certificates")
    assert found and all(f"{fresh.dir}/pki/NAME-root.pem" in remedy and "CN=" in remedy for remedy in found), found


def test_the_remedy_of_a_compromised_key_can_be_copied(fresh):
    run = fresh.cli("keys", "compromise", "demo-seal", "--reason", "a test", "--dir", fresh.dir)
    assert run.returncode == 0, run.stderr
    [remedy] = remedies(fresh, "keys")
    for line in remedy.split("; "):
        assert line.startswith("yinxin "), remedy
        run = fresh.cli(*line.split()[1:])
        assert run.returncode == 0, (line, run.stderr)
    assert remedies(fresh, "keys") == []
    run = fresh.cli("issue", "tax-payment-record", DATA, "--dir", fresh.dir, "-o", fresh.dir / "out.pdf")
    assert run.returncode == 0, run.stderr


def test_a_tsa_that_is_down_is_named_with_its_last_error(apart):
    run = apart.cli("pki", "fault", "tsa-down", "--dir", apart.dir)
    assert run.returncode == 0, run.stderr
    apart.start()
    apart.issue("tax-payment-record", sample("tax-payment-record.one-year"), options={"level": "B-T"})
    apart.stop()
    checks = json.loads(apart.cli("doctor", "--dir", apart.dir, "--json").stdout)["checks"]
    [levels] = [found for found in checks if found["check"] == "levels"]
    assert "/tsa/p256" in levels["remedy"], levels
    assert "/tsa/p256: " in levels["detail"] or "no TSA has been asked since" in levels["detail"], levels
