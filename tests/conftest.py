"""What the groups that need a running instance share. Standard library and Debian's pytest only."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "integration"))
sys.path.insert(0, str(Path(__file__).parent / "interop"))
from instance import Instance, samples


@pytest.fixture(scope="session")
def pristine(tmp_path_factory) -> Instance:
    """A new demo instance that is never served: take copies of it."""
    return Instance.make(tmp_path_factory.mktemp("pristine") / "demo")


@pytest.fixture(scope="session")
def served(pristine, tmp_path_factory):
    """One instance served for all tests that only add documents to it."""
    instance = pristine.copy(tmp_path_factory.mktemp("served") / "demo").start()
    yield instance
    assert instance.stop() == 0
    instance.assert_sound()


@pytest.fixture(scope="session")
def issued(served, tmp_path_factory) -> dict:
    """Every shipped sample issued over HTTP once: {sample: (type, data, answer, path of the PDF)}."""
    folder, made = tmp_path_factory.mktemp("issued"), {}
    for name, kind, data in samples():
        answer = served.issue(kind, data)
        path = folder / f"{name}.pdf"
        path.write_bytes(served.pdf(answer))
        made[name] = (kind, data, answer, path)
    return made


@pytest.fixture
def fresh(pristine, tmp_path):
    """An instance of the test's own, not started; stopped and checked at the end if the test left it running."""
    with pristine.lent(tmp_path / "demo") as instance:
        yield instance


@pytest.fixture
def apart(tmp_path):
    """An instance under authorities of its own, not started: what they say must not come from those of another test."""
    with Instance.make(tmp_path / "demo").for_one_test() as instance:
        yield instance


@pytest.fixture
def running(fresh):
    return fresh.start()
