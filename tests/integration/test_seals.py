"""Seals: their records by the command line, and what they seal, seen as a person sees it."""
import datetime
import hashlib
import json
import struct
import subprocess
import time
import zlib

import pytest
from instance import pages_of, sample

RED = (220, 0, 0)


def png(width: int, height: int) -> bytes:
    """A red square with a transparent middle."""
    return png_of([
        b"".join(bytes((*RED, 0 if width / 4 < x < 3 * width / 4 and height / 4 < y < 3 * height / 4 else 255)) for x in range(width))
        for y in range(height)
    ])


def png_of(rows: list[bytes]) -> bytes:
    """Of rows of RGBA."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", len(rows[0]) // 4, len(rows), 8, 6, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def plain_pdf(pages: int, box: str = "0 0 595 842", more: str = "") -> bytes:
    """Pages with a line of text each."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(pages))
    bodies = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    for i in range(pages):
        content = f"BT /F 14 Tf 72 500 Td (Page {i + 1} of a contract) Tj ET"
        bodies.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] {more} /Contents {5 + 2 * i} 0 R /Resources << /Font << /F 3 0 R >> >> >>")
        bodies.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out, offsets = "%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n" + "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    return (out + f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").encode()


def rendered(pdf, page: int, folder, dpi: int = 60) -> list[list[tuple[int, int, int]]]:
    """Rows of pixels."""
    run = subprocess.run(["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-singlefile", str(pdf), str(folder / "page")])
    assert run.returncode == 0
    _, size, _, pixels = (folder / "page.ppm").read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    return [[tuple(pixels[3 * (y * width + x) : 3 * (y * width + x) + 3]) for x in range(width)] for y in range(height)]


def reddish(pixel) -> bool:
    return pixel[0] > 150 and pixel[1] < 120 and pixel[2] < 120


def red_box(rows) -> tuple[int, int, int, int] | None:
    """left, top, right, bottom of what is red."""
    found = [(x, y) for y, row in enumerate(rows) for x, pixel in enumerate(row) if reddish(pixel)]
    if not found:
        return None
    xs, ys = [x for x, _ in found], [y for _, y in found]
    return min(xs), min(ys), max(xs), max(ys)


def seals(instance, *arguments) -> dict:
    run = instance.cli("seals", *arguments, "--dir", instance.dir, "--json")
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def seal(instance, pdf: bytes, query: str = ""):
    return instance.request("POST", "/api/v1/seals" + query, pdf, instance.bearer(Content_Type="application/pdf"))


def seal_id(answer) -> str:
    """Of the seal record that sealed a file."""
    assert answer.status == 200, answer
    return json.loads(answer.headers["yinxin-seal"])["seal"]["id"]


def test_a_seal_is_made_shown_replaced_and_ended_while_the_server_runs(running, tmp_path):
    first = running.issue("tax-payment-record", sample("tax-payment-record.one-year"))
    [business] = [each for each in seals(running, "list")["seals"] if each["use"] == "business"]
    assert business["state"] == "valid"
    document = running.request("GET", f"/api/v1/documents/{first['id']}", None, running.bearer()).json
    assert document["seal"] == business["id"]

    (tmp_path / "seal.png").write_bytes(png(200, 200))
    new = seals(running, "replace", business["id"], "--reason", "a new name", "--picture", str(tmp_path / "seal.png"))
    assert new["state"] == "valid" and not new["drawn"] and new["use"] == "business", new
    old = seals(running, "show", business["id"])
    assert old["state"] == "replaced" and old["replaced_by"] == new["id"] and old["end_reason"] == "a new name", old
    second = running.issue("tax-payment-record", sample("tax-payment-record.one-year"))
    assert running.request("GET", f"/api/v1/documents/{second['id']}", None, running.bearer()).json["seal"] == new["id"]
    (tmp_path / "second.pdf").write_bytes(running.pdf(second))
    assert "Signature is Valid" in subprocess.run(["pdfsig", "-nocert", tmp_path / "second.pdf"], capture_output=True, text=True).stdout

    # The picture comes out as it went in.
    run = running.cli("seals", "show", new["id"], "--dir", running.dir, "--picture", tmp_path / "back.png")
    assert run.returncode == 0 and (tmp_path / "back.png").read_bytes() == (tmp_path / "seal.png").read_bytes(), run.stderr

    assert seals(running, "expire", new["id"], "--reason", "lost")["state"] == "ended"
    refused = running.post_document("tax-payment-record", sample("tax-payment-record.one-year"))
    assert refused.status == 503, refused
    assert seal(running, plain_pdf(1)).status == 503
    again = running.cli("seals", "expire", new["id"], "--dir", running.dir, "--reason", "x")
    assert again.returncode == 1 and "ended already" in again.stderr
    # Neither comes back with a new start.
    assert running.stop() == 0
    running.start(wait=False)
    running.wait_ready()
    assert seal(running, plain_pdf(1)).status == 503
    third = seals(running, "create", "--use", "business", "--text", "合同专用章")
    assert third["id"] > new["id"] and third["state"] == "valid"
    assert seal(running, plain_pdf(1)).status == 200
    assert running.stop() == 0
    running.assert_sound()


