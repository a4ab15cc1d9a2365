"""From scores to decisions, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.moments.thresholds import calibration, find_thresholds, sigmoid

law = settings(deadline=None, derandomize=True)
Ranked = list[tuple[float, bool]]


def _limits(*ranked: tuple[float, bool]) -> tuple[float, float]:
    found = find_thresholds(np.array([p for p, _ in ranked]), np.array([d for _, d in ranked]))
    return found.uncertain, found.present


def test_present_prefers_precision_and_uncertain_recall() -> None:
    # F = (1 + w) * right / (said + w * wanted) with weight w of recall, wanted = 3; precision
    # counts double with w = 1/2, recall with w = 2; 1/4 and 4 would give the same limits
    # limit  right said       w = 1/2             w = 2
    #  .8     1    1    1.5 / 2.5 = .600     3 / 7  = .429
    #  .7     2    2    3.0 / 3.5 = .857     6 / 8  = .750
    #  .6     2    3    3.0 / 4.5 = .667     6 / 9  = .667
    #  .5     2    4    3.0 / 5.5 = .545     6 / 10 = .600
    #  .4     3    5    4.5 / 6.5 = .692     9 / 11 = .818
    #  .35    3    6    4.5 / 7.5 = .600     9 / 12 = .750
    ranked = [(0.8, True), (0.7, True), (0.6, False), (0.5, False), (0.4, True), (0.35, False)]
    assert _limits(*ranked) == (0.4, 0.7)
    assert _limits(*reversed(ranked)) == (0.4, 0.7)


def test_both_limits_may_be_far_apart_or_one() -> None:
    # .8: 1 right of 1 said, wanted 2: 1.5 / 2 with w = 1/2, 3 / 5 with w = 2;
    # .5: 2 right of 4 said:           3 / 5                , 6 / 8
    assert _limits((0.8, True), (0.7, False), (0.6, False), (0.5, True)) == (0.5, 0.8)
    # one right above all wrong: both limits are there
    assert _limits((0.8, True), (0.7, False)) == (0.8, 0.8)


def test_of_equal_probabilities_all_count() -> None:
    # at .6 one right and one wrong are said, whatever their order: that is all or nothing
    assert _limits((0.6, True), (0.6, False)) == _limits((0.6, False), (0.6, True)) == (0.6, 0.6)
    # wanted 2: .6 says two, 1.5 / 3 with w = 1/2 and 3 / 6 with w = 2;
    # .5 says three, 3 / 4 and 6 / 7
    assert _limits((0.6, False), (0.6, True), (0.5, True)) == (0.5, 0.5)


def test_without_examples_nobody_knows_better_than_even_odds() -> None:
    assert _limits((0.9, False), (0.1, False)) == (0.5, 0.5)


@law
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_uncertain_is_never_above_present_and_order_does_not_matter(ranked: Ranked) -> None:
    uncertain, present = _limits(*ranked)
    assert 0 <= uncertain <= present <= 1
    assert present > 0  # a limit of 0 would call every sentence present
    assert _limits(*reversed(ranked)) == (uncertain, present)


@law
@given(st.floats(0.35, 0.85), st.floats(0.01, 0.3))
def test_what_parts_both_kinds_is_the_limit(p: float, apart: float) -> None:
    assert _limits((p, True), (p - apart, False)) == (p, p)


def test_a_sigmoid_is_right_and_does_not_overflow() -> None:
    assert sigmoid(np.array([0.0])) == pytest.approx([0.5])
    assert sigmoid(np.array([np.log(3)])) == pytest.approx([0.75])  # odds 3 to 1
    assert sigmoid(np.array([1e6, -1e6])).tolist() == [1.0, 0.0]


def test_calibrated_scores_are_shares() -> None:
    # of the scores 1 three in four do it, of the scores -1 one in four: odds 3 and 1/3
    scores = np.array([1.0] * 400 + [-1.0] * 400)
    labels = np.array(([1] * 300 + [-1] * 100) + ([1] * 100 + [-1] * 300), dtype=np.int8)
    slope, offset = calibration(scores, labels)
    assert slope == pytest.approx(np.log(3), abs=0.01)
    assert offset == pytest.approx(0, abs=0.01)


def test_untold_scores_are_left_out_of_the_calibration() -> None:
    scores = np.array([1.0, 0.5, -0.5, -1.0, 0.2, -0.2])
    labels = np.array([1, 1, -1, -1, -1, 1], dtype=np.int8)
    wild = np.array([1e3, -1e3])
    with_untold = np.append(labels, [0, 0]).astype(np.int8)
    assert calibration(np.append(scores, wild), with_untold) == calibration(scores, labels)


@pytest.mark.parametrize("label", [1, -1, 0])
def test_one_kind_alone_cannot_be_calibrated(label: int) -> None:
    assert calibration(np.array([0.3, 2.0]), np.full(2, label, dtype=np.int8)) == (1.0, 0.0)
