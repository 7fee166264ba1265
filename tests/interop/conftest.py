"""Oracles that are slow to start, each started once; see oracle.py."""
from pathlib import Path

import pytest
from oracle import Oracle
from small_pki import SmallPki


def running(name: str):
    oracle = Oracle(name)
    yield oracle
    oracle.close()


@pytest.fixture(scope="session")
def eu_dss():
    yield from running("dss")


@pytest.fixture(scope="session")
def ofdrw():
    yield from running("gm")


@pytest.fixture(scope="session")
def pyhanko():
    yield from running("pyhanko")


@pytest.fixture(scope="session")
def small_pki(tmp_path_factory):
    pki = SmallPki(tmp_path_factory.mktemp("pki"))
    yield pki
    pki.close()


@pytest.fixture(scope="session")
def sm2_keys(ofdrw, tmp_path_factory) -> Path:
    """NAME.key and NAME.cer of root, ca, maker, signer and tsa, made by Bouncy Castle."""
    folder = tmp_path_factory.mktemp("sm2")
    ofdrw.ask("pki", folder)
    return folder
