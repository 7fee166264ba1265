"""What the tests need of a PDF that none of the oracles hands out: its signatures cut out as bytes, its revisions, and a small
one made around somebody else's signature.
"""
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass
class Cut:
    place: int  # of the first digit of /Contents
    sub_filter: str
    contents: bytes  # as padded
    signed: bytes


def signatures(pdf: bytes) -> Iterator[Cut]:
    """Every signature that has a ByteRange, in file order."""
    for match in re.finditer(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", pdf):
        first, first_size, second, second_size = map(int, match.groups())
        gap = pdf[first + first_size : second]
        contents = bytes.fromhex(re.sub(rb"[^0-9A-Fa-f]", b"", gap).decode())
        start = pdf.rindex(b"obj", 0, match.start())
        around = pdf[start : pdf.index(b"endobj", match.end())].replace(gap, b"")
        sub_filter = re.search(rb"/SubFilter\s*/([^\s/<>\[\]()]+)", around)
        assert sub_filter, around
        yield Cut(first + first_size + 1, sub_filter[1].decode(), contents, pdf[first : first + first_size] + pdf[second : second + second_size])


def revisions(pdf: bytes) -> list[bytes]:
    """The file as it was after each update, the file itself last."""
    ends = [match.end() for match in re.finditer(rb"startxref\s+\d+\s+%%EOF\r?\n?", pdf)]
    assert ends and ends[-1] == len(pdf), "the file does not end with a revision"
    return [pdf[:end] for end in ends]


def one_page(*fields: bytes) -> bytes:
    """A PDF of one empty page; the objects given follow as 4, 5, ..., the first of them a form field."""
    form = (b"/AcroForm << /Fields [4 0 R] /SigFlags 3 >> ", b"/Annots [4 0 R] ") if fields else (b"", b"")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s>>" % form[0],
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Resources << >> %s>>" % form[1],
        *fields,
    ]
    pdf, table = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"0000000000 65535 f \n"
    for number, body in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(pdf)
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size, name = len(objects) + 1, b"00" * 16
    end = b"xref\n0 %d\n%strailer\n<< /Size %d /Root 1 0 R /ID [<%s> <%s>] >>\nstartxref\n%d\n%%%%EOF\n"
    return pdf + end % (size, table, size, name, name, len(pdf))


def sealed_by(sub_filter: str, name: str, sign: Callable[[bytes], bytes], room: int = 4000) -> bytes:
    """One page, sealed: `sign` is handed the bytes of the ByteRange and gives back what belongs into /Contents."""
    gap, line = b"<" + b"0" * (2 * room) + b">", b"/ByteRange [0 %010d %010d %010d]"
    pdf = one_page(
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal) /F 132 /P 3 0 R /Rect [0 0 0 0] /V 5 0 R >>",
        b"<< /Type /Sig /Filter /%s /SubFilter /%s %s /Contents %s /M (D:20260601120000+08'00') >>"
        % (name.encode(), sub_filter.encode(), line % (0, 0, 0), gap),
    )
    start = pdf.index(gap)
    end = start + len(gap)
    pdf = pdf.replace(line % (0, 0, 0), line % (start, end, len(pdf) - end))
    der = sign(pdf[:start] + pdf[end:])
    assert len(der) <= room
    return pdf[: start + 1] + der.hex().encode().ljust(2 * room, b"0") + pdf[end - 1 :]
