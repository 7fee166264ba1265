"""The first of two seals, by GB/T 38540, over the life of its key and of the seals it is made with."""
import hashlib
import json
import random
import sqlite3
import time

import pytest
from instance import Instance, sample
from test_keys import Issuers, key_list, keys, refused
from test_seals import png, png_of, seals
from test_sm2 import signatures, verify

RECORD = sample("tax-payment-record.one-year")
FIRST, SECOND = "GM.sm2seal", "ETSI.CAdES.detached"


@pytest.fixture(scope="module")
def two_seals(tmp_path_factory) -> Instance:
    """Never served: take copies."""
    return Instance.make(tmp_path_factory.mktemp("two") / "demo", "--ses")


@pytest.fixture
def instance(two_seals, tmp_path):
    with two_seals.lent(tmp_path / "demo") as copy:
        yield copy


def sealed_by(instance: Instance, document: dict, folder) -> list[str]:
    """SHA-256 of the certificates of a document's seals, in their order, when a stranger trusts both."""
    path, known = folder / "document.pdf", folder / "known.pem"
    path.write_bytes(instance.pdf(document))
    known.write_text("".join((instance.dir / "pki" / f"{name}.pem").read_text() for name in ("demo-root", "demo-sm2-root", "demo-sm2-ca")))
    code, answer = verify(path, "--trust", known)
    assert code == 0 and signatures(answer) == [FIRST, SECOND], answer
    assert [each["indication"] for each in answer["signatures"]] == ["TOTAL_PASSED"] * 2, answer
    return [each["signer"]["certificate_sha256"] for each in answer["signatures"]]


def of(instance: Instance, *ids: str) -> list[str]:
    listed = key_list(instance)
    return [listed[key]["certificate_sha256"] for key in ids]


def valid(instance: Instance) -> dict:
    """The seals that are valid, by use: one of each."""
    found = [each for each in seals(instance, "list")["seals"] if each["state"] == "valid"]
    assert len({each["use"] for each in found}) == len(found), found
    return {each["use"]: each for each in found}


def sound(instance: Instance) -> dict:
    instance.stop()
    report = instance.assert_sound()
    assert report["unanswered"] == 0, report
    return report


def healthy(instance: Instance) -> list[dict]:
    return [check for check in json.loads(instance.cli("doctor", "--dir", instance.dir, "--json").stdout)["checks"] if check["check"] == "seals"]


def test_a_seal_made_later_seals_first_too(instance, tmp_path):
    instance.start()
    before = valid(instance)
    assert all(each["first_seal"] for each in before.values()), before
    created = seals(instance, "create", "--use", "business", "--text", "合同专用章")
    assert created["first_seal"] and created["certificate_sha256"] == of(instance, "demo-seal", "demo-ses"), created
    document = instance.issue("tax-payment-record", RECORD)
    assert sealed_by(instance, document, tmp_path) == of(instance, "demo-ses", "demo-seal")
    (tmp_path / "seal.png").write_bytes(png(200, 200))
    replaced = seals(instance, "replace", created["id"], "--reason", "a new picture", "--picture", str(tmp_path / "seal.png"))
    assert replaced["first_seal"] and not replaced["drawn"], replaced
    document = instance.issue("tax-payment-record", RECORD)
    sealed_by(instance, document, tmp_path)
    assert instance.request("GET", f"/api/v1/documents/{document['id']}", None, instance.bearer()).json["seal"] == replaced["id"]
    # The SESeal is shown, comes out, and stands in the document; the picture in it is the seal's own.
    shown = instance.cli("seals", "show", replaced["id"], "--dir", instance.dir, "--ses-seal", tmp_path / "seal.esl")
    der = (tmp_path / "seal.esl").read_bytes()
    assert shown.returncode == 0 and hashlib.sha256(der).hexdigest() in shown.stdout, shown
    assert (tmp_path / "seal.png").read_bytes() in der and replaced["id"].encode() in der
    assert der.hex().encode() in instance.pdf(document).lower()
    # Two signatures of makers for each of the two seals, all on record and counted.
    assert sound(instance)["operations"] >= 4 + 2 * 3
    assert {check["state"] for check in healthy(instance)} == {"ok"}


def test_a_picture_that_does_not_fit_into_every_document_makes_no_seal(instance, tmp_path):
    noise = random.Random(1)
    (tmp_path / "large.png").write_bytes(png_of([noise.randbytes(4 * 400) for _ in range(400)]))
    run = instance.cli("seals", "create", "--use", "business", "--picture", tmp_path / "large.png", "--dir", instance.dir)
    assert run.returncode == 1 and "it stands in every document" in run.stderr, run.stderr
    assert len(valid(instance)) == 3
    sound(instance)


