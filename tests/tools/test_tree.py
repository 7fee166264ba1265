"""Rules about the tree itself, each first shown to catch what it forbids."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import check_layers
import summary

ROOT = Path(__file__).resolve().parents[2]


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, check=True, capture_output=True).stdout
    return [name for name in listed.decode().split("\0") if name and (ROOT / name).exists()]


# --- layers

PLANTED = [
    ("common/bytes.cpp", '#include "pdf/form.h"'),
    ("pdf/reader.cpp", '#include "keys/crypto/digest.h"'),
    ("pdf/reader.cpp", "#include <openssl/evp.h>"),
    ("verify/cms.cpp", '#include "keys/private_key.h"'),
    ("verify/cms.cpp", '#include "signer/pades_signer.h"'),
    ("signer/cms.cpp", '#include "verify/report.h"'),
    ("signer/cms.cpp", '#include "keys/key_store.h"'),
    ("keys/crypto/digest.cpp", '#include "keys/pki/certificate.h"'),
    ("keys/pki/chain.cpp", '#include "keys/private_key.h"'),
    ("server/domain/code.cpp", '#include "server/storage/store.h"'),
    ("server/service/service.cpp", '#include "server/storage/database.h"'),
    ("server/service/service.cpp", "#include <sqlite3.h>"),
    ("server/http/server.cpp", '#include "server/storage/store.h"'),
    ("server/app.cpp", '#include "keys/key_store.h"'),
    ("server/demo/process.cpp", '#include "keys/key_store.h"'),
    ("server/demo/site.cpp", '#include "server/storage/store.h"'),
    ("server/app.cpp", "#include <curl/curl.h>"),
    ("server/sealer/client.cpp", '#include "keys/key_store.h"'),
    ("server/sealer/make.cpp", '#include "server/config/config.h"'),
    ("server/inspector/pool.cpp", '#include "server/storage/store.h"'),
    ("server/inspector/nest.cpp", '#include "pdf/reader.h"'),
    ("server/inspector/main.cpp", '#include "server/storage/store.h"'),
    ("server/inspector/main.cpp", '#include "keys/key_store.h"'),
    ("pdf/overprint.cpp", "#include <hpdf.h>"),
    ("pdf/overprint.cpp", "#include <ZXing/ReadBarcode.h>"),
    ("signer/a.cpp", '#include "pdf/internal/x.h"'),
    ("elsewhere/a.cpp", "int a;"),
]


@pytest.mark.parametrize("path,line", PLANTED, ids=[f"{path} {line.split()[-1]}" for path, line in PLANTED])
def test_a_planted_include_is_found(path, line):
    assert check_layers.faults_of(path, f"// text\n{line}\n")


@pytest.mark.parametrize(
    "path,line",
    [
        ("pdf/reader.cpp", '#include "pdf/reader.h"'),
        ("signer/cms.cpp", '#include "keys/private_key.h"'),
        ("signer/cms.cpp", "#include <openssl/evp.h>"),
        ("server/sealer/main.cpp", '#include "keys/key_store.h"'),
        ("server/demo/site.cpp", '#include "keys/key_store.h"'),
        ("server/app.cpp", '#include "server/storage/store.h"'),
        ("verify/cms.cpp", '#include "keys/pki/certificate.h"'),
    ],
)
def test_an_allowed_include_is_not(path, line):
    assert not check_layers.faults_of(path, line)


def test_every_include_follows_the_layers():
    assert check_layers.check(ROOT, tracked("*.h", "*.cpp")) == []


# --- words

FORBIDDEN = {
    "a path of somebody's machine": r"(?<![\w./])/(work|home/\w+|tmp/build-\w+)/|bash_jobs|\.library/|\.\./shared(?!/samples/pdf)",
    "randomness that is not OpenSSL's": r"\bs?rand\s*\(|mt19937|default_random_engine|random_device",
    "unfinished work": r"\b(TODO|FIXME|XXX)\b",
    "a test that may not run": r"GTEST_SKIP|DISABLED_|pytest\.skip|pytest\.mark\.(skip|xfail)|\btest\.skip",
}
# The rules themselves, and random numbers of tests that must be repeatable.
EXEMPT = {"tests/tools/test_tree.py"}


def words_in(name: str, text: str) -> list[str]:
    return [
        f"{name}:{number}: {what}: {line.strip()[:120]}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if re.search(pattern, line) and not ("random" in what and (name.startswith("tests/") or not name.endswith((".cpp", ".h"))))
    ]


@pytest.mark.parametrize(
    "line",
    ["int a = rand();", "std::mt19937 g;", "open('/work/main/x')", "see ../shared/domain.md", "// TODO later", "GTEST_SKIP();"],
)
def test_a_planted_word_is_found(line):
    assert words_in("common/a.cpp", line)


def test_no_forbidden_word_is_in_the_tree():
    found = []
    for name in tracked():
        if name not in EXEMPT and not name.startswith("tests/data/") and not name.endswith((".png", ".pdf", ".ttf", ".otf", ".icc", ".bin", ".der")):
            found += words_in(name, (ROOT / name).read_text(errors="replace"))
    assert found == []


def test_every_source_file_begins_with_its_licence():
    without = [name for name in tracked("*.h", "*.cpp") if not (ROOT / name).read_text().startswith("// SPDX-License-Identifier: Apache-2.0")]
    assert without == []


# --- layout of the code

def test_the_code_is_formatted():
    formatter = os.environ.get("YINXIN_CLANG_FORMAT", "clang-format-14")
    planted = subprocess.run([formatter, "--dry-run", "--Werror", "--assume-filename=a.cpp"], input="int  a ;\n", text=True, capture_output=True, cwd=ROOT)
    assert planted.returncode != 0
    run = subprocess.run([formatter, "--dry-run", "--Werror", *tracked("*.h", "*.cpp")], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, "run ./dev format:\n" + "\n".join(line for line in run.stderr.splitlines() if "error:" in line)


def test_every_header_compiles_alone():
    run = subprocess.run(
        ["cmake", "--build", ROOT / "build/release", "--target", "all_verify_interface_header_sets"], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout[-3000:]


# --- links

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def broken_links(name: str, text: str) -> list[str]:
    broken = []
    for match in LINK.finditer(re.sub(r"```.*?```", "", text, flags=re.S)):
        target = (match[1] or match[2]).split("#")[0]
        if target and not re.match(r"[a-z]+:", target) and not (ROOT / name).parent.joinpath(target).exists():
            broken.append(f"{name}: {target}")
    return broken


def test_a_planted_broken_link_is_found():
    assert broken_links("README.md", "see [this](no/such/file.md)") and broken_links("README.md", "![a](no.png)")


def test_every_link_leads_somewhere():
    assert [fault for name in tracked("*.md") for fault in broken_links(name, (ROOT / name).read_text())] == []


def test_every_test_datum_is_described():
    described = (ROOT / "tests/README.md").read_text()
    tops = {"/".join(name.split("/")[2:3]) for name in tracked("tests/data")}
    assert sorted(top for top in tops if top not in described) == []


# --- adding up

def test_a_failure_and_an_empty_report_are_counted(tmp_path):
    (tmp_path / "interop.xml").write_text("<testsuite><testcase name='a'/><testcase name='b'><failure/></testcase></testsuite>")
    assert [good for _, good in summary.read_junit(tmp_path / "interop.xml")] == [True, False]
    script = Path(__file__).parent / "summary.py"
    run = subprocess.run([sys.executable, script, tmp_path, "interop", "integration"], capture_output=True, text=True)
    assert run.returncode == 1 and run.stdout.splitlines()[-1] == "1 passed, 2 failed"


def test_tap_counts_tests_and_not_suites(tmp_path):
    tap = "TAP version 13\n# Subtest: s\n    # Subtest: a\n    ok 1 - a\n      ---\n      type: 'test'\n      ...\n    not ok 2 - b\n      ---\n      ...\n    1..2\nnot ok 1 - s\n  ---\n  type: 'suite'\n  ...\n1..1\n"
    (tmp_path / "browser.tap").write_text(tap)
    assert summary.read_tap(tmp_path / "browser.tap") == [("a", True), ("b", False)]
