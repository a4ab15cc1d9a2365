"""Which replies are the same in several contacts, over all that is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.store.tables import Store


def generic_shares(store: Store) -> dict[str, float]:
    """Return the share of each call's long replies that another call has too, word for word.

    Of the current findings of every call, so neither the order of calls nor that of runs matters.
    A call without a long reply is not in it. A reply that one call has twice, and no other call
    has, is not shared.
    """
    import polars as pl

    replies = (
        store.latest("findings", columns=("call_id", "replies"))
        .lazy()
        .select("call_id", reply="replies")
        .filter(pl.col("reply").list.len() > 0)
        .explode("reply")
    )
    calls = replies.group_by("reply").agg(calls=pl.col("call_id").n_unique())
    shares = (
        replies.join(calls, on="reply")
        .group_by("call_id")
        .agg(share=(pl.col("calls") > 1).mean())
        .sort("call_id")
        .collect()
    )
    return dict(shares.iter_rows())
