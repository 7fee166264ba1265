"""An issued document changed anywhere, cut off or continued: never genuine, and by its signature alone never intact."""
import json
import ssl
import subprocess

from instance import BUILD, sample

# As little paper as a document can have: 8 checks for each of its bytes are made.
SLIP = {
    "form.json": {"type": "slip", "version": "1", "title_zh": "回执", "title_en": "Slip", "seal": "business", "number": {"pattern": "{serial:8}"}},
    "input.schema.json": {
        "type": "object", "additionalProperties": False, "required": ["name", "total"],
        "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 8}, "total": {"type": "string", "format": "amount"}},
    },
    "disclosure.json": {
        "asked": [{"name": "total", "kind": "amount", "of": "total", "label_zh": "计", "label_en": "Total", "hint_zh": "1.00", "hint_en": "1.00"}],
        "shown": [{"name": "name", "label_zh": "名", "label_en": "Name", "of": "name", "mask": "name"}],
        "token": {"name": "name", "name_mask": "name"},
    },
    "layout.json": {
        "page": [120, 120],
        "elements": [
            {"field": "{issuance.number}", "box": [5, 5, 40, 5]},
            {"field": "{issuance.code_grouped}", "box": [5, 12, 60, 5]},
            {"field": "{name}", "box": [5, 20, 40, 5]},
            {"qr": "verification", "box": [70, 5, 45, 45]},
            {"seal": [60, 60, 46, 46], "on": "last"},
        ],
    },
    "example.json": {"name": "1", "total": "1.00"},
}  # fmt: skip


def changed(instance, folder, path, *words) -> dict:
    """What the program says of so many changes of this document."""
    root = folder / "root.der"
    root.write_bytes(ssl.PEM_cert_to_DER_cert((instance.dir / "pki" / "demo-root.pem").read_text()))
    run = subprocess.run([str(BUILD / "flips"), str(instance.dir), str(path), str(root), *words], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    print(path.name, report)
    assert report["untouched"] == "genuine"
    for kind in ("bits", "truncations", "revisions"):
        assert report[kind]["genuine"] == [] and report[kind]["intact"] == [], (kind, report[kind])
    return report


def issue(instance, folder, kind: str, data: dict):
    path, given = folder / f"{kind}.pdf", folder / "data.json"
    given.write_text(json.dumps(data, ensure_ascii=False))
    run = instance.cli("issue", kind, given, "--dir", instance.dir, "-o", path)
    assert run.returncode == 0, run.stderr
    return path


def test_no_flipped_bit_is_genuine_or_intact(fresh, tmp_path):
    folder = fresh.dir / "forms" / "slip" / "1"
    folder.mkdir(parents=True)
    for name, value in SLIP.items():
        (folder / name).write_text(json.dumps(value, ensure_ascii=False))
    lint = fresh.cli("form", "lint", folder)
    assert lint.returncode == 0, lint.stdout + lint.stderr
    path = issue(fresh, tmp_path, "slip", SLIP["example.json"])
    report = changed(fresh, tmp_path, path, "bits=all", "truncations=1000", "revisions=1000", "seed=1")
    pdf = path.read_bytes()
    assert report["bits"]["changes"] == 8 * len(pdf)
    # The case of a hexadecimal letter in Contents does not change its value; there are as many such flips as letters.
    start = pdf.index(b"<", pdf.rindex(b"/Contents")) + 1
    letters = sum(chr(byte) in "abcdefABCDEF" for byte in pdf[start : pdf.index(b">", start)])
    assert report["bits"]["intact_same_value"] == letters


def test_no_change_at_random_is_genuine_or_intact(fresh, tmp_path):
    """The shipped types: 100,000 flipped bits, 1,000 truncations, 1,000 appended revisions of each kind of document."""
    for kind, name in (("tax-payment-record", "one-year"), ("invoice", "ordinary")):
        path = issue(fresh, tmp_path, kind, sample(f"{kind}.{name}"))
        report = changed(fresh, tmp_path, path, "bits=100000", "truncations=1000", "revisions=1000", "seed=2")
        assert [report[each]["changes"] for each in ("bits", "truncations", "revisions")] == [100_000, 1000, 1000]
