"""The reason of a score in the language of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from qa.nouns import Fact
from qa.reports.cautions import as_sentence, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Because
    from qa.reports.catalogue import Kind
    from qa.reports.site import Site


# whose names a sentence gives, where they are not a fact's
_OF: Final[dict[str, Kind]] = {
    "channel_not_asked": "channels",
    "language_not_asked": "languages",
}


_OF_FACTS: Final = frozenset({"fact_is", "fact_within", "fact_above"})  # their `text` is the unit


def reason_text(because: Because | None, reason: str, site: Site) -> str:
    """Return why a score is what it is; the stored sentence where its parts are not known."""
    if because is None:
        return reason
    sentence = site.words.labels["reasons"].get(because.code)
    if sentence is None:  # stored by a later version
        return reason
    kind = _OF.get(because.code, "facts")
    return sentence.format_map(
        {
            "moments": _moments(because.moments, site),
            "others": _moments(because.others, site),
            "name": site.words.label(kind, because.name),
            "value": _value(because, because.value, site),
            "limit": _value(because, because.limit, site),
            "text": as_sentence(in_words(because.text, site.words)),
        }
    )


def _moments(names: Sequence[str], site: Site) -> str:
    """Return names of moments, or of steps: a fact, or moments one of which would do."""
    return ", ".join(" / ".join(_label(one, site) for one in name.split("/")) for name in names)


def _label(name: str, site: Site) -> str:
    kind: Kind = "facts" if name in site.words.labels["facts"] else "moments"
    return site.words.label(kind, name)


def _value(because: Because, value: float | None, site: Site) -> str:
    """Return a number, of a fact with its unit."""
    if value is None:
        return ""
    if because.code in _OF_FACTS:
        return site.formats.fact(Fact(because.name, value, because.text))
    return site.formats.number(value, 0 if value == int(value) else 1)
