"""pyHanko as an oracle, asked like the Java ones (oracle.py): runs in the Python of build/oracles.

    pades FILE.pdf trust=ANCHOR.pem ... [revocation=online|file] [until=2040-01-01T00:00:00Z]
        Per signature: the PAdES level that holds, how each level fared, and whether later revisions changed anything. A level
        holds when pyHanko's algorithm for it passes: B-B basic validation, B-T validation with time (both with the OCSP and CRL
        that the certificates name, where revocation=online), B-LT the same with what the DSS holds and nothing else, B-LTA
        validation with archived data and a document time stamp after the signature. With a time, "until" says whether what the file
        holds now would do then, if document time stamps were renewed in time.
    sign LEVEL IN.pdf OUT.pdf pki=FOLDER url=BASE signer=NAME field=NAME [certify=yes]
        Signs at B-B, B-T, B-LT or B-LTA with the keys of small_pki.py, for testing the oracles themselves. The metadata stay as
        they are: pyHanko of itself puts a new date into them with each update.
    annotate IN.pdf OUT.pdf
        Adds an annotation, as an incremental update, which a certified document must not survive.

It reaches this machine and no other, whatever address a certificate names.
"""
import asyncio
import ipaddress
import itertools
import json
import logging
import sys
from datetime import datetime
from pathlib import Path

from asn1crypto import pem, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers, timestamps
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy, FreshnessReqType
from pyhanko_certvalidator.registry import SimpleTrustManager

LEVELS = ["B-B", "B-T", "B-LT", "B-LTA"]


def only_loopback(event: str, arguments: tuple) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple) and not ipaddress.ip_address(arguments[1][0]).is_loopback:
        raise ConnectionRefusedError(f"not on this machine: {arguments[1]}")


def certificate(path: str) -> x509.Certificate:
    data = Path(path).read_bytes()
    return x509.Certificate.load(pem.unarmor(data)[2] if pem.detect(data) else data)


def policy(trust: list[str], rule: RevinfoOnlineFetchingRule, knowledge: LocalKnowledge) -> SignatureValidationSpec:
    revocation = CertRevTrustPolicy(REQUIRE_REVINFO, freshness_req_type=FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION)
    anchors = SimpleTrustManager.build(trust_roots=[certificate(path) for path in trust])
    return SignatureValidationSpec(
        cert_validation_policy=CertValidationPolicySpec(trust_manager=anchors, revinfo_policy=revocation),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(online_fetching_rule=rule),
        local_knowledge=knowledge,
    )


async def judge(signature, reader, trust: list[str], online: bool, until: datetime | None) -> dict:
    timing = ValidationTimingInfo.now()
    signature.compute_integrity_info()
    integrity = signature.summarise_integrity_info()
    fetching = RevinfoOnlineFetchingRule.ALWAYS_FETCH if online else RevinfoOnlineFetchingRule.LOCAL_ONLY
    in_file = ades._dss_to_local_knowledge(reader)
    asked = policy(trust, fetching, LocalKnowledge(known_certs=in_file.known_certs) if online else in_file)
    stored = policy(trust, RevinfoOnlineFetchingRule.LOCAL_ONLY, in_file)
    same = {"timing_info": timing, "raw_digest": signature.compute_digest()}
    results = {
        "B-B": await ades.ades_basic_validation(signature.signed_data, asked, **same),
        "B-T": await ades.ades_with_time_validation(signature.signed_data, asked, **same),
        "B-LT": await ades.ades_with_time_validation(signature.signed_data, stored, **same),
        "B-LTA": await ades.ades_lta_validation(signature, PdfSignatureValidationSpec(stored), timing_info=timing),
    }
    steps = {name: result.ades_subindic.standard_name for name, result in results.items()}
    if steps["B-LTA"] == "OK" and results["B-LTA"].oldest_evidence_record_timestamp is None:
        steps["B-LTA"] = "no document time stamp after the signature that holds"
    # Proof of time repairs what a later revocation or expiry does to B-B; from there on each level needs the one below it.
    level = LEVELS[0] if steps[LEVELS[0]] == "OK" else None
    for name in itertools.takewhile(lambda name: steps[name] == "OK", LEVELS[1:]):
        level = name
    later = await ades.simulate_future_ades_lta_validation(signature, PdfSignatureValidationSpec(stored), until) if until else None
    unchanged = integrity["coverage"] >= SignatureCoverageLevel.ENTIRE_REVISION and integrity["docmdp_ok"] is True
    return {
        "field": signature.field_name,
        "level": level,
        "passed": level is not None and unchanged,
        "steps": steps,
        "reasons": {name: result.failure_msg for name, result in results.items() if result.failure_msg and steps[name] != "OK"},
        "coverage": integrity["coverage"].name,
        "docmdp_ok": integrity["docmdp_ok"],
        "until": later and later.ades_subindic.standard_name,
    }


