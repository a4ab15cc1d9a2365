"""Delta tables in a folder: rows appended whole, read back as the project's own values.

Every data row carries a content `key`; a row whose key is there already is not written again,
which is what makes a second run do nothing and a killed run go on. A call's current row is the
one of the latest run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qa.problems import ConfigError
from qa.store.schema import TABLES, schema

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

Row = Mapping[str, Any]


class Store:
    """The tables of one output folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def append(self, table: str, rows: Sequence[Row]) -> None:
        """Commit rows to a table in one transaction; nothing for no rows."""
        import polars as pl

        if rows:
            frame = pl.DataFrame(rows, schema=schema(table))
            frame.write_delta(str(self._path(table)), mode="append")

    def scan(self, table: str) -> pl.LazyFrame:
        """Return a table lazily; empty with the right columns if nothing was written yet."""
        import polars as pl

        if not (self._path(table) / "_delta_log").is_dir():
            return pl.LazyFrame(schema=schema(table))
        return pl.scan_delta(str(self._path(table)))

    def keys(self, table: str) -> frozenset[str]:
        """Return all keys of a table."""
        return frozenset(self.scan(table).select("key").collect()["key"].to_list())

    def by_key(self, table: str, keys: Collection[str]) -> dict[str, Row]:
        """Return the rows with these keys; keys that are not there are left out."""
        import polars as pl

        if not keys:
            return {}
        found = self.scan(table).filter(pl.col("key").is_in(list(keys))).collect()
        return {row["key"]: row for row in found.to_dicts()}

    def latest(self, table: str, by: Sequence[str] = ("call_id",)) -> pl.DataFrame:
        """Return each call's current row (per `by`), in order of `by`."""
        rows = self.scan(table).collect().sort(*by, "run_id")
        return rows.unique(subset=list(by), keep="last", maintain_order=True)

    def attempts(self) -> dict[str, int]:
        """Return how often each call has failed since it was last done."""
        import polars as pl

        rows = self.scan("ledger").select("run_id", "call_id", "status").collect().sort("run_id")
        failed: dict[str, int] = {}
        for call_id, status in rows.select("call_id", pl.col("status")).iter_rows():
            failed[call_id] = failed.get(call_id, 0) + 1 if status == "failed" else 0
        return failed

    def _path(self, table: str) -> Path:
        if table not in TABLES:
            msg = f"no such table: {table}"
            raise KeyError(msg)
        return self.root / "tables" / table


def open_store(root: Path, *, must_exist: bool = False) -> Store:
    """Return the store in a folder; ConfigError if it has to exist and does not."""
    if must_exist and not (root / "tables").is_dir():
        raise ConfigError([f"{root}: no results here: name the --out folder of an earlier run"])
    return Store(root)
