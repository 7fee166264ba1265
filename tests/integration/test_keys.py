"""Keys over their life: made, certified, put in use, retired, compromised; in memory, in PKCS#12 and in a token of SoftHSM2; and
whether everything they sign is on record."""
import base64
import hashlib
import json
import os
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

import processes
import pytest
from instance import BUILD, Instance, sample

RECORD = sample("tax-payment-record.one-year")
SOFTHSM = next(path for path in map(Path, ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")) if path.exists())
PIN = "pin-of-the-test-64738"


def keys(instance: Instance, *arguments) -> dict:
    run = instance.cli("keys", *arguments, "--dir", instance.dir, "--json")
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(run.stdout)


def refused(instance: Instance, *arguments) -> str:
    run = instance.cli("keys", *arguments, "--dir", instance.dir)
    assert run.returncode == 1, run.stdout + run.stderr
    return run.stderr


def key_list(instance: Instance) -> dict:
    return {key["id"]: key for key in keys(instance, "list")["keys"]}


def issuer_of(instance: Instance, document: dict) -> dict:
    return instance.verify(document["code"])["issuer"]


class Issuers:
    """Threads that issue until told to stop; every answer with the moments before and after."""

    def __init__(self, instance: Instance, threads: int = 3):
        self.instance, self.answers, self.stopping = instance, [], threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self):
        connection = self.instance.connection()
        while not self.stopping.is_set():
            start = time.monotonic()
            answer = self.instance.post_document("tax-payment-record", RECORD, connection=connection)
            self.answers.append((start, answer))
        connection.close()

    def await_answers(self, count: int):
        until = time.monotonic() + 60
        while len(self.answers) < count:
            assert time.monotonic() < until, self.answers[-3:]
            time.sleep(0.01)

    def stop(self) -> list:
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        return self.answers


def test_a_key_takes_over_while_documents_are_issued(running):
    before = running.issue("tax-payment-record", RECORD)
    file = running.pdf(before)
    assert keys(running, "generate", "seal-2")["certified"]
    issuers = Issuers(running)
    issuers.await_answers(10)
    told = keys(running, "rotate", "seal-2")
    assert len(told.pop("seals")) == 3  # replaced by others that list the new certificate
    assert told == {"id": "seal-2", "use": "seal", "state": "active", "before": "demo-seal", "before_state": "retired"}
    issuers.await_answers(len(issuers.answers) + 10)
    answers = issuers.stop()
    assert {answer.status for _, answer in answers} == {201}
    certificates = {issuer_of(running, answer.json)["certificate_sha256"] for _, answer in answers}
    listed = key_list(running)
    assert certificates == {listed[key]["certificate_sha256"] for key in ("demo-seal", "seal-2")}
    assert (listed["demo-seal"]["state"], listed["demo-seal"]["successor"], listed["demo-seal"]["use"]) == ("retired", "seal-2", "none")
    assert (listed["seal-2"]["state"], listed["seal-2"]["use"]) == ("active", "seal")
    assert running.verify_file(file)["outcome"] == "genuine" and issuer_of(running, before)["trusted"] == "yes"
    assert "is in use" in refused(running, "retire", "seal-2", "--reason", "x")
    assert "retired" in refused(running, "rotate", "demo-seal")
    # And so it stays.
    running.stop()
    running.start()
    assert issuer_of(running, running.issue("tax-payment-record", RECORD))["certificate_sha256"] == listed["seal-2"]["certificate_sha256"]
    running.stop()
    running.assert_sound()


def test_another_token_key_and_the_tokens_before_it(running):
    assert len(running.request("GET", "/.well-known/jwks.json").json["keys"]) == 1
    keys(running, "generate", "token-2", "--use", "token")
    keys(running, "rotate", "token-2", "--use", "token")
    assert len(running.request("GET", "/.well-known/jwks.json").json["keys"]) == 2
    running.issue("tax-payment-record", RECORD)
    keys(running, "compromise", "demo-token", "--reason", "stolen")
    assert len(running.request("GET", "/.well-known/jwks.json").json["keys"]) == 1
    running.issue("tax-payment-record", RECORD)
    running.stop()
    running.assert_sound()


def test_a_compromised_key_stops_at_once_and_marks_what_it_sealed(running, tmp_path):
    issuers = Issuers(running)
    issuers.await_answers(10)
    told = keys(running, "compromise", "demo-seal", "--reason", "found on a stranger's disk", "--out", tmp_path / "affected.ndjson")
    since = time.monotonic()
    issuers.await_answers(len(issuers.answers) + 20)
    answers = issuers.stop()
    issued = {answer.json["id"]: answer.json for _, answer in answers if answer.status == 201}
    assert len(issued) >= 10
    assert {answer.status for start, answer in answers if start > since} == {503}
    affected = [json.loads(line) for line in (tmp_path / "affected.ndjson").read_text().splitlines()]
    assert affected == told["affected"]
    assert {thing["id"] for thing in affected if thing["purpose"] == "document"} == set(issued)
    # What the register attests to it still does, and says why the seal alone proves nothing.
    for document in list(issued.values())[:3]:
        answer = running.verify(document["code"])
        assert (answer["outcome"], answer["status"]) == ("on_record", "valid")
        assert (answer["issuer"]["key"], answer["issuer"]["trusted"]) == ("compromised", "no")
    ready = running.request("GET", "/readyz")
    assert ready.status == 503 and ready.json["checks"]["keys"] == "failed", ready
    doctor = json.loads(running.cli("doctor", "--dir", running.dir, "--json").stdout)
    assert any("demo-seal is compromised" in check["detail"] for check in doctor["checks"]), doctor
    # Another takes over; nothing was lost, nothing is left open.
    keys(running, "generate", "seal-2")
    words = running.cli("keys", "rotate", "seal-2", "--dir", running.dir).stdout
    assert "stays valid" not in words and "proves nothing" in words, words
    document = running.issue("tax-payment-record", RECORD)
    assert "key" not in issuer_of(running, document)
    assert keys(running, "compromise", "demo-seal", "--reason", "again")["affected"] == affected
    running.stop()
    running.assert_sound()


def openssl(*arguments, folder: Path) -> None:
    run = subprocess.run(["openssl", *map(str, arguments)], cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


EXTENSIONS = "[seal]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"


class Authority:
    """A CA of openssl: a root, and certificates below it."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "extensions").write_text(EXTENSIONS)
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=CA",
                "-days", "100", "-addext", "keyUsage=critical,keyCertSign,cRLSign", folder=folder)

    def certify(self, request: Path, days: int = 90) -> Path:
        openssl("x509", "-req", "-in", request, "-CA", "ca.pem", "-CAkey", "ca.key", "-days", days, "-extfile", "extensions", "-extensions", "seal",
                "-out", "leaf.pem", folder=self.folder)
        return self.folder / "leaf.pem"


def test_the_keys_of_a_real_instance_are_certified_by_its_authority(tmp_path):
    authority = Authority(tmp_path)
    run = subprocess.run([BUILD / "yinxin", "init", tmp_path / "real"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    instance = Instance(tmp_path / "real")
    assert key_list(instance)["seal"]["faults"] == ["it has no certificate"]
    request = tmp_path / "seal.csr"
    request.write_text(keys(instance, "csr", "seal")["request"])
    (instance.dir / "pki" / "own-root.pem").write_text((tmp_path / "ca.pem").read_text())
    assert keys(instance, "import", "seal", authority.certify(request, days=20))["certificates"] == 1
    listed = key_list(instance)
    assert listed["seal"]["faults"] == [] and "less than 30 days" in listed["seal"]["warning"]
    # Another's certificate is refused, and so is one that is no certificate.
    assert "not of this key" in refused(instance, "import", "token", tmp_path / "leaf.pem")
    assert refused(instance, "import", "seal", tmp_path / "ca.key")
    doctor = json.loads(instance.cli("doctor", "--dir", instance.dir, "--json").stdout)
    assert any(check["state"] == "warning" and "less than 30 days" in check["detail"] for check in doctor["checks"]), doctor


def test_a_key_comes_in_pkcs12(fresh, tmp_path):
    authority = Authority(tmp_path)
    openssl("req", "-newkey", "rsa:2048", "-noenc", "-keyout", "own.key", "-out", "own.csr", "-subj", "/CN=own", folder=tmp_path)
    leaf = authority.certify(tmp_path / "own.csr")
    (tmp_path / "pass").write_text("correct horse\n")
    (tmp_path / "pass").chmod(0o600)
    (tmp_path / "wrong").write_text("wrong\n")
    (tmp_path / "wrong").chmod(0o600)
    openssl("pkcs12", "-export", "-inkey", "own.key", "-in", leaf, "-certfile", "ca.pem", "-out", "own.p12", "-passout", "file:pass", folder=tmp_path)
    assert "passphrase" in refused(fresh, "import", "own", tmp_path / "own.p12")
    assert "wrong passphrase" in refused(fresh, "import", "own", tmp_path / "own.p12", "--passphrase-file", tmp_path / "wrong")
    assert keys(fresh, "import", "own", tmp_path / "own.p12", "--passphrase-file", tmp_path / "pass")["certificates"] == 1
    assert key_list(fresh)["own"]["algorithm"] == "rsa2048"
    assert "exists already" in refused(fresh, "import", "own", tmp_path / "own.p12", "--passphrase-file", tmp_path / "pass")
    # Its root is not trusted here, so it does not take over.
    assert "no path" in key_list(fresh)["own"]["faults"][0]
    assert "not fit to take over" in refused(fresh, "rotate", "own")
    assert key_list(fresh)["demo-seal"]["use"] == "seal"


def certified_again(instance: Instance, folder: Path, key: str, days: int = 100, more: str = "") -> Path:
    """Another certificate of a key, from the demo's CA, with its issuer."""
    ca = instance.dir / "pki" / "demo-ca"
    policy = "certificatePolicies=2.25.100683742046728923872354862484528736653\n"
    (folder / "extensions").write_text(EXTENSIONS + policy + more)
    (folder / "again.csr").write_text(keys(instance, "csr", key)["request"])
    openssl("x509", "-req", "-in", "again.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.p8", "-passin", f"file:{instance.dir}/keys/passphrase", "-days", days,
            "-extfile", "extensions", "-extensions", "seal", "-out", "again.pem", folder=folder)
    (folder / "chain.pem").write_text((folder / "again.pem").read_text() + Path(f"{ca}.pem").read_text())
    return folder / "chain.pem"


def test_a_certificate_that_cannot_sign_is_not_taken_in(fresh, tmp_path):
    before = key_list(fresh)["demo-seal"]
    for key in ("late", "demo-seal"):
        if key == "late":
            keys(fresh, "generate", key)
        ended = certified_again(fresh, tmp_path, key, days=0)  # openssl 3.5 makes none that ended before it began
        time.sleep(1.1)
        assert "its certificate ended" in refused(fresh, "import", key, ended)
        assert "usage" in refused(fresh, "import", key, certified_again(fresh, tmp_path, key, more="extendedKeyUsage=serverAuth\n"))
    assert "not of this key" in refused(fresh, "import", "demo-seal", certified_again(fresh, tmp_path, "late"))
    (tmp_path / "alone.pem").write_text((tmp_path / "again.pem").read_text())
    assert "pki/NAME-root.pem" in refused(fresh, "import", "late", tmp_path / "alone.pem")
    assert key_list(fresh)["demo-seal"] == before


def test_a_renewed_certificate_comes_with_seals_that_list_it(running, tmp_path):
    before = key_list(running)["demo-seal"]
    file = running.pdf(running.issue("tax-payment-record", RECORD))
    issuers = Issuers(running)
    issuers.await_answers(5)
    told = keys(running, "import", "demo-seal", certified_again(running, tmp_path, "demo-seal"))
    assert len(told["seals"]) == 3 and told["certificates"] == 2, told
    issuers.await_answers(len(issuers.answers) + 5)
    assert {answer.status for _, answer in issuers.stop()} == {201}
    renewed = key_list(running)["demo-seal"]
    assert renewed["certificate_sha256"] != before["certificate_sha256"] and renewed["use"] == "seal"
    # By the running server, and by the next.
    for _ in range(2):
        assert issuer_of(running, running.issue("tax-payment-record", RECORD))["certificate_sha256"] == renewed["certificate_sha256"]
        assert running.verify_file(file)["outcome"] == "genuine"
        running.stop()
        running.start()
    running.stop()
    running.assert_sound()


def test_a_renewed_certificate_waits_for_seals_that_are_made_elsewhere(fresh, tmp_path):
    elsewhere = fresh.copy(tmp_path / "elsewhere")
    chain = certified_again(fresh, tmp_path, "demo-seal")
    maker = fresh.dir / "pki" / "demo-seal-maker.p8"
    maker.rename(tmp_path / "away.p8")
    before = key_list(fresh)["demo-seal"]
    assert "yinxin seals import FILE" in refused(fresh, "import", "demo-seal", chain)
    assert key_list(fresh)["demo-seal"] == before
    for number, use in enumerate(("business", "tax", "invoice")):
        run = elsewhere.cli("seals", "create", "--use", use, "--id", f"9900010000007{number}", "--certificate", chain, "--dir", elsewhere.dir, "--json")
        assert run.returncode == 0, run.stderr
        shown = elsewhere.cli("seals", "show", json.loads(run.stdout)["id"], "--dir", elsewhere.dir, "--json")
        (tmp_path / "seal.json").write_text(shown.stdout)
        assert fresh.cli("seals", "import", tmp_path / "seal.json", "--dir", fresh.dir).returncode == 0
    fresh.start()
    fresh.issue("tax-payment-record", RECORD)
    assert "seals" not in keys(fresh, "import", "demo-seal", chain)
    fresh.issue("tax-payment-record", RECORD)
    fresh.stop()
    fresh.assert_sound()


def make_seal_maker(instance: Instance, authority: Authority) -> None:
    """As keys/README.md says."""
    pki = instance.dir / "pki"
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes256", "-pass", f"file:{instance.dir}/keys/passphrase", "-out",
            pki / "seal-maker.p8", folder=authority.folder)
    (pki / "seal-maker.p8").chmod(0o600)
    openssl("req", "-new", "-key", pki / "seal-maker.p8", "-passin", f"file:{instance.dir}/keys/passphrase", "-subj", "/CN=seal maker", "-out", "maker.csr",
            folder=authority.folder)
    (pki / "seal-maker.pem").write_text(authority.certify(authority.folder / "maker.csr").read_text())


def test_a_real_instance_seals_by_the_steps_that_init_prints(tmp_path):
    authority = Authority(tmp_path)
    run = subprocess.run([BUILD / "yinxin", "init", tmp_path / "real"], capture_output=True, text=True)
    assert run.stdout.index("yinxin.toml") < run.stdout.index("yinxin keys csr seal") < run.stdout.index("yinxin keys import seal CHAIN.pem"), run.stdout
    assert "pki/seal-maker.p8" in run.stdout and "yinxin seals import FILE" in run.stdout
    instance = Instance(tmp_path / "real")

    def faults(check: str) -> list[dict]:
        checks = json.loads(instance.cli("doctor", "--dir", instance.dir, "--json").stdout)["checks"]
        return [each for each in checks if each["check"] == check and each["state"] == "fault"]

    assert "would name nobody" in faults("config")[0]["detail"]
    config = instance.dir / "yinxin.toml"
    config.write_text(config.read_text().replace("机关名称", "示例市税务局").replace("000000", "310000"))
    assert faults("config") == []
    (instance.dir / "pki" / "own-root.pem").write_text((tmp_path / "ca.pem").read_text())
    for key in ("seal", "token"):
        (tmp_path / "key.csr").write_text(keys(instance, "csr", key)["request"])
        keys(instance, "import", key, authority.certify(tmp_path / "key.csr"))
    found = faults("seals")
    assert len(found) == 3 and all("yinxin seals import FILE" in each["remedy"] for each in found), found
    refusal = instance.cli("seals", "create", "--use", "business", "--dir", instance.dir)
    assert refusal.returncode == 1 and "seal-maker.p8" in refusal.stderr and "yinxin seals import FILE" in refusal.stderr
    make_seal_maker(instance, authority)
    for use in ("business", "tax", "invoice"):
        run = instance.cli("seals", "create", "--use", use, "--dir", instance.dir)
        assert run.returncode == 0, run.stderr
    assert faults("seals") == []
    instance.start(sets=[])
    document = instance.issue("tax-payment-record", RECORD)
    assert instance.verify_file(instance.pdf(document))["outcome"] == "genuine"
    instance.stop()
    instance.assert_sound()


# --- a token


class Token:
    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "tokens").mkdir()
        (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.pin = folder / "pin"
        self.write_pin(PIN)
        self.tool("softhsm2-util", "--init-token", "--free", "--label", "yinxin", "--pin", PIN, "--so-pin", "so-pin-123")
        self.tool("pkcs11-tool", "--module", SOFTHSM, "--token-label", "yinxin", "--login", "--pin", PIN, "--keypairgen", "--key-type", "EC:prime256v1",
                  "--label", "seal", "--id", "01")

    def tool(self, *command) -> None:
        run = subprocess.run(list(map(str, command)), capture_output=True, text=True, env={**os.environ, "SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")})
        assert run.returncode == 0, run.stdout + run.stderr

    def write_pin(self, pin: str) -> None:
        self.pin.write_text(pin + "\n")
        self.pin.chmod(0o600)

    @property
    def uri(self) -> str:
        return f"pkcs11:token=yinxin;object=seal?module-path={SOFTHSM}&pin-source=file:{self.pin}&x-environment=SOFTHSM2_CONF={self.folder}/softhsm2.conf"

    def take_out(self) -> None:
        (self.folder / "tokens").rename(self.folder / "away")
        (self.folder / "tokens").mkdir()

    def put_back(self) -> None:
        (self.folder / "tokens").rmdir()
        (self.folder / "away").rename(self.folder / "tokens")


