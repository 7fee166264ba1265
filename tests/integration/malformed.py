"""Malformed PDFs, the same for the same seed: mutations of a sealed file, and files that are built to exhaust a reader."""
import random
import re
import zlib
from collections.abc import Callable, Iterator

MUTATORS: dict[str, Callable[[random.Random, bytes], bytes]] = {}


def mutator(function):
    MUTATORS[function.__name__] = function
    return function


def place(rng: random.Random, pdf: bytes) -> int:
    return rng.randrange(len(pdf))


def piece(rng: random.Random, pdf: bytes, most: int = 4096) -> tuple[int, int]:
    start = place(rng, pdf)
    return start, min(len(pdf), start + rng.randrange(1, most))


def somewhere(rng: random.Random, pdf: bytes, pattern: bytes, replacement, most: int = 8) -> bytes:
    """Some of the matches of a pattern, replaced by what a function makes of each."""
    found = list(re.finditer(pattern, pdf))
    for match in sorted(rng.sample(found, min(len(found), rng.randrange(1, most))), key=lambda each: -each.start()):
        pdf = pdf[: match.start()] + replacement(match) + pdf[match.end() :]
    return pdf


# --- bytes


@mutator
def bits_flipped(rng, pdf):
    changed = bytearray(pdf)
    for _ in range(rng.randrange(1, 60)):
        changed[place(rng, pdf)] ^= 1 << rng.randrange(8)
    return bytes(changed)


@mutator
def bytes_replaced(rng, pdf):
    changed = bytearray(pdf)
    for _ in range(rng.randrange(1, 400)):
        changed[place(rng, pdf)] = rng.randrange(256)
    return bytes(changed)


@mutator
def cut_off(rng, pdf):
    return pdf[: place(rng, pdf)]


@mutator
def beginning_lost(rng, pdf):
    return b"%PDF-1.7\n" + pdf[place(rng, pdf) :]


@mutator
def piece_lost(rng, pdf):
    start, end = piece(rng, pdf)
    return pdf[:start] + pdf[end:]


@mutator
def piece_twice(rng, pdf):
    start, end = piece(rng, pdf)
    return pdf[:end] + pdf[start:end] * rng.randrange(1, 30) + pdf[end:]


@mutator
def pieces_exchanged(rng, pdf):
    (a, b), (c, d) = sorted([piece(rng, pdf), piece(rng, pdf)])
    return pdf[:a] + pdf[c:d] + pdf[b:c] + pdf[a:b] + pdf[d:]


@mutator
def noise_put_in(rng, pdf):
    at = place(rng, pdf)
    return pdf[:at] + rng.randbytes(rng.randrange(1, 20_000)) + pdf[at:]


@mutator
def zeros_put_in(rng, pdf):
    at = place(rng, pdf)
    return pdf[:at] + bytes(rng.randrange(1, 200_000)) + pdf[at:]


@mutator
def lines_shuffled(rng, pdf):
    lines = pdf.split(b"\n")
    start = rng.randrange(len(lines))
    part = lines[start : start + 40]
    rng.shuffle(part)
    return b"\n".join(lines[:start] + part + lines[start + 40 :])


# --- words and numbers


@mutator
def numbers_huge(rng, pdf):
    huge = [b"99999999999999999999", b"9223372036854775807", b"4294967296", b"2147483648", b"-9223372036854775808"]
    return somewhere(rng, pdf, rb"(?<![\d.])\d+(?![\d.])", lambda _: rng.choice(huge))


@mutator
def numbers_negative(rng, pdf):
    return somewhere(rng, pdf, rb"(?<= )\d+", lambda match: b"-" + match[0])


@mutator
def numbers_other(rng, pdf):
    return somewhere(rng, pdf, rb"\d+", lambda _: str(rng.randrange(100_000)).encode(), 40)


@mutator
def words_lost(rng, pdf):
    return somewhere(rng, pdf, rb"endobj|endstream|\bobj\b|stream|xref|trailer|startxref|%%EOF|>>|<<|\]|\[", lambda _: b"")


