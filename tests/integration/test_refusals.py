"""Bad input: the right status, a problem document that names the field, and no number used."""
import copy
import json
import socket
import uuid

import pytest
from instance import sample


def with_value(data: dict, path: list, value) -> dict:
    changed = copy.deepcopy(data)
    place = changed
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


RECORD, INVOICE, CERTIFICATE = sample("tax-payment-record.one-year"), sample("invoice.special"), sample("tax-paid-certificate.company")

# (what, type, data, JSON Pointer of a fault that must be named)
BAD = [
    ("a field nobody knows", "tax-payment-record", with_value(RECORD, ["salary"], "1"), "/data/salary"),
    ("a field nobody knows in a row", "tax-payment-record", with_value(RECORD, ["rows", 3, "note"], ""), "/data/rows/3/note"),
    ("a missing field", "tax-payment-record", with_value(RECORD, ["taxpayer", "name"], ...), "/data/taxpayer/name"),
    ("a number where a text belongs", "tax-payment-record", with_value(RECORD, ["rows", 0, "amount"], 300), "/data/rows/0/amount"),
    ("an amount with one decimal", "tax-payment-record", with_value(RECORD, ["rows", 0, "amount"], "300.0"), "/data/rows/0/amount"),
    ("an ID with a wrong check digit", "tax-payment-record", with_value(RECORD, ["taxpayer", "id_number"], "990000198510240036"), "/data/taxpayer/id_number"),
    ("an ID type that does not exist", "tax-payment-record", with_value(RECORD, ["taxpayer", "id_type"], "驾照"), "/data/taxpayer/id_type"),
    ("a name of 400 characters", "tax-payment-record", with_value(RECORD, ["taxpayer", "name"], "长" * 400), "/data/taxpayer/name"),
    ("an empty name", "tax-payment-record", with_value(RECORD, ["taxpayer", "name"], ""), "/data/taxpayer/name"),
    ("a character that no font has", "tax-payment-record", with_value(RECORD, ["taxpayer", "name"], "王\U000e0041"), "/data/taxpayer/name"),
    ("a character of private use", "tax-payment-record", with_value(RECORD, ["taxpayer", "name"], "王\ue000"), "/data/taxpayer/name"),
    ("a period that ends before it begins", "tax-payment-record", with_value(RECORD, ["period", "to"], "2024-12"), "/data/period"),
    ("a period in the far future", "tax-payment-record", with_value(RECORD, ["period", "to"], "2199-12"), "/data/period"),
    ("a period of more than 60 months", "tax-payment-record", with_value(RECORD, ["period", "from"], "2019-01"), "/data/period"),
    ("a month that does not exist", "tax-payment-record", with_value(RECORD, ["period", "to"], "2025-13"), "/data/period/to"),
    ("a row's month outside the period", "tax-payment-record", with_value(RECORD, ["rows", 0, "period"], "2024-11"), "/data/rows/0/period"),
    ("a row's date after data_as_of", "tax-payment-record", with_value(RECORD, ["rows", 11, "treasury_date"], "2026-02-01"), "/data/rows/11/treasury_date"),
    ("a day that does not exist", "tax-payment-record", with_value(RECORD, ["rows", 0, "filing_date"], "2025-02-30"), "/data/rows/0/filing_date"),
    ("a data_as_of in the future", "tax-payment-record", with_value(RECORD, ["data_as_of"], "2199-01-31T09:00:00+08:00"), "/data/data_as_of"),
    ("a credit code with a wrong check character", "invoice", with_value(INVOICE, ["seller", "tax_id"], "91990000MADEM0011J"), "/data/seller/tax_id"),
    ("a line whose tax does not add up", "invoice", with_value(INVOICE, ["lines", 0, "tax"], "691.26"), "/data/lines/0/tax"),
    ("a line whose quantity times price does not add up", "invoice", with_value(INVOICE, ["lines", 0, "quantity"], "11"), "/data/lines/0"),
    ("a quantity without a price", "invoice", with_value(INVOICE, ["lines", 0, "unit_price"], None), "/data/lines/0"),
    ("a discount that follows no line", "invoice", with_value(INVOICE, ["lines"], INVOICE["lines"][1:]), "/data/lines/0"),
    ("a rate that does not exist", "invoice", with_value(INVOICE, ["lines", 0, "tax_rate"], "0.14"), "/data/lines/0/tax_rate"),
    ("a special invoice for somebody without a tax number", "invoice", with_value(INVOICE, ["buyer", "tax_id"], None), "/data/buyer/tax_id"),
    ("an invoice without lines", "invoice", with_value(INVOICE, ["lines"], []), "/data/lines"),
    ("an invoice dated tomorrow", "invoice", with_value(INVOICE, ["issue_date"], "2199-01-01"), "/data/issue_date"),
    ("a line's name without its class", "invoice", with_value(INVOICE, ["lines", 2, "name"], "安装调试费"), "/data/lines/2/name"),
    ("a red invoice with a positive amount", "invoice", with_value(INVOICE, ["red"], sample("invoice.red")["red"]), "/data/lines"),
    ("a payer's number with a wrong check character", "tax-paid-certificate", with_value(CERTIFICATE, ["payer", "tax_id"], "91990000MADEM0011J"), "/data/payer/tax_id"),
    ("a tax period that ends before it begins", "tax-paid-certificate", with_value(CERTIFICATE, ["lines", 0, "period_to"], "2025-11-30"), "/data/lines/0"),
]


