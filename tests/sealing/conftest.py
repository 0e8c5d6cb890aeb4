"""The keys of a configuration, and two signed strands."""

import pytest

from consult.sealing.root import RootKeys
from tests.sealing.house import House, new_house


@pytest.fixture(scope="session")
def keys() -> RootKeys:
    return RootKeys.from_root(bytes(range(32)))


@pytest.fixture(scope="session")
def house() -> House:
    return new_house("strand-1")


@pytest.fixture(scope="session")
def other_house() -> House:
    return new_house("strand-2")
