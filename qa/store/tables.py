"""Delta tables in a folder: rows appended whole, read back as the project's own values.

Every data row carries a content `key`; a row whose key is there already is not written again,
which is what makes a second run do nothing and a killed run go on. A call's current row is the
one of the latest run; a row that has to become the current one again is written again.
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

QUARANTINED = "quarantined"  # the code of a call that is set aside and was not tried


class Store:
    """The tables of one output folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def append(self, table: str, rows: Sequence[Row]) -> None:
        """Commit rows to a table in one transaction; nothing for no rows.

        A table that an earlier version made gets the columns that it lacks, nested ones too.
        """
        import polars as pl

        if rows:
            self.append_frame(table, pl.DataFrame(rows, schema=schema(table)))

    def append_frame(self, table: str, frame: pl.DataFrame) -> None:
        """Commit a frame that has a table's columns, as `append` does rows."""
        from deltalake.exceptions import CommitFailedError

        path = str(self._path(table))
        options = {"schema_mode": "merge"}
        try:
            frame.write_delta(path, mode="append", delta_write_options=options)
        except CommitFailedError:
            # Appends never collide, but two writers may both have been about to make the table,
            # or to add a column to it.
            frame.write_delta(path, mode="append", delta_write_options=options)

    def scan(self, table: str) -> pl.LazyFrame:
        """Return a table lazily; empty with the right columns if nothing was written yet.

        Columns that the table lacks, having been made by an earlier version, are all null.
        """
        import polars as pl
        from deltalake import DeltaTable

        path = str(self._path(table))
        if not DeltaTable.is_deltatable(path):  # a folder alone: its first commit never happened
            return pl.LazyFrame(schema=schema(table))
        rows, wanted = pl.scan_delta(path), schema(table)
        missing = wanted.keys() - rows.collect_schema().keys()
        return rows.with_columns(
            pl.lit(None, dtype=wanted[name]).alias(name) for name in sorted(missing)
        ).select(*wanted)

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

    def latest(
        self,
        table: str,
        by: Sequence[str] = ("call_id",),
        columns: Sequence[str] = (),
        call_ids: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """Return each call's current row (per `by`), in order of `by`.

        With `columns`, only they and what tells rows apart are read: transcripts are large. With
        `call_ids`, only the rows of these calls.
        """
        import polars as pl

        rows = self.scan(table)
        if call_ids is not None:
            rows = rows.filter(pl.col("call_id").is_in(list(call_ids)))
        if columns:
            rows = rows.select(list(dict.fromkeys((*by, *columns, "run_id"))))
        return current(rows.collect(), by)

    def attempts(self) -> dict[str, int]:
        """Return how often each call was tried in vain since it was last done.

        A call that was set aside, and not tried, keeps its number.
        """
        rows = self.scan("ledger").select("run_id", "call_id", "status", "code")
        failed: dict[str, int] = {}
        ordered = rows.collect().sort("run_id").select("call_id", "status", "code")
        for call_id, status, code in ordered.iter_rows():
            before = failed.get(call_id, 0)
            vain = status in ("failed", "empty")
            failed[call_id] = before + (code != QUARANTINED) if vain else 0
        return failed

    def _path(self, table: str) -> Path:
        if table not in TABLES:
            msg = f"no such table: {table}"
            raise KeyError(msg)
        return self.root / "tables" / table


def current(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return the row of the latest run for each `by`, in order of `by`."""
    ordered = rows.sort(*by, "run_id")
    return ordered.unique(subset=list(by), keep="last", maintain_order=True)


def open_store(root: Path, *, must_exist: bool = False) -> Store:
    """Return the store in a folder; ConfigError if it has to exist and does not, or is a file."""
    if root.exists() and not root.is_dir():
        raise ConfigError([f"{root}: a file, not a folder: name another --out"])
    if must_exist and not (root / "tables").is_dir():
        raise ConfigError([f"{root}: no results here: name the --out folder of an earlier run"])
    return Store(root)