async def pades(words: list[str], named: dict) -> dict:
    until = datetime.fromisoformat(named["until"][0].replace("Z", "+00:00")) if "until" in named else None
    online = named.get("revocation", ["online"])[0] == "online"
    with open(words[0], "rb") as file:
        reader = PdfFileReader(file, strict=True)
        found = []
        for each in reader.embedded_regular_signatures:
            try:
                found.append(await judge(each, reader, named.get("trust", []), online, until))
            except Exception as error:  # one that it cannot read, as with SM2, is no reason to say nothing of the others
                found.append({"field": each.field_name, "failed": f"{error.__class__.__name__}: {error}"})
        stamps = [each.field_name for each in reader.embedded_timestamp_signatures]
    return {"file": words[0], "signatures": found, "document_time_stamps": stamps}


async def sign(words: list[str], named: dict) -> dict:
    level, source, target = words
    IncrementalPdfFileWriter._update_meta = lambda writer: None
    folder = Path(named["pki"][0])
    name = named["signer"][0]
    signer = signers.SimpleSigner.load(str(folder / f"{name}.key"), str(folder / f"{name}.pem"), ca_chain_files=[str(folder / "ca.pem")])
    roots = [certificate(str(folder / "root.pem"))]
    metadata = signers.PdfSignatureMetadata(
        field_name=named["field"][0],
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        embed_validation_info=level in ("B-LT", "B-LTA"),
        use_pades_lta=level == "B-LTA",
        certify="certify" in named,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        validation_context=ValidationContext(trust_roots=roots, other_certs=[certificate(str(folder / "ca.pem"))], allow_fetching=True),
    )
    stamper = None if level == "B-B" else timestamps.HTTPTimeStamper(named["url"][0] + "/tsa")
    with open(source, "rb") as file, open(target, "w+b") as out:
        writer = IncrementalPdfFileWriter(file)
        await signers.PdfSigner(metadata, signer, timestamper=stamper).async_sign_pdf(writer, output=out)
    return {"made": target, "level": level}


async def annotate(words: list[str], named: dict) -> dict:
    source, target = words
    note = generic.DictionaryObject()
    for key, value in {"/Type": "/Annot", "/Subtype": "/Square"}.items():
        note[generic.NameObject(key)] = generic.NameObject(value)
    note[generic.NameObject("/Rect")] = generic.ArrayObject(map(generic.NumberObject, (20, 20, 90, 90)))
    with open(source, "rb") as file, open(target, "w+b") as out:
        writer = IncrementalPdfFileWriter(file)
        writer.register_annotation(writer.find_page_for_modification(0)[0], writer.add_object(note))
        writer.write(out)
    return {"made": target}


def answer(request: list[str]) -> dict:
    words = [word for word in request[1:] if "=" not in word]
    named: dict = {}
    for word in request[1:]:
        if "=" in word:
            key, value = word.split("=", 1)
            named.setdefault(key, []).append(value)
    try:
        return asyncio.run({"pades": pades, "sign": sign, "annotate": annotate}[request[0]](words, named))
    except Exception as error:  # the answer names it; it is never a verdict
        return {"failed": f"{error.__class__.__name__}: {error}"}


def main() -> None:
    sys.addaudithook(only_loopback)
    logging.disable(logging.CRITICAL)
    if len(sys.argv) > 1:
        print(json.dumps(answer(sys.argv[1:])))
        return
    for line in sys.stdin:
        print(json.dumps(answer(line.rstrip("\n").split("\t"))), flush=True)


if __name__ == "__main__":
    main()
