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
    """Warn of each rubric that has scored under the same name and version with other content.

    Texts for people are no content: they change no score.
    """
    named = store.scan("scorecards").select("rubric", "version", "rubric_digest").unique()
    known: dict[tuple[str, str], set[str]] = {}
    for name, version, digest in named.collect().iter_rows():
        if digest:  # cards of an earlier version of callqa have none
            known.setdefault((name, version), set()).add(digest)
    for one in rubrics:
        rubric = one.rubric
        if known.get((rubric.name, rubric.version), set()) - {one.digest}:
            _log.warning(
                "rubric '%s' has changed since version %s last scored: give it a new version, "
                "or pages cannot tell its cards apart",
                rubric.name,
                rubric.version,
            )
