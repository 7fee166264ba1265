"""The authorities of a demo, asked by OpenSSL's programs over HTTP: time stamps, OCSP, CRL, before and after a revocation."""
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from instance import NO_LIMITS, Instance, sample

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop"))
import openssl_cms

# Family: its authority, and a key that it certified in an instance made with --key rsa2048.
FAMILIES = {"rsa": ("demo-rsa-ca", "demo-seal"), "p256": ("demo-ca", "demo-token")}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    instance = Instance.make(tmp_path_factory.mktemp("pki") / "demo", "--key", "rsa2048").start()
    yield instance
    assert instance.stop() == 0


def pki_url(instance: Instance) -> str:
    text = (instance.dir / "yinxin.toml").read_text()
    return "http://" + re.search(r'\[demo_pki\][^\[]*listen = "([^"]+)"', text)[1]


def fetch(url: str, body=None, kind=None) -> bytes:
    request = urllib.request.Request(url, body, {"Content-Type": kind} if kind else {})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def openssl(*arguments, good=True) -> str:
    run = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert (run.returncode == 0) == good, (arguments, run.stdout, run.stderr)
    return run.stdout + run.stderr


def until(seen, seconds=60):
    """What `seen` gives once it gives something; None and OSError are not yet anything."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if (value := seen()) is not None:
                return value
        except OSError:
            pass
        time.sleep(0.02)
    raise AssertionError(f"not seen within {seconds} s")


def root(instance: Instance) -> Path:
    return instance.dir / "pki" / "demo-root.pem"


def fetched_authority(instance: Instance, name: str, folder: Path) -> Path:
    """The certificate of an authority, from where certificates say it is."""
    der, pem = folder / f"{name}.cer", folder / f"{name}.pem"
    der.write_bytes(fetch(f"{pki_url(instance)}/ca/{name}.cer"))
    openssl("x509", "-inform", "DER", "-in", der, "-out", pem)
    return pem


def own_certificate(instance: Instance, key: str) -> Path:
    return instance.dir / "keys" / f"{key}.pem"


def stamp(instance: Instance, family: str, folder: Path) -> tuple[Path, Path, Path]:
    data, query, reply = folder / "data", folder / "query.tsq", folder / "reply.tsr"
    data.write_bytes(os.urandom(100))
    openssl("ts", "-query", "-data", data, "-sha256", "-cert", "-out", query)
    reply.write_bytes(fetch(f"{pki_url(instance)}/tsa/{family}", query.read_bytes(), "application/timestamp-query"))
    return data, query, reply


def serial_of(reply: Path) -> str:
    return re.search(r"Serial number: (\S+)", openssl("ts", "-reply", "-in", reply, "-text"))[1]


def asked_by_ocsp(instance: Instance, family: str, folder: Path, *more) -> str:
    authority, key = FAMILIES[family]
    issuer = fetched_authority(instance, authority, folder)
    certificate = own_certificate(instance, key)
    url = openssl("x509", "-in", certificate, "-noout", "-ocsp_uri").strip()
    assert url == f"{pki_url(instance)}/ocsp/{family}"
    return openssl(
        "ocsp", "-sha256", "-issuer", issuer, "-cert", certificate, "-url", url, "-CAfile", root(instance), "-verify_other", issuer, *more
    )


def checked_against_crl(instance: Instance, family: str, folder: Path, good: bool) -> str:
    """openssl verify with the list that the certificate itself names."""
    authority, key = FAMILIES[family]
    certificate, issuer = own_certificate(instance, key), fetched_authority(instance, authority, folder)
    url = re.search(r"URI:(\S+/crl/\S+)", openssl("x509", "-in", certificate, "-noout", "-text"))[1]
    assert url == f"{pki_url(instance)}/crl/{authority}.crl"
    der, pem = folder / "list.crl", folder / "list.pem"
    der.write_bytes(fetch(url))
    assert "verify OK" in openssl("crl", "-inform", "DER", "-in", der, "-CAfile", issuer, "-out", pem)
    return openssl("verify", "-CAfile", root(instance), "-untrusted", issuer, "-crl_check", "-CRLfile", pem, certificate, good=good)


def cms_with_crls(instance: Instance, pdf: bytes, folder: Path) -> subprocess.CompletedProcess:
    """The seal of a document, checked by openssl cms with every list there is."""
    cut = next(openssl_cms.signatures(pdf))
    (folder / "cms.der").write_bytes(cut.contents)
    (folder / "signed").write_bytes(cut.signed)
    trusted = root(instance).read_text()
    for name in ("demo-root", "demo-rsa-ca"):
        (folder / "crl.der").write_bytes(fetch(f"{pki_url(instance)}/crl/{name}.crl"))
        openssl("crl", "-inform", "DER", "-in", folder / "crl.der", "-out", folder / "crl.pem")
        trusted += (folder / "crl.pem").read_text()
    (folder / "trusted.pem").write_text(trusted)
    return subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", folder / "cms.der", "-content", folder / "signed"]
        + ["-purpose", "any", "-crl_check_all", "-CAfile", folder / "trusted.pem", "-out", "/dev/null"],
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_openssl_accepts_the_time_stamps(demo, family, tmp_path):
    data, query, reply = stamp(demo, family, tmp_path)
    assert "Verification: OK" in openssl("ts", "-verify", "-queryfile", query, "-in", reply, "-CAfile", root(demo))
    assert "Verification: OK" in openssl("ts", "-verify", "-data", data, "-in", reply, "-CAfile", root(demo))
    assert "Policy OID: 2.25." in openssl("ts", "-reply", "-in", reply, "-text")


def test_time_stamps_are_numbered_apart_over_restarts(tmp_path):
    instance = Instance.make(tmp_path / "demo")
    serials = set()
    for _ in range(2):
        instance.start()
        serials |= {serial_of(stamp(instance, "p256", tmp_path)[2]) for _ in range(3)}
        assert instance.stop() == 0
    assert len(serials) == 6


def test_a_revocation_is_seen_at_once(demo, tmp_path):
    pdf = demo.pdf(demo.issue("tax-payment-record", sample("tax-payment-record.one-year")))
    for family in FAMILIES:
        words = asked_by_ocsp(demo, family, tmp_path)
        assert "Response verify OK" in words and ": good" in words
        assert ": OK" in checked_against_crl(demo, family, tmp_path, good=True)
    checked = cms_with_crls(demo, pdf, tmp_path)
    assert checked.returncode == 0, checked.stderr

    for _, key in FAMILIES.values():
        run = demo.cli("pki", "revoke", key, "--dir", demo.dir, "--reason", "keyCompromise", "--at", "2026-01-31T09:00:00+08:00")
        assert run.returncode == 0, run.stderr
    for family in FAMILIES:
        words = asked_by_ocsp(demo, family, tmp_path)
        assert "Response verify OK" in words and ": revoked" in words
        assert "Reason: keyCompromise" in words and "Revocation Time: Jan 31 01:00:00 2026 GMT" in words
        assert "certificate revoked" in checked_against_crl(demo, family, tmp_path, good=False)
    checked = cms_with_crls(demo, pdf, tmp_path)
    assert checked.returncode != 0 and "certificate revoked" in checked.stderr

    again = demo.cli("pki", "revoke", "demo-seal", "--dir", demo.dir)
    assert again.returncode == 1 and "revoked already" in again.stderr


def test_what_cannot_be_revoked_is_refused(demo, tmp_path):
    for arguments, words in [
        (["no-such-key"], "no certificate of a key"),
        (["../keys/demo-seal"], "no certificate of a key"),
        (["demo-root"], "is a root"),
        (["demo-tsa", "--at", "tomorrow"], "should be a time like"),
        (["demo-tsa", "--at", "2999-01-01T00:00:00Z"], "has not come yet"),
    ]:
        run = demo.cli("pki", "revoke", *arguments, "--dir", demo.dir)
        assert run.returncode == 1 and words in run.stderr, run
    assert demo.cli("pki", "revoke", "demo-tsa", "--reason", "certificateHold", "--dir", demo.dir).returncode == 2
    real = tmp_path / "real"
    assert demo.cli("init", real).returncode == 0
    for verb in (["revoke", "seal"], ["fault", "tsa-down"]):
        run = demo.cli("pki", *verb, "--dir", real)
        assert run.returncode == 1 and "is no demo" in run.stderr


def test_faults_are_ordered_and_taken_back(demo, tmp_path):
    try:
        run = demo.cli("pki", "fault", "tsa-wrong-imprint@rsa", "ocsp-down", "--dir", demo.dir)
        assert run.returncode == 0, run.stderr
        _, query, reply = stamp(demo, "rsa", tmp_path)
        assert "Verification: FAILED" in openssl("ts", "-verify", "-queryfile", query, "-in", reply, "-CAfile", root(demo), good=False)
        _, query, reply = stamp(demo, "p256", tmp_path)
        assert "Verification: OK" in openssl("ts", "-verify", "-queryfile", query, "-in", reply, "-CAfile", root(demo))
        with pytest.raises((OSError, urllib.error.URLError)):
            fetch(f"{pki_url(demo)}/ocsp/rsa", b"0", "application/ocsp-request")
        unknown = demo.cli("pki", "fault", "nonsense", "--dir", demo.dir)
        assert unknown.returncode == 1 and "tsa-slow=MILLISECONDS" in unknown.stderr
    finally:
        assert demo.cli("pki", "fault", "none", "--dir", demo.dir).returncode == 0
    _, query, reply = stamp(demo, "rsa", tmp_path)
    assert "Verification: OK" in openssl("ts", "-verify", "-queryfile", query, "-in", reply, "-CAfile", root(demo))


def test_a_killed_authority_is_replaced_and_dies_with_its_server(tmp_path):
    instance = Instance.make(tmp_path / "demo").start()
    url = f"{pki_url(instance)}/ca/demo-root.cer"
    before = instance.children()["yinxin-demo-pki"]
    os.kill(before, signal.SIGKILL)
    after = until(lambda: next((pid for name, pid in instance.children().items() if name == "yinxin-demo-pki" and pid != before), None))
    until(lambda: fetch(url))
    instance.kill()
    until(lambda: None if Path(f"/proc/{after}").exists() else True)
    with pytest.raises(OSError):
        fetch(url)


def test_a_taken_port_stops_no_server(tmp_path):
    instance = Instance.make(tmp_path / "demo")
    port = int(pki_url(instance).rsplit(":", 1)[1])
    with socket.create_server(("127.0.0.1", port)):
        instance.start(NO_LIMITS)
        assert instance.issue("tax-payment-record", sample("tax-payment-record.one-year"))["number"]
        assert "another program has the port of the demo PKI" in instance.log.read_text()
    until(lambda: fetch(f"{pki_url(instance)}/ca/demo-root.cer"))  # once it is free
    assert instance.stop() == 0


def test_its_keys_are_encrypted_and_private(demo):
    for path in [*demo.dir.glob("pki/*.p8"), demo.dir / "pki" / "revoked.jsonl"]:
        if path.exists():
            assert path.stat().st_mode & 0o077 == 0, path
            assert b"BEGIN PRIVATE KEY" not in path.read_bytes()
    assert len(list(demo.dir.glob("pki/*.p8"))) >= 8
