"""What is asked of stored results: how one card came about, what another rubric would change."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from qa.coaching.load import reviewed_calls, rubric_text
from qa.coaching.reviews import review
from qa.coaching.rubric_diff import diff_stored
from qa.coaching.views import Review
from qa.moments.bank import read_bank
from qa.problems import ConfigError
from qa.reports.diff_text import diff_json, diff_text
from qa.reports.explained import explained
from qa.reports.site import site_of
from qa.scoring.card import score
from qa.scoring.judgement import Findings
from qa.scoring.library import read_rubric, read_rubrics, shipped_rubrics
from qa.settings import read_pipeline
from qa.store.tables import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qa.coaching.views import ReviewedCall
    from qa.nouns import Language
    from qa.scoring.rubric import Rubric
    from qa.store.tables import Store


def explain_call(
    call_id: str,
    out: Path,
    pipeline_file: Path | None,
    rubric_name: str | None,
    language: Language | None,
) -> str:
    """Return one call's cards with their arithmetic; `rubric_name` asks for one of them.

    That one is scored for the answer as its file stands, whatever is stored under its name; nothing
    is stored. Raises ConfigError for a call that is not there.
    """
    pipeline = read_pipeline(pipeline_file)
    moments = tuple(m.name for m in read_bank(pipeline.moments.folders).moments)
    store = open_store(out, must_exist=True)
    wanted = None if rubric_name is None else read_rubric(rubric_name, moments)
    known = [*_known_rubrics(pipeline.rubrics, moments), *([wanted] if wanted else [])]
    call = _only(call_id, store)
    call = call if wanted is None else _with_card(call, wanted)
    reader = language or pipeline.pages_language
    texts = [rubric_text(rubric, reader) for rubric in known]
    site = site_of(review([call], texts, (), reader))
    coverage = {(one.name, one.version): one.minimum_coverage for one in known}
    return explained(call, site, coverage)


def compare_rubrics(
    names: tuple[str, str],
    out: Path,
    pipeline_file: Path | None,
    language: Language | None,
    *,
    as_json: bool,
) -> str:
    """Return what the second rubric changes against the first, over all that is stored."""
    pipeline = read_pipeline(pipeline_file)
    moments = tuple(m.name for m in read_bank(pipeline.moments.folders).moments)
    old, new = _both(names, moments)
    diff = diff_stored(open_store(out, must_exist=True), old, new)
    if as_json:
        return diff_json(diff) + "\n"
    reader = language or pipeline.pages_language
    texts = [rubric_text(rubric, reader) for rubric in (old, new)]
    titles = {name: text.title for rubric in texts for name, text in rubric.criteria}
    return diff_text(diff, titles, site_of(Review(reader, (), tuple(texts), ())))


def _both(names: tuple[str, str], moments: Sequence[str]) -> tuple[Rubric, Rubric]:
    """Return two rubrics; ConfigError with the faults of both. They may be the same one."""
    read: list[Rubric] = []
    problems: list[str] = []
    for name in names:
        try:
            read.append(read_rubric(name, moments))
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)))
    return read[0], read[1]


def _known_rubrics(named: Sequence[str], moments: Sequence[str]) -> tuple[Rubric, ...]:
    """Return the shipped rubrics and those of the pipeline, which come last: they go before."""
    return read_rubrics([*(path.stem for path in shipped_rubrics()), *named], moments)


def _only(call_id: str, store: Store) -> ReviewedCall:
    found = reviewed_calls(store, [call_id])
    if found:
        return found[0]
    ids = store.latest("transcripts", columns=("call_id",))["call_id"].to_list()
    near = get_close_matches(call_id, ids, n=1)
    hint = f": did you mean '{near[0]}'?" if near else ""
    known = set(store.latest("calls", columns=("call_id",))["call_id"].to_list())
    what = "has no transcript" if call_id in known else "is not in these results"
    raise ConfigError([f"call '{call_id}' {what}{hint}"])


def _with_card(call: ReviewedCall, rubric: Rubric) -> ReviewedCall:
    """Return the call with its card under one rubric alone, as scored now."""
    if not call.facts:
        return replace(call, cards=())  # not studied yet: nothing is known that could be scored
    return replace(
        call, cards=(score(Findings(call.transcript, call.facts, call.moments), rubric),)
    )
