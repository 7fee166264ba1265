"""The measurements: what they say, where they measure, that they leave nothing behind. How fast anything is, no test asks."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import pytest
from instance import BUILD, ROOT, YINXIN

sys.path.insert(0, str(ROOT / "tests/tools"))
import bench_page


def measured(what: str, folder, *arguments: str) -> tuple[dict, str]:
    # Whatever the folder for temporary files is: it is not where is measured.
    environment = {**os.environ, "TMPDIR": "/nowhere"}
    command = [str(YINXIN), "bench", what, "--key", "p256", "--seconds", "1", "--json", *map(str, arguments)]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout), run.stderr


@pytest.mark.parametrize("memory", [False, True], ids=["the current folder", "memory"])
def test_issuing_is_measured_where_it_stands_and_says_when_that_is_memory(memory):
    with tempfile.TemporaryDirectory(dir="/dev/shm" if memory else BUILD) as folder:
        kind = subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True, check=True).stdout.strip()
        assert kind == "tmpfs" or not memory, "this test needs a tmpfs at /dev/shm"
        line, said = measured("issue", folder)
        assert line["durable"] == (kind != "tmpfs") and line["issued_per_s"] > 0, line
        assert ("in memory" in said) == (kind == "tmpfs")
        assert os.listdir(folder) == []


def test_drawing_and_sealing_is_measured_alone(tmp_path):
    line, _ = measured("page", tmp_path)
    assert line["ratio"] == pytest.approx(line["made_per_s"] / line["raw_sign_per_s"], abs=1e-4)
    assert 20_000 < line["pdf_bytes"] < 30_720
    assert os.listdir(tmp_path) == []


def test_sealing_is_measured_beside_bare_signing_and_counts_who_reads_the_file(tmp_path):
    line, _ = measured("seal", tmp_path, "--dir", tmp_path)
    assert line["ratio"] == pytest.approx(line["sealed_per_s"] / line["raw_sign_per_s"], abs=1e-4)
    # A process for each reading of a file costs more than the signature by far.
    assert line["cpu_us_per_document"] > 10 * 1e6 / line["raw_sign_per_s"]
    assert line["pdf_bytes"] > line["input_bytes"] > 10_000
    assert os.listdir(tmp_path) == []


def test_the_register_is_measured_with_documents_that_shrink_and_commits_that_are_shared(tmp_path):
    line, _ = measured("store", tmp_path)
    assert line["packed_bytes"] < line["pdf_bytes"] / 2
    assert line["units_per_commit"] > 1 and line["commits_per_s"] < line["written_per_s"] * 3
    assert line["reads_per_s"] > 0 and line["read_us"] > 0
    assert line["packed_bytes"] < line["stored_bytes_per_document"] < line["pdf_bytes"]
    assert os.listdir(tmp_path) == []


def test_nothing_is_left_where_no_instance_could_be_made(tmp_path):
    alone, folder = tmp_path / "bin", tmp_path / "folder"
    alone.mkdir()
    folder.mkdir()
    shutil.copy(YINXIN, alone / "yinxin")  # without the programs that make keys
    run = subprocess.run([alone / "yinxin", "bench", "store", "--dir", folder, "--json"], capture_output=True, text=True)
    assert run.returncode == 1 and "yinxin-sealer" in run.stderr, run
    assert os.listdir(folder) == []


def test_a_given_number_of_documents_is_issued_and_no_more(fresh):
    line, _ = measured("issue", fresh.dir.parent, "--dir", fresh.dir, "--documents", "5")
    assert line == {"key": "p256", "documents": 5}
    assert fresh.assert_sound()["issued"] == 5


def test_the_page_of_the_peer_says_what_a_document_of_ours_says(fresh, tmp_path):
    document = tmp_path / "document.pdf"
    run = fresh.cli("issue", "tax-payment-record", bench_page.SAMPLE, "--dir", fresh.dir, "-o", document, "--json")
    assert run.returncode == 0, run.stderr
    issued = json.loads(run.stdout)
    sample = json.loads(bench_page.SAMPLE.read_text())
    code = "-".join(issued["code"][i : i + 4] for i in range(0, 16, 4))
    values = {"number": issued["number"], "code": code, "name": sample["taxpayer"]["name"], "id": sample["taxpayer"]["id_number"]}
    texts = [line.split("\t")[5].format(**values) for line in bench_page.page_lines() if line.startswith("text\t")]
    theirs = "".join(texts).replace(bench_page.HOST, "")
    words = subprocess.run(["pdftotext", "-raw", document, "-"], capture_output=True, text=True, check=True).stdout
    ours = "".join(words.split()).replace("样例SPECIMEN", "").replace(f"127.0.0.1:{issued_port(issued)}", "")
    assert sorted(ours) == sorted("".join(theirs.split()))


def issued_port(issued: dict) -> str:
    return issued["links"]["verify"].split("/")[2].split(":")[1]


def test_the_seal_of_the_peer_is_the_picture_on_a_document_of_ours(issued):
    _, _, _, document = issued["tax-payment-record.one-year"]
    png = bench_page.seal_png(document)
    head, side = png[16:24], round(bench_page.seal_box()[2] * bench_page.SEAL_DPI / 25.4)
    assert png.startswith(b"\x89PNG") and head == side.to_bytes(4, "big") * 2
    assert len(png) > 5000  # a ring and letters, not nothing