def test_another_key_makes_the_first_seal_while_documents_are_issued(instance, tmp_path):
    instance.start()
    before = instance.issue("tax-payment-record", RECORD)
    file = instance.pdf(before)
    old = valid(instance)
    assert keys(instance, "generate", "ses-2", "--use", "ses")["certified"]
    assert key_list(instance)["ses-2"]["algorithm"] == "sm2"
    issuers = Issuers(instance)
    issuers.await_answers(5)
    told = keys(instance, "rotate", "ses-2", "--use", "ses")
    issuers.await_answers(len(issuers.answers) + 5)
    answers = issuers.stop()
    assert {answer.status for _, answer in answers} == {201}
    assert (told["use"], told["state"], told["before"]) == ("ses", "active", "demo-ses")
    # Each seal has another in its place that the new key may use.
    now = valid(instance)
    assert told["seals"] == {old[use]["id"]: now[use]["id"] for use in old}
    for use, seal in now.items():
        assert seal["first_seal"] and seal["certificate_sha256"] == of(instance, "demo-seal", "ses-2"), seal
        assert seal["valid_to"] == old[use]["valid_to"] and seal["owner"] == old[use]["owner"], seal
        was = seals(instance, "show", old[use]["id"])
        assert was["state"] == "replaced" and was["replaced_by"] == seal["id"] and "ses-2" in was["end_reason"], was
    assert sealed_by(instance, answers[-1][1].json, tmp_path) == of(instance, "ses-2", "demo-seal")
    listed = key_list(instance)
    assert (listed["demo-ses"]["state"], listed["demo-ses"]["successor"], listed["demo-ses"]["use"]) == ("retired", "ses-2", "none")
    assert (listed["ses-2"]["state"], listed["ses-2"]["use"]) == ("active", "ses")
    # What was sealed before stays so, to the register and to strangers, by its bytes and by its seals.
    assert instance.verify_file(file)["outcome"] == "genuine"
    assert sealed_by(instance, before, tmp_path) == of(instance, "demo-ses", "demo-seal")
    answer = instance.verify_file(file + b"\n% more\n")
    assert answer["outcome"] == "altered" and [each["signer"]["trusted"] for each in answer["signatures"]] == ["yes", "yes"], answer
    assert "is in use" in refused(instance, "retire", "ses-2", "--reason", "x")
    assert "retired" in refused(instance, "rotate", "demo-ses", "--use", "ses")
    # And so it stays.
    instance.stop()
    instance.start()
    assert sealed_by(instance, instance.issue("invoice", sample("invoice.ordinary")), tmp_path) == of(instance, "ses-2", "demo-seal")
    assert instance.verify_file(file)["outcome"] == "genuine"
    sound(instance)
    assert {check["state"] for check in healthy(instance)} == {"ok"}


def test_another_key_makes_the_second_seal_and_the_first_goes_on(instance, tmp_path):
    # Without a server, too.
    keys(instance, "generate", "seal-2")
    keys(instance, "rotate", "seal-2")
    instance.start()
    assert sealed_by(instance, instance.issue("tax-payment-record", RECORD), tmp_path) == of(instance, "demo-ses", "seal-2")
    assert len(valid(instance)) == 3
    sound(instance)


def test_only_a_key_in_sm2_that_passes_the_preflight_makes_the_first_seal(instance, tmp_path):
    keys(instance, "generate", "p256", "--use", "ses", "--key", "p256")
    assert "is made with sm2" in refused(instance, "rotate", "p256", "--use", "ses")
    keys(instance, "generate", "spare", "--use", "ses")
    root = instance.dir / "pki" / "demo-sm2-root.pem"
    root.rename(tmp_path / "root.pem")
    assert "not fit to take over" in refused(instance, "rotate", "spare", "--use", "ses")
    (tmp_path / "root.pem").rename(root)
    assert key_list(instance)["demo-ses"]["use"] == "ses"
    assert all(each["first_seal"] for each in valid(instance).values())
    keys(instance, "retire", "p256", "--reason", "never needed")
    assert key_list(instance)["p256"]["state"] == "retired"


def test_without_its_makers_a_rotation_says_what_to_do_and_changes_nothing(instance, tmp_path):
    keys(instance, "generate", "ses-2", "--use", "ses")
    (instance.dir / "pki" / "demo-sm2-seal-maker.p8").rename(tmp_path / "away.p8")
    words = refused(instance, "rotate", "ses-2", "--use", "ses")
    assert "yinxin seals create --use" in words and "seals/ID.esl" in words, words
    assert key_list(instance)["demo-ses"]["use"] == "ses" and len(valid(instance)) == 3
    # One whose SESeal was made elsewhere.
    certificates = ("--certificate", str(instance.dir / "keys" / "demo-seal.pem"), "--certificate", str(instance.dir / "keys" / "ses-2.pem"))
    made = [seals(instance, "create", "--use", use, *certificates) for use in ("business", "tax", "invoice")]
    assert not any(each["first_seal"] for each in made), made
    run = instance.cli("seals", "list", "--dir", instance.dir)
    assert f"yinxin seals replace {made[0]['id']}" in run.stdout, run.stdout
    instance.start()
    instance.issue("tax-payment-record", RECORD)  # by the one before, as yet
    sound(instance)