@mutator
def words_exchanged(rng, pdf):
    words = [b"endobj", b"endstream", b"obj", b"stream", b"xref", b"trailer", b">>", b"<<", b"[", b"]", b"R"]
    return somewhere(rng, pdf, rb"endobj|endstream|\bobj\b|stream|xref|trailer|>>|<<|\]|\[", lambda _: rng.choice(words))


@mutator
def references_elsewhere(rng, pdf):
    return somewhere(rng, pdf, rb"\d+ 0 R", lambda _: b"%d 0 R" % rng.randrange(1, 60), 30)


@mutator
def keys_twice(rng, pdf):
    return somewhere(rng, pdf, rb"/(Type|Length|Kids|Parent|Contents|Filter|Size|Root|Prev|V|Fields)\b", lambda match: match[0] + b" 1 " + match[0], 4)


@mutator
def keys_renamed(rng, pdf):
    return somewhere(rng, pdf, rb"/[A-Z][A-Za-z]+", lambda match: match[0][:1] + match[0][:0:-1], 12)


@mutator
def names_escaped(rng, pdf):
    return somewhere(rng, pdf, rb"/[A-Z][A-Za-z]+", lambda match: b"/" + b"".join(b"#%02x" % each for each in match[0][1:]), 12)


@mutator
def strings_open(rng, pdf):
    return somewhere(rng, pdf, rb"<(?=[0-9A-Fa-f])|\(|\)|>(?!>)", lambda _: rng.choice([b"(", b")", b"<", b">", b"\\"]), 6)


@mutator
def lengths_wrong(rng, pdf):
    return somewhere(rng, pdf, rb"/Length \d+", lambda _: b"/Length %d" % rng.choice([0, 1, rng.randrange(len(pdf) * 2), 1 << 40]), 6)


# --- structure


def revision(pdf: bytes, objects: dict[int, bytes], more: bytes = b"", prev: int | None = None, size: int = 100_000) -> bytes:
    """One more, with a table."""
    if not pdf.endswith(b"\n"):
        pdf += b"\n"
    before = int(re.findall(rb"startxref\s+(\d+)", pdf)[-1]) if prev is None else prev
    root = re.findall(rb"/Root (\d+ \d+ R)", pdf)[-1]
    lines, out = bytearray(), bytearray(pdf)
    for number, body in objects.items():
        lines += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    end = b"xref\n%strailer\n<< /Size %d /Root %s /Prev %d %s >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(out) + end % (lines, size, root, before, more, len(out))


def stream(data: bytes, members: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), members, data)


def catalog_packed_in(pdf: bytes) -> bytes:
    """The objects of a document's first revision, where its catalog lies unless it was changed."""
    packed = re.search(rb"/Type/ObjStm.*?/Length (\d+)>>\nstream\n", pdf)
    return zlib.decompress(pdf[packed.end():packed.end() + int(packed[1])])


def with_catalog(pdf: bytes, members: bytes, objects: dict[int, bytes]) -> bytes:
    pages = re.search(rb"/Pages (\d+ \d+ R)", pdf + catalog_packed_in(pdf))[0]
    root = int(re.findall(rb"/Root (\d+) ", pdf)[-1])
    return revision(pdf, {**objects, root: b"<< /Type /Catalog %s %s >>" % (pages, members)})


@mutator
def xref_scattered(rng, pdf):
    return somewhere(rng, pdf, rb"\d{10} \d{5} [nf]", lambda _: b"%010d %05d %s" % (rng.randrange(len(pdf)), rng.choice([0, 0, 1, 65535]), rng.choice([b"n", b"f"])), 20)


@mutator
def prev_elsewhere(rng, pdf):
    return somewhere(rng, pdf, rb"/Prev \d+", lambda _: b"/Prev %d" % place(rng, pdf))


@mutator
def many_revisions(rng, pdf):
    for number in range(rng.randrange(2, 130)):
        pdf = revision(pdf, {rng.randrange(1, 40): b"<< /Number %d >>" % number} if rng.random() < 0.3 else {})
    return pdf


@mutator
def hybrid_streams(rng, pdf):
    return revision(pdf, {}, b"/XRefStm %d" % rng.choice([place(rng, pdf), len(pdf), 0]))


