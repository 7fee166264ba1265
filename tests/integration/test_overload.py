"""More to issue than can be issued: what is refused is told when to come back, what is accepted stays, and everybody may verify."""
import sys
from pathlib import Path

from instance import NO_LIMITS

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import open_loop  # noqa: E402


def test_an_overload_loses_nothing_and_keeps_nobody_from_verifying(pristine, tmp_path):
    instance = pristine.copy(tmp_path / "demo").start([*NO_LIMITS, f"limits.issue_queue_max={open_loop.CAPACITY_CONNECTIONS}"])
    # Twice as much: more, and on two CPUs it is this client that cannot keep up.
    found = open_loop.overload(instance.port, instance.key, seconds=3, capacity_seconds=2, times=2)
    assert found["refused"]["count"] > 0 and found["refused_without_retry_after"] == 0, found["refused"]
    assert found["verified"]["count"] == 3 * open_loop.VERIFICATIONS_PER_S and found["failed"] == 0, found["verified"]
    documents = found["accepted_documents"]
    assert len({document["number"] for document in documents}) == len(documents) > 0
    reader = open_loop.Reader(instance.port, instance.key)
    assert [document for document in documents if not reader.is_kept(document)] == []
    assert instance.stop() == 0
    assert instance.assert_sound()["issued"] == len(documents)
