#!/usr/bin/python3
"""Makes tests/data/ses anew, with new keys that are then thrown away: what ofdrw and Bouncy Castle sign, as DER and in PDFs.

    tests/interop/make_ses_data.py        from the repository's root, after ./dev setup interop
"""
import shutil
import tempfile
from pathlib import Path

from oracle import Oracle
from pdf_parts import sealed_by

DATA = Path(__file__).resolve().parents[1] / "data" / "ses"
VARIANTS = ["v1", "v4", "v4-digest-list", "v4-raw-signature", "v4-empty-id", "v4-time-stamp", "v5", "cms", "cms-gbt35275"]
PDFS = {  # variant: (SubFilter, Filter)
    "v4": ("GM.sm2seal", "GM.PKILite"),
    "v1": ("GM.sm2seal", "GM.PKILite"),
    "v5": ("GM.sm2seal", "GM.PKILite"),
    "cms": ("adbe.pkcs7.detached", "Adobe.PPKLite"),
    "cms-gbt35275": ("adbe.pkcs7.detached", "Adobe.PPKLite"),
}


def signer(ofdrw: Oracle, variant: str, keys: Path, folder: Path):
    """What pdf_parts.sealed_by wants: bytes in, DER out."""

    def sign(content: bytes) -> bytes:
        (folder / "content").write_bytes(content)
        ofdrw.ask("make", variant, folder / "content", keys, folder / "made")
        return (folder / "made").read_bytes()

    return sign


def main() -> None:
    ofdrw = Oracle("gm")
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir()
    content = b"The bytes that every signature in this folder is over.\n"
    (DATA / "content.bin").write_bytes(content)
    with tempfile.TemporaryDirectory() as place:
        keys, folder = Path(place, "keys"), Path(place)
        ofdrw.ask("pki", keys)
        for certificate in keys.glob("*.cer"):
            shutil.copy(certificate, DATA)
        for variant in VARIANTS:
            (DATA / f"{variant}.der").write_bytes(signer(ofdrw, variant, keys, folder)(content))
        for variant, names in PDFS.items():
            (DATA / f"{variant}.pdf").write_bytes(sealed_by(*names, signer(ofdrw, variant, keys, folder)))
    ofdrw.close()


if __name__ == "__main__":
    main()
