"""Options and fixtures that all tests share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Tests run side by side, one a core. Threads of OpenBLAS wait for each other by spinning, and where
# their cores are taken, fitting the small bank of tests takes 3.4 s instead of 0.4. numpy reads
# this when it is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden files from what the code makes now, to be reviewed as a diff",
    )


@pytest.fixture
def equals_golden(request: pytest.FixtureRequest) -> Callable[[bytes, Path], None]:
    """Return a check that `made` is, byte for byte, what the golden file holds."""

    def check(made: bytes, golden: Path) -> None:
        if request.config.getoption("--update-golden"):
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_bytes(made)
        # as text, so that a difference is shown line by line
        assert made.decode() == golden.read_bytes().decode()

    return check
