"""What an operator sees: restarts, modes of files, logs, states of documents, limits, a type dropped in."""
import json
import os
import re
import stat
import subprocess
import time
import uuid

import processes
import pytest
from instance import NO_LIMITS, ROOT, Instance, sample

RECORD = sample("tax-payment-record.one-year")


def test_documents_survive_a_restart_byte_for_byte(running):
    documents = [running.issue(kind, sample(name)) for kind, name in (("tax-payment-record", "tax-payment-record.one-year"), ("invoice", "invoice.red"))]
    files = [running.pdf(document) for document in documents]
    assert running.stop() == 0
    running.start()
    assert [running.pdf(document) for document in documents] == files
    assert [running.verify_file(file)["outcome"] for file in files] == ["genuine", "genuine"]
    running.stop()
    running.assert_sound()


def test_it_starts_within_a_second(fresh):
    start = time.monotonic()
    fresh.start()
    first = time.monotonic() - start
    fresh.stop()
    start = time.monotonic()
    fresh.start()
    again = time.monotonic() - start
    print(f"first start {first:.2f} s, again {again:.2f} s")
    # The budget is 1 s on a quiet machine; this one also runs the tests.
    assert again < 5


def test_secrets_are_readable_by_their_owner_only(tmp_path):
    old = os.umask(0)
    try:
        instance = Instance.make(tmp_path / "demo")
    finally:
        os.umask(old)
    open_to_others = [
        str(path.relative_to(instance.dir))
        for path in [instance.dir / "admin.key", *instance.dir.glob("keys/**/*"), *instance.dir.glob("register.db*"), *instance.dir.glob("run*")]
        if stat.S_IMODE(path.stat().st_mode) & 0o077 and path.suffix != ".pem"  # certificates are for everybody
    ]
    assert open_to_others == []
    assert stat.S_IMODE((instance.dir / "admin.key").stat().st_mode) == 0o600
    for path in instance.dir.glob("keys/**/*"):
        if path.is_file():
            text = path.read_bytes()
            assert b"BEGIN PRIVATE KEY" not in text and b"BEGIN EC PRIVATE KEY" not in text and b"BEGIN RSA PRIVATE KEY" not in text, path


def test_an_instance_is_not_made_over_another(fresh):
    run = fresh.cli("init", fresh.dir, "--demo")
    assert run.returncode != 0 and run.stderr.strip()
    fresh.assert_sound()


def test_a_revoked_document_says_so(running):
    document = running.issue("tax-payment-record", RECORD)
    file = running.pdf(document)
    path = f"/api/v1/documents/{document['id']}/revoke"
    answer = running.request("POST", path, {"reason": "issued by mistake"}, running.bearer(Idempotency_Key=str(uuid.uuid4())))
    assert answer.status == 200, answer
    by_code = running.verify(document["code"])
    assert (by_code["outcome"], by_code["status"]) == ("revoked", "revoked"), by_code
    by_file = running.verify_file(file)
    assert (by_file["outcome"], by_file["integrity"], by_file["status"]) == ("revoked", "intact", "revoked"), by_file
    # The bytes stay what they were.
    assert running.pdf(document) == file
    running.stop()
    running.assert_sound()


def test_a_replaced_document_leads_nobody_to_the_new_code(running):
    document = running.issue("tax-payment-record", RECORD)
    path = f"/api/v1/documents/{document['id']}/replace"
    body = {"data": sample("tax-payment-record.foreigner"), "reason": "wrong person"}
    answer = running.request("POST", path, body, running.bearer(Idempotency_Key=str(uuid.uuid4())))
    assert answer.status == 201, answer
    old = running.verify(document["code"])
    assert (old["outcome"], old["status"]) == ("superseded", "superseded"), old
    new_code = answer.json["code"].replace("-", "")
    assert new_code not in json.dumps(old).replace("-", "")
    assert running.verify(answer.json["code"])["outcome"] == "on_record"
    again = running.request("POST", path, {**body, "reason": "again"}, running.bearer(Idempotency_Key=str(uuid.uuid4())))
    assert again.status == 409, again
    running.stop()
    running.assert_sound()


def test_failed_facts_are_limited_per_document(fresh):
    fresh.start(sets=[*NO_LIMITS, "limits.failed_facts_per_10_minutes=3"])
    document = fresh.issue("tax-payment-record", RECORD)
    right = {"id_last6": RECORD["taxpayer"]["id_number"][-6:]}
    for _ in range(3):
        assert fresh.verify(document["code"], id_last6="000000")["outcome"] == "not_verified"
    assert fresh.verify(document["code"], **right)["outcome"] == "not_verified"
    assert fresh.verify(document["code"])["outcome"] == "on_record"
    fresh.stop()
    fresh.start(sets=[*NO_LIMITS, "limits.failed_facts_per_10_minutes=3"])
    assert fresh.verify(document["code"], **right)["outcome"] == "not_verified", "the limit must outlive a restart"
    fresh.stop()
    fresh.start(sets=[*NO_LIMITS, "limits.failed_facts_per_10_minutes=10"])
    assert fresh.verify(document["code"], **right)["outcome"] == "on_record"