@pytest.fixture
def in_token(fresh, tmp_path) -> tuple[Instance, Token]:
    """An instance whose seal key is in a token, certified by the demo CA."""
    folder = tmp_path / "hsm"
    folder.mkdir()
    token = Token(folder)
    keys(fresh, "import", "hsm", token.uri)
    ca = fresh.dir / "pki" / "demo-ca"
    (folder / "extensions").write_text(EXTENSIONS + "certificatePolicies=2.25.100683742046728923872354862484528736653\n")
    openssl("x509", "-req", "-in", fresh.dir / "keys" / "hsm.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.p8", "-passin", f"file:{fresh.dir}/keys/passphrase",
            "-days", "100", "-extfile", "extensions", "-extensions", "seal", "-out", "hsm.pem", folder=folder)
    (folder / "chain.pem").write_text((folder / "hsm.pem").read_text() + Path(f"{ca}.pem").read_text())
    keys(fresh, "import", "hsm", folder / "chain.pem")
    keys(fresh, "rotate", "hsm")
    return fresh, token


def test_a_key_in_a_token_seals_and_its_pin_stays_with_the_sealer(in_token):
    instance, token = in_token
    instance.start()
    document = instance.issue("tax-payment-record", RECORD)
    assert instance.verify_file(instance.pdf(document))["outcome"] == "genuine"
    assert issuer_of(instance, document)["certificate_sha256"] == key_list(instance)["hsm"]["certificate_sha256"]
    secrets = {"pin": PIN.encode()}
    children = instance.children()
    for name, pid in {"serve": instance.server.pid, "inspector": children["yinxin-inspecto"]}.items():
        assert processes.found_in_memory(pid, secrets) == [], name
        assert processes.files_below(pid, token.folder) == [], name
    assert processes.found_in_memory(children["yinxin-sealer"], secrets) == ["pin"]
    instance.stop()
    instance.assert_sound()


