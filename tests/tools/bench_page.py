"""The page of `yinxin bench page` for another program to draw: its texts, rules and seal, from the form's layout and the sample.

page_lines() gives what tests/bench/java/Page.java reads: where everything stands, in points from the lower left corner. What is
another one on each document stays {name}, {id}, {number}, {code}. The marks of a demonstration are left out.
"""
import datetime
import json
import re
import struct
import subprocess
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYOUT = ROOT / "pdf/forms/tax-payment-record/1/layout.json"
SAMPLE = ROOT / "server/samples/tax-payment-record.one-year.json"
POINTS_PER_MM = 72 / 25.4
MIDDLE_EMS = 0.36  # half the height of a letter above its baseline
QUIET_MODULES, MODULES = 4, 61  # of the QR in its box: margin on each side, and what is drawn
# What a layout's own styles of these names begin with.
STYLES = {"title": {"size": 18, "align": "center"}, "head": {"align": "center"}, "note": {"size": 8}, "cell": {"size": 8}, "code": {"align": "center"}}
SEAL_DPI = 300
SEAL_RED, SEAL_RED_MIN = 186, 40  # how much redder than grey its ink is, and what of that may be a mark below it

CHINA = datetime.timezone(datetime.timedelta(hours=8))
ISSUER = "示例市税务局"
HOST = "127.0.0.1:8080"
TOTAL_WORDS = "陆仟零伍拾元伍角捌分"  # of the sample


def values_of(sample: dict) -> dict[str, str]:
    taxpayer = sample["taxpayer"]
    total = sum(round(float(row["amount"]) * 100) for row in sample["rows"]) / 100
    return {
        "issuance.number": "{number}",
        "issuance.code_grouped": "{code}",
        "issuance.channel": "自助打印",
        "issuance.issued_day": datetime.datetime.now(CHINA).date().isoformat(),
        "issuer.organ": ISSUER,
        "issuer.verify_host": HOST,
        "taxpayer.name": "{name}",
        "taxpayer.id_number": "{id}",
        "taxpayer.id_type": taxpayer["id_type"],
        "derived.taxpayer_id": "{id}",
        "derived.period": f"{sample['period']['from']} 至 {sample['period']['to']}",
        "derived.data_as_of": sample["data_as_of"][:16].replace("T", " "),
        "derived.total_text": f"{total:,.2f}",
        "derived.total_words": TOTAL_WORDS,
        "page.number": "1",
        "page.count": "1",
    }


def values_of_row(row: dict) -> dict[str, str]:
    return {**row, "derived.amount": f"{float(row['amount']):,.2f}", "derived.treasury_date": row["treasury_date"]}


def filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\{([\w.]+)(?::\d+)?\}", lambda match: values[match[1]], text)


