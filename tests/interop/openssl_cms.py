#!/usr/bin/python3
"""Cuts every signature out of a PDF and lets `openssl cms -verify` judge it alone: openssl_cms.py FILE.pdf [CA.pem]

With a CA the check is CAdES (signing-certificate-v2) and the chain; without one, the bytes only. Exit 0 when all verify.
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def signatures(pdf: bytes):
    """(CMS, signed bytes) of every ByteRange in the file, in file order."""
    pattern = rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]"
    for match in re.finditer(pattern, pdf):
        first, first_size, second, second_size = map(int, match.groups())
        contents = bytes.fromhex(re.sub(rb"[^0-9A-Fa-f]", b"", pdf[first + first_size : second]).decode())
        yield contents, pdf[first : first + first_size] + pdf[second : second + second_size]


def verify(cms: bytes, content: bytes, ca: str | None) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory() as folder:
        cms_file, content_file = Path(folder, "cms.der"), Path(folder, "content.bin")
        cms_file.write_bytes(cms)
        content_file.write_bytes(content)
        trust = ["-cades", "-CAfile", ca] if ca else ["-noverify"]
        run = subprocess.run(
            ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", str(cms_file)]
            + ["-content", str(content_file), "-purpose", "any", "-out", "/dev/null", *trust],
            capture_output=True,
            text=True,
        )
        return run.returncode == 0, (run.stdout + run.stderr).strip()


def main() -> int:
    pdf = Path(sys.argv[1]).read_bytes()
    ca = sys.argv[2] if len(sys.argv) > 2 else None
    results = [verify(cms, content, ca) for cms, content in signatures(pdf)]
    for number, (good, words) in enumerate(results, 1):
        print(f"signature {number}: {'good' if good else 'BAD'}: {words}")
    if not results:
        print("no signature")
    return 0 if results and all(good for good, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
