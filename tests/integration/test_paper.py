"""Photos and scans of paper: what is read off them, and that no picture gets more than a question to compare."""
import json
import os
import struct
import subprocess
import time
import zlib

import pytest
from instance import BUILD, coded_page, sample
from photos import Shot, any_shot, as_heic, as_jpeg, as_png, qr_box, rendered, scan_as_pdf, taken

MEDIA = {b"\xff\xd8": "image/jpeg", b"\x89P": "image/png", b"%P": "application/pdf"}
RESULTS = BUILD.parent / "results"
PHOTOS, PASTED = 60, 20


def ask(instance, picture: bytes) -> dict:
    answer = instance.request("POST", "/api/v1/verifications/file", picture, {"Content-Type": MEDIA.get(picture[:2], "image/heic")})
    assert answer.status == 200, answer
    return answer.json


def page_of(document, dpi: int):
    kind, _, _, pdf = document
    return rendered(pdf, coded_page(kind, pdf), dpi)


def value_of(lines: list, name: str) -> str | None:
    return next((line["value"] for line in lines if line["name"] == name), None)


def assert_only_compared(answer: dict, document: dict) -> None:
    """On record, and no more than that: what is to be compared is that of this document."""
    assert answer["outcome"] == "on_record" and answer["integrity"] == "not_checked" and answer["status"] == "valid", answer
    assert answer["picture"] == {**answer["picture"], "judged": False, "found": "token"}, answer
    assert "not judged" in answer["picture"]["detail"]
    assert value_of(answer["compare"], "number") == document["number"]
    assert value_of(answer["compare"], "code").replace("-", "") == document["code"].replace("-", "")
    assert answer["document"]["sha256"] == document["sha256"]


def test_photos_of_every_kind_are_read(served, issued):
    """Perspective, blur, noise and JPEG 40 on all, shadow, crease and low light on some; what was taken how stands in a file."""
    names, results = sorted(issued), []
    for seed in range(PHOTOS):
        name = names[seed % len(names)]
        shot = any_shot(seed)
        picture = as_jpeg(taken(page_of(issued[name], shot.dpi), shot, issued[name][0]), shot.jpeg_quality)
        begin = time.monotonic()
        answer = ask(served, picture)
        took = round(time.monotonic() - begin, 3)
        results.append({"document": name, **shot.parameters(), "found": answer["picture"]["found"], "outcome": answer["outcome"], "seconds": took})
        if answer["picture"]["found"] != "none":
            assert_only_compared(answer, issued[name][2])
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "photos.json").write_text(json.dumps(results, indent=1))
    missed = [result for result in results if result["found"] == "none"]
    assert len(missed) <= 0.05 * PHOTOS, missed


def test_a_genuine_qr_on_altered_text_shows_what_differs(served, issued):
    """The QR of one person's record on another person's sheet: the answer has the first one's facts, and the page does not say yes."""
    victim = issued["tax-payment-record.one-year"]
    data = sample("tax-payment-record.one-year")
    data["taxpayer"] = {**data["taxpayer"], "name": "李四"}
    for row in data["rows"]:
        row["amount"] = str(int(row["amount"].split(".")[0]) + 1000) + ".00"
    altered = served.issue("tax-payment-record", data)
    pdf = victim[3].with_name("altered.pdf")
    pdf.write_bytes(served.pdf(altered))
    for seed in range(PASTED):
        shot = any_shot(1000 + seed, dpi=220, blur_sigma=0.6, noise_sigma=3)
        sheet, source, box = rendered(pdf, 1, shot.dpi), page_of(victim, shot.dpi), qr_box(victim[0], shot.dpi)
        grown = (box[0], box[1], box[2], box[3] + round(0.25 * shot.dpi))
        sheet.paste(source.crop(grown), grown)
        picture = as_jpeg(taken(sheet, shot, victim[0]), 60)
        answer = ask(served, picture)
        assert_only_compared(answer, victim[2])
        right = served.verify(altered["code"], id_last6=data["taxpayer"]["id_number"][-6:])["facts"]
        for name in ("total", "taxpayer_name"):
            shown, printed = value_of(answer["compare"], name), value_of(right, name)
            assert shown and printed and shown != printed, (name, shown, printed)
    page = served.request(
        "POST",
        "/?lang=en",
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n\r\n' + picture + b"\r\n--b--\r\n",
        {"Content-Type": "multipart/form-data; boundary=b"},
    )
    text = page.body.decode()
    assert page.status == 200 and 'class="verdict warn"' in text and 'class="verdict good"' not in text
    assert "now compare the paper" in text and value_of(answer["compare"], "total") in text


@pytest.fixture(scope="module")
def sheet(issued):
    return page_of(issued["tax-payment-record.one-year"], 200)