@pytest.mark.parametrize("kind,data,pointer", [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_data_names_its_field_and_uses_no_number(served, kind, data, pointer):
    before = served.fsck()["numbers"]
    answer = served.post_document(kind, data)
    assert answer.status == 422, answer
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json
    assert problem["type"] and problem["status"] == 422 and problem["trace_id"]
    pointers = [error["pointer"] for error in problem["errors"]]
    assert any(named == pointer or named.startswith(pointer + "/") for named in pointers), problem
    assert all(error["detail"] for error in problem["errors"])
    assert served.fsck()["numbers"] == before


def test_every_fault_is_named_not_only_the_first(served):
    data = with_value(with_value(RECORD, ["rows", 1, "amount"], "x"), ["taxpayer", "id_number"], "1")
    problem = served.post_document("tax-payment-record", data).json
    assert {"/data/rows/1/amount"} <= {error["pointer"] for error in problem["errors"]}, problem


def raw_post(served, body: bytes, headers=None):
    return served.request("POST", "/api/v1/documents", body, {"Content-Type": "application/json", **served.bearer(Idempotency_Key=str(uuid.uuid4())), **(headers or {})})


def assert_problem(answer, status: int) -> dict:
    assert answer.status == status, answer
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.headers
    assert answer.json["status"] == status and answer.json["trace_id"], answer
    return answer.json


def test_an_unknown_type_is_named(served):
    before = served.fsck()["numbers"]
    problem = assert_problem(served.post_document("birth-certificate", RECORD), 422)
    assert [error["pointer"] for error in problem["errors"]] == ["/type"]
    assert served.fsck()["numbers"] == before


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"type":"invoice","type":"invoice","data":{}}', b"\xff\xfe", b'{"type":"invoice","data":{}} x', b"[" * 3000 + b"]" * 3000],
    ids=["nothing", "half", "a member twice", "not UTF-8", "something behind", "too deep"],
)
def test_broken_json_is_malformed(served, body):
    assert_problem(raw_post(served, body), 400)


def test_a_body_of_ten_megabytes_is_refused_before_it_is_read(served):
    with socket.create_connection((served.host, served.port), timeout=20) as connection:
        head = f"POST /api/v1/documents HTTP/1.1\r\nHost: {served.host}:{served.port}\r\nAuthorization: Bearer {served.key}\r\n"
        head += "Idempotency-Key: big\r\nContent-Type: application/json\r\nContent-Length: 10485760\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(12).startswith(b"HTTP/1.1 413")


def test_a_wrong_key_and_none_are_refused(served):
    for headers in ({}, {"Authorization": "Bearer yx_" + "A" * 43}, {"Authorization": "Basic eA=="}):
        answer = served.request(
            "POST", "/api/v1/documents", {"type": "invoice", "data": INVOICE}, {"Idempotency-Key": str(uuid.uuid4()), **headers}
        )
        assert_problem(answer, 401)
        assert "www-authenticate" in answer.headers


def test_an_idempotency_key_is_needed(served):
    assert_problem(served.request("POST", "/api/v1/documents", {"type": "invoice", "data": INVOICE}, served.bearer()), 400)


def test_the_same_key_with_other_data_is_refused_and_with_the_same_data_replayed(served):
    key = str(uuid.uuid4())
    first = served.post_document("tax-payment-record", RECORD, key)
    assert first.status == 201, first
    before = served.fsck()["numbers"]
    again = served.post_document("tax-payment-record", RECORD, key)
    assert (again.status, again.json) == (200, first.json)
    other = with_value(RECORD, ["taxpayer", "name"], "李小明")
    assert_problem(served.post_document("tax-payment-record", other, key), 422)
    assert served.fsck()["numbers"] == before


def test_an_unknown_option_is_named(served):
    problem = assert_problem(served.post_document("tax-payment-record", RECORD, options={"colour": "red"}), 422)
    assert problem["errors"][0]["pointer"] == "/options/colour"


@pytest.mark.parametrize("code", ["2222-2222-2222-2223", "0000-0000-0000-0000", "ABCD", "ABCD-EFGH-JKLM-NPQI"])
def test_a_mistyped_code_is_a_typing_error(served, code):
    assert_problem(served.request("GET", f"/api/v1/verifications/{code}"), 400)


def test_an_unknown_code_and_a_wrong_fact_look_alike(served):
    document = served.issue("tax-payment-record", RECORD)
    wrong = served.request("POST", "/api/v1/verifications", {"code": document["code"], "fact": {"id_last6": "000000"}})
    unknown = served.request("POST", "/api/v1/verifications", {"code": "ZZZZ-ZZZZ-ZZZZ-ZZZH", "fact": {"id_last6": "000000"}})
    assert wrong.status == unknown.status == 200
    first, second = wrong.json, unknown.json
    for answer in (first, second):
        answer.pop("checked_at")
    assert first == second and first["outcome"] == "not_verified"


def test_somebody_without_rights_does_not_see_a_document(served):
    document = served.issue("tax-payment-record", RECORD)
    assert_problem(served.request("GET", f"/api/v1/documents/{document['id']}"), 401)
    assert_problem(served.request("GET", "/api/v1/documents/" + "0" * 32, None, served.bearer()), 404)


@pytest.mark.parametrize("arguments,words", [(["birth-certificate"], "Known types: invoice"), (["invoice"], "/lines/0/tax")])
def test_the_command_line_names_the_field_too(fresh, arguments, words):
    data = fresh.dir / "data.json"
    data.write_text(json.dumps(with_value(INVOICE, ["lines", 0, "tax"], "691.26")))
    run = fresh.cli("issue", *arguments, data, "--dir", fresh.dir, "-o", fresh.dir / "out.pdf")
    assert run.returncode != 0 and words in run.stderr, run
    assert not (fresh.dir / "out.pdf").exists() and fresh.assert_sound()["numbers"] == 0
