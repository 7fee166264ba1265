"""A QR read off the page, checked with the published keys and nothing else."""
import json
import subprocess

from instance import BUILD, YINXIN, sample


def qr_of(path, folder) -> str:
    """As a camera reads it off the first page."""
    subprocess.run(["pdftoppm", "-r", "150", "-gray", "-singlefile", str(path), str(folder / "page")], check=True)
    read = subprocess.run([str(BUILD / "read_qr"), str(folder / "page.pgm")], capture_output=True, text=True, check=True).stdout
    return next(line for line in read.splitlines() if "/v/" in line)


def offline(text, keys, *arguments):
    run = subprocess.run([YINXIN, "verify", text, "--offline", "--keys", keys, *arguments], capture_output=True, text=True)
    return run.returncode, run.stdout, run.stderr


def test_a_qr_is_checked_without_a_register_and_without_a_network(running, tmp_path):
    document = running.issue("tax-payment-record", sample("tax-payment-record.one-year"))
    (tmp_path / "x.pdf").write_bytes(running.pdf(document))
    text = qr_of(tmp_path / "x.pdf", tmp_path)
    keys = tmp_path / "jwks.json"
    keys.write_bytes(running.request("GET", "/.well-known/jwks.json").body)
    root = running.dir / "pki" / "demo-root.pem"
    running.stop()

    status, out, _ = offline(text, keys, "--trust", root, "--json")
    said = json.loads(out)
    assert (status, said["token"], said["outcome"], said["status"]) == (3, "genuine", "not_verified", "unknown")
    assert said["issuer"]["trusted"] == "yes" and said["document"]["code"] == document["code"]
    assert {fact["name"] for fact in said["facts"]} == {"name", "id", "period", "total", "pages"}
    status, out, _ = offline(text, keys)
    assert status == 3 and out.startswith("TOKEN GENUINE") and "Compare each with the paper" in out

    forged = text[:-20] + ("A" if text[-20] != "A" else "B") + text[-19:]
    status, out, _ = offline(forged, keys)
    assert status == 1 and out.startswith("NOT GENUINE"), out
    other = text.replace(document["code"].replace("-", ""), "2222222222222222")
    assert offline(other, keys)[0] == 1
    assert offline(text.replace(document["code"].replace("-", ""), "NO-CODE"), keys)[0] == 1
    assert offline(f" {text}\t", keys)[0] == 3
    # a question that is none: no answer, and not the exit status of one
    assert offline(text, tmp_path / "x.pdf")[0] == 2
    (tmp_path / "none.json").write_text('{"keys":[]}')
    assert offline(text, tmp_path / "none.json")[0] == 2
    status, _, said = offline("01,31,,26990000000001,12.00,20260131,,A1B2", keys)
    assert status == 2 and "another one at the upper left" in said
    assert offline(text, keys, "--dir", running.dir)[0] == 2