def photo_of(sheet, seed=7, **more):
    return taken(sheet, Shot(seed=seed, dpi=200, tilt_degrees=6, blur_sigma=0.6, noise_sigma=3, **more), "tax-payment-record")


def test_each_format_is_read(served, issued, sheet, tmp_path):
    photo, document = photo_of(sheet), issued["tax-payment-record.one-year"][2]
    for picture in (
        as_jpeg(photo, 80),
        as_png(photo),
        as_png(photo.convert("RGBA")),
        as_png(photo.convert("P")),
        as_heic(photo, tmp_path),
        scan_as_pdf(photo, 200),
        scan_as_pdf(photo, 200, "FlateDecode"),
    ):
        assert_only_compared(ask(served, picture), document)
    unread = ask(served, scan_as_pdf(photo, 200, "JPXDecode"))
    assert (unread["outcome"], unread["integrity"], unread["picture"]["found"]) == ("not_verified", "unsigned", "format"), unread


def test_a_photo_that_is_turned_or_mirrored_by_the_scanner(served, issued, sheet):
    from PIL import Image

    document = issued["tax-payment-record.one-year"][2]
    for turn in (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270):
        assert_only_compared(ask(served, as_jpeg(sheet.transpose(turn), 80)), document)
    assert_only_compared(ask(served, as_jpeg(sheet.rotate(30, expand=True, fillcolor=255), 80)), document)


def with_qr(text: str, sheet, dpi: int = 200):
    """The sheet with another QR in the place of its own; drawn by the zxing of the read_qr test program's sibling."""
    from PIL import Image

    drawn = subprocess.run([BUILD / "draw_qr", text], check=True, capture_output=True).stdout
    import io

    symbol = Image.open(io.BytesIO(drawn)).convert("L")
    left, top, right, bottom = qr_box("tax-payment-record", dpi)
    out = sheet.copy()
    out.paste(255, (left - 8, top - 8, right + 8, bottom + 8))
    out.paste(symbol.resize((right - left, bottom - top), Image.Resampling.NEAREST), (left, top))
    return out


def read_qr(sheet, tmp_path) -> str:
    sheet.save(tmp_path / "sheet.pgm")
    texts = subprocess.run([BUILD / "read_qr", tmp_path / "sheet.pgm"], check=True, capture_output=True, text=True).stdout.split()
    return next(text for text in texts if "/v/" in text)


def test_each_wrong_qr_has_its_own_answer(served, issued, sheet, tmp_path):
    address = read_qr(sheet, tmp_path)
    other = read_qr(page_of(issued["tax-payment-record.foreigner"], 200), tmp_path)
    (head, token), (other_head, other_token) = address.split("#"), other.split("#")
    forged = token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]
    unknown = served.url + "/v/ABCDEFGHJKLMNPQ5"
    cases = {
        "forged": head + "#" + forged,
        "other_code": head + "#" + other_token,
        "other_address": "https://tax.example.com/v/" + head.rsplit("/", 1)[1] + "#" + token,
        "code": unknown,
    }
    details = {"none": ask(served, as_png(sheet.crop((0, 800, sheet.width, sheet.height))))}
    for found, text in cases.items():
        details[found] = ask(served, as_png(with_qr(text, sheet)))
    pair = sheet.copy()
    pair.paste(page_of(issued["tax-payment-record.foreigner"], 200).crop(qr_box("tax-payment-record", 200)), (100, 1500))
    details["several"] = ask(served, as_png(pair))
    for found, answer in details.items():
        assert answer["outcome"] == "not_verified" and answer["integrity"] == "not_checked" and answer["status"] == "unknown", (found, answer)
        assert answer["picture"]["found"] == found, (found, answer)
        assert "facts" not in answer and "compare" not in answer and "document" not in answer, found
    assert len({answer["picture"]["detail"] for answer in details.values()}) == len(details)

    # the address alone, and the bare code: status and kind, no facts
    for text in (head, head.rsplit("/", 1)[1]):
        answer = ask(served, as_png(with_qr(text, sheet)))
        assert answer["outcome"] == "on_record" and answer["picture"]["found"] == "code", answer
        assert "facts" not in answer and "张" not in json.dumps(answer, ensure_ascii=False)


def test_what_became_of_the_document_is_said_and_no_facts(served, tmp_path):
    document = served.issue("tax-payment-record", sample("tax-payment-record.one-year"))
    pdf = tmp_path / "revoked.pdf"
    pdf.write_bytes(served.pdf(document))
    served.request("POST", f"/api/v1/documents/{document['id']}/revoke", {"reason": "issued_in_error"}, served.bearer(Idempotency_Key="paper"))
    answer = ask(served, as_jpeg(rendered(pdf, 1, 200), 80))
    assert answer["outcome"] == answer["status"] == "revoked" and "facts" not in answer and "compare" not in answer, answer


