"""Recordings that took their worker down: set aside, so that they do not do it every night.

A row with a code sets a transcript key aside. The same row without a code lifts it again: the
table is append-only, and as a lift names the `since` that it ends, neither the order of the rows
nor the clocks of two machines matter.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Container

    from qa.nouns import Problem
    from qa.store.tables import Row, Store

_DEADLY: Final = frozenset({"timeout", "crashed"})  # raised once a recording has done it twice


def quarantine_rows(problem: Problem, key: str) -> list[dict[str, Any]]:
    """Return the row that sets a recording aside; none if its problem did no harm.

    `key` is the transcript's: a changed recording, or another recogniser, has another one.
    """
    if problem.code not in _DEADLY:
        return []
    since = datetime.now(UTC).isoformat(timespec="microseconds")
    row = {"call_id": problem.call_id, "stage": problem.stage, "code": problem.code}
    return [row | {"key": key, "message": problem.message, "since": since}]


def held(store: Store) -> dict[str, Row]:
    """Return what is set aside and not lifted, by key."""
    return {row["key"]: row for row in _held_rows(store)}


def lift(store: Store, call_ids: Container[str]) -> None:
    """Let the recordings of these calls be tried again by the next run.

    One that takes its worker down again is set aside again, by that run.
    """
    said = {"code": "", "message": "lifted: to be tried again"}
    rows = [dict(row) | said for row in _held_rows(store) if row["call_id"] in call_ids]
    store.append("quarantine", rows)


def _held_rows(store: Store) -> list[Row]:
    """Return the rows that no other lifts, the latest last; two machines may both have one."""
    rows = store.scan("quarantine").collect().sort("since", "run_id").to_dicts()
    lifted = {(row["key"], row["since"]) for row in rows if not row["code"]}
    return [row for row in rows if (row["key"], row["since"]) not in lifted]