def test_a_compromised_key_of_the_first_seal_stops_at_once(instance, tmp_path):
    instance.start()
    issuers = Issuers(instance)
    issuers.await_answers(5)
    told = keys(instance, "compromise", "demo-ses", "--reason", "found on a stranger's disk")
    since = time.monotonic()
    issuers.await_answers(len(issuers.answers) + 10)
    answers = issuers.stop()
    issued = {answer.json["id"]: answer.json for _, answer in answers if answer.status == 201}
    assert {answer.status for start, answer in answers if start > since} == {503}
    assert {thing["id"] for thing in told["affected"] if thing["purpose"] == "document"} == set(issued)
    # The second seal of each is by a key that nobody else has.
    document = next(iter(issued.values()))
    answer = instance.verify(document["code"])
    assert (answer["outcome"], answer["issuer"]["trusted"]) == ("on_record", "yes") and "key" not in answer["issuer"], answer
    # By the first seal alone nothing is believed any more.
    file = instance.pdf(document)
    first = instance.verify_file(file[: file.index(b"%%EOF", file.index(b"/GM.sm2seal")) + 6])
    assert first["issuer"]["key"] == "compromised" and first["issuer"]["trusted"] == "no", first
    assert instance.request("GET", "/readyz").json["checks"]["keys"] == "failed"
    keys(instance, "generate", "ses-2", "--use", "ses")
    keys(instance, "rotate", "ses-2", "--use", "ses")
    assert sealed_by(instance, instance.issue("tax-payment-record", RECORD), tmp_path) == of(instance, "ses-2", "demo-seal")
    assert keys(instance, "compromise", "demo-ses", "--reason", "again")["affected"] == told["affected"]
    report = sound(instance)
    # A number is taken by nobody who cannot seal; what was being sealed at that moment is voided.
    assert report["void"] <= len(issuers.threads), report


def test_an_instance_with_one_seal_gets_the_first_when_a_key_for_it_is_named(fresh, tmp_path):
    assert "keys.ses" in refused(fresh, "rotate", "demo-seal", "--use", "ses")
    old = seals(fresh, "create", "--use", "business")
    assert "first_seal" not in old and "ses_seal" not in seals(fresh, "show", old["id"])
    keys(fresh, "generate", "ses", "--use", "ses")
    config = fresh.dir / "yinxin.toml"
    config.write_text(config.read_text().replace('ses = ""', 'ses = "ses"'))
    fresh.start(wait=False)
    listen, until = fresh.dir / "run" / "listen", time.monotonic() + 30
    while not (listen.exists() and listen.read_text().strip()):
        assert fresh.server.poll() is None and time.monotonic() < until, fresh.log_tail()
        time.sleep(0.01)
    fresh.host, port = listen.read_text().strip().rsplit(":", 1)
    fresh.port = int(port)
    ready = fresh.request("GET", "/readyz")
    assert ready.status == 503 and ready.json["checks"]["seals"] == "failed", ready
    refusal = fresh.post_document("tax-payment-record", RECORD)
    assert refusal.status == 503, refusal
    assert not valid_business(fresh)["first_seal"]
    assert {check["state"] for check in healthy(fresh)} == {"fault"}
    assert any(f"yinxin seals replace {old['id']}" in check["remedy"] for check in healthy(fresh))
    new = seals(fresh, "replace", old["id"], "--reason", "documents have a first seal now")
    assert new["first_seal"], new
    assert sealed_by(fresh, fresh.issue("tax-payment-record", RECORD), tmp_path) == of(fresh, "ses", "demo-seal")
    sound(fresh)
    # A SESeal made elsewhere, in a file, is believed no sooner than by a stranger, and costs no number before.
    run = fresh.cli("seals", "show", new["id"], "--dir", fresh.dir, "--ses-seal", tmp_path / "seal.esl")
    assert run.returncode == 0, run
    with sqlite3.connect(fresh.dir / "register.db") as register:  # as if it had been made elsewhere
        register.execute("UPDATE seal_record SET ses_seal = NULL WHERE id = ?", (new["id"],))
    good, file = (tmp_path / "seal.esl").read_bytes(), fresh.dir / "seals" / f"{new['id']}.esl"
    numbers = fresh.assert_sound()["numbers"]
    (tmp_path / "record.json").write_text(json.dumps(RECORD))
    for der, words in ((good[:-1] + bytes([good[-1] ^ 1]), "does not verify with its maker's key"), (good[:-1], "nobody would believe")):
        file.write_bytes(der)
        run = fresh.cli("issue", "tax-payment-record", tmp_path / "record.json", "--dir", fresh.dir, "-o", tmp_path / "none.pdf")
        assert run.returncode == 1 and words in run.stderr, run.stderr
    assert fresh.assert_sound()["numbers"] == numbers
    file.write_bytes(good)
    fresh.start()
    assert sealed_by(fresh, fresh.issue("tax-payment-record", RECORD), tmp_path) == of(fresh, "ses", "demo-seal")
    sound(fresh)


def valid_business(instance: Instance) -> dict:
    found = [each for each in seals(instance, "list")["seals"] if each["use"] == "business" and each["state"] == "valid"]
    return max(found, key=lambda each: each["valid_from"])