def test_a_token_that_is_taken_out_and_comes_back(in_token):
    instance, token = in_token
    instance.start()
    file = instance.pdf(instance.issue("tax-payment-record", RECORD))
    sealer = instance.children()["yinxin-sealer"]
    token.take_out()
    # Objects the library has read stay usable until it looks again; what matters is that nothing hangs and nothing is lost.
    statuses = {instance.post_document("tax-payment-record", RECORD).status for _ in range(5)}
    assert statuses <= {201, 503}
    assert instance.verify_file(file)["outcome"] == "genuine"
    instance.stop()
    start_whatever_the_token_does(instance)
    assert instance.post_document("tax-payment-record", RECORD).status == 503
    until = time.monotonic() + 30
    assert instance.verify_file(file)["outcome"] == "genuine"
    token.put_back()
    while (answer := instance.post_document("tax-payment-record", RECORD)).status == 503 and time.monotonic() < until:
        time.sleep(0.1)
    assert answer.status == 201 and sealer
    instance.stop()
    instance.assert_sound()


def start_whatever_the_token_does(instance: Instance) -> None:
    instance.start(wait=False)
    until = time.monotonic() + 30
    while not (instance.dir / "run" / "listen").exists():
        assert time.monotonic() < until, instance.log_tail()
        time.sleep(0.02)
    instance.host, port = (instance.dir / "run" / "listen").read_text().strip().rsplit(":", 1)
    instance.port = int(port)