def test_a_caller_who_asks_too_often_is_told_when_to_come_back(fresh):
    fresh.start(sets=[*NO_LIMITS, "limits.requests_per_minute=60", "limits.requests_burst=5"])
    answers = [fresh.request("GET", "/api/v1/verifications/ZZZZ-ZZZZ-ZZZZ-ZZZH") for _ in range(12)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused and int(refused[0].headers["retry-after"]) >= 1
    assert refused[0].headers["content-type"].startswith("application/problem+json")


def test_an_api_key_does_what_its_role_allows_until_it_is_revoked(running):
    def bearer(key):
        return {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid.uuid4())}

    made = {}
    for name, role in (("window", "issuer"), ("desk", "issuer"), ("bank", "verifier"), ("boss", "admin")):
        run = running.cli("apikey", "add", name, "--role", role, "--dir", running.dir, "--json")
        assert run.returncode == 0, run.stderr
        made[name] = json.loads(run.stdout)["key"]
    listed = running.cli("apikey", "list", "--dir", running.dir)
    assert all(name in listed.stdout for name in made) and not any(key in listed.stdout for key in made.values())

    order = {"type": "tax-payment-record", "data": RECORD}
    document = running.request("POST", "/api/v1/documents", order, bearer(made["window"]))
    assert document.status == 201, document
    path = f"/api/v1/documents/{document.json['id']}"
    statuses = {name: running.request("GET", f"{path}/pdf", None, bearer(key)).status for name, key in made.items()}
    assert statuses == {"window": 200, "desk": 404, "bank": 403, "boss": 200}, statuses
    refused = running.request("POST", "/api/v1/documents", order, bearer(made["bank"]))
    assert refused.status == 403 and refused.headers["content-type"].startswith("application/problem+json"), refused
    assert running.request("GET", f"/api/v1/verifications/{document.json['code']}", None, bearer(made["bank"])).json["outcome"] == "on_record"

    assert running.cli("apikey", "revoke", "window", "--dir", running.dir).returncode == 0
    assert running.request("GET", path, None, bearer(made["window"])).status == 401
    running.stop()
    assert running.cli("apikey", "add", "window", "--dir", running.dir).returncode == 1, "its documents belong to the name"
    assert running.cli("apikey", "add", "kiosk", "--dir", running.dir).returncode == 0, "without a server, too"
    assert not any(key.encode() in file.read_bytes() for key in made.values() for file in running.dir.glob("register.db*"))
    running.assert_sound()


def test_raised_limits_need_a_demo_or_a_word(fresh):
    config = fresh.dir / "yinxin.toml"
    config.write_text(re.sub(r"(?m)^demo\s*=\s*true", "demo = false", config.read_text()))
    run = fresh.cli("serve", fresh.dir, "--listen", "127.0.0.1:0", "--set", "limits.requests_per_minute=1000000", timeout=30)
    assert run.returncode != 0 and "insecure-limits" in run.stderr, run


def test_logs_hold_no_code_token_key_or_person(running):
    document = running.issue("tax-payment-record", RECORD)
    code = document["code"].replace("-", "")
    running.verify(document["code"])
    running.verify(document["code"], id_last6=RECORD["taxpayer"]["id_number"][-6:])
    running.request("GET", f"/v/{code}")
    running.request("GET", f"/v/{document['code']}?x=990000198510240035")
    running.post_document("tax-payment-record", {**RECORD, "taxpayer": {**RECORD["taxpayer"], "id_number": "990000198510240036"}})
    running.request("GET", f"/api/v1/documents/{document['id']}", None, {"Authorization": "Bearer canary-key-7391"})
    running.verify_file(running.pdf(document))
    key = running.key
    running.stop()
    logs = running.log.read_text(errors="replace")
    for path in running.dir.rglob("*.log"):
        logs += path.read_text(errors="replace")
    assert logs, "a server that logs nothing proves nothing"
    canaries = [code, document["code"], key, "canary-key-7391", "990000198510240035", "990000198510240036", "240035", RECORD["taxpayer"]["name"]]
    assert [canary for canary in canaries if canary in logs] == []


