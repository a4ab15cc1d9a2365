"""What was found in calls, read back in batches: once over the tables, whatever their order.

Transcripts and findings lie in two tables, written by runs that may have taken the calls in
different orders. Findings are small: they are put down in a temporary folder in portions that
follow the order of the transcripts, which are then read once. Memory is that of a few portions.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from qa.scoring.judgement import Findings
from qa.store.columns import facts_in, moments_in, transcripts_in
from qa.store.schema import schema

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import polars as pl

    from qa.nouns import Event, Fact
    from qa.store.tables import Store

_PORTION: Final = 1000  # calls held at once, as values; a few times that as columns
_FOUND: Final = ("key", "transcript_key", "facts", "moments")
_TRANSCRIPT: Final = ("key", "call_id", "turns", "language", "basis", "channel", "duration_ms")


def studied(
    store: Store, wanted: Mapping[str, str], quoted: Collection[str]
) -> Iterator[tuple[str, Findings]]:
    """Yield (findings key, findings) for each of `wanted`, in the order of the tables.

    `wanted` are keys of findings with those of their transcripts. `quoted` are the facts whose
    events may be quoted: elsewhere turns come without words. A key that is in neither table is
    left out; one that is there twice comes once.
    """
    if not wanted:
        return
    found_in = {transcript: findings for findings, transcript in wanted.items()}
    portions = _portions(store, found_in)
    with TemporaryDirectory(prefix="callqa-") as folder, _rare_collection():
        _put_down(store, wanted, portions, Path(folder))
        rows = _wanted_rows(store, "transcripts", found_in).select(_TRANSCRIPT)
        opened = _Opened(Path(folder))
        done: set[str] = set()
        for batch in rows.collect_batches(chunk_size=_PORTION):
            fresh = batch.unique("key", keep="first", maintain_order=True)
            fresh = fresh.filter(~fresh["key"].is_in(list(done & set(fresh["key"]))))
            keys = fresh["key"].to_list()
            done.update(keys)
            found = opened.findings({portions[key] for key in keys})
            yield from _matched(fresh, found, quoted)


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Let the garbage collector look rarely.

    Nouns hold no cycles, so counting references frees them; looking through all of them again and
    again took a quarter of the time.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _portions(store: Store, found_in: Mapping[str, str]) -> dict[str, int]:
    """Return which portion each transcript belongs to, by key."""
    keys = _wanted_rows(store, "transcripts", found_in).select("key").collect()["key"]
    return {key: at // _PORTION for at, key in enumerate(dict.fromkeys(keys))}


def _wanted_rows(store: Store, table: str, keys: Collection[str]) -> pl.LazyFrame:
    import polars as pl

    return store.scan(table).filter(pl.col("key").is_in(list(keys)))


def _put_down(
    store: Store, wanted: Mapping[str, str], portions: Mapping[str, int], folder: Path
) -> None:
    """Write findings to files named `portion.part`."""
    import polars as pl

    rows = _wanted_rows(store, "findings", wanted).select(_FOUND)
    for part, batch in enumerate(rows.collect_batches(chunk_size=4 * _PORTION)):
        places = [portions.get(key, -1) for key in batch["transcript_key"]]
        for (portion,), piece in (
            batch.with_columns(portion=pl.Series(places, dtype=pl.Int64))
            .partition_by("portion", as_dict=True, include_key=False)
            .items()
        ):
            piece.write_ipc(folder / f"{portion}.{part}", compression="lz4")


class _Opened:
    """The portions of findings in use: of those that follow each other, two at most."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[int, pl.DataFrame] = {}

    def findings(self, portions: Collection[int]) -> pl.DataFrame:
        import polars as pl

        self._read = {
            portion: self._read[portion] if portion in self._read else self._open(portion)
            for portion in sorted(portions)
        }
        return pl.concat(self._read.values())

    def _open(self, portion: int) -> pl.DataFrame:
        import polars as pl

        parts = sorted(self._folder.glob(f"{portion}.*"), key=lambda part: int(part.suffix[1:]))
        frames = [pl.read_ipc(part) for part in parts]
        empty = pl.DataFrame(schema=pl.Schema({name: schema("findings")[name] for name in _FOUND}))
        return pl.concat([empty, *frames]).unique("key", keep="first", maintain_order=True)


def _matched(
    transcripts: pl.DataFrame, findings: pl.DataFrame, quoted: Collection[str]
) -> Iterator[tuple[str, Findings]]:
    pairs = transcripts.select("key").join(
        findings,
        left_on="key",
        right_on="transcript_key",
        how="inner",
        maintain_order="left",
        suffix="_found",
    )
    heard = transcripts.filter(transcripts["key"].is_in(pairs["key"].to_list()))
    facts = facts_in(pairs)
    counted = [_counted(own, quoted) for own in facts]
    yield from zip(
        pairs["key_found"].to_list(),
        map(Findings, transcripts_in(heard, counted), facts, moments_in(pairs)),
        strict=True,
    )


def _counted(facts: Collection[Fact], quoted: Collection[str]) -> tuple[Event, ...]:
    return tuple(event for fact in facts if fact.name in quoted for event in fact.events)


def current_studies(store: Store) -> dict[str, str]:
    """Return the key of each call's current findings with that of the transcript they are from.

    Findings of a transcript that has been replaced since, and is not studied yet, are left out.
    """
    import polars as pl

    found = store.latest("findings", columns=("call_id", "key", "transcript_key"))
    heard = store.latest("transcripts", columns=("call_id", "key"))["key"].to_list()
    made = found.filter(pl.col("transcript_key").is_in(heard))
    return dict(made.select("key", "transcript_key").iter_rows())
