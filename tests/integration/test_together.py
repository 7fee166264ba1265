"""Many at once: the same key, many clients, command lines beside a server."""
import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from instance import sample


@pytest.mark.parametrize("times", [2, 10, 50])
def test_the_same_key_many_times_at_once_makes_one_document(served, times):
    data = sample("tax-payment-record.no-rows")
    for _ in range(5):
        before, key = served.fsck()["numbers"], str(uuid.uuid4())
        with ThreadPoolExecutor(times) as pool:
            answers = [future.result() for future in [pool.submit(served.post_document, "tax-payment-record", data, key) for _ in range(times)]]
        assert {answer.status for answer in answers} <= {200, 201}, answers
        assert [answer.status for answer in answers].count(201) <= 1
        assert len({json.dumps(answer.json, sort_keys=True) for answer in answers}) == 1
        assert served.fsck()["numbers"] == before + 1


def test_one_key_for_two_contents_at_once_makes_one_document(served):
    one, other = sample("tax-payment-record.no-rows"), sample("tax-payment-record.foreigner")
    key = str(uuid.uuid4())
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda data: served.post_document("tax-payment-record", data, key), [one, other] * 10))
    statuses = [answer.status for answer in answers]
    assert set(statuses) <= {200, 201, 422} and statuses.count(422) == 10, statuses
    assert len({answer.json["id"] for answer in answers if answer.status != 422}) == 1


def test_four_command_lines_beside_a_server_under_load(running):
    data = running.dir / "data.json"
    data.write_text(json.dumps(sample("invoice.ordinary")))
    stop, numbers, faults = threading.Event(), [], []

    def load():
        connection = running.connection()
        while not stop.is_set():
            answer = running.post_document("tax-payment-record", sample("tax-payment-record.no-rows"), connection=connection)
            if answer.status == 201:
                numbers.append(answer.json["number"])
            elif answer.status != 503:
                faults.append(answer)
        connection.close()

    def command_line(which):
        for time in range(15):
            out = running.dir / f"{which}-{time}.pdf"
            run = running.cli("issue", "invoice", data, "--dir", running.dir, "-o", out, "--json")
            if run.returncode != 0:
                faults.append(run.stderr)
            else:
                numbers.append(json.loads(run.stdout)["number"])

    loaders = [threading.Thread(target=load) for _ in range(4)]
    issuers = [threading.Thread(target=command_line, args=(which,)) for which in range(4)]
    for thread in loaders + issuers:
        thread.start()
    for thread in issuers:
        thread.join()
    stop.set()
    for thread in loaders:
        thread.join()
    assert faults == [] and len(numbers) > 60
    assert len(set(numbers)) == len(numbers)
    report = running.assert_sound()
    assert report["issued"] == len(numbers)


def test_a_second_server_on_the_same_instance_is_refused(running):
    run = running.cli("serve", running.dir, "--listen", "127.0.0.1:0", timeout=30)
    assert run.returncode != 0 and run.stderr.strip()
    assert running.verify("ZZZZ-ZZZZ-ZZZZ-ZZZH")["outcome"] == "not_verified"