def test_a_seal_needs_words_that_make_one(pristine, tmp_path):
    (tmp_path / "no.png").write_bytes(b"not a picture")
    (tmp_path / "wide.png").write_bytes(png(700, 70))
    for arguments, words in [
        (["--use", "business", "--picture", str(tmp_path / "no.png")], "--picture: "),
        (["--use", "business", "--picture", str(tmp_path / "wide.png")], "--picture: 700 x 70 pixels"),
        (["--use", "business", "--owner", 29 * "税"], "--owner: A seal carries a name of 1 to 28"),
        (["--use", "business", "--text", "\u0e01"], "--text: The character U+0E01"),
        (["--use", "invoice", "--shape", "oval", "--tax-id", "这"], "--tax-id: "),
        (["--use", "Bad Use"], "--use: "),
        (["--use", "business", "--certificate", str(pristine.dir / "pki" / "demo-tsa.pem")], "--certificate: no key of this instance"),
        (["--use", "business", "--width", "70"], "--width: "),
        (["--use", "business", "--id", "12"], "--id: is not 14 digits"),
        (["--use", "business", "--from", "tomorrow"], "--from: "),
        (["--use", "business", "--to", "2001-01-01T00:00:00Z"], "--to: the seal would never be valid"),
    ]:
        run = pristine.cli("seals", "create", *arguments, "--dir", pristine.dir)
        assert run.returncode == 1 and words in run.stderr, (arguments, run.stderr)
    assert len(seals(pristine, "list")["seals"]) == 3
    pristine.assert_sound()  # no maker was asked in vain


def test_a_seal_that_no_form_names_is_made_with_a_note(fresh):
    assert "no form names" in seals(fresh, "create", "--use", "contract")["warning"]
    assert "warning" not in seals(fresh, "create", "--use", "tax")


def test_the_list_shows_which_seal_seals(fresh):
    ids = [seals(fresh, "create", "--use", "business", "--text", text)["id"] for text in ("一", "二")]
    listed = {each["id"]: each for each in seals(fresh, "list")["seals"]}
    assert [each["id"] for each in listed.values() if each["use"] == "business" and each["seals"]] == [ids[1]]
    assert not any(each["compromised"] for each in listed.values())
    assert f"* {ids[1]}  valid" in fresh.cli("seals", "list", "--dir", fresh.dir).stdout
    for arguments in (["generate", "seal-2"], ["rotate", "seal-2"], ["compromise", "demo-seal", "--reason", "stolen"]):
        assert fresh.cli("keys", *arguments, "--dir", fresh.dir).returncode == 0
    listed = {each["id"]: each for each in seals(fresh, "list")["seals"]}
    assert listed[ids[0]]["compromised"] and listed[ids[0]]["state"] == "valid" and not listed[ids[0]]["seals"]


def test_a_seal_for_later_begins_in_a_running_server(running):
    [business] = [each for each in seals(running, "list")["seals"] if each["use"] == "business"]
    begin = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)
    later = seals(running, "create", "--use", "business", "--from", begin.strftime("%Y-%m-%dT%H:%M:%SZ"))
    seals(running, "expire", business["id"], "--reason", "another is made")
    until = time.monotonic() + 60
    while (answer := seal(running, plain_pdf(1))).status == 503 and time.monotonic() < until:
        time.sleep(0.1)
    assert seal_id(answer) == later["id"]


def doctor(instance) -> dict:
    return json.loads(instance.cli("doctor", "--dir", instance.dir, "--json").stdout)