def issue_by_command(instance: Instance) -> subprocess.CompletedProcess:
    (instance.dir / "data.json").write_text(json.dumps(RECORD))
    return instance.cli("issue", "tax-payment-record", instance.dir / "data.json", "--dir", instance.dir, "-o", instance.dir / "out.pdf")


def findings(instance: Instance, check: str) -> list[dict]:
    checks = json.loads(instance.cli("doctor", "--dir", instance.dir, "--json").stdout)["checks"]
    return [found for found in checks if found["check"] == check and found["state"] != "ok"]


def test_a_wrong_pin_is_offered_once_whoever_starts_again(in_token):
    instance, token = in_token
    refused_pins = instance.dir / "keys" / "refused-pins"
    assert refused_pins.read_text() == ""
    token.write_pin("wrong-pin-1")
    for _ in range(3):
        start_whatever_the_token_does(instance)
        answer = instance.post_document("tax-payment-record", RECORD)
        assert answer.status == 503 and "refuses its PIN" in str(answer.json["errors"]) and str(token.pin) not in str(answer.json), answer
        run = issue_by_command(instance)
        assert run.returncode == 1 and "yinxin keys pin-retry hsm" in run.stderr, run
        instance.stop()
        # The same PIN in another file is the same PIN.
        token.pin.unlink()
        token.write_pin("wrong-pin-1")
    assert len(refused_pins.read_text().splitlines()) == 1
    assert "wrong-pin-1" not in refused_pins.read_text()
    (finding,) = findings(instance, "keys")
    assert "PIN" in finding["detail"] and "passphrase" not in finding["remedy"], finding
    assert f"keys pin-retry hsm --dir {instance.dir}" in finding["remedy"], finding
    assert len(refused_pins.read_text().splitlines()) == 1
    token.write_pin(PIN)
    instance.start()
    instance.issue("tax-payment-record", RECORD)
    instance.stop()
    instance.assert_sound()


