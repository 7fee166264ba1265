"""A report that a bank files: what was found in a file, as a document of the register."""
import json
import subprocess
import uuid
from pathlib import Path

import pytest
from instance import sample
from photos import as_png, rendered

FORMS = Path(__file__).parents[2] / "pdf" / "forms"


@pytest.fixture(scope="module")
def bank(served) -> str:
    """A key that may check and nothing else."""
    run = served.cli("apikey", "add", "bank-reports", "--role", "verifier", "--dir", served.dir, "--json")
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)["key"]


def report_on(instance, file: bytes, key: str, again: str | None = None, status: int = 201):
    header = {"Authorization": f"Bearer {key}", "Idempotency-Key": again or str(uuid.uuid4()), "Content-Type": "application/pdf"}
    answer = instance.request("POST", "/api/v1/verifications/report", file, header)
    assert answer.status == status, answer
    return answer


def words(pdf: bytes) -> str:
    run = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return run.stdout.decode()


def test_it_is_a_genuine_document_about_the_file(served, issued, bank):
    _, _, document, path = issued["tax-payment-record.one-year"]
    answer = report_on(served, path.read_bytes(), bank, "the-same")
    text = words(answer.body)
    assert document["sha256"].upper() in text and "真实有效，就是原件" in text and "this is the original" in text
    assert "完整性 Integrity" in text and "有效 / Valid" in text
    verdict = served.verify_file(answer.body)
    assert verdict["outcome"] == "genuine" and verdict["document"]["type"] == "verification-report", verdict
    assert report_on(served, path.read_bytes(), bank, "the-same", 200).body == answer.body
    assert report_on(served, b"%PDF-1.7 another", bank, "the-same", 422).json["type"].endswith("idempotency-mismatch")


def test_it_says_what_is_wrong_with_a_file(served, issued, bank):
    file = issued["tax-payment-record.one-year"][3].read_bytes()
    text = words(report_on(served, file + b"\n% more\n", bank).body)
    assert "文件已被改动" in text and "The file was altered" in text
    assert "Finding 1" in text and "TOTAL" in text
    text = words(report_on(served, "不是 PDF \U0001F600".encode(), bank).body)
    assert "This file cannot be read" in text


def test_it_says_of_a_photo_that_the_paper_was_not_judged(served, issued, bank):
    _, _, document, path = issued["tax-payment-record.one-year"]
    text = words(report_on(served, as_png(rendered(path, 1, 200)), bank).body)
    assert "now compare the paper" in text and document["number"] in text and "not judged" in text


def test_nobody_writes_a_report_himself(served):
    form = json.loads((FORMS / "verification-report" / "1" / "example.json").read_text())
    answer = served.post_document("verification-report", form)
    assert answer.status == 422 and answer.json["errors"][0]["pointer"] == "/type", answer
    assert "/api/v1/verifications/report" in answer.json["errors"][0]["detail"]
    assert served.post_document("tax-payment-record", sample("tax-payment-record.one-year")).status == 201