@mutator
def objects_other(rng, pdf):
    bodies = [b"null", b"[]", b"<< >>", b"1", b"(x)", b"<< /Kids [1 0 R 2 0 R 3 0 R] >>", b"<< /Type /ObjStm /N 9 /First 9 >>", b"9 0 R"]
    return revision(pdf, {rng.randrange(1, 40): rng.choice(bodies) for _ in range(rng.randrange(1, 12))})


@mutator
def nested_deeply(rng, pdf):
    depth = rng.choice([99, 101, 1000, 100_000])
    body = rng.choice([b"[" * depth + b"]" * depth, b"<< /A " * depth + b"1" + b" >>" * depth, b"(" * depth + b")" * depth])
    return with_catalog(pdf, b"/Deep 500 0 R", {500: body})


@mutator
def streams_packed_badly(rng, pdf):
    filters = [b"/FlateDecode", b"/ASCIIHexDecode", b"/ASCII85Decode", b"/LZWDecode", b"[/FlateDecode /FlateDecode]", b"/Crypt", b"[" + b"/FlateDecode " * 300 + b"]"]
    data = rng.choice([rng.randbytes(500), zlib.compress(rng.randbytes(500))[: rng.randrange(500)], b""])
    return with_catalog(pdf, b"/DSS << /Certs [500 0 R] /CRLs [500 0 R] /OCSPs [500 0 R] >>", {500: stream(data, b"/Filter " + rng.choice(filters))})


@mutator
def containers_broken(rng, pdf):
    """The digits of Contents: lengths and tags of its DER."""
    match = list(re.finditer(rb"/Contents ?<([0-9A-Fa-f]+)>", pdf))[-1]
    digits = bytearray(match[1])
    for _ in range(rng.randrange(1, 12)):
        digits[rng.randrange(min(len(digits), 2000))] = rng.choice(b"0123456789abcdef")
    return pdf[: match.start(1)] + bytes(digits) + pdf[match.end(1) :]


# --- what exhausts


def zeros(megabytes: int) -> bytes:
    """So many, deflated: one block again and again, each begins without a memory of those before it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    check = ((megabytes << 20) % 65521 << 16 | 1).to_bytes(4, "big")
    return b"\x78\xda" + block * megabytes + packer.flush() + check


def page_of(content: bytes) -> bytes:
    """A small PDF whose page has this content."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>", content]
    pdf, table = b"%PDF-1.7\n", b"0000000000 65535 f \n"
    for number, body in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(pdf)
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return pdf + b"xref\n0 5\n%strailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (table, len(pdf))