def test_a_pin_is_offered_again_when_the_token_was_corrected_instead(in_token):
    instance, token = in_token
    token.write_pin("pin-of-tomorrow")
    start_whatever_the_token_does(instance)
    assert instance.post_document("tax-payment-record", RECORD).status == 503
    assert "refuses its PIN" in refused(instance, "pin-retry", "hsm")
    token.tool("pkcs11-tool", "--module", SOFTHSM, "--token-label", "yinxin", "--login", "--pin", PIN, "--change-pin", "--new-pin", "pin-of-tomorrow")
    assert instance.post_document("tax-payment-record", RECORD).status == 503
    assert keys(instance, "pin-retry", "hsm") == {"id": "hsm"}
    instance.issue("tax-payment-record", RECORD)
    instance.stop()
    # Beside no server, too; and only for a key in a token.
    assert keys(instance, "pin-retry", "hsm") == {"id": "hsm"}
    assert "is in no token" in refused(instance, "pin-retry", "demo-token")
    instance.assert_sound()


@pytest.mark.parametrize("trouble", ["away", "wrong pin", "no pin"])
def test_a_token_that_is_not_in_use_yet_keeps_no_other_key_from_signing(fresh, tmp_path, trouble):
    (tmp_path / "hsm").mkdir()
    token = Token(tmp_path / "hsm")
    run = fresh.cli("keys", "import", "hsm", token.uri, "--dir", fresh.dir)
    assert run.returncode == 0 and "Have keys/hsm.csr certified, then: yinxin keys import hsm CHAIN.pem" in run.stdout, run
    if trouble == "away":
        token.take_out()
    elif trouble == "wrong pin":
        token.write_pin("wrong-pin-2")
    else:
        token.pin.unlink()
    fresh.start()
    fresh.issue("tax-payment-record", RECORD)
    assert refused(fresh, "rotate", "hsm")
    fresh.issue("tax-payment-record", RECORD)
    fresh.stop()
    fresh.assert_sound()


