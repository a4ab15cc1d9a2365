from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runner.night import BLAME, SORRY, Night

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """Three calls: an apology, a blame, and neither."""
    night = Night(tmp_path, "c1", "c2", "c3")
    night.ears.script = {"c1": SORRY, "c2": BLAME}
    return night
