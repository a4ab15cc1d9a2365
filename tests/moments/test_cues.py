"""Cues: what they may and may not do to a probability."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from qa.moments.cues import Cue, fault_of, fitting, shifted
from qa.nouns import Moment
from qa.store.columns import moments_in
from qa.store.rows import moments_of
from qa.store.schema import schema

if TYPE_CHECKING:
    from collections.abc import Sequence

Effect = Literal["raise", "lower"]


def _cue(pattern: str = "sorry", effect: Effect = "raise", after: str = "") -> Cue:
    return Cue(pattern=pattern, effect=effect, reason=f"{effect} by {pattern}", after=after)


RAISE, LOWER = _cue(), _cue(effect="lower")


def _reasons(cue: Cue, sentence: str, before: Sequence[str] = ()) -> bool:
    return fitting([cue], sentence, before) == (cue,)


# --- expressions


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*a){20}$"])
def test_no_expression_takes_long(pattern: str) -> None:
    # a backtracking engine takes 2 ** 50,000 steps for the first of them
    began = time.perf_counter()
    _cue(pattern).fits("a" * 50_000 + "!", "")
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?!a)b", "(?<=a)b", r"(a)\1", "(", "[", "*"])
def test_what_re2_cannot_run_is_refused_wherever_it_stands(pattern: str) -> None:
    assert "RE2" in fault_of(pattern)
    for place in ({"pattern": pattern}, {"pattern": "a", "after": pattern}):
        with pytest.raises(ValidationError, match="RE2"):
            Cue.model_validate({"effect": "raise", "reason": "r", **place})


@pytest.mark.parametrize("pattern", ["a", "^a+$", r"\bno\b", "(?i)a|b", "ž"])
def test_ordinary_expressions_are_fine(pattern: str) -> None:
    assert fault_of(pattern) == ""


@pytest.mark.parametrize(
    "wrong",
    [{"pattern": ""}, {"reason": ""}, {"effect": "boost"}, {"patern": "a"}],
)
def test_a_cue_has_a_pattern_an_effect_and_a_reason(wrong: dict[str, object]) -> None:
    right = {"pattern": "a", "effect": "raise", "reason": "r"}
    Cue.model_validate(right)
    with pytest.raises(ValidationError):
        Cue.model_validate(right | wrong)


def test_one_pattern_fits_both_scripts_and_any_spelling() -> None:
    cue = _cue(r"\bzao mi je\b")
    for written in ("Žao mi je.", "ЖАО МИ ЈЕ!", "pa, zao mi  je…"):
        assert _reasons(cue, written), written
    assert not _reasons(cue, "Zaomi je")


def test_a_cue_counts_after_the_others_words_only() -> None:
    cue = _cue("^no$", "lower", after="anything else")
    assert _reasons(cue, "No.", ["Right.", "Is there anything else?"])
    assert _reasons(cue, "No.", ["Is there anything", "else?"])  # a turn is one text
    assert not _reasons(cue, "No.", ["Shall I cancel it?"])
    assert not _reasons(cue, "No.")
    assert not _reasons(cue, "No way", ["Anything else?"])


def test_fitting_cues_keep_their_order() -> None:
    cues = [_cue("b"), _cue("x"), _cue("a")]
    assert fitting(cues, "a b", []) == (cues[0], cues[2])


# --- what they do to a probability

probabilities = st.floats(0, 1)
limits = st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)).map(sorted)
law = settings(deadline=None, derandomize=True)


@law
@given(probabilities, limits)
def test_raising_never_lowers_and_lowering_never_raises(p: float, limit: list[float]) -> None:
    uncertain, present = limit
    assert p <= shifted(p, [RAISE], uncertain=uncertain, present=present) <= 1
    assert p >= shifted(p, [LOWER], uncertain=uncertain, present=present) >= 0


@law
@given(probabilities, limits)
def test_raising_what_is_unlikely_makes_nothing_present(p: float, limit: list[float]) -> None:
    uncertain, present = limit
    if p < uncertain:
        assert shifted(p, [RAISE, RAISE], uncertain=uncertain, present=present) < present


def test_raising_what_is_uncertain_may_make_it_present() -> None:
    assert shifted(0.45, [RAISE], uncertain=0.4, present=0.6) >= 0.6
    assert shifted(0.39, [RAISE], uncertain=0.4, present=0.6) < 0.6


def test_lowering_what_is_present_may_take_it_back() -> None:
    assert shifted(0.65, [LOWER], uncertain=0.4, present=0.6) < 0.4


@law
@given(st.floats(0.001, 0.999), limits)
def test_a_cue_moves_the_odds_by_the_same_factor(p: float, limit: list[float]) -> None:
    uncertain, present = limit
    lowered = shifted(p, [LOWER], uncertain=uncertain, present=present)
    half = shifted(0.5, [LOWER], uncertain=uncertain, present=present)  # odds 1 to begin with
    factor = half / (1 - half)
    assert lowered / (1 - lowered) == pytest.approx(factor * p / (1 - p))


@law
@given(probabilities, limits)
def test_cues_of_one_effect_count_once_and_of_both_cancel_out(p: float, limit: list[float]) -> None:
    uncertain, present = limit
    for cue in (RAISE, LOWER):
        once = shifted(p, [cue], uncertain=uncertain, present=present)
        assert shifted(p, [cue, cue], uncertain=uncertain, present=present) == once
    assert shifted(p, [RAISE, LOWER], uncertain=uncertain, present=present) == p
    assert shifted(p, [], uncertain=uncertain, present=present) == p


# --- their reasons, stored

SAID = Moment("refusal", "customer", 4, "No.", 1_000, 1_400, 0.31, "uncertain", "after a question")
UNAIDED = Moment("refusal", "customer", 5, "Never.", 2_000, 2_400, 0.9, "present")


def _findings(*moments: Moment, older: bool = False) -> pl.DataFrame:
    kept = [asdict(moment) for moment in moments]
    if not older:
        return pl.DataFrame({"moments": [kept]}, schema={"moments": schema("findings")["moments"]})
    return pl.DataFrame(
        {"moments": [[{k: v for k, v in each.items() if k != "cues"} for each in kept]]}
    )


def test_reasons_are_stored_and_read_back_by_row_and_by_column() -> None:
    frame = _findings(SAID, UNAIDED)
    assert moments_in(frame) == [(SAID, UNAIDED)]
    assert moments_of(frame.row(0, named=True)) == (SAID, UNAIDED)


def test_rows_of_an_earlier_version_have_none() -> None:
    frame = _findings(SAID, UNAIDED, older=True)
    without = Moment(**{**asdict(SAID), "cues": ""})
    assert moments_in(frame) == [(without, UNAIDED)]
    assert moments_of(frame.row(0, named=True)) == (without, UNAIDED)


def test_a_reason_that_is_null_in_the_table_is_none() -> None:
    # what a table gives for rows older than the column
    frame = _findings(SAID).with_columns(
        pl.col("moments").list.eval(
            pl.element().struct.with_fields(cues=pl.lit(None, dtype=pl.String))
        )
    )
    (moments,) = moments_in(frame)
    assert [moment.cues for moment in moments] == [""]
    assert [moment.cues for moment in moments_of(frame.row(0, named=True))] == [""]
