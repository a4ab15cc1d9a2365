"""Rubrics that have changed and kept their version: their cards look alike and are not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qa.scoring.asked import Asked
    from qa.store.tables import Store

_log = logging.getLogger(__name__)


def tell_of_changed(rubrics: Iterable[Asked], store: Store) -> None:
    """Warn of each rubric that last scored under the same name and version with other content.

    Texts for people are no content: they change no score.
    """
    import polars as pl

    rows = store.scan("scorecards").select("rubric", "version", "rubric_content", "run_id")
    last = rows.sort("run_id").group_by("rubric", "version").agg(pl.last("rubric_content"))
    known = {(name, version): content for name, version, content in last.collect().iter_rows()}
    for one in rubrics:
        rubric = one.rubric
        before = known.get((rubric.name, rubric.version))
        if before and before != one.content:  # cards of an earlier version of callqa have none
            _log.warning(
                "rubric '%s' has changed since version %s last scored: give it a new version, "
                "or pages cannot tell its cards apart",
                rubric.name,
                rubric.version,
            )
