"""Calls that were heard before, with their findings read ahead where something is to be scored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qa.runner.work import Transcribed, findings_key, scorecard_key
from qa.scoring.asked import quoted_facts
from qa.store.stream import studied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from qa.nouns import Call
    from qa.runner.stored import Stored
    from qa.scoring.asked import Asked
    from qa.store.tables import Store


def read_ahead(
    calls: Iterable[Transcribed],
    asked_of: Callable[[Call], Sequence[Asked]],
    shares: Mapping[str, float],
    stored: Stored,
    store: Store,
    finder_name: str,
) -> Iterator[Transcribed]:
    """Yield every call; last, in the order of the tables, those that lack a card.

    A call that is to be studied first, or that lacks nothing, comes as it is.
    """
    waiting: dict[str, Transcribed] = {}
    quoted: set[str] = set()
    for one in calls:
        asked = asked_of(one.call)
        key = lacks_a_card(one, asked, shares.get(one.call.id), stored, finder_name)
        if key:
            waiting[key] = one
            quoted |= quoted_facts(asked)
        else:
            yield one
    transcripts = {key: one.key for key, one in waiting.items()}
    for key, findings in studied(store, transcripts, quoted):
        yield replace(waiting.pop(key), findings=findings)
    yield from waiting.values()  # none, unless a table has lost rows: what reads them says so


def lacks_a_card(
    one: Transcribed,
    asked: Sequence[Asked],
    share: float | None,
    stored: Stored,
    finder_name: str,
) -> str:
    """Return the key of a call's stored findings if they are still to be scored; else nothing."""
    key = findings_key(one.key, one.call, finder_name)
    if not stored.has("findings", key):
        return ""
    cards = (scorecard_key(key, each, one.call, share) for each in asked)
    return "" if all(stored.has("scorecards", card) for card in cards) else key
