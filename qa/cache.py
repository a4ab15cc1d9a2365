"""The folder for things that can be made again, and the data of installed packages."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path


def cache_dir() -> Path:
    """Return the cache folder: $CALLQA_CACHE, else `callqa` in the XDG cache folder."""
    if own := os.environ.get("CALLQA_CACHE"):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "callqa"


def package_data(package: str) -> Path | None:
    """Return the folder of an installed package without importing it; None if not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])
