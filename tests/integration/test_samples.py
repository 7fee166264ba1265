"""Every shipped sample issues, prints what it was given, and can be checked from its page."""
import hashlib
import json
import re
import subprocess
from collections import Counter

import pytest
from instance import BUILD, coded_page, pages_of, samples

NAMES = [name for name, _, _ in samples()]
DOCUMENTS = {name: (kind, data) for name, kind, data in samples()}


def thousands(amount: str) -> str:
    sign, digits = ("-", amount[1:]) if amount.startswith("-") else ("", amount)
    whole, cents = digits.split(".")
    return f"{sign}{int(whole):,}.{cents}"


def chinese_day(day: str) -> str:
    year, month, of_month = day.split("-")
    return f"{year}年{month}月{of_month}日"


def percent(rate: str) -> str:
    words = {"exempt": "免税", "non_taxable": "不征税"}
    return words.get(rate) or f"{float(rate) * 100:.10g}%"


def fen(amount: str) -> int:
    return int(amount.replace(".", ""))


def yuan(amount_fen: int) -> str:
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"


def printed_by_record(data: dict):
    yield data["taxpayer"]["name"]
    yield data["taxpayer"]["id_type"]
    yield data["taxpayer"]["id_number"]
    yield f"{data['period']['from']} 至 {data['period']['to']}"
    yield data["data_as_of"][:10]
    for row in data["rows"]:
        yield from (row["filing_date"], thousands(row["amount"]), row["treasury_date"] or "—", row["income_item"])
        yield from (row["period"], row["authority"], row["remark"])
    yield thousands(yuan(sum(fen(row["amount"]) for row in data["rows"])))


def printed_by_certificate(data: dict):
    yield from (data["payer"]["name"], data["payer"]["tax_id"], data["handler"], data["remark"], chinese_day(data["issue_date"]))
    for line in data["lines"]:
        yield from (line["original_voucher"], line["tax"], line["item"], f"{line['period_from']} 至 {line['period_to']}")
        yield from (line["treasury_date"], thousands(line["amount"]))
    yield "¥" + thousands(yuan(sum(fen(line["amount"]) for line in data["lines"])))


def money(amount_fen: int) -> str:
    return f"{'-' if amount_fen < 0 else ''}¥{yuan(abs(amount_fen))}"


def printed_by_invoice(data: dict):
    for party in ("seller", "buyer"):
        yield from (data[party]["name"], data[party]["tax_id"])
    yield from (chinese_day(data["issue_date"]), data["drawer"], data["remark"])
    for line in data["lines"]:
        yield from (line["name"], line["spec"], line["unit"], line["quantity"], line["unit_price"], line["amount"])
        yield percent(line["tax_rate"])
        yield line["tax"] if line["tax_rate"] not in ("exempt", "non_taxable") else "***"
    # The reason of a red invoice is for the register; its remark names the original and the confirmation.
    yield from (data["red"]["original_number"], data["red"]["confirmation_number"]) if "red" in data else ()
    yield from data.get("on_behalf", {}).values()
    yield money(sum(fen(line["amount"]) + fen(line["tax"]) for line in data["lines"]))
    yield money(sum(fen(line["amount"]) for line in data["lines"]))


PRINTED = {"tax-payment-record": printed_by_record, "tax-paid-certificate": printed_by_certificate, "invoice": printed_by_invoice}


