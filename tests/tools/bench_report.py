"""What bench.py found, in words: lines for a terminal, a page with a plot for docs/."""
import os
import platform
import subprocess
from pathlib import Path

import bench_plot
from bench_budgets import BUDGETS, UNITS


def machine(folder: Path) -> dict:
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    kind = subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True).stdout.strip()
    debian = Path("/etc/debian_version")
    return {
        "cpu": model or platform.machine(),
        "cpus": len(os.sched_getaffinity(0)),
        "system": f"Debian {debian.read_text().strip()}" if debian.exists() else platform.system(),
        "file_system": kind,
        "durable": kind not in ("tmpfs", "ramfs"),
    }


def lines(report: dict) -> list[str]:
    kept = "" if report["machine"]["durable"] else " IN MEMORY, NOT ON A DISK"
    return [f"budgets{kept}"] + [
        f"  {budget.verdict(report):<13} {budget.name}: {budget.figure_text(report) or '-'} ({budget.goal_text()})" for budget in BUDGETS
    ]


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}"


NAMES = {"rsa2048": "RSA-2048", "rsa3072": "RSA-3072", "p256": "P-256", "sm2": "SM2"}


def beside_signing(runs: dict[str, dict], rate: str) -> str:
    head = ["key", "bare signatures/s", "documents/s", "ratio", "µs beyond the signature", "CPU µs", "p50 ms", "p99 ms", "PDF bytes"]
    rows = [
        [
            NAMES[key],
            number(run["raw_sign_per_s"]),
            number(run[rate]),
            UNITS["share"](run["ratio"]),
            number(run["overhead_us"]),
            number(run["cpu_us_per_document"]),
            number(run["p50_us"] / 1000),
            number(run["p99_us"] / 1000),
            number(run["pdf_bytes"]),
        ]
        for key, run in runs.items()
    ]
    return table(head, rows)


def peer_part(report: dict) -> str:
    page, issue, peer = report["page"], report["issue"]["rsa2048"], report["peer"]
    warmer = peer["warmer"]
    head = ["", "documents/s", "CPU µs a document", "PDF bytes"]
    rows = [
        [name, number(run[rate]), number(run["cpu_us_per_document"]), number(run["pdf_bytes"])]
        for name, run, rate in (
            ["Yinxin, drawing and sealing", page, "made_per_s"],
            ["PDFBox and Bouncy Castle, the same", peer, "made_per_s"],
            ["the same, after a longer run", warmer, "made_per_s"],
            ["Yinxin, issuing as above", issue, "issued_per_s"],
        )
    ]
    return f"""## Beside Apache PDFBox and Bouncy Castle

{table(head, rows)}

Yinxin draws and seals **{peer['times']:.1f} times** as fast, and issues {peer['times_issued']:.1f} times as fast as the peer draws and seals (medians of the
rounds' ratios; each round starts the peer anew and lets it make 200 documents first). Java goes on making its code faster: beside a peer that had made
{number(warmer['documents_before'])} documents Yinxin is {warmer['times']:.1f} times as fast (one run). Drawing and sealing is `yinxin bench page`: data checked and set, page drawn, signed by the sealer in another process, file written; no number, no
register, no signed token, no look at the finished file. The peer is `tests/bench/java`: PDFBox 3.0.6, Bouncy Castle 1.83 and
ZXing 3.5.3 drawing the same texts and rules in the same places, a QR of as many modules and the same seal as a picture, sealing with RSA-2048 as PAdES
B-B with one intermediate certificate, and writing the file. pdfsig calls it valid. What makes it easier for the peer: it has one
font where Yinxin has the form's two subsets, LXGW WenKai, because PDFBox makes subsets of TrueType outlines only and Noto Serif CJK has none; the
font is read once; the RSA arithmetic is the JDK's, which is faster than Bouncy Castle's; it signs
within its own process; the data are not checked; there is no PDF/A metadata.
"""


QUIET_SCALING = 1.7  # of bare signing, from one CPU to two that are free
BUSY = """
**Bare signing alone should nearly double. Other work was on these CPUs, or they are two threads of one core: this part tells little.**
"""


def two_cpus_part(report: dict) -> str:
    two, one = report["two_cpus"], report["issue"]["rsa2048"]
    head = ["CPUs", "bare signatures/s", "documents/s"]
    rows = [[str(n), number(run["raw_sign_per_s"]), number(run["issued_per_s"])] for n, run in ((1, one), (2, two))]
    busy = "" if two["raw_scaling"] >= QUIET_SCALING else BUSY
    return f"""## From one CPU to two

{table(head, rows)}

Issuing becomes {two['scaling']:.2f} times as fast, bare signing {two['raw_scaling']:.2f} times: {UNITS['share'](two['share_of_raw_scaling'])} of it.
{busy}"""


def store_part(store: dict) -> str:
    rows = [
        ["a PDF as the register keeps it", f"{number(store['packed_bytes'])} of {number(store['pdf_bytes'])} bytes"],
        ["packing it, unpacking it", f"{number(store['pack_us'])} µs, {number(store['unpack_us'])} µs of CPU"],
        ["documents written per second", number(store["written_per_s"])],
        ["durable commits per second", f"{number(store['commits_per_s'])}, each of {number(store['units_per_commit'])} transactions"],
        ["PDFs read per second, SHA-256 checked", f"{number(store['reads_per_s'])}, {number(store['read_us'])} µs each"],
        ["what a document adds to the file", f"{number(store['stored_bytes_per_document'])} bytes"],
    ]
    return f"## The register alone\n\n{table(['', ''], rows)}\n"


def page(report: dict) -> str:
    machine = report["machine"]
    budgets = [[budget.name, budget.goal_text(), budget.figure_text(report) or "–", budget.verdict(report)] for budget in BUDGETS]
    parts = [
        f"""# Benchmarks

Written by `./dev bench`; ratios are from one run on one machine, because absolute figures belong to the machine. This one: {machine['cpus']} CPUs
({machine['cpu']}), {machine['system']}, {machine['file_system']}{'' if machine['durable'] else ', **in memory: nothing here was durable**'}. Medians of {report['rounds']} rounds of {report['seconds']} s.

![Each budget beside its goal](benchmarks.svg)

{table(['budget', 'goal', 'measured', ''], budgets)}

## Issuing

Whole documents: checked, numbered, rendered, sealed, verified and durable, each of another person, 16 in flight, the process and its children on one CPU.

{beside_signing(report['issue'], 'issued_per_s')}

Beyond the signature itself P-256 takes {report['overhead']['p256']:.2f} times what RSA-2048 takes, SM2 {report['overhead']['sm2']:.2f} times.
"""
    ]
    if "peer" in report:
        parts.append(peer_part(report))
    if "two_cpus" in report:
        parts.append(two_cpus_part(report))
    parts.append(
        f"""## Sealing a PDF made elsewhere

One page, read and checked in a process of its own each, as `POST /api/v1/seals` has it done.

{beside_signing(report['seal'], 'sealed_per_s')}
"""
    )
    parts.append(store_part(report["store"]))
    return "\n".join(parts)


def write(report: dict, folder: Path):
    folder.mkdir(exist_ok=True)
    (folder / "benchmarks.md").write_text(page(report))
    (folder / "benchmarks.svg").write_text(bench_plot.svg(report))
