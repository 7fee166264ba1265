"""What pyHanko says of files, run by its own Python: pyhanko_report.py ROOT.pem < paths, one a line; JSON {path: [signature]}."""
import json
import logging
import sys

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext

logging.disable(logging.CRITICAL)  # what it thinks of strange files is not asked


def anchors(path: str) -> list:
    with open(path, "rb") as file:
        return [x509.Certificate.load(der) for _, _, der in pem.unarmor(file.read(), multiple=True)]


def verdict(signature, roots: list) -> dict:
    try:
        context = ValidationContext(trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail")
        if str(signature.sig_object.get("/Type", "/Sig")) == "/DocTimeStamp":
            status = validate_pdf_timestamp(signature, context)
        else:
            status = validate_pdf_signature(signature, context)
    except Exception as error:
        return {"error": type(error).__name__}
    return {
        "intact": status.intact,
        "valid": status.valid,
        "trusted": status.trusted,
        "coverage": status.coverage.name,
        "changes": getattr(status.modification_level, "name", None),
        "changes_allowed": status.docmdp_ok if hasattr(status, "docmdp_ok") else None,
    }


def main() -> None:
    roots, found = anchors(sys.argv[1]), {}
    for path in sys.stdin.read().splitlines():
        try:
            with open(path, "rb") as file:
                reader = PdfFileReader(file, strict=False)
                signatures = sorted(reader.embedded_signatures, key=lambda each: each.signed_revision)
                found[path] = [verdict(each, roots) for each in signatures]
        except Exception as error:
            found[path] = [{"error": f"{type(error).__name__}: {error}"}]
    json.dump(found, sys.stdout)


main()
