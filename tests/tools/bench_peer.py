"""Apache PDFBox and Bouncy Castle making the page of `yinxin bench page`: the program in tests/bench/java, asked line by line.

Its fonts are read once and it has made 200 documents before anything is measured; pdfsig calls what it makes valid. Java goes on making its code
faster after that: what it does after a longer run is measured, too.
"""
import json
import subprocess
from pathlib import Path

import bench_page

WARM_UPS = 200
# PDFBox makes subsets of TrueType outlines only, and Noto Serif CJK has none.
FONT = Path("/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf")


class Peer:
    """One process on one CPU, warmed up; measure() while nothing else runs there."""

    def __init__(self, classes: Path, document: Path, folder: Path, cpu: int):
        """`classes`: with FOLDER.classpath beside it. `document`: one of ours, for its seal. `folder`: on the disk to measure, nobody else's."""
        class_path = f"{classes}:{classes.with_suffix('.classpath').read_text().strip()}"
        page, seal = folder / "page.tsv", folder / "seal.png"
        page.write_text("\n".join(bench_page.page_lines()) + "\n")
        seal.write_bytes(bench_page.seal_png(document))
        command = ["taskset", "-c", str(cpu), "java", "-Djava.awt.headless=true", "-cp", class_path, "Peer"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self.ask("make", FONT, page, seal, bench_page.seal_place(), folder)
            self.ask("run", f"count={WARM_UPS}")
        except BaseException:
            self.close()
            raise

    def ask(self, *words) -> dict:
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"failed": "it ended"}')
        if "failed" in answer:
            raise RuntimeError(f"the peer: {answer['failed']}")
        return answer

    def measure(self, seconds: float) -> dict:
        """made_per_s, cpu_us_per_document, pdf_bytes. Throws when its last document is not sealed as ours are."""
        answer = self.ask("run", f"seconds={seconds}")
        check_sealed(Path(answer.pop("last")))
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_):
        self.close()


def check_sealed(file: Path):
    said = subprocess.run(["pdfsig", "-nocert", file], check=True, capture_output=True, text=True).stdout
    for word in ("Signature is Valid", "Total document signed", "ETSI.CAdES.detached"):
        if word not in said:
            raise RuntimeError(f"{file}: pdfsig does not say \"{word}\":\n{said}")