def test_a_compromised_key_in_a_token_is_not_opened_any_more(in_token):
    instance, token = in_token
    keys(instance, "generate", "seal-3")
    keys(instance, "rotate", "seal-3")
    keys(instance, "compromise", "hsm", "--reason", "the token was lost")
    token.write_pin("wrong-pin-3")  # would be refused, if it were offered
    instance.start()
    instance.issue("tax-payment-record", RECORD)
    instance.stop()
    assert (instance.dir / "keys" / "refused-pins").read_text() == ""
    assert findings(instance, "keys") == []
    instance.assert_sound()


def test_what_keeps_the_sealer_away_is_what_the_caller_hears(fresh):
    fresh.start()
    (fresh.dir / "keys" / "demo-seal.p8").write_text("damaged")
    os.kill(fresh.children()["yinxin-sealer"], 9)
    answer = fresh.post_document("tax-payment-record", RECORD)
    assert answer.status == 503, answer
    run = issue_by_command(fresh)
    assert run.returncode == 1 and "is not running" in run.stderr and "demo-seal" in run.stderr, run


# --- the sealer


class Sealer:
    """yinxin-sealer as its parent starts it, but by a test."""

    def __init__(self, *arguments: str):
        self.door, theirs = socket.socketpair()
        command = [str(BUILD / "yinxin-sealer"), *arguments]
        # The shell puts the socket where the sealer looks for its door.
        self.process = subprocess.Popen(["/bin/bash", "-c", f'exec "$@" 3<&{theirs.fileno()} {theirs.fileno()}<&-', "bash", *command], pass_fds=[theirs.fileno()])
        theirs.close()

    @classmethod
    def serving(cls, instance: Instance) -> "Sealer":
        sealer = cls("serve", str(instance.dir / "keys"), str(instance.dir / "keys" / "passphrase"))
        sealer.receive(sealer.door)
        return sealer

    @staticmethod
    def receive(channel: socket.socket) -> dict:
        def exactly(count: int) -> bytes:
            data = b""
            while len(data) < count:
                part = channel.recv(count - len(data))
                assert part, "the sealer closed"
                data += part
            return data

        head, body = struct.unpack("<II", exactly(8))
        answer = json.loads(exactly(head))
        answer["body"] = exactly(body)
        return answer

    def ask(self, head: dict, body: bytes = b"") -> dict:
        ours, theirs = socket.socketpair()
        socket.send_fds(self.door, [b"c"], [theirs.fileno()])
        theirs.close()
        text = json.dumps(head).encode()
        ours.sendall(struct.pack("<II", len(text), len(body)) + text + body)
        answer = self.receive(ours)
        ours.close()
        return answer

    def stop(self):
        self.door.close()
        self.process.wait(10)


