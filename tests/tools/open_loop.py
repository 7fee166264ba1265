"""Requests at a fixed rate, whether or not the earlier ones were answered: latencies count from when a request was due."""
import asyncio
import contextlib
import http.client
import json
import statistics
import time
import uuid
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[2] / "server" / "samples" / "tax-payment-record.one-year.json"
OVERLOAD = 1.5
VERIFICATIONS_PER_S = 50
CAPACITY_SECONDS = 6
CAPACITY_CONNECTIONS = 32
WAIT_MAX_S = 30


def id_number(serial: int) -> str:
    """A made-up resident ID number of a region that does not exist (GB 11643)."""
    day = time.strftime("%Y%m%d", time.gmtime((serial % 7000) * 86400))
    digits = f"990000{day}{serial // 7000 % 1000:03}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)))
    return digits + "10X98765432"[total % 11]


class Issues:
    """Requests to issue, each for another person."""

    def __init__(self, key: str):
        self.key, self.serial, self.data = key, 0, json.loads(SAMPLE.read_text())

    def __next__(self) -> bytes:
        self.serial += 1
        self.data["taxpayer"]["id_number"] = id_number(self.serial)
        body = json.dumps({"type": "tax-payment-record", "data": self.data}, ensure_ascii=False).encode()
        head = (
            f"POST /api/v1/documents HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.key}\r\nIdempotency-Key: {uuid.uuid4()}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def question(code: str) -> bytes:
    return f"GET /api/v1/verifications/{code} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


class Connections:
    """As many as are needed at once; those that are free are used again."""

    def __init__(self, port: int):
        self.port, self.free = port, []

    async def send(self, request: bytes) -> tuple[int, dict, bytes]:
        kept = bool(self.free)
        streams = self.free.pop() if kept else await asyncio.open_connection("127.0.0.1", self.port)
        try:
            return await self.exchange(streams, request)
        except (OSError, asyncio.IncompleteReadError):
            streams[1].close()
            if not kept:
                raise
        # The server may close a connection that waits for a request (RFC 9112, 9.5); both requests may be sent again.
        return await self.exchange(await asyncio.open_connection("127.0.0.1", self.port), request)

    async def exchange(self, streams, request: bytes) -> tuple[int, dict, bytes]:
        reader, writer = streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(fields["content-length"]))
        if fields.get("connection") == "close":
            writer.close()
        else:
            self.free.append(streams)
        return int(head[0].split()[1]), fields, body


class Tally:
    """What became of requests of one kind."""

    def __init__(self):
        self.answers = []  # (status, seconds since it was due, fields, body)
        self.failed = 0

    async def ask(self, connections: Connections, request: bytes, due: float) -> None:
        try:
            status, fields, body = await asyncio.wait_for(connections.send(request), WAIT_MAX_S)
            self.answers.append((status, time.monotonic() - due, fields, body))
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
            self.failed += 1

    def latencies_ms(self, status: int) -> dict:
        taken = sorted(seconds * 1e3 for found, seconds, *_ in self.answers if found == status)
        return {"count": len(taken)} | {f"p{share}_ms": round(taken[int(share / 100 * (len(taken) - 1))], 1) for share in (50, 99) if taken}

    def documents(self) -> list[dict]:
        return [json.loads(body) for status, _, _, body in self.answers if status == 201]


async def at_rate(per_s: float, seconds: float, tally: Tally, connections: Connections, requests) -> None:
    """`requests` has the next one made just before it is due."""
    start, asked = time.monotonic(), []
    for n in range(int(per_s * seconds)):
        due = start + n / per_s
        request = next(requests)
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        asked.append(asyncio.create_task(tally.ask(connections, request, due)))
    await asyncio.gather(*asked)


async def capacity(port: int, issues: Issues, tally: Tally, seconds: float) -> float:
    """Documents a second when many are always under way, and nobody is refused."""
    connections, end = Connections(port), time.monotonic() + seconds

    async def one_after_the_other() -> None:
        while time.monotonic() < end:
            await tally.ask(connections, next(issues), time.monotonic())

    await asyncio.gather(*(one_after_the_other() for _ in range(CAPACITY_CONNECTIONS)))
    return len(tally.documents()) / seconds


def repeated(items: list):
    while True:
        yield from items


async def measure(port: int, key: str, seconds: float, capacity_seconds: float, times: float) -> dict:
    issues, warm, busy, issued, verified = Issues(key), Tally(), Tally(), Tally(), Tally()
    await capacity(port, issues, warm, capacity_seconds)
    per_s = await capacity(port, issues, busy, capacity_seconds)
    codes = [question(document["code"]) for document in warm.documents()]
    await asyncio.gather(
        at_rate(times * per_s, seconds, issued, Connections(port), issues),
        at_rate(VERIFICATIONS_PER_S, seconds, verified, Connections(port), repeated(codes)),
    )
    refused = [fields for status, _, fields, _ in issued.answers if status == 503]
    return {
        "capacity_per_s": round(per_s, 1),
        "offered_per_s": round(times * per_s, 1),
        "issued": issued.latencies_ms(201),
        "refused": issued.latencies_ms(503),
        "refused_without_retry_after": sum("retry-after" not in fields for fields in refused),
        "failed": issued.failed + verified.failed + len(issued.answers) - len(refused) - len(issued.documents()),
        "verified": verified.latencies_ms(200),
        "verifications_per_s": VERIFICATIONS_PER_S,
        "accepted_documents": warm.documents() + busy.documents() + issued.documents(),
    }


def overload(port: int, key: str, seconds: float, capacity_seconds: float = CAPACITY_SECONDS, times: float = OVERLOAD) -> dict:
    """Offers `times` what can be issued, which is measured first, for so many seconds; "accepted_documents" are all that were acknowledged."""
    return asyncio.run(measure(port, key, seconds, capacity_seconds, times))


def middle(values: list):
    """The median of figures, and of each figure in dictionaries."""
    if isinstance(values[0], dict):
        return {name: middle([value[name] for value in values if name in value]) for name in values[0]}
    return round(statistics.median(values), 1)


def together(runs: list[dict]) -> dict:
    """Medians of runs of overload(), and of what must not be at all the sum."""
    sums = {name: sum(run[name] for run in runs) for name in ("failed", "refused_without_retry_after")}
    return {**middle(runs), **sums, "runs_verified_p99_ms": [run["verified"].get("p99_ms") for run in runs]}


class Reader:
    """Reads documents back, over one connection."""

    def __init__(self, port: int, key: str):
        self.port, self.fields, self.http = port, {"Authorization": f"Bearer {key}"}, None

    def is_kept(self, document: dict) -> bool:
        for _ in range(2):  # a connection ends after a thousand requests
            self.http = self.http or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.http.request("GET", f"/api/v1/documents/{document['id']}", headers=self.fields)
                answer = self.http.getresponse()
                return answer.status == 200 and json.loads(answer.read())["sha256"] == document["sha256"]
            self.http = None
        return False
