"""How well moments are recognised: per moment and language, and where it goes wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from qa.moments.judged import Judged
from qa.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qa.moments.finder import MomentFinder
    from qa.moments.labelled import LabelledRow
    from qa.nouns import Language

_BINS: Final = 10
_DRAWS: Final = 1_000
_CONFUSED: Final = 12
_MISTAKES: Final = 3  # of each kind, moment and language


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality of one moment in one language; `support` is how many do it.

    Intervals are of 95 %: Wilson's for precision and recall, a bootstrap's for F1.
    """

    precision: float
    recall: float
    f1: float
    support: int
    precision_interval: tuple[float, float] = (0.0, 1.0)
    recall_interval: tuple[float, float] = (0.0, 1.0)
    f1_interval: tuple[float, float] = (0.0, 1.0)


ByMoment = dict[str, Quality]


@dataclass(frozen=True, slots=True)
class Confused:
    """How often sentences of one moment were taken for another, which they do not do."""

    truly: str
    taken_for: str
    times: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured; `mistakes` are the worst per moment and language."""

    languages: dict[Language, ByMoment]
    calibration_error: dict[Language, float]
    confused: tuple[Confused, ...]
    mistakes: tuple[Judged, ...]


def measure(judged: Iterable[Judged]) -> Measured:
    """Return the quality of decisions ("present") beside the truth."""
    every = tuple(judged)
    languages = dict.fromkeys(each.language for each in every)
    moments = dict.fromkeys(each.moment for each in every)
    by: dict[tuple[Language, str], list[Judged]] = {}
    for each in every:
        by.setdefault((each.language, each.moment), []).append(each)
    return Measured(
        languages={
            language: {
                moment: quality([(each.present, each.does) for each in own])
                for moment in moments
                if (own := by.get((language, moment)))
            }
            for language in languages
        },
        calibration_error={
            language: calibration_error([e for e in every if e.language == language])
            for language in languages
        },
        confused=_confused(every),
        mistakes=tuple(wrong for own in by.values() for wrong in _worst(own)),
    )


def judge_labelled(
    rows: Sequence[LabelledRow], finder: MomentFinder, moments: Mapping[str, str]
) -> tuple[Judged, ...]:
    """Return every labelled sentence as every moment of its speaker; `moments`: name -> speaker.

    Sentences are judged alone: a file of labelled sentences does not say what went before.
    """
    out = []
    for language, role, text, labels in rows:
        (opinions,) = finder.judge([Sentence(0, role, text, 0, 0)])
        out += [
            Judged(
                opinion.moment,
                text,
                language,
                opinion.moment in labels,
                labels,
                opinion.probability,
                opinion.decision == "present",
            )
            for opinion in opinions
        ]
        # what the file says of the other speaker's moments can only be missed
        others = sorted(label for label in labels if moments[label] != role)
        out += [Judged(other, text, language, True, labels, 0.0, False) for other in others]
    return tuple(out)


def quality(decided: Sequence[tuple[bool, bool]]) -> Quality:
    """Return the quality of (decision, truth) pairs; 0 where nothing can be divided by."""
    right = sum(1 for decision, truth in decided if decision and truth)
    said = sum(1 for decision, _ in decided if decision)
    support = sum(1 for _, truth in decided if truth)
    precision = right / said if said else 0.0
    recall = right / support if support else 0.0
    f1 = 2 * right / (said + support) if said + support else 0.0
    return Quality(
        round(precision, 4),
        round(recall, 4),
        round(f1, 4),
        support,
        _wilson(right, said),
        _wilson(right, support),
        _f1_interval(right, said - right, support - right),
    )


def macro_f1(moments: Mapping[str, Quality]) -> float:
    """Return the mean F1 over the moments that occur at all."""
    found = [q.f1 for q in moments.values() if q.support]
    return round(sum(found) / len(found), 4) if found else 0.0


def calibration_error(judged: Sequence[Judged]) -> float:
    """Return the expected calibration error: mean distance of said from true, in ten equal bins."""
    bins: dict[int, list[Judged]] = {}
    for each in judged:
        bins.setdefault(min(_BINS - 1, int(each.probability * _BINS)), []).append(each)
    apart = (
        abs(sum(e.probability for e in own) - sum(e.does for e in own)) for own in bins.values()
    )
    return round(sum(apart) / len(judged), 4) if judged else 0.0


def as_dict(measured: Measured) -> dict[str, object]:
    """Return what is printed for programs."""
    return {
        "languages": {
            language: {
                "macro_f1": macro_f1(moments),
                "calibration_error": measured.calibration_error[language],
                "moments": {name: asdict(q) for name, q in moments.items()},
            }
            for language, moments in measured.languages.items()
        },
        "confused": [asdict(pair) for pair in measured.confused],
        "mistakes": [
            {
                "moment": wrong.moment,
                "language": wrong.language,
                "text": wrong.text,
                "does": wrong.does,
                "probability": round(wrong.probability, 4),
            }
            for wrong in measured.mistakes
        ],
    }


def _wilson(right: int, of: int) -> tuple[float, float]:
    from scipy.stats import binomtest

    if not of:
        return 0.0, 1.0
    interval = binomtest(right, of).proportion_ci(method="wilson")
    return round(float(interval.low), 4), round(float(interval.high), 4)


def _f1_interval(right: int, wrong: int, missed: int) -> tuple[float, float]:
    """Return the middle 95 % of F1 over samples drawn anew from these counts."""
    import numpy as np

    total = right + wrong + missed
    if not total:
        return 0.0, 1.0
    shares = [right / total, wrong / total, missed / total]
    drawn = np.random.default_rng(0).multinomial(total, shares, _DRAWS)
    f1 = 2 * drawn[:, 0] / (2 * drawn[:, 0] + drawn[:, 1] + drawn[:, 2])
    low, high = np.quantile(f1, [0.025, 0.975])
    return round(float(low), 4), round(float(high), 4)


def _confused(judged: Iterable[Judged]) -> tuple[Confused, ...]:
    times = Counter(
        (truly, each.moment)
        for each in judged
        if each.present and not each.does
        for truly in each.truly
    )
    ranked = sorted(times.items(), key=lambda pair: (-pair[1], pair[0]))[:_CONFUSED]
    return tuple(Confused(truly, taken_for, count) for (truly, taken_for), count in ranked)


def _worst(judged: Iterable[Judged]) -> list[Judged]:
    wrong = [each for each in judged if each.present != each.does]
    false = sorted((e for e in wrong if e.present), key=lambda e: (-e.probability, e.text))
    missed = sorted((e for e in wrong if e.does), key=lambda e: (e.probability, e.text))
    return [*false[:_MISTAKES], *missed[:_MISTAKES]]