def test_one_signature_that_is_not_on_record_turns_fsck_red(fresh):
    fresh.start()
    fresh.issue("tax-payment-record", RECORD)
    fresh.stop()
    sound = fresh.assert_sound()
    assert sound["operations"] >= 3 and sound["unanswered"] == 0, sound
    sealer = Sealer.serving(fresh)
    report = b"a report nobody asked for"
    digest = base64.urlsafe_b64encode(hashlib.sha256(report).digest()).rstrip(b"=").decode()
    answer = sealer.ask({"verb": "sign", "key": "demo-seal", "purpose": "report", "subject": "none", "digest": digest}, report)
    assert len(answer["body"]) > 60, answer
    sealer.stop()
    red = fresh.fsck()
    assert [fault["kind"] for fault in red["faults"]] == ["operations"], red
    assert "demo-seal has signed 1 times as report, 0 are on record" in red["faults"][0]["detail"]
    doctor = json.loads(fresh.cli("doctor", "--dir", fresh.dir, "--json").stdout)
    assert any(check["state"] == "fault" and "operations" in check["detail"] for check in doctor["checks"]), doctor
    fresh.unaudited = True  # on purpose


def status_of(pid: int) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)


def assert_powerless(status: dict[str, str], capabilities: int = 0) -> None:
    assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1", status
    for held in ("CapEff", "CapPrm", "CapBnd"):
        assert int(status[held], 16) == capabilities, status
    assert int(status["CapInh"], 16) == int(status["CapAmb"], 16) == 0 and status["Groups"].split() == [], status


