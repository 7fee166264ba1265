#!/usr/bin/python3
"""Serves a demo instance and shows a newcomer around: demo.py YINXIN DIR ADDRESS:PORT [--once]

Issues a tax payment record and an invoice from the shipped samples over HTTP, checks both as a bank would and writes the PDFs
to DIR/out. With --once it then stops; exit 0 only if everything held. Without, it does so for a new instance only and serves on.
"""
import hashlib
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = [
    ("tax-payment-record", "tax-payment-record.one-year.json", "twelve months of income tax, paid by one person"),
    ("invoice", "invoice.ordinary.json", "an ordinary invoice with one line"),
]


class Failed(Exception):
    pass


def call(method: str, url: str, body=None, headers=None, timeout=30):
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def ask(expected: int, method: str, url: str, body=None, headers=None):
    status, answer = call(method, url, body, headers)
    if status != expected:
        raise Failed(f"{method} {url} answered {status} instead of {expected}: {answer.decode(errors='replace')[:2000]}")
    return answer


def check(what: str, held: bool, seen) -> None:
    if not held:
        raise Failed(f"{what}: {seen}")
    print(f"    {what}", flush=True)


def fact_of(kind: str, data: dict) -> dict:
    if kind == "invoice":
        cents = sum(round(float(line["amount"]) * 100) + round(float(line["tax"]) * 100) for line in data["lines"])
        return {"total": f"{cents // 100}.{cents % 100:02d}"}
    return {"id_last6": data["taxpayer"]["id_number"][-6:]}


def tour(url: str, directory: Path) -> list[str]:
    """Issues and checks every sample; the pages of what it made."""
    bearer = {"Authorization": "Bearer " + (directory / "admin.key").read_text().strip()}
    out = directory / "out"
    out.mkdir(exist_ok=True)
    pages = []
    for kind, sample, words in SAMPLES:
        data = json.loads((ROOT / "server" / "samples" / sample).read_text())
        print(f"issue {kind} ({words})", flush=True)
        start = time.monotonic()
        issued = json.loads(
            ask(201, "POST", f"{url}/api/v1/documents", {"type": kind, "data": data}, {**bearer, "Idempotency-Key": str(uuid.uuid4())})
        )
        code = issued["code"].replace("-", "")
        grouped = "-".join(code[at : at + 4] for at in range(0, 16, 4))
        print(f"    number {issued['number']}, code {grouped}, {(time.monotonic() - start) * 1000:.0f} ms", flush=True)
        pdf = ask(200, "GET", f"{url}/api/v1/documents/{issued['id']}/pdf", None, bearer)
        path = out / f"{kind}.pdf"
        path.write_bytes(pdf)
        check(f"its PDF, {len(pdf)} bytes, has the registered SHA-256: {path}", hashlib.sha256(pdf).hexdigest() == issued["sha256"], issued)
        known = json.loads(ask(200, "GET", f"{url}/api/v1/verifications/{code}"))
        check("by its code alone: on_record, valid", (known["outcome"], known["status"]) == ("on_record", "valid"), known)
        fact = fact_of(kind, data)
        facts = json.loads(ask(200, "POST", f"{url}/api/v1/verifications", {"code": code, "fact": fact}))
        check(f"by code and {next(iter(fact))}: on_record, with facts to compare", facts["outcome"] == "on_record" and bool(facts.get("facts")), facts)
        file = json.loads(ask(200, "POST", f"{url}/api/v1/verifications/file", pdf, {"Content-Type": "application/pdf"}))
        check("by its file: genuine, intact", (file["outcome"], file["integrity"]) == ("genuine", "intact"), file)
        changed = bytearray(pdf)
        changed[len(pdf) // 3] ^= 1
        file = json.loads(ask(200, "POST", f"{url}/api/v1/verifications/file", bytes(changed), {"Content-Type": "application/pdf"}))
        check(f"with one bit of it changed: {file['outcome']}", file["outcome"] not in ("genuine", "on_record"), file)
        ask(200, "GET", f"{url}/v/{code}")
        pages.append(f"{url}/v/{code}")
    return pages


def wait_until_ready(server: subprocess.Popen, directory: Path) -> str:
    """The address the server listens on, once it is ready."""
    listen = directory / "run" / "listen"
    for _ in range(600):
        if server.poll() is not None:
            raise Failed(f"yinxin serve stopped with {server.returncode}")
        if listen.exists() and (address := listen.read_text().strip()):
            url = f"http://{address}"
            try:
                if call("GET", f"{url}/readyz", timeout=5)[0] == 200:
                    return url
            except OSError:
                pass
        time.sleep(0.1)
    raise Failed("yinxin serve was not ready after 60 s")


def main() -> int:
    program, directory, address = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    once = "--once" in sys.argv
    (directory / "run" / "listen").unlink(missing_ok=True)
    log = directory / "serve.log"
    with open(log, "ab") as output:
        server = subprocess.Popen([program, "serve", str(directory), "--listen", address], stdout=output, stderr=output)
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: server.send_signal(signal.SIGTERM))
    try:
        url = wait_until_ready(server, directory)
        print(f"serving {directory} on {url}", flush=True)
        pages = tour(url, directory) if once or not (directory / "out").exists() else []
        if once:
            print("all of it held", flush=True)
            return 0
        print(f"\nOpen {url}/ to check a document, {url}/docs for the interface", *pages, sep="\n     ")
        print(f"The administrator's key is in {directory}/admin.key, the log in {log}. Stop with Ctrl-C.", flush=True)
        return server.wait()
    except (Failed, OSError, KeyError, ValueError) as error:
        print(f"demo: {error}\n{log.read_text(errors='replace')[-2000:]}", file=sys.stderr)
        return 1
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


if __name__ == "__main__":
    sys.exit(main())