def test_doctor_says_which_use_has_no_seal_and_which_will_have_none(fresh):
    [business] = [each for each in seals(fresh, "list")["seals"] if each["use"] == "business"]
    seals(fresh, "expire", business["id"], "--reason", "x")
    [fault] = [check for check in doctor(fresh)["checks"] if check["check"] == "seals" and check["state"] == "fault"]
    assert '"business"' in fault["detail"] and "yinxin seals create --use business" in fault["remedy"], fault
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=5)
    seals(fresh, "create", "--use", "business", "--to", soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    [note] = [check for check in doctor(fresh)["checks"] if check["check"] == "seals" and check["state"] == "warning"]
    assert "less than 7 days" in note["detail"], note
    seals(fresh, "create", "--use", "business", "--from", (soon - datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert {check["state"] for check in doctor(fresh)["checks"] if check["check"] == "seals"} == {"ok"}


def test_a_seal_made_elsewhere_comes_in(fresh, tmp_path):
    """Of a copy with the same authorities, its PNG with it; the maker must be trusted here."""
    elsewhere = fresh.copy(tmp_path / "elsewhere")
    (tmp_path / "seal.png").write_bytes(png(200, 200))
    made = seals(elsewhere, "create", "--use", "business", "--id", "99000100000077", "--picture", str(tmp_path / "seal.png"))
    shown = seals(elsewhere, "show", made["id"])
    (tmp_path / "seal.json").write_text(json.dumps(shown))
    for changes, words in [({"signature": shown["signature"][:-8] + "AAAAAAAA"}, "signature does not hold"), ({"body": "e30"}, "signature does not hold"),
                           ({"picture": ""}, "picture is not the one"), ({"maker_certificate": "AAAA"}, "maker's")]:
        (tmp_path / "bad.json").write_text(json.dumps({**shown, **changes}))
        run = fresh.cli("seals", "import", tmp_path / "bad.json", "--dir", fresh.dir)
        assert run.returncode == 1 and words in run.stderr, (changes, run.stderr)
    (tmp_path / "bad.json").write_text("{}")
    assert "yinxin seals show ID --json" in fresh.cli("seals", "import", tmp_path / "bad.json", "--dir", fresh.dir).stderr
    fresh.start()
    taken = seals(fresh, "import", str(tmp_path / "seal.json"))
    assert taken["id"] == made["id"] and taken["seals"] and not taken["drawn"], taken
    assert seal_id(seal(fresh, plain_pdf(1))) == made["id"]
    again = fresh.cli("seals", "import", tmp_path / "seal.json", "--dir", fresh.dir)
    assert again.returncode == 1 and "exists already" in again.stderr
    assert fresh.stop() == 0
    fresh.assert_sound()


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_the_seal_stands_where_it_was_put_on_what_is_seen(served, tmp_path, turned):
    """20 mm from the left and 30 mm from the top, on a page however turned, of an odd box."""
    answer = seal(served, plain_pdf(1, "100 -50 695 792", f"/Rotate {turned}"), "?place=20,30")
    assert answer.status == 200, answer
    (tmp_path / "sealed.pdf").write_bytes(answer.body)
    left, top, right, bottom = red_box(rendered(tmp_path / "sealed.pdf", 1, tmp_path))
    millimetre = 60 / 25.4
    for found, wanted in [(left, 20), (top, 30), (right, 62), (bottom, 72)]:
        assert abs(found - wanted * millimetre) < 2, (left, top, right, bottom)


def test_the_free_corner_is_one_where_nothing_is_printed(served, tmp_path):
    pdf = plain_pdf(1).replace(b"72 500 Td", b"420 90 Td")
    answer = seal(served, pdf)
    place = json.loads(answer.headers["yinxin-seal"])["place"]
    assert place == {"visible": True, "page": 1, "free": True}
    (tmp_path / "sealed.pdf").write_bytes(answer.body)
    rows = rendered(tmp_path / "sealed.pdf", 1, tmp_path)
    left, top, right, bottom = red_box(rows)
    assert right < len(rows[0]) / 2 and top > len(rows) / 2  # lower left: the text is lower right


def test_a_riding_seal_put_together_is_the_seal(served, tmp_path):
    answer = seal(served, plain_pdf(3), "?riding=true&place=invisible")
    assert answer.status == 200, answer
    (tmp_path / "sealed.pdf").write_bytes(answer.body)
    strips, width = [], round(14 * 60 / 25.4)
    for page in (1, 2, 3):
        rows = rendered(tmp_path / "sealed.pdf", page, tmp_path)
        box = red_box(rows)
        assert box and box[0] >= len(rows[0]) - width - 2, (page, box)  # at the edge, and nowhere else
        strips.append([row[-width:] for row in rows])
    whole = [first + second + third for first, second, third in zip(*strips)]
    left, top, right, bottom = red_box(whole)
    assert abs((right - left) - (bottom - top)) <= 4 and right - left > 38 * 60 / 25.4, (left, top, right, bottom)
    # Its border is round: at half height both sides are red, at the corners nothing is.
    middle = (top + bottom) // 2
    assert any(reddish(pixel) for pixel in whole[middle][left : left + 4]) and any(reddish(pixel) for pixel in whole[middle][right - 4 : right + 1])
    assert not any(reddish(pixel) for y in range(top, top + 6) for pixel in whole[y][left : left + 6])
    assert served.verify_file(answer.body)["outcome"] == "sealed_elsewhere"
    assert seal(served, plain_pdf(1), "?riding=true").status == 422


def test_a_form_may_ask_for_a_riding_seal(fresh, tmp_path):
    form = fresh.dir / "forms" / "tax-payment-record" / "2"
    shipped = fresh.cli("form", "list", "--json")
    assert shipped.returncode == 0
    from instance import ROOT

    form.mkdir(parents=True)
    for part in (ROOT / "pdf" / "forms" / "tax-payment-record" / "1").iterdir():
        text = part.read_text()
        if part.name == "form.json":
            text = text.replace('"version": "1"', '"version": "2"').replace('"seal": "business"', '"seal": "business", "riding_seal": "yes"')
        (form / part.name).write_text(text)
    fresh.start()
    document = fresh.issue("tax-payment-record", sample("tax-payment-record.five-years"))
    (tmp_path / "long.pdf").write_bytes(fresh.pdf(document))
    pages = pages_of(tmp_path / "long.pdf")
    assert pages > 1
    for page in range(1, pages + 1):
        rows = rendered(tmp_path / "long.pdf", page, tmp_path)
        edge = [[pixel for pixel in row[-3:]] for row in rows]
        assert red_box(edge), page
    assert fresh.verify_file((tmp_path / "long.pdf").read_bytes())["outcome"] == "genuine"
    one = fresh.issue("tax-payment-record", sample("tax-payment-record.no-rows"))
    (tmp_path / "short.pdf").write_bytes(fresh.pdf(one))
    assert pages_of(tmp_path / "short.pdf") == 1 and not red_box([row[-3:] for row in rendered(tmp_path / "short.pdf", 1, tmp_path)])
    assert fresh.stop() == 0
    fresh.assert_sound()


def test_what_is_sealed_is_counted_by_its_purpose(fresh):
    """One use of the seal key for each file that went out, and none for one that was refused."""
    import sqlite3

    def rows() -> list:
        with sqlite3.connect(f"file:{fresh.dir / 'register.db'}?mode=ro", uri=True) as db:
            return db.execute("SELECT phase, count(*) FROM audit WHERE purpose = 'external_seal' GROUP BY phase ORDER BY phase").fetchall()

    fresh.start()
    for _ in range(3):
        assert seal(fresh, plain_pdf(2)).status == 200
    assert seal(fresh, b"hello").status == 422
    assert fresh.stop() == 0
    assert rows() == [("begin", 3), ("end", 3)]
    # The sealer has counted them, too: a row more or less would be a fault.
    report = fresh.assert_sound()
    assert report["operations"] >= 3 and report["unanswered"] == 0, report


def test_seals_go_on_with_the_key_that_took_over(running):
    """Made and ended while the server runs, after a rotation: the certificate is the new key's, and the live service knows."""

    def key_command(*arguments) -> dict:
        run = running.cli("keys", *arguments, "--dir", running.dir, "--json")
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    first = seal(running, plain_pdf(1))
    assert first.status == 200
    key_command("generate", "seal-2")
    certificate = {key["id"]: key["certificate_sha256"] for key in key_command("list")["keys"]}["seal-2"]
    # One that only the next key may use waits for it.
    waiting = seals(running, "create", "--use", "business", "--certificate", str(running.dir / "keys" / "seal-2.pem"))
    assert waiting["state"] == "valid" and waiting["certificate_sha256"] == [certificate], waiting
    assert seal_id(seal(running, plain_pdf(1))) != waiting["id"]
    key_command("rotate", "seal-2")
    assert seal_id(seal(running, plain_pdf(1))) == waiting["id"]
    made = seals(running, "create", "--use", "business", "--text", "合同专用章")
    assert made["certificate_sha256"] == [certificate], made
    answer = seal(running, plain_pdf(1))
    assert seal_id(answer) == made["id"]
    assert running.verify_file(answer.body)["issuer"]["certificate_sha256"] == certificate
    document = running.issue("tax-payment-record", sample("tax-payment-record.one-year"))
    assert running.request("GET", f"/api/v1/documents/{document['id']}", None, running.bearer()).json["seal"] == made["id"]
    # The key before is compromised: what it sealed for others is among what it signed.
    affected = key_command("compromise", "demo-seal", "--reason", "stolen")["affected"]
    assert [each["purpose"] for each in affected] == ["external_seal"] * 2, affected
    assert affected[0]["sha256"] == hashlib.sha256(first.body).hexdigest(), affected
    told = running.cli("keys", "compromise", "demo-seal", "--reason", "again", "--dir", running.dir).stdout
    assert affected[0]["sha256"] in told, told
    seals(running, "expire", made["id"], "--reason", "lost")
    assert seal_id(seal(running, plain_pdf(1))) == waiting["id"]
    assert running.stop() == 0
    running.assert_sound()
