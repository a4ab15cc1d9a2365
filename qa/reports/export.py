"""Tables for other tools: the columns are a contract, added to and never renamed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from qa.coaching.load import reviewed_calls
from qa.problems import ConfigError
from qa.reports.export_rows import ROWS, word_rows

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from qa.store.tables import Store

FORMATS = ("csv", "parquet", "json")

COLUMNS: dict[str, tuple[str, ...]] = {
    "calls": (
        *("call_id", "recording", "agent_id", "agent_name", "team", "started_at", "language"),
        *("channel", "agent_channel", "queue", "csat", "duration_ms", "basis", "asr"),
        *("first_speaker", "holds"),
    ),
    "transcripts": (
        *("call_id", "language", "basis", "duration_ms", "asr", "coverage", "doubts"),
        *("caveats", "repairs"),
    ),
    "turns": (*("call_id", "turn", "speaker", "start_ms", "end_ms", "text", "language", "basis"),),
    "words": ("call_id", "turn", "speaker", "word", "start_ms", "end_ms", "confidence"),
    "doubts": ("call_id", "speaker", "start_ms", "end_ms", "reason"),
    "facts": ("call_id", "fact", "value", "unit", "trusted", "reason"),
    "events": ("call_id", "event", "speaker", "start_ms", "end_ms", "trusted"),
    "moments": (
        *("call_id", "turn", "speaker", "moment", "probability", "decision", "quote"),
        *("start_ms", "end_ms"),
    ),
    "scores": (
        *("call_id", "agent_id", "rubric", "version", "criterion", "outcome", "points", "weight"),
        *("reason", "quote", "start_ms", "end_ms", "scored_by"),
    ),
    "cards": (
        *("call_id", "agent_id", "rubric", "version", "total", "coverage", "critical_failed"),
        *("sections_failed", "card_failed"),
    ),
    "agents": (
        *("agent_id", "agent_name", "team", "period", "rubric", "criterion", "calls"),
        *("applicable", "mean", "low", "high", "trend"),
    ),
    "ledger": (
        *("run_id", "call_id", "status", "stage", "code", "message", "attempts", "seconds"),
    ),
}
_COUNTS = {"turn", "agent_channel", "calls", "applicable", "doubts"}
_WHOLE = _COUNTS | {"start_ms", "end_ms", "duration_ms"}
_REAL = {"value", "probability", "points", "weight", "total", "coverage", "mean", "low", "high"}
_FLOATS = _REAL | {"trend", "csat", "seconds", "confidence"}


def export(store: Store, table: str, form: str, out: Path | None) -> int:
    """Write one table to a file or, for None, to standard output; return the number of rows.

    JSON is a list of objects. In CSV a text that a spreadsheet would run gets an apostrophe in
    front. Parquet needs a file. Raises ConfigError for an unknown table or format, and for a
    file that cannot be written.
    """
    if form not in FORMATS:
        raise ConfigError([f"no format '{form}': use one of {', '.join(FORMATS)}"])
    if form == "parquet" and out is None:
        raise ConfigError(["parquet is not text: name a file with --out"])
    frame = table_frame(store, table)
    if out is None:
        sys.stdout.write(_text(frame, form))
        return frame.height
    try:
        if form == "parquet":
            frame.write_parquet(out)
        else:
            out.write_text(_text(frame, form), "utf-8", newline="")
    except OSError as error:
        raise ConfigError([f"{out}: cannot be written: {error.strerror or error}"]) from error
    return frame.height


def table_frame(store: Store, table: str) -> pl.DataFrame:
    """Return one exported table with its contracted columns, rows in a fixed order."""
    import polars as pl

    if table not in COLUMNS:
        raise ConfigError([f"no table '{table}': use one of {', '.join(COLUMNS)}"])
    columns = COLUMNS[table]
    types: dict[str, Any] = {name: _type(name) for name in columns}
    if table == "ledger":
        return store.scan("ledger").select(columns).collect().sort("run_id", "call_id")
    if table == "words":
        return word_rows(store).select(columns)
    rows = list(ROWS[table](reviewed_calls(store)))
    return pl.DataFrame([{name: row[name] for name in columns} for row in rows], schema=types)


def _type(column: str) -> Any:  # noqa: ANN401 - a polars type
    import polars as pl

    if column in _WHOLE:
        return pl.Int64()
    if column in _FLOATS:
        return pl.Float64()
    return pl.Boolean() if column in {"trusted", "card_failed"} else pl.String()


def _text(frame: pl.DataFrame, form: str) -> str:
    return frame.write_json() + "\n" if form == "json" else _csv(frame)


def _csv(frame: pl.DataFrame) -> str:
    """Return the rows as CSV, texts made safe as OWASP, "CSV Injection", lists their beginnings."""
    import polars as pl

    unsafe = pl.col(pl.String).str.contains(r"^[=+\-@\t\r\n＝＋－＠]")
    return frame.with_columns(
        pl.when(unsafe).then("'" + pl.col(pl.String)).otherwise(pl.col(pl.String)).name.keep()
    ).write_csv()