def test_codes_and_persons_are_not_in_the_register_as_text(running):
    # Not the person of the form's example, who is public and in the register's dictionary.
    record = sample("tax-payment-record.no-rows")
    document = running.issue("tax-payment-record", record)
    running.stop()
    register = b"".join(path.read_bytes() for path in running.dir.glob("register.db*"))
    for secret in (document["code"], document["code"].replace("-", ""), record["taxpayer"]["name"], record["taxpayer"]["id_number"], running.key):
        assert secret.encode() not in register


def test_the_type_that_the_readme_of_forms_describes_issues_while_the_server_runs(running, tmp_path):
    """Whoever reads nothing else: its five files, dropped in as they stand on the page."""
    page = (ROOT / "pdf" / "forms" / "README.md").read_text()
    files = dict(re.findall(r"(?m)^`([a-z.]+\.json)`\n```json\n(.*?)^```", page, re.S | re.M))
    assert set(files) == {"input.schema.json", "form.json", "disclosure.json", "layout.json", "example.json"}
    form = json.loads(files["form.json"])
    folder = running.dir / "forms" / form["type"] / form["version"]
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    assert running.cli("form", "lint", folder).returncode == 0
    data = json.loads(files["example.json"])
    document = running.issue(form["type"], data)
    file = running.pdf(document)
    (tmp_path / "receipt.pdf").write_bytes(file)
    text = subprocess.run(["pdftotext", "-raw", tmp_path / "receipt.pdf", "-"], capture_output=True, text=True, check=True).stdout
    for value in (data["owner"]["name"], data["owner"]["id_number"], "1,000,000.00", "¥13,200.00", "4%（出租住房）", document["number"]):
        assert value in text, text
    assert running.verify_file(file)["outcome"] == "genuine"
    assert running.verify(document["code"], total="13200.00")["facts"]
    bad = running.post_document(form["type"], {**data, "total": "13200.01"})
    assert bad.status == 422 and bad.json["errors"][0]["pointer"] == "/data/total", bad
    listed = running.cli("form", "list", "--dir", running.dir)
    assert listed.returncode == 0 and form["type"] in listed.stdout
    running.stop()
    running.assert_sound()


def test_the_server_listens_where_it_was_told_and_nowhere_else(running):
    pids = {running.server.pid, *running.children().values()}
    listening = subprocess.run(["cat", "/proc/net/tcp", "/proc/net/tcp6"], capture_output=True, text=True).stdout.splitlines()
    sockets = {line.split()[9]: line.split()[1] for line in listening if len(line.split()) > 9 and line.split()[3] == "0A"}
    found = set()
    for pid in pids:
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            try:
                target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
            except OSError:
                continue
            match = re.match(r"socket:\[(\d+)\]", target)
            if match and match[1] in sockets:
                found.add(sockets[match[1]])
    assert found and all(address.startswith("0100007F:") for address in found), found


def of_program(children: dict[str, int], name: str) -> int:
    return next(pid for program, pid in children.items() if program.startswith(name))


@pytest.mark.parametrize("kind", ["p256", "rsa2048", "rsa3072", "sm2 --ses"])
def test_the_private_keys_are_in_no_process_that_faces_the_network(tmp_path, kind):
    """Neither opened nor in memory there; the same looks find them where they are."""
    running = Instance.make(tmp_path / "demo", "--key", *kind.split()).start()
    running.verify_file(running.pdf(running.issue("tax-payment-record", RECORD)))
    folder = running.dir / "keys"
    secrets = processes.private_keys(folder)
    assert {path.stem for path in folder.glob("*.p8")} == {name for name, _ in secrets} and {"demo-seal", "demo-token"} <= {name for name, _ in secrets}
    children = running.children()
    facing = {"serve": running.server.pid, "inspector": of_program(children, "yinxin-inspect")}
    for name, pid in facing.items():
        assert processes.files_below(pid, folder) == [], name
        assert processes.found_in_memory(pid, secrets) == [], name
    # Nor the passphrase; this process knows it, so the look would find it.
    passphrase = {"passphrase": (folder / "passphrase").read_bytes().strip()}
    for name, pid in facing.items():
        assert processes.found_in_memory(pid, passphrase) == [], name
    assert processes.found_in_memory(os.getpid(), passphrase) == ["passphrase"]
    # The controls: a process that has a key file open, and the one that holds the keys.
    with open(folder / "demo-seal.p8", "rb"):
        assert processes.files_below(os.getpid(), folder) == [str(folder / "demo-seal.p8")]
    in_sealer = {name for name, _ in processes.found_in_memory(of_program(children, "yinxin-seale"), secrets)}
    assert in_sealer == {name for name, _ in secrets}
    running.stop()
    running.assert_sound()
