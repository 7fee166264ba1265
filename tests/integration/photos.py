"""Photos and scans made from a rendered page, as a phone or a scanner would take them: each from a seed and with its parameters."""
import io
import math
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy
from PIL import Image, ImageFilter

DESK = 70  # the grey of what the paper lies on


@dataclass
class Shot:
    """How a photo is taken. What is 0 or 1 leaves the page as it is."""

    seed: int
    dpi: int = 200
    tilt_degrees: float = 0  # the paper's plane against the camera's, about an axis in any direction
    turn_degrees: float = 0  # in the picture's plane
    blur_sigma: float = 0  # pixels
    noise_sigma: float = 0  # of 255
    jpeg_quality: int = 90
    shadow: float = 1  # what is left of the light in it; its edge runs through the QR
    crease: float = 0  # how much darker its shady side is, of 255; it runs through the QR
    light: float = 1  # of the whole picture

    def parameters(self) -> dict:
        return asdict(self)


def any_shot(seed: int, **given) -> Shot:
    """Everything at once, as much of each as the seed says."""
    dice = numpy.random.default_rng(seed)
    drawn = {
        "dpi": int(dice.integers(150, 301)),
        "tilt_degrees": round(dice.uniform(0, 15), 1),
        "turn_degrees": round(dice.uniform(-10, 10), 1),
        "blur_sigma": round(dice.uniform(0.5, 1.5), 2),
        "noise_sigma": round(dice.uniform(2, 8), 1),
        "jpeg_quality": 40,
        "shadow": round(dice.uniform(0.4, 0.8), 2) if dice.random() < 0.5 else 1,
        "crease": round(dice.uniform(20, 60), 1) if dice.random() < 0.5 else 0,
        "light": round(dice.uniform(0.4, 0.7), 2) if dice.random() < 0.25 else 1,
    }
    return Shot(seed=seed, **{**drawn, **given})


def rendered(pdf: Path, page: int, dpi: int) -> Image.Image:
    """A page in grey."""
    command = ["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-gray", str(pdf)]
    return Image.open(io.BytesIO(subprocess.run(command, check=True, capture_output=True).stdout)).convert("L")


def qr_box(kind: str, dpi: int) -> tuple[int, int, int, int]:
    """Where the verification QR of a shipped form stands on its page, with the code below it: left, top, right, bottom."""
    left, top, side = {"invoice": (165, 96, 37)}.get(kind, (157.3, 9.7, 40))
    return tuple(round(mm / 25.4 * dpi) for mm in (left, top, left + side, top + side))


def creased(page: numpy.ndarray, shot: Shot, middle: tuple[int, int], dice) -> numpy.ndarray:
    """A fold across the page: a thin dark line, one side in the shade, and what lies near it shifted."""
    height, width = page.shape
    y, x = numpy.mgrid[0:height, 0:width].astype(numpy.float32)
    angle = dice.uniform(-0.2, 0.2) + (math.pi / 2 if dice.random() < 0.5 else 0)
    away = (y - middle[1]) * math.cos(angle) - (x - middle[0]) * math.sin(angle)
    near = numpy.exp(-numpy.abs(away) / (0.1 * shot.dpi))
    shift = 0.006 * shot.dpi * near * numpy.sign(away)
    rows = numpy.clip(numpy.rint(y + shift * math.cos(angle)), 0, height - 1).astype(int)
    columns = numpy.clip(numpy.rint(x - shift * math.sin(angle)), 0, width - 1).astype(int)
    shade = shot.crease * near * (away > 0) + 1.5 * shot.crease * numpy.exp(-((away / (0.004 * shot.dpi)) ** 2))
    return page[rows, columns] - shade


def shadowed(page: numpy.ndarray, shot: Shot, middle: tuple[int, int], dice) -> numpy.ndarray:
    height, width = page.shape
    y, x = numpy.mgrid[0:height, 0:width].astype(numpy.float32)
    angle = dice.uniform(0, 2 * math.pi)
    away = (x - middle[0]) * math.cos(angle) + (y - middle[1]) * math.sin(angle)
    soft = dice.uniform(0.01, 0.3) * shot.dpi
    return page * (shot.shadow + (1 - shot.shadow) / (1 + numpy.exp(-numpy.clip(away / soft, -50, 50))))


