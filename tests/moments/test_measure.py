"""Figures of quality, by hand."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING

import pytest

from qa.moments.finder import MomentFinder, Opinion
from qa.moments.judged import Judged
from qa.moments.labelled import read_labelled
from qa.moments.measure import (
    Confused,
    as_dict,
    calibration_error,
    judge_labelled,
    macro_f1,
    measure,
    quality,
)
from qa.moments.shown import measured_text
from qa.moments.thresholds import Thresholds
from qa.problems import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qa.nouns import Language
    from qa.sentences import Sentence

HEADER = "language,role,text,labels\n"
MOMENTS = {"apology": "agent", "greeting": "agent", "complaint": "customer"}


def _judged(
    text: str,
    *truly: str,
    moment: str = "apology",
    p: float = 0.5,
    present: bool = False,
    language: Language = "en",
) -> Judged:
    return Judged(moment, text, language, moment in truly, frozenset(truly), p, present)


def _wilson(right: int, of: int) -> tuple[float, float]:
    """Return the score interval of Wilson (1927), as the textbook has it."""
    z, share = 1.959964, right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return middle - half, middle + half


def test_precision_recall_and_f1_by_hand() -> None:
    # 3 right, 1 wrong, 2 missed, 4 rightly left: precision 3/4, recall 3/5, F1 6/9
    decided = [(True, True)] * 3 + [(True, False)] + [(False, True)] * 2 + [(False, False)] * 4
    found = quality(decided)
    assert (found.precision, found.recall, found.f1, found.support) == (0.75, 0.6, 0.6667, 5)
    assert found.precision_interval == pytest.approx(_wilson(3, 4), abs=1e-4)
    assert found.recall_interval == pytest.approx(_wilson(3, 5), abs=1e-4)
    low, high = found.f1_interval
    assert 0 <= low < found.f1 < high <= 1
    assert quality(list(reversed(decided))) == found


def test_more_sentences_make_every_interval_narrower() -> None:
    decided = [(True, True)] * 3 + [(True, False)] + [(False, True)] * 2
    few, many = quality(decided), quality(decided * 20)
    for name in ("precision_interval", "recall_interval", "f1_interval"):
        (low, high), (lower, higher) = getattr(many, name), getattr(few, name)
        assert lower < low < high < higher, name


@pytest.mark.parametrize(
    ("decided", "figures"),
    [
        ([], (0, 0, 0, 0)),
        ([(False, False)], (0, 0, 0, 0)),
        ([(True, False)], (0, 0, 0, 0)),  # said, but there is none
        ([(False, True)], (0, 0, 0, 1)),  # one, but never said
        ([(True, True)], (1, 1, 1, 1)),
    ],
)
def test_nothing_is_divided_by_nothing(
    decided: list[tuple[bool, bool]], figures: tuple[float, ...]
) -> None:
    found = quality(decided)
    assert (found.precision, found.recall, found.f1, found.support) == figures
    if not decided:
        assert found.precision_interval == found.f1_interval == (0.0, 1.0)


def test_the_macro_mean_is_over_moments_that_occur() -> None:
    whole, half = quality([(True, True)]), quality([(True, True), (True, False), (False, True)])
    never = quality([(True, False)])
    assert half.f1 == 0.5
    assert macro_f1({"a": whole, "b": half, "c": never}) == 0.75
    assert macro_f1({"c": never}) == 0.0
    assert macro_f1({}) == 0.0


def test_calibration_error_by_hand() -> None:
    # bin .2-.3: said .25 + .25, true 1 of 2: |.5 - 1| = .5
    # bin .9-1: said .9 + 1.0, true 2 of 2: .1; in all .6 of 4 sentences
    judged = [
        _judged("a", p=0.25),
        _judged("b", "apology", p=0.25),
        _judged("c", "apology", p=0.9),
        _judged("d", "apology", p=1.0),
    ]
    assert calibration_error(judged) == pytest.approx(0.15)
    assert calibration_error([]) == 0.0
    # ten sentences of .3 of which three do it are as said
    said = [_judged(str(at), *(["apology"] if at < 3 else []), p=0.3) for at in range(10)]
    assert calibration_error(said) == 0.0


def test_quality_is_told_by_language_and_moment() -> None:
    measured = measure(
        [
            _judged("Sorry", "apology", present=True),
            _judged("Oprostite", "apology", language="hr"),
            _judged("Hi", "greeting", moment="greeting", present=True),
        ]
    )
    assert {k: list(v) for k, v in measured.languages.items()} == {
        "en": ["apology", "greeting"],
        "hr": ["apology"],
    }
    assert measured.languages["en"]["apology"].recall == 1
    assert measured.languages["hr"]["apology"].recall == 0
    assert measured.calibration_error == {"en": 0.5, "hr": 0.5}


def test_what_is_taken_for_what_is_counted() -> None:
    measured = measure(
        [
            _judged("a", "thanks", present=True),
            _judged("b", "thanks", "greeting", present=True),
            _judged("c", "greeting", moment="thanks", present=True),
            _judged("d", "thanks", "apology", present=True),  # right: nothing is confused
            _judged("e", "thanks"),  # left: nothing is confused
            _judged("f", present=True),  # wrong, but a sentence of no moment
        ]
    )
    assert measured.confused == (
        Confused("thanks", "apology", 2),
        Confused("greeting", "apology", 1),
        Confused("greeting", "thanks", 1),
    )


def test_mistakes_are_the_worst_of_each_kind() -> None:
    taken = [_judged(f"taken {p}", p=p, present=True) for p in (0.6, 0.9, 0.7, 0.8)]
    missed = [_judged(f"missed {p}", "apology", p=p) for p in (0.4, 0.1, 0.3, 0.2)]
    right = [_judged("right", "apology", p=0.95, present=True), _judged("left", p=0.05)]
    texts = [wrong.text for wrong in measure([*right, *taken, *missed]).mistakes]
    assert texts == [
        "taken 0.9",
        "taken 0.8",
        "taken 0.7",
        "missed 0.1",
        "missed 0.2",
        "missed 0.3",
    ]
    hr = [replace(each, language="hr") for each in taken]
    assert len(measure([*taken, *hr]).mistakes) == 6  # of each language


def test_figures_do_not_depend_on_the_order() -> None:
    judged = [
        _judged("a", "thanks", present=True, p=0.8),
        _judged("b", "apology", p=0.2),
        _judged("c", "apology", present=True, p=0.9),
    ]
    assert measure(judged) == measure(judged[::-1])


def test_it_is_shown_to_people_and_to_programs() -> None:
    measured = measure(
        [
            _judged("Thanks\nfor that", "thanks", present=True, p=0.8123),
            _judged("So sorry", "apology", present=True, p=0.9),
            _judged("Pardon", "apology", p=0.2),
        ]
    )
    text = measured_text(measured)
    # one right, one wrong, one missed: all three are one half
    assert "en: macro F1 0.500" in text
    assert "thanks -> apology" in text
    assert "+ 0.81  Thanks for that" in text  # on one line
    assert "- 0.20  Pardon" in text
    told = as_dict(measured)
    assert told["confused"] == [{"truly": "thanks", "taken_for": "apology", "times": 1}]
    languages = told["languages"]
    assert isinstance(languages, dict)
    apology = languages["en"]["moments"]["apology"]
    assert (apology["precision"], apology["recall"], apology["f1"]) == (0.5, 0.5, 0.5)
    assert apology["support"] == 2


# --- labelled sentences from outside


def _file(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "labelled.csv"
    path.write_text(header + "".join(f"{line}\n" for line in lines), "utf-8")
    return path


def test_labelled_rows_are_read(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        'en,agent,"Hello, sorry","apology, greeting"',
        "hr,customer,Paket je slomljen,complaint",
        "sr,agent,Један тренутак,none",
        "sr,agent,Sekund,",
    )
    assert read_labelled(path, list(MOMENTS)) == [
        ("en", "agent", "Hello, sorry", frozenset({"apology", "greeting"})),
        ("hr", "customer", "Paket je slomljen", frozenset({"complaint"})),
        ("sr", "agent", "Један тренутак", frozenset()),
        ("sr", "agent", "Sekund", frozenset()),
    ]


def test_columns_may_stand_in_any_order_beside_others(tmp_path: Path) -> None:
    path = _file(tmp_path, "none,x,Hi,agent,en", header="\ufefflabels,note,text,role,language\n")
    assert read_labelled(path, []) == [("en", "agent", "Hi", frozenset())]


def test_every_bad_line_is_named(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "en,agent,Hi,greeting",
        "de,agent,Hallo,greeting",
        "en,boss,Hi,greeting",
        '"en",agent,"two\nlines",none',  # takes two lines
        "en,agent,Hi,shouting",
        "en,agent,,none",
        "en,agent,  ,none",
        "en",
    )
    with pytest.raises(ConfigError) as refusal:
        read_labelled(path, list(MOMENTS))
    expected = [
        (3, "language 'de'"),
        (4, "role 'boss'"),
        (7, "unknown moments: shouting"),
        (8, "text is empty"),
        (9, "text is empty"),
        (10, "role"),
    ]
    assert len(refusal.value.problems) == len(expected)
    for problem, (line, words) in zip(refusal.value.problems, expected, strict=True):
        assert problem.startswith(f"{path}:{line}: ")
        assert words in problem


@pytest.mark.parametrize(
    ("header", "missing"),
    [("language,text\n", "role, labels"), ("", "language, role, text, labels")],
)
def test_missing_columns_are_named(tmp_path: Path, header: str, missing: str) -> None:
    with pytest.raises(ConfigError, match=rf"labelled\.csv:1: columns missing: {missing}"):
        read_labelled(_file(tmp_path, header=header), [])


def test_a_file_without_sentences_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no sentences"):
        read_labelled(_file(tmp_path), [])


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_labelled(tmp_path / "nowhere.csv", [])
    latin2 = tmp_path / "latin2.csv"
    latin2.write_bytes(HEADER.encode() + "hr,agent,Žao mi je,apology\n".encode("cp1250"))
    with pytest.raises(ConfigError, match="cannot be read"):
        read_labelled(latin2, ["apology"])


class Scripted(MomentFinder):
    """Holds "sorry" for an apology, each sentence alone, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def judge(self, sentences: Sequence[Sentence]) -> list[list[Opinion]]:
        (sentence,) = sentences
        self.asked.append(sentence.text)
        p = 0.9 if "sorry" in sentence.text else 0.4
        limits = Thresholds(0.3, 0.6)
        return [
            [
                Opinion(name, p, p, (), limits)
                for name, speaker in MOMENTS.items()
                if speaker == sentence.speaker and name != "greeting"
            ]
        ]


def test_labelled_sentences_are_judged_alone_by_what_is_present() -> None:
    finder = Scripted()
    rows = [
        ("en", "agent", "So sorry", frozenset({"apology"})),
        ("hr", "agent", "Halo", frozenset()),
        ("en", "customer", "It is broken", frozenset({"complaint"})),
    ]
    judged = judge_labelled(rows, finder, MOMENTS)  # type: ignore[arg-type]
    assert finder.asked == ["So sorry", "Halo", "It is broken"]
    assert [(j.moment, j.language, j.does, j.present) for j in judged] == [
        ("apology", "en", True, True),
        ("apology", "hr", False, False),
        ("complaint", "en", True, False),  # uncertain is not present
    ]


def test_a_label_of_the_other_speaker_can_only_be_missed() -> None:
    rows = [("en", "customer", "sorry", frozenset({"apology"}))]
    judged = judge_labelled(rows, Scripted(), MOMENTS)  # type: ignore[arg-type]
    assert [(j.moment, j.does, j.present, j.probability) for j in judged] == [
        ("complaint", False, True, 0.9),
        ("apology", True, False, 0.0),
    ]
