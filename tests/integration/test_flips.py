"""One flipped bit anywhere in an issued document: never genuine, and by its signature alone never intact."""
import json
import ssl
import subprocess

from instance import BUILD, sample


def test_no_flipped_bit_is_genuine_or_intact(running, tmp_path):
    document = running.issue("tax-payment-record", sample("tax-payment-record.no-rows"))
    path, root = tmp_path / "document.pdf", tmp_path / "root.der"
    pdf = running.pdf(document)
    path.write_bytes(pdf)
    root.write_bytes(ssl.PEM_cert_to_DER_cert((running.dir / "pki" / "demo-root.pem").read_text()))
    running.stop()
    run = subprocess.run([str(BUILD / "flips"), str(running.dir), str(path), str(root)], capture_output=True, text=True)
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