def corners_seen(width: int, height: int, shot: Shot, dice) -> list[tuple[float, float]]:
    """Where a camera two page heights away sees the corners of the tilted page; the first is the upper left."""
    axis, tilt, turn = dice.uniform(0, 2 * math.pi), math.radians(shot.tilt_degrees), math.radians(shot.turn_degrees)
    distance, seen = 2.0 * height, []
    for x, y in ((0, 0), (width, 0), (width, height), (0, height)):
        x, y = x - width / 2, y - height / 2
        along, across = x * math.cos(axis) + y * math.sin(axis), -x * math.sin(axis) + y * math.cos(axis)
        across, depth = across * math.cos(tilt), across * math.sin(tilt)
        scale = distance / (distance + depth)
        u, v = (along * math.cos(axis) - across * math.sin(axis)) * scale, (along * math.sin(axis) + across * math.cos(axis)) * scale
        seen.append((u * math.cos(turn) - v * math.sin(turn), u * math.sin(turn) + v * math.cos(turn)))
    return seen


def on_the_desk(page: Image.Image, shot: Shot, dice) -> Image.Image:
    seen = corners_seen(page.width, page.height, shot, dice)
    margin = 0.03 * page.height
    left, top = min(x for x, _ in seen) - margin, min(y for _, y in seen) - margin
    size = (round(max(x for x, _ in seen) + margin - left), round(max(y for _, y in seen) + margin - top))
    rows, goals = [], []
    for (u, v), (x, y) in zip([(x - left, y - top) for x, y in seen], ((0, 0), (page.width, 0), (page.width, page.height), (0, page.height))):
        rows += [[u, v, 1, 0, 0, 0, -x * u, -x * v], [0, 0, 0, u, v, 1, -y * u, -y * v]]
        goals += [x, y]
    mapping = numpy.linalg.solve(numpy.array(rows), numpy.array(goals))
    return page.transform(size, Image.Transform.PERSPECTIVE, tuple(mapping), Image.Resampling.BICUBIC, fillcolor=DESK)


def taken(page: Image.Image, shot: Shot, kind: str) -> Image.Image:
    """The photo before it is written to a file."""
    dice = numpy.random.default_rng([shot.seed, 1])
    box = qr_box(kind, shot.dpi)
    middle = tuple(int(numpy.clip((box[i] + box[i + 2]) / 2 + dice.uniform(-0.35, 0.35) * (box[2] - box[0]), 0, page.size[i] - 1)) for i in (0, 1))
    pixels = numpy.asarray(page, dtype=numpy.float32)
    if shot.crease:
        pixels = creased(pixels, shot, middle, dice)
    if shot.shadow != 1:
        pixels = shadowed(pixels, shot, middle, dice)
    page = Image.fromarray(numpy.clip(pixels, 0, 255).astype(numpy.uint8))
    if shot.tilt_degrees or shot.turn_degrees:
        page = on_the_desk(page, shot, dice)
    if shot.blur_sigma:
        page = page.filter(ImageFilter.GaussianBlur(shot.blur_sigma))
    pixels = numpy.asarray(page, dtype=numpy.float32) * shot.light
    if shot.noise_sigma:
        pixels = pixels + dice.normal(0, shot.noise_sigma, pixels.shape)
    return Image.fromarray(numpy.clip(pixels, 0, 255).astype(numpy.uint8))


def as_jpeg(photo: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    photo.convert("RGB").save(out, "JPEG", quality=quality)
    return out.getvalue()


def as_png(photo: Image.Image) -> bytes:
    out = io.BytesIO()
    photo.save(out, "PNG")
    return out.getvalue()


def as_heic(photo: Image.Image, folder: Path) -> bytes:
    source, target = folder / "photo.png", folder / "photo.heic"
    photo.convert("RGB").save(source)
    subprocess.run(["heif-enc", "-q", "60", "-o", str(target), str(source)], check=True, capture_output=True)
    return target.read_bytes()


def scan_as_pdf(photo: Image.Image, dpi: int, filters: str = "DCTDecode") -> bytes:
    """A PDF of one page that is one picture; DCTDecode, FlateDecode, or a name that says what the data is not."""
    if filters == "FlateDecode":
        import zlib

        data = zlib.compress(photo.tobytes())
    else:
        data = as_jpeg(photo.convert("L"), 75)
    size = [round(side * 72 / dpi, 2) for side in photo.size]
    space = "/DeviceGray" if filters == "FlateDecode" else "/DeviceRGB"
    content = f"q {size[0]} 0 0 {size[1]} 0 0 cm /Im0 Do Q".encode()
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Contents 4 0 R /Resources << /XObject << /Im0 5 0 R >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        f"<< /Type /XObject /Subtype /Image /Width {photo.width} /Height {photo.height} /ColorSpace {space} /BitsPerComponent 8 ".encode()
        + f"/Filter /{filters} /Length {len(data)} >>\nstream\n".encode()
        + data
        + b"\nendstream",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)
    return bytes(out)
