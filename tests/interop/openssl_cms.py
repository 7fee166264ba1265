#!/usr/bin/python3
"""Cuts every signature out of a PDF and lets openssl judge it alone: openssl_cms.py FILE.pdf [CA.pem]

A seal by `openssl cms -verify`: with a CA as CAdES (signing-certificate-v2) and with its chain, without one the bytes only. A
document time stamp by `openssl ts -verify`, which needs the CA. Exit 0 when all verify.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from pdf_parts import Cut, signatures


def verify(cms: bytes, content: bytes, ca: str | None) -> tuple[bool, str]:
    trust = ["-cades", "-CAfile", ca] if ca else ["-noverify"]
    return judged(cms, content, ["cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null", *trust], "-in", "-content")


def verify_time_stamp(token: bytes, content: bytes, ca: str) -> tuple[bool, str]:
    return judged(token, content, ["ts", "-verify", "-token_in", "-CAfile", ca], "-in", "-data")


def verify_cut(cut: Cut, ca: str | None) -> tuple[bool, str]:
    if cut.sub_filter != "ETSI.RFC3161":
        return verify(cut.contents, cut.signed, ca)
    return verify_time_stamp(cut.contents, cut.signed, ca) if ca else (False, "a document time stamp needs the CA")


def judged(signature: bytes, content: bytes, command: list[str], signature_option: str, content_option: str) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory() as folder:
        signature_file, content_file = Path(folder, "signature.der"), Path(folder, "content.bin")
        signature_file.write_bytes(signature)
        content_file.write_bytes(content)
        run = subprocess.run(
            ["openssl", *command, signature_option, str(signature_file), content_option, str(content_file)], capture_output=True, text=True
        )
        return run.returncode == 0, (run.stdout + run.stderr).strip()


def main() -> int:
    ca = sys.argv[2] if len(sys.argv) > 2 else None
    results = [(cut.sub_filter, *verify_cut(cut, ca)) for cut in signatures(Path(sys.argv[1]).read_bytes())]
    for number, (sub_filter, good, words) in enumerate(results, 1):
        print(f"signature {number} ({sub_filter}): {'good' if good else 'BAD'}: {words}")
    if not results:
        print("no signature")
    return 0 if results and all(good for _, good, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
