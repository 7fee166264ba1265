"""All TSAs down, then slow, then lying, while documents are issued: none is lost, none says a level it does not have, those that want no
time stamp ask nobody, and what is owed is paid within a minute once a TSA tells the truth again."""
import json
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from instance import NO_LIMITS, Instance, sample

OUTAGES = ["tsa-down", "tsa-slow=30000", "tsa-wrong-imprint", "tsa-wrong-nonce", "tsa-expired"]
WANTED = [None, "B-T", "B-LT", "B-LTA"]
OF_EACH = 5


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    instance = Instance.make(tmp_path_factory.mktemp("outage") / "demo").start(sets=[*NO_LIMITS, "timestamps.policy=deferred"])
    yield instance
    assert instance.stop() == 0
    instance.assert_sound()


def fault(instance: Instance, word: str) -> None:
    run = instance.cli("pki", "fault", word, "--dir", instance.dir)
    assert run.returncode == 0, run.stderr


def metrics(instance: Instance) -> dict[str, float]:
    address = (instance.dir / "run" / "admin-listen").read_text().strip()
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def sum_of(found: dict[str, float], name: str) -> float:
    return sum(value for key, value in found.items() if key.startswith(name + "{"))


def issue(instance: Instance, level: str | None) -> tuple[str | None, str]:
    document = instance.issue("tax-payment-record", sample("tax-payment-record.one-year"), options={"level": level} if level else {})
    return level, document["id"]


def revisions(instance: Instance, document: str) -> list[dict]:
    answer = instance.request("GET", f"/api/v1/documents/{document}", None, instance.bearer())
    assert answer.status == 200, answer
    return answer.json["revisions"]


def level_in_file(instance: Instance, document: str, revision: int, folder) -> tuple[str, bytes]:
    """What the file is by itself, without the register."""
    answer = instance.request("GET", f"/api/v1/documents/{document}/pdf?revision={revision}", None, instance.bearer())
    assert answer.status == 200, answer
    path = folder / f"{document}.{revision}.pdf"
    path.write_bytes(answer.body)
    run = instance.cli("verify", path, "--trust", instance.dir / "pki" / "demo-root.pem", "--json")
    said = json.loads(run.stdout)
    assert said["integrity"] == "intact", said
    return said["signatures"][0]["level"], answer.body


def wait_until(seen, seconds: float, what):
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, what()
        time.sleep(0.1)


@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_costs_levels_for_a_while_and_no_document(demo, tmp_path, outage):
    assert sum_of(metrics(demo), "yinxin_level_debts") == 0
    fault(demo, outage)
    with ThreadPoolExecutor(4) as pool:
        issued = list(pool.map(lambda level: issue(demo, level), WANTED * OF_EACH))
    assert len({document for _, document in issued}) == len(WANTED) * OF_EACH
    firsts = {}
    for _, document in issued:
        (only,) = revisions(demo, document)
        level, firsts[document] = level_in_file(demo, document, 1, tmp_path)
        assert only["level"] == level == "B-B"

    seen = metrics(demo)
    for level in WANTED[1:]:
        assert sum_of({k: v for k, v in seen.items() if f'level="{level}"' in k}, "yinxin_level_debts") == OF_EACH
    assert sum_of(seen, "yinxin_tsa_left_alone") == 2
    said = demo.cli("doctor", "--dir", demo.dir, "--json").stdout
    assert f"{3 * OF_EACH} documents are below their level" in said

    fault(demo, "none")
    wait_until(
        lambda: sum_of(metrics(demo), "yinxin_level_debts") == 0, 60, lambda: [revisions(demo, document) for _, document in issued]
    )
    for wanted, document in issued:
        last = revisions(demo, document)[-1]
        level, newest = level_in_file(demo, document, last["n"], tmp_path)
        assert last["level"] == level == (wanted or "B-B")
        assert newest.startswith(firsts[document])
        assert demo.verify_file(newest)["outcome"] == demo.verify_file(firsts[document])["outcome"] == "genuine"


def test_what_wants_no_time_stamp_asks_no_tsa(demo):
    fault(demo, "tsa-slow=30000")
    before = metrics(demo)
    for _ in range(10):
        issue(demo, None)
    after = metrics(demo)
    for name in ("yinxin_tsa_tokens_total", "yinxin_tsa_errors_total", "yinxin_level_debts"):
        assert sum_of(after, name) == sum_of(before, name)
    fault(demo, "none")


def test_only_metrics_are_told(demo):
    address = (demo.dir / "run" / "admin-listen").read_text().strip()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://{address}/", timeout=10)
    assert refused.value.code == 404
    assert demo.request("GET", "/metrics").status == 404


def test_nothing_is_released_below_a_level_that_is_required(tmp_path):
    instance = Instance.make(tmp_path / "demo")
    required = ["timestamps.policy=required", "seal.level=B-T", "timestamps.deadline_ms=500"]
    instance.start(sets=[*NO_LIMITS, *required])
    _, document = issue(instance, None)
    assert revisions(instance, document)[0]["level"] == "B-T"
    fault(instance, "tsa-down")
    refused = instance.post_document("tax-payment-record", sample("tax-payment-record.one-year"), key="the-same")
    assert refused.status == 503 and "retry-after" in refused.headers, refused
    fault(instance, "none")

    def goes_out():
        answer = instance.post_document("tax-payment-record", sample("tax-payment-record.one-year"), key="the-same")
        assert answer.status in (200, 201, 503), answer
        return answer.status != 503

    wait_until(goes_out, 60, instance.log_tail)
    assert instance.stop() == 0
    report = instance.assert_sound()
    assert report["issued"] == 2
