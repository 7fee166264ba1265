"""kill -9 at any moment: what was acknowledged is there, and every number is ISSUED or VOID."""
import sqlite3

from crash import Harness
from instance import BUILD


def test_two_hundred_kills_lose_nothing(fresh):
    report = Harness(fresh, clients=6, seed=20260131).run(rounds=100, documents=5000)
    print(report)
    assert report.faults == []
    assert report.kills >= 200 and report.kills_in_flight >= 150 and report.acknowledged >= 5000, report


def test_the_harness_sees_an_acknowledgement_before_the_commit(fresh):
    harness = Harness(fresh, environment={"LD_PRELOAD": str(BUILD / "liblate_writes.so"), "YINXIN_LATE_MS": "400"})
    fresh.counted = False  # rows of the audit are lost, too
    report = harness.run(rounds=20, documents=0, until_fault="lost")
    assert any(fault.startswith("lost") for fault in report.faults), report


def test_the_harness_sees_numbers_given_twice_when_nothing_keeps_them_unique(fresh):
    harness = Harness(fresh, seed=7)
    harness.instance.start()
    for client in harness.clients:
        client.start()
    harness.round()
    harness.hold_clients()
    assert harness.report.faults == []
    harness.instance.kill()
    with sqlite3.connect(fresh.dir / "register.db") as register:
        for index in ("document_number", "document_serial"):
            register.execute(f"DROP INDEX {index}")
        register.execute("UPDATE counter SET n = max(1, n - 5)")
    register.close()
    harness.instance.start()
    harness.round()
    harness.finished.set()
    harness.open.set()
    assert any("duplicates of number" in fault for fault in harness.report.faults), harness.report