def bombs(pdf: bytes) -> Iterator[tuple[str, bytes]]:
    """(name, file): each smaller than an upload may be."""
    flate, packed = b"/Filter /FlateDecode", zeros(2000)
    for key in (b"Certs", b"CRLs", b"OCSPs"):
        yield f"2 GB in /{key.decode()}", with_catalog(pdf, b"/DSS << /%s [500 0 R] >>" % key, {500: stream(packed, flate)})
    twice = zlib.compress(zeros(10_000), 9)
    yield "10 GB packed twice", with_catalog(pdf, b"/DSS << /Certs [500 0 R] >>", {500: stream(twice, b"/Filter [/FlateDecode /FlateDecode]")})
    many = {500 + each: stream(zeros(20), flate) for each in range(300)}
    yield "300 times 20 MB", with_catalog(pdf, b"/DSS << /Certs [%s] >>" % b" ".join(b"%d 0 R" % each for each in many), many)
    yield "a page of 2 GB", page_of(stream(packed, flate))
    yield "a predictor's rows", with_catalog(pdf, b"/DSS << /Certs [500 0 R] >>", {500: stream(zeros(60), flate + b" /DecodeParms << /Predictor 15 /Columns 1 >>")})
    head = b"".join(b"%d 0 " % each for each in range(100_000, 140_000))
    yield "an object stream of 40,000", with_catalog(pdf, b"/X 501 0 R", {501: stream(zlib.compress(head + b"1 "), b"/Type /ObjStm /N 40000 /First %d %s" % (len(head), flate))})
    row = zlib.compress(bytes(7 * 5_000_000), 9)
    at = len(pdf) + 1
    yield "a cross-reference stream of 5,000,000", pdf + b"\n9 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (stream(row, b"/Type /XRef /W [1 4 2] /Size 5000000 /Root 1 0 R " + flate), at)
    yield "a million arrays", with_catalog(pdf, b"/X 500 0 R", {500: b"[" + b"[]" * 1_000_000 + b"]"})
    yield "four million numbers", with_catalog(pdf, b"/X 500 0 R", {500: b"[" + b"1 " * 4_000_000 + b"]"})
    yield "a string of 9 MB", with_catalog(pdf, b"/X 500 0 R", {500: b"(" + b"a" * 9_000_000 + b")"})
    yield "9 MB of brackets", with_catalog(pdf, b"/X 500 0 R", {500: b"[" * 9_000_000})
    yield "9 MB of parentheses", with_catalog(pdf, b"/X 500 0 R", {500: b"(" * 9_000_000})
    yield "9 MB of comments", pdf + b"%x\n" * 3_000_000
    chain = {500 + each: b"<< /Kids [%d 0 R] /Parent %d 0 R /FT /Sig >>" % (501 + each, 499 + each) for each in range(45_000)}
    yield "fields 45,000 deep", with_catalog(pdf, b"/AcroForm << /Fields [500 0 R] >>", chain)
    chain = {500 + each: b"[%d 0 R]" % (501 + each) for each in range(45_000)}
    yield "a chain of 45,000 references", with_catalog(pdf, b"/X 500 0 R", chain)
    chain = {500 + each: b"%d 0 R" % (501 + each) for each in range(45_000)}
    yield "references to references", with_catalog(pdf, b"/X 500 0 R", chain)
    wide = {500 + each: b"<< /FT /Sig /V << /ByteRange [0 1 2 3] >> >>" for each in range(40_000)}
    yield "40,000 signatures", with_catalog(pdf, b"/AcroForm << /Fields [%s] >>" % b" ".join(b"%d 0 R" % each for each in wide), wide)
    name = b"/T (%s)" % (b"x" * 4_000_000)
    wide = {501 + each: b"<< /FT /Tx >>" for each in range(40_000)}
    yield "a name of 4 MB above 40,000 fields", with_catalog(pdf, b"/AcroForm << /Fields [500 0 R] >>", {500: b"<< %s /Kids [%s] >>" % (name, b" ".join(b"%d 0 R" % each for each in wide)), **wide})
    keys = b"".join(b"/K%d 1 " % each for each in range(400_000))
    yield "a dictionary of 400,000 keys", with_catalog(pdf, b"/X 500 0 R", {500: b"<< " + keys + b">>"})
    loop = {500: b"<< /Type /Pages /Kids [501 0 R] >>", 501: b"<< /Type /Pages /Kids [500 0 R] >>"}
    yield "a loop of pages", revision(pdf, {2: b"<< /Type /Pages /Kids [500 0 R] >>", **loop})
    yield "a length that is its own stream", revision(pdf, {4: b"<< /Length 4 0 R >>\nstream\nx\nendstream"})
    chain = {500 + each: b"<< /Length %d 0 R >>\nstream\nx\nendstream" % (501 + each) for each in range(40_000)}
    yield "a chain of lengths", with_catalog(pdf, b"/X 500 0 R", chain)
    deep = revision(pdf, {}, prev=len(pdf) + 1)
    yield "a cross-reference before itself", deep
    for number in (b"99999999999999999999", b"18446744073709551615", b"9223372036854775807", b"-1"):
        yield f"/Size {number.decode()}", re.sub(rb"/Size \d+", b"/Size " + number, pdf)
        yield f"/Prev {number.decode()}", re.sub(rb"/Prev \d+", b"/Prev " + number, revision(pdf, {}))
        yield f"/Length {number.decode()}", re.sub(rb"/Length \d+", b"/Length " + number, pdf)
        yield f"ByteRange {number.decode()}", re.sub(rb"/ByteRange ?\[0", b"/ByteRange [0 " + number, pdf)
