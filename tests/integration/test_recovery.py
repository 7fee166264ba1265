"""What a run leaves open while its sealer cannot start: the next one serves all the same, and settles it when the sealer is back."""
import contextlib
import os
import signal
import threading
import time
from http.client import HTTPException

from instance import sample

RECORD, LEFT = sample("tax-payment-record.one-year"), sample("tax-payment-record.foreigner")


def wait_until(holds, instance, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert instance.server.poll() is None and time.monotonic() < end, instance.log_tail()
        time.sleep(0.05)


def leave_one_number_open(instance, key):
    """The sealer hangs while the server is killed."""
    sealer = next(pid for name, pid in instance.children().items() if name.startswith("yinxin-sealer"))
    os.kill(sealer, signal.SIGSTOP)

    def ask():
        with contextlib.suppress(OSError, HTTPException):
            instance.post_document("tax-payment-record", LEFT, key)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: instance.fsck()["unsettled"] == 1, instance)
    instance.kill()
    asking.join()


def test_a_sealer_that_cannot_start_stops_issuing_and_nothing_else(running):
    document = running.issue("tax-payment-record", RECORD)
    file = running.pdf(document)
    leave_one_number_open(running, "left")
    passphrase = running.dir / "keys" / "passphrase"
    right = passphrase.read_text()
    passphrase.write_text("not this one\n")

    listen = running.dir / "run" / "listen"
    running.start(wait=False)
    wait_until(lambda: listen.exists() and listen.read_text().strip() != "", running)
    running.port = int(listen.read_text().rsplit(":", 1)[1])
    assert running.verify(document["code"])["outcome"] == "on_record"
    assert running.verify_file(file)["outcome"] == "genuine"
    ready = running.request("GET", "/readyz")
    assert ready.status == 503 and ready.json["checks"]["sealer"] == "failed" and ready.json["checks"]["recovery"] == "pending", ready
    for key in ("another", "left"):
        assert running.post_document("tax-payment-record", RECORD if key == "another" else LEFT, key).status == 503
    report = running.fsck()
    assert (report["unsettled"], report["void"], report["faults"]) == (1, 0, []), report

    passphrase.write_text(right)
    wait_until(lambda: running.fsck()["unsettled"] == 0, running)
    answer = running.post_document("tax-payment-record", LEFT, "left")
    assert answer.status == 200, answer  # made meanwhile, with the number it had
    wait_until(lambda: running.request("GET", "/readyz").status == 200, running)
    running.stop()
    assert running.assert_sound()["void"] == 0
