"""What the store held when a run began, and what the run has found since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qa.store.quarantine import held
from qa.store.tables import current

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qa.store.tables import Row, Store

# In the order in which one follows from another, which is also the order of commits.
RESULT_TABLES = ("transcripts", "findings", "scorecards")
DATA_TABLES = (*RESULT_TABLES, "quarantine")  # all that is committed before the ledger
_BY = {"scorecards": ("call_id", "rubric")}  # of what a row is the current one; else of a call
_BATCH = 50  # rows read at once: a pass over a table for each call would take hours


class Stored:
    """Keys of finished work; safe to ask from several threads while one adds.

    `call_ids` is the order in which the calls will come, so that their rows can be read ahead.
    """

    def __init__(self, store: Store, call_ids: Sequence[str] = ()) -> None:
        self.attempts: Mapping[str, int] = store.attempts()
        self.quarantine: Mapping[str, Row] = held(store)  # by transcript key; not to be tried
        self._store = store
        self._keys: dict[str, set[str]] = {}
        self._current: dict[str, set[str]] = {}
        self._expected: dict[str, list[str]] = {}
        self._read: dict[str, dict[str, Row]] = {}
        for table in RESULT_TABLES:
            by = _BY.get(table, ("call_id",))
            rows = store.scan(table).select(*by, "key", "run_id").collect()
            latest = current(rows, by)
            self._keys[table] = set(rows["key"].to_list())
            self._current[table] = set(latest["key"].to_list())
            of_call = dict(latest.select("call_id", "key").iter_rows())
            self._expected[table] = [of_call[one] for one in call_ids if one in of_call]

    def has(self, table: str, key: str) -> bool:
        return key in self._keys[table]

    def is_current(self, table: str, key: str) -> bool:
        """Say whether a row is the one that a reader takes; an older one has to be stored again."""
        return key in self._current[table]

    def row(self, table: str, key: str) -> Row:
        """Return a stored row; the rows of the calls to come are read with it."""
        read, expected = self._read.get(table, {}), self._expected[table]
        if key not in read and key in expected:
            at = expected.index(key)
            self._read[table] = read = self._store.by_key(table, expected[at : at + _BATCH])
        return read[key] if key in read else self._store.by_key(table, [key])[key]

    def add(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        keys = [row["key"] for row in rows]
        self._keys[table].update(keys)
        self._current[table].update(keys)