def test_a_pdf_that_is_no_scan_is_answered_as_before(served, issued, tmp_path):
    """Saved again without its seal, with the genuine QR still in it: a file without a seal, not a paper."""
    pdf = issued["tax-payment-record.one-year"][3]
    bare = tmp_path / "bare.pdf"
    subprocess.run(["pdftocairo", "-pdf", pdf, bare], check=True)
    answer = served.verify_file(bare.read_bytes())
    assert (answer["outcome"], answer["integrity"]) == ("not_verified", "unsigned") and "picture" not in answer, answer


def test_the_command_line_says_the_same(served, issued, sheet, tmp_path):
    picture = tmp_path / "photo.jpg"
    picture.write_bytes(as_jpeg(photo_of(sheet), 80))
    run = served.cli("verify", picture, "--dir", served.dir)
    assert run.returncode == 0 and "was not judged" in run.stdout and "compare each line" in run.stdout, run.stdout + run.stderr
    assert issued["tax-payment-record.one-year"][2]["number"] in run.stdout
    run = served.cli("verify", picture, "--dir", served.dir, "--json")
    assert_only_compared(json.loads(run.stdout), issued["tax-payment-record.one-year"][2])
    assert served.cli("verify", picture).returncode == 2
    picture.write_bytes(as_png(sheet.crop((0, 800, sheet.width, sheet.height))))
    run = served.cli("verify", picture, "--dir", served.dir)
    assert run.returncode == 3 and "No QR code" in run.stdout, run.stdout


def png_of(width: int, height: int, data: bytes) -> bytes:
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def jpeg_that_claims(jpeg: bytes, width: int, height: int) -> bytes:
    at = next(at for at in range(2, len(jpeg)) if jpeg[at] == 0xFF and jpeg[at + 1] in (0xC0, 0xC2))
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def hostile(sheet, tmp_path):
    jpeg, png, heic = as_jpeg(sheet, 60), as_png(sheet), as_heic(sheet.crop((0, 0, 800, 800)), tmp_path)
    yield "png_60000", png_of(60000, 60000, zlib.compress(bytes(1 << 20)))
    yield "jpeg_60000", jpeg_that_claims(jpeg, 60000, 60000)
    yield "jpeg_8000", jpeg_that_claims(jpeg, 8000, 7900)
    yield "png_bomb", png_of(8000, 7900, zlib.compress(bytes(8000 * 4 + 1) * 7900))
    yield "png_flat", png_of(8000, 7900, zlib.compress(bytes(1 << 20)))
    heic_large = bytearray(heic)
    at = heic.index(b"ispe") + 8
    heic_large[at : at + 8] = struct.pack(">II", 60000, 60000)
    yield "heic_60000", bytes(heic_large)
    for name, whole in (("jpeg", jpeg), ("png", png), ("heic", heic)):
        for part in (0.02, 0.5, 0.98):
            yield f"{name}_cut_{part}", whole[: int(len(whole) * part)]
        garbage = bytearray(whole)
        garbage[64:] = os.urandom(len(whole) - 64) if len(whole) < 4 << 20 else bytes(len(whole) - 64)
        yield f"{name}_garbage", bytes(garbage)
    for head in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\0\0\0\x18ftypheic"):
        yield f"head_{head[:4].hex()}", head
    noise = os.urandom(3_000_000)
    from PIL import Image

    yield "noise", as_png(Image.frombytes("L", (2000, 1500), noise))


def test_hostile_pictures_are_bounded_and_answered(served, issued, sheet, tmp_path):
    for name, picture in hostile(sheet, tmp_path):
        begin = time.monotonic()
        answer = ask(served, picture)
        took = time.monotonic() - begin
        assert answer["outcome"] in ("not_verified", "on_record") and answer["integrity"] == "not_checked", (name, answer)
        if answer["outcome"] == "on_record":  # so much was left of it
            assert_only_compared(answer, issued["tax-payment-record.one-year"][2])
        else:
            assert answer["picture"]["found"] in ("none", "broken", "too_large", "too_slow", "other_address"), (name, answer)
        assert took < 10, name  # of which the child has eight at most
    for name in ("png_60000", "jpeg_60000", "heic_60000"):
        answer = ask(served, dict(hostile(sheet, tmp_path))[name])
        assert answer["picture"]["found"] in ("too_large", "broken"), (name, answer)
    assert served.verify_file(issued["tax-payment-record.one-year"][3].read_bytes())["outcome"] == "genuine"


def test_a_photo_counts_like_a_question(fresh, tmp_path):
    """One request, one of the caller's tokens, however many symbols are in it."""
    fresh.start(sets=["limits.requests_per_minute=1", "limits.requests_burst=3"])
    statuses = [fresh.request("POST", "/api/v1/verifications/file", b"\xff\xd8\xff", {"Content-Type": "image/jpeg"}).status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert fresh.request("GET", "/api/v1/verifications/ABCDEFGHJKLMNPQ5").status == 429
