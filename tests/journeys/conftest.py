"""One run of the demonstration, told once a worker: the main job through the real server and its real pages."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from consult.demo.story import Outcome, environment_for, tell

RESPONSES = 84  # 49 children, 21 adult survivors, 14 young adults: each strand on another side of a threshold
UNUSED_PORT = 1


@dataclass(frozen=True)
class Told:
    """The folder with everything the site keeps, what was said on the way, and the outcome."""

    folder: Path
    outcome: Outcome
    said: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        """The settings the site ran with."""
        return environment_for(self.folder, UNUSED_PORT)


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The demonstration with a few people."""
    folder = tmp_path_factory.mktemp("story")
    said: list[str] = []
    outcome = tell(folder, RESPONSES, 7, said.append)
    return Told(folder, outcome, tuple(said))