def text_of(path) -> str:
    return subprocess.run(["pdftotext", "-raw", str(path), "-"], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_issues_over_http(issued, name):
    kind, _, answer, path = issued[name]
    assert set(answer) >= {"id", "number", "code", "type", "status", "issued_at", "sha256", "links"}
    assert (answer["type"], answer["status"]) == (kind, "valid")
    pdf = path.read_bytes()
    assert pdf.startswith(b"%PDF-1.7") and hashlib.sha256(pdf).hexdigest() == answer["sha256"]


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_issues_from_the_command_line(pristine, tmp_path_factory, name):
    instance = pristine.copy(tmp_path_factory.mktemp("cli") / "demo")
    kind, data = DOCUMENTS[name]
    (instance.dir / "data.json").write_text(json.dumps(data, ensure_ascii=False))
    out = instance.dir / "out.pdf"
    run = instance.cli("issue", kind, instance.dir / "data.json", "--dir", instance.dir, "-o", out, "--json")
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert hashlib.sha256(out.read_bytes()).hexdigest() == answer["sha256"]
    for arguments in ([out, "--dir", instance.dir], [answer["code"], "--dir", instance.dir]):
        run = instance.cli("verify", *arguments, "--json")
        assert run.returncode == 0, run.stdout + run.stderr
    assert instance.assert_sound()["issued"] == 1


@pytest.mark.parametrize("name", NAMES)
def test_every_printed_value_can_be_copied_in_one_piece(issued, name):
    kind, data, answer, path = issued[name]
    text = text_of(path)
    # A long cell may wrap: then its lines follow each other and nothing stands between.
    joined = re.sub(r"\s", "", text)
    missing = []
    for value, times in Counter(value for value in PRINTED[kind](data) if value).items():
        if max(text.count(value), joined.count(re.sub(r"\s", "", value))) < times:
            missing.append((value, times, text.count(value)))
    code = answer["code"].replace("-", "")
    grouped = "-".join(code[at : at + 4] for at in range(0, 16, 4))
    missing += [value for value in (answer["number"], grouped) if value not in text]
    assert not missing, f"{missing}\n{text[:3000]}"
    assert not [character for character in text if 0xE000 <= ord(character) <= 0xF8FF or character == "\ufffd"]


@pytest.mark.parametrize("name", NAMES)
def test_a_printed_page_says_it_is_a_specimen(issued, name):
    assert "SPECIMEN" in text_of(issued[name][3])


# --- the QR on the paper

def page_image(path, folder, dpi: int, turn: float, blur: float, page=1):
    plain = folder / f"page-{dpi}"
    subprocess.run(["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-png", "-singlefile", str(path), str(plain)], check=True)
    image = folder / f"page-{dpi}-{turn}-{blur}.png"
    convert = ["/usr/bin/convert", f"{plain}.png", "-background", "white"]
    convert += ["-rotate", str(turn)] if turn else []
    convert += ["-gaussian-blur", f"0x{blur}"] if blur else []
    subprocess.run([*convert, "-alpha", "off", str(image)], check=True)
    return image


def zbar(image) -> list[str]:
    run = subprocess.run(["zbarimg", "--raw", "-q", "-S*.disable", "-Sqrcode.enable", str(image)], capture_output=True, text=True)
    return run.stdout.splitlines()


def zxing(image) -> list[str]:
    pgm = image.with_suffix(".pgm")
    subprocess.run(["/usr/bin/convert", str(image), "-colorspace", "Gray", "-depth", "8", str(pgm)], check=True)
    return subprocess.run([str(BUILD / "read_qr"), str(pgm)], capture_output=True, text=True, check=True).stdout.splitlines()


CAPTURES = [(150, 0, 0), (150, 3, 0), (150, 3, 0.8), (200, 3, 1.2), (200, 0, 1.2)]


@pytest.mark.parametrize("dpi,turn,blur", CAPTURES, ids=[f"{dpi}dpi-turned{turn}-blurred{blur}" for dpi, turn, blur in CAPTURES])
@pytest.mark.parametrize("name", NAMES)
def test_the_qr_is_read_from_a_capture_of_the_page(issued, served, tmp_path, name, dpi, turn, blur):
    kind, _, answer, path = issued[name]
    image = page_image(path, tmp_path, dpi, turn, blur, coded_page(kind, path))
    expected = f"{served.url}/v/{answer['code'].replace('-', '')}"
    for reader in (zbar, zxing):
        found = reader(image)
        assert any(text.startswith(expected) for text in found), f"{reader.__name__} read {found}, wanted {expected}"


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("invoice")])
def test_an_invoice_carries_the_national_qr_too(issued, tmp_path, name):
    _, data, answer, path = issued[name]
    texts = zxing(page_image(path, tmp_path, 200, 0, 0))
    kind = "31" if data["kind"] == "special" else "32"
    total = yuan(sum(fen(line["amount"]) + fen(line["tax"]) for line in data["lines"]))
    start = f"01,{kind},,{answer['number']},{total},{data['issue_date'].replace('-', '')},,"
    national = [text for text in texts if text.startswith(start)]
    assert national, (start, texts)
    crc = 0
    for byte in start.encode():
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x8005) & 0xFFFF if crc & 0x8000 else crc << 1
    assert national[0] == f"{start}{crc:04X}"


# --- sizes and pages

def test_a_one_page_certificate_has_at_most_30_kb(issued):
    sizes = {}
    for name in ("tax-payment-record.no-rows", "tax-payment-record.one-year", "tax-payment-record.rare-characters", "tax-paid-certificate.company"):
        path = issued[name][3]
        assert pages_of(path) == 1, name
        sizes[name] = path.stat().st_size
    print(sizes)
    assert max(sizes.values()) <= 30 * 1024, sizes


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_genuine_by_code_fact_token_and_file(issued, served, tmp_path, name):
    kind, data, answer, path = issued[name]
    by_code = served.verify(answer["code"])
    assert (by_code["outcome"], by_code["status"], by_code["integrity"]) == ("on_record", "valid", "not_checked")
    if kind == "tax-payment-record":
        fact, wrong = {"id_last6": data["taxpayer"]["id_number"][-6:]}, {"id_last6": "000000"}
    else:
        gross = sum(fen(line["amount"]) + fen(line.get("tax", "0.00") if kind == "invoice" else "0.00") for line in data["lines"])
        fact, wrong = {"total": yuan(gross)}, {"total": "0.07"}
    by_fact = served.verify(answer["code"], **fact)
    assert by_fact["outcome"] == "on_record" and by_fact["facts"], by_fact
    assert served.verify(answer["code"], **wrong)["outcome"] == "not_verified"
    texts = [text for text in zxing(page_image(path, tmp_path, 150, 0, 0, coded_page(kind, path))) if text.startswith(served.url)]
    token = texts[0].split("#", 1)[1]
    by_token = served.request("POST", "/api/v1/verifications", {"code": answer["code"], "token": token}).json
    assert by_token["outcome"] == "on_record" and by_token["facts"], by_token
    by_file = served.verify_file(path.read_bytes())
    assert (by_file["outcome"], by_file["integrity"], by_file["status"]) == ("genuine", "intact", "valid")
    assert by_file["issuer"]["trusted"] == "yes"


def test_a_code_alone_shows_no_personal_data(issued, served):
    for name, (_, data, answer, _) in issued.items():
        if name.startswith("tax-payment-record"):
            shown = served.request("GET", f"/api/v1/verifications/{answer['code']}").body.decode()
            assert data["taxpayer"]["name"] not in shown and data["taxpayer"]["id_number"][-6:] not in shown


def test_the_invoice_of_two_hundred_lines_prints_all_of_them_over_several_pages(issued):
    _, data, _, path = issued["invoice.two-hundred-lines"]
    assert len(data["lines"]) == 200
    pages = pages_of(path)
    assert pages > 5
    text = re.sub(r"\s", "", text_of(path))
    assert text.count("小计") == pages and text.count(f"共{pages}页") == pages and text.count("价税合计") == 1
