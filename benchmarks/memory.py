"""What a process and its children hold in memory, from /proc (Linux)."""

from __future__ import annotations

from pathlib import Path


def peak_rss_mb(pid: int) -> float:
    """Return the sum of the peak resident sizes of a process and its living descendants.

    The peaks need not have come at one time and shared pages count once per process, so this
    is an upper bound.
    """
    return sum(_kilobytes(one, "VmHWM") for one in _tree(pid)) / 1000


def rss_mb(pid: int) -> float:
    """Return what a process and its descendants hold now; shared pages count once per process."""
    return sum(_kilobytes(one, "VmRSS") for one in _tree(pid)) / 1000


def _tree(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def _kilobytes(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)
