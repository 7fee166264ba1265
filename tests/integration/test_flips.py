"""One flipped bit anywhere in an issued document: never genuine, and by its signature alone never intact."""
import json
import ssl
import subprocess

from instance import BUILD

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


def test_no_flipped_bit_is_genuine_or_intact(fresh, tmp_path):
    folder = fresh.dir / "forms" / "slip" / "1"
    folder.mkdir(parents=True)
    for name, value in SLIP.items():
        (folder / name).write_text(json.dumps(value, ensure_ascii=False))
    lint = fresh.cli("form", "lint", folder)
    assert lint.returncode == 0, lint.stdout + lint.stderr
    (tmp_path / "data.json").write_text(json.dumps(SLIP["example.json"]))
    path, root = tmp_path / "document.pdf", tmp_path / "root.der"
    run = fresh.cli("issue", "slip", tmp_path / "data.json", "--dir", fresh.dir, "-o", path)
    assert run.returncode == 0, run.stderr
    pdf = path.read_bytes()
    root.write_bytes(ssl.PEM_cert_to_DER_cert((fresh.dir / "pki" / "demo-root.pem").read_text()))
    run = subprocess.run([str(BUILD / "flips"), str(fresh.dir), str(path), str(root)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    print({name: value for name, value in report.items() if name != "intact_elsewhere"})
    assert report["untouched"] == "genuine" and report["flips"] == 8 * len(pdf)
    assert report["genuine"] == []
    # The case of a hexadecimal letter in Contents does not change its value; there are as many such flips as letters.
    assert report["intact_elsewhere"] == []
    start = pdf.index(b"<", pdf.rindex(b"/Contents")) + 1
    letters = sum(chr(byte) in "abcdefABCDEF" for byte in pdf[start : pdf.index(b">", start)])
    assert report["intact_same_value"] == letters