class Groups:
    """Supplementary groups of this process, which what it starts inherits."""

    def __enter__(self):
        self.before = os.getgroups()
        os.setgroups([4, 27])

    def __exit__(self, *_):
        os.setgroups(self.before)


def has_user_of_its_own() -> bool:
    return subprocess.run(["getent", "passwd", "yinxin-sealer"], capture_output=True).returncode == 0


def test_with_a_token_the_sealer_gives_up_the_same(in_token):
    instance, token = in_token
    subprocess.run(["chmod", "-R", "a+rwX", token.folder], check=True)
    token.pin.chmod(0o600)
    with Groups():
        instance.start()
    status = status_of(instance.children()["yinxin-sealer"])
    assert_powerless(status)
    warnings = findings(instance, "sealer's user")
    if has_user_of_its_own():
        assert status["Uid"].split()[0] != "0" and warnings == []
    else:
        assert status["Uid"].split() == ["0"] * 4
        assert "adduser --system --group yinxin-sealer" in warnings[0]["remedy"] and warnings[0]["state"] == "warning", warnings
    instance.issue("tax-payment-record", RECORD)
    instance.stop()
    instance.assert_sound()


@pytest.mark.parametrize("order", [{"verb": "generate", "id": "x", "algorithm": "p256", "organ": "o"}, {"id": "1", "key": "x", "body": "e30"}], ids=["make", "maker"])
def test_who_makes_keys_gives_up_what_it_does_not_need(fresh, tmp_path, order):
    slow = tmp_path / "passphrase"
    os.mkfifo(slow, 0o600)
    places = {"keys_dir": str(fresh.dir / "keys"), "pki": str(fresh.dir / "pki"), "operations": str(fresh.dir / "keys" / "operations"), "passphrase_file": str(slow)}
    with Groups():
        sealer = Sealer("make" if "verb" in order else "maker")
    text = json.dumps({**places, **order}).encode()
    sealer.door.sendall(struct.pack("<II", len(text), 0) + text)
    # It waits for its passphrase: nobody writes it.
    until = time.monotonic() + 20
    while "fifo" not in (call := Path(f"/proc/{sealer.process.pid}/wchan").read_text()) and "wait_for_partner" not in call:
        assert time.monotonic() < until and sealer.process.poll() is None, call
        time.sleep(0.01)
    status = status_of(sealer.process.pid)
    left = os.readlink(f"/proc/{sealer.process.pid}/ns/net") != os.readlink("/proc/self/ns/net")
    sealer.process.kill()
    sealer.stop()
    assert_powerless(status, capabilities=1 << 1)  # CAP_DAC_OVERRIDE: the folder may be another user's
    can = subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode == 0
    assert left == can


def test_the_sealer_has_given_up_what_it_does_not_need(running):
    pid = running.children()["yinxin-sealer"]
    status = status_of(pid)
    assert_powerless(status)
    if os.geteuid() == 0:
        assert status["Uid"].split()[0] != "0", status
        # No network of the host's, where the machine allows to leave it.
        left = os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net")
        can = subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode == 0
        assert left == can
    # Not dumpable: its files in /proc belong to root, whoever it is.
    assert os.stat(f"/proc/{pid}/environ").st_uid == 0
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"HOME=" not in environment and b"PATH=" not in environment
    inodes = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
    assert not any(name.startswith("/") and not name.startswith(("/dev/", str(running.log))) for name in inodes), inodes
    running.issue("tax-payment-record", RECORD)