class Description:
    def __init__(self, layout: dict):
        self.layout, self.lines = layout, []
        self.height = layout["page"][1]

    def style(self, given: dict) -> dict:
        """With what it inherits: its own members count first."""
        name = given.get("style", "")
        own = self.layout["styles"].get(name)
        return {**STYLES.get(name, {}), **(self.style(own) if own else {}), **given}

    def place(self, *mm: float) -> list[str]:
        return [f"{(self.height - value if index % 2 else value) * POINTS_PER_MM:.2f}" for index, value in enumerate(mm)]

    def text(self, box: list[float], words: str, given: dict):
        if not words:
            return
        style = self.style(given)
        size = style.get("sizes", [style.get("size", 9)])[0]
        align = style.get("align", "left")
        x, y, width, height = box
        x += {"left": 0, "center": width / 2, "right": width}[align]
        x, middle = self.place(x, y + height / 2)
        self.lines.append("\t".join(["text", x, f"{float(middle) - MIDDLE_EMS * size:.2f}", str(size), align, words]))

    def rule(self, *ends: float):
        self.lines.append("\t".join(["line", *self.place(*ends)]))

    def table(self, table: dict, sample: dict, values: dict[str, str]):
        left, top = table["at"]
        head, step, total, padding = table["head_height"], table["row_height"], table["total_height"], table["padding"]
        columns, rows = table["columns"], sample[table["rows"]]
        widths = [column["width"] for column in columns]
        bottom = top + head + step * len(rows)
        for y in [top, *(top + head + step * row for row in range(len(rows) + 1)), bottom + total]:
            self.rule(left, y, left + sum(widths), y)
        for column in range(len(columns) + 1):
            x = left + sum(widths[:column])
            self.rule(x, top, x, bottom)

        def cells(y: float, height: float, cells: list[tuple[dict, str]]):
            x = left
            for cell, words in cells:
                self.text([x + padding, y, cell["width"] - 2 * padding, height], words, {"style": "cell", **cell})
                x += cell["width"]

        cells(top, head, [({"width": column["width"], "style": "head", "align": "center"}, column["title"]) for column in columns])
        for number, row in enumerate(rows):
            own = values_of_row(row)
            cells(top + head + step * number, step, [(column, filled(column["value"], own)) for column in columns])
        cells(bottom, total, [(cell, filled(cell["value"], values)) for cell in table["total"]])
        x = left
        for width in [0, *(cell["width"] for cell in table["total"])]:
            x += width
            self.rule(x, bottom, x, bottom + total)


def page_lines() -> list[str]:
    layout, sample = json.loads(LAYOUT.read_text()), json.loads(SAMPLE.read_text())
    values, page = values_of(sample), Description(layout)
    for element in layout["elements"]:
        if "table" in element:
            page.table(element["table"], sample, values)
        elif "qr" in element:
            x, y, side, _ = element["box"]
            quiet = side * QUIET_MODULES / (MODULES + 2 * QUIET_MODULES)
            x, y, side = x + quiet, y + quiet, side - 2 * quiet
            page.lines.append("\t".join(["qr", *page.place(x, y + side), f"{side * POINTS_PER_MM:.2f}"]))
        elif "notes" in element:
            x, y, width, _ = element["box"]
            for number, note in enumerate(element["notes"]):
                page.text([x, y + number * element["leading"], width, element["leading"]], filled(note, values), {"style": "note"})
        elif "seal" not in element:
            page.text(element["box"], filled(element.get("text") or element["field"], values), element)
    return page.lines


def seal_box() -> list[float]:
    """x, y from the top, width, height in mm."""
    return next(element["seal"] for element in json.loads(LAYOUT.read_text())["elements"] if "seal" in element)


def seal_place() -> str:
    """The same in points from the lower left corner."""
    x, y, width, height = seal_box()
    return " ".join(f"{value * POINTS_PER_MM:.2f}" for value in (x, json.loads(LAYOUT.read_text())["page"][1] - y - height, width, height))


def seal_png(document: Path) -> bytes:
    """The seal as it stands on a document of ours: what is red there, the rest transparent."""
    x, y, width, height = (str(round(value * SEAL_DPI / 25.4)) for value in seal_box())
    crop = ["-r", str(SEAL_DPI), "-x", x, "-y", y, "-W", width, "-H", height]
    ppm = subprocess.run(["pdftoppm", *crop, "-singlefile", document], check=True, capture_output=True).stdout
    columns, rows, pixels = (int(width), int(height), ppm.split(b"\n", 3)[3])
    red, green, blue = pixels[0::3], pixels[1::3], pixels[2::3]
    alpha = bytes(min(255, max(0, r - (g + b) // 2 - SEAL_RED_MIN) * 255 // (SEAL_RED - SEAL_RED_MIN)) for r, g, b in zip(red, green, blue))
    raw = bytearray()
    for row in range(rows):
        raw.append(0)
        for value in alpha[row * columns : (row + 1) * columns]:
            raw += bytes((215, 25, 32, value))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", columns, rows, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(raw), 9)) + chunk(b"IEND", b"")
