"""Other people's programs judge every shipped sample, before sealing and after."""
import json
import re
import subprocess

import pytest
from instance import ROOT, YINXIN, coded_page, samples
from openssl_cms import verify
from oracle import verapdf
from pdf_parts import signatures

NAMES = [name for name, _, _ in samples()]
PYHANKO = ROOT / "build" / "oracles" / "python" / "bin" / "pyhanko"


@pytest.fixture(scope="session")
def root_pem(served) -> str:
    return str(served.dir / "pki" / "demo-root.pem")


@pytest.fixture(scope="session")
def previews(served, tmp_path_factory) -> dict:
    """Each type before sealing: what `form preview` writes."""
    folder, made = tmp_path_factory.mktemp("previews"), {}
    for kind in sorted({kind for _, kind, _ in samples()}):
        made[kind] = folder / f"{kind}.pdf"
        run = served.cli("form", "preview", kind, "-o", made[kind])
        assert run.returncode == 0, run.stderr
    return made


@pytest.fixture(scope="session")
def pdfa(issued, previews) -> dict:
    return verapdf([path for _, _, _, path in issued.values()] + list(previews.values()))


@pytest.mark.parametrize("name", NAMES)
def test_verapdf_calls_the_sealed_file_pdfa_3b(issued, pdfa, name):
    passed, rules = pdfa[str(issued[name][3])]
    assert passed, rules


@pytest.mark.parametrize("kind", sorted({kind for _, kind, _ in samples()}))
def test_verapdf_calls_the_page_before_sealing_pdfa_3b(previews, pdfa, kind):
    passed, rules = pdfa[str(previews[kind])]
    assert passed, rules


@pytest.mark.parametrize("name", NAMES)
def test_pdfsig_calls_the_seal_valid_and_the_whole_file_signed(issued, name):
    words = subprocess.run(["pdfsig", "-nocert", str(issued[name][3])], capture_output=True, text=True).stdout
    assert words.count("Signature Validation: Signature is Valid.") == 1 == words.count("Signature #"), words
    assert "Total document signed" in words and "Not total" not in words, words
    assert "ETSI.CAdES.detached" in words


def test_pdfsig_sees_a_changed_byte(issued, tmp_path):
    pdf = bytearray(issued["tax-payment-record.one-year"][3].read_bytes())
    pdf[200] ^= 1
    (tmp_path / "changed.pdf").write_bytes(pdf)
    words = subprocess.run(["pdfsig", "-nocert", str(tmp_path / "changed.pdf")], capture_output=True, text=True).stdout
    assert "Signature is Valid" not in words, words


@pytest.mark.parametrize("name", NAMES)
def test_pyhanko_calls_the_seal_intact_valid_and_trusted(issued, root_pem, name):
    run = subprocess.run(
        [str(PYHANKO), "sign", "validate", "--pretty-print", "--trust", root_pem, "--trust-replace", "--no-revocation-check", str(issued[name][3])],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "The signature is judged VALID" in run.stdout, run.stdout
    assert "The signature is cryptographically sound" in run.stdout, run.stdout
    assert "covers the entire file" in run.stdout, run.stdout


@pytest.mark.parametrize("name", NAMES)
def test_openssl_verifies_the_cms_as_cades(issued, root_pem, name):
    found = list(signatures(issued[name][3].read_bytes()))
    assert len(found) == 1
    good, words = verify(found[0].contents, found[0].signed, root_pem)
    assert good, words
    assert not verify(found[0].contents, found[0].signed[:-1] + b"x", root_pem)[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_cms_is_what_pades_b_b_asks_for(issued, tmp_path, name):
    (tmp_path / "cms.der").write_bytes(next(signatures(issued[name][3].read_bytes())).contents)
    words = subprocess.run(["openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", str(tmp_path / "cms.der")], capture_output=True, text=True).stdout
    assert "id-smime-aa-signingCertificateV2" in words and "signingTime" not in words, words


@pytest.mark.parametrize("name", NAMES)
def test_qpdf_has_nothing_to_say(issued, previews, name):
    kind, _, _, path = issued[name]
    for file in (path, previews[kind]):
        run = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True)
        assert run.returncode == 0 and "WARNING" not in run.stdout + run.stderr, run.stdout + run.stderr


@pytest.mark.parametrize("name", NAMES)
def test_mutool_reads_it_and_finds_the_seal(issued, tmp_path, name):
    path = issued[name][3]
    run = subprocess.run(["mutool", "sign", "-v", str(path)], capture_output=True, text=True)
    words = run.stdout + run.stderr
    assert "The document is unchanged since signing" in words or "has not been modified" in words or "unchanged" in words, words
    drawn = subprocess.run(["mutool", "draw", "-o", str(tmp_path / "p.png"), "-r", "50", str(path), "1"], capture_output=True, text=True)
    # Debian builds it without ICC and it says so of every file.
    said = [line for line in drawn.stderr.splitlines() if re.search("warning|error", line) and "ICC support is not available" not in line]
    assert drawn.returncode == 0 and said == [], drawn.stderr


@pytest.mark.parametrize("name", NAMES)
def test_another_generation_of_zxing_reads_the_code(issued, served, tmp_path, name):
    kind, _, answer, path = issued[name]
    page = str(coded_page(kind, path))
    read = "import sys, zxingcpp\n"
    read += "data = open(sys.argv[1], 'rb').read().split(b'\\n', 3)\nwidth, height = map(int, data[1].split())\n"
    read += "view = memoryview(data[3][:width * height]).cast('B', (height, width))\n"
    read += "print('\\n'.join(result.text for result in zxingcpp.read_barcodes(view)))\n"
    subprocess.run(["pdftoppm", "-r", "150", "-gray", "-f", page, "-l", page, "-singlefile", str(path), str(tmp_path / "gray")], check=True)
    run = subprocess.run([str(PYHANKO.parent / "python"), "-c", read, str(tmp_path / "gray.pgm")], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert any(text.startswith(f"{served.url}/v/{answer['code'].replace('-', '')}") for text in run.stdout.splitlines()), run.stdout


def test_our_own_verdict_agrees(issued, root_pem):
    for name, (_, _, _, path) in issued.items():
        run = subprocess.run([str(YINXIN), "verify", str(path), "--trust", root_pem, "--json"], capture_output=True, text=True)
        assert run.returncode == 0 and json.loads(run.stdout)["integrity"] == "intact", (name, run)
