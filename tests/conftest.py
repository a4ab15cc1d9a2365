"""Options and fixtures that all tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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
