"""What the tests of the process that stays have in common."""

import pytest


@pytest.fixture
def where(tmp_path):
    """A folder in which it may listen."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    return folder
