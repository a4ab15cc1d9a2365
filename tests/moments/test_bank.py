"""The shipped examples, and banks of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qa.moments.bank import Bank, read_bank
from qa.nouns import LANGUAGES
from qa.problems import ConfigError
from qa.settings import shipped
from qa.text import normalise

if TYPE_CHECKING:
    from pathlib import Path

MINE = """
speaker: agent
title: {en: Mine}
examples:
  en: [one thing, two things, three things, four things, five things]
"""


@pytest.fixture(scope="module")
def bank() -> Bank:
    return read_bank()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text(MINE, "utf-8")
    return tmp_path


def test_every_shipped_file_is_a_moment_in_order_of_name(bank: Bank) -> None:
    names = [moment.name for moment in bank.moments]
    assert names == sorted(path.stem for path in (shipped("rubrics") / "moments").glob("*.yaml"))
    assert {"apology", "empathy", "blame", "frustration", "greeting"} <= set(names)


def test_every_moment_has_enough_of_every_language(bank: Bank) -> None:
    for moment in bank.moments:
        for language in LANGUAGES:
            assert len(moment.examples[language]) >= 25, (moment.name, language)
            assert len(moment.near_misses[language]) >= 15, (moment.name, language)
            assert moment.title[language]
            assert moment.description[language]
    for side in (bank.everyday.agent, bank.everyday.customer):
        for language in LANGUAGES:
            assert len(side[language]) >= 25, language


def test_no_shipped_sentence_is_told_twice_or_empty(bank: Bank) -> None:
    for moment in bank.moments:
        for language in LANGUAGES:
            for lines in (moment.examples[language], moment.near_misses[language]):
                forms = [normalise(line) for line in lines]
                assert all(forms)
                assert len(set(forms)) == len(forms), (moment.name, language)


def test_no_everyday_sentence_is_an_example(bank: Bank) -> None:
    everyday = {"agent": bank.everyday.agent, "customer": bank.everyday.customer}
    for moment in bank.moments:
        for language in LANGUAGES:
            does = {normalise(line) for line in moment.examples[language]}
            clash = [x for x in everyday[moment.speaker][language] if normalise(x) in does]
            assert not clash, (moment.name, clash)


def test_shipped_overlaps_are_said_from_both_sides(bank: Bank) -> None:
    overlaps = {moment.name: set(moment.overlaps) for moment in bank.moments}
    for name, others in overlaps.items():
        assert all(name in overlaps[other] for other in others), name


def test_serbian_examples_come_in_both_scripts(bank: Bank) -> None:
    def cyrillic(text: str) -> bool:
        return any("а" <= letter <= "ш" for letter in text.lower())

    for moment in bank.moments:
        scripts = {cyrillic(line) for line in moment.examples["sr"]}
        assert scripts == {True, False}, moment.name


def test_a_moment_of_ones_own_is_added(own: Path, bank: Bank) -> None:
    found = read_bank([own])
    assert {m.name for m in found.moments} - {m.name for m in bank.moments} == {"mine"}
    assert [m.name for m in found.moments] == sorted(m.name for m in found.moments)
    assert found.digest() != bank.digest()


def test_a_file_of_the_same_name_replaces_the_shipped_one(own: Path) -> None:
    (own / "mine.yaml").rename(own / "apology.yaml")
    (apology,) = (m for m in read_bank([own]).moments if m.name == "apology")
    assert apology.examples == {
        "en": ("one thing", "two things", "three things", "four things", "five things")
    }


def test_the_digest_is_of_the_content(bank: Bank) -> None:
    assert read_bank().digest() == bank.digest()
    apology = next(m for m in bank.moments if m.name == "apology")
    fewer = apology.model_copy(
        update={"examples": {**apology.examples, "en": apology.examples["en"][1:]}}
    )
    changed = [fewer if m.name == "apology" else m for m in bank.moments]
    assert bank.model_copy(update={"moments": tuple(changed)}).digest() != bank.digest()


def test_every_fault_of_every_file_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MINE.replace("agent", "boss").replace("title", "titel"))
    (tmp_path / "b.yaml").write_text("- one")
    (tmp_path / "c.yaml").write_text(MINE + "near_misses: {en: [Two THINGS!]}")
    (tmp_path / "d.yaml").write_text(MINE + "overlaps: [nothing_known]")
    (tmp_path / "e.yaml").write_text(MINE.replace("one thing", "'yes', yes"))
    (tmp_path / "f.yaml").write_text("speaker: agent\ntitle: {en: F}\nexamples: {en: [a, A, a b]}")
    (tmp_path / "g.yaml").write_text(MINE + "  hr: [a]\n  hr: [b]\n")
    (tmp_path / "h.yaml").write_text(MINE + "  de: [ein Ding]\n")
    (tmp_path / "i.yaml").write_text("a: [")
    with pytest.raises(ConfigError) as refusal:
        read_bank([tmp_path])
    problems = refusal.value.problems
    for file, words in {
        "a.yaml:2:": "'agent' or 'customer'",
        "a.yaml:3:": "titel",
        "a.yaml:2: title": "Field required",
        "b.yaml:": "a moment is a list of",
        "c.yaml:": "'two things' (en) is both an example and a near miss",
        "'d'": "overlaps 'nothing_known', which does not exist",
        "e.yaml:5:": "examples.en.1",
        "f.yaml:": "fewer than 5 different examples",
        "g.yaml:": "more than once",
        "h.yaml:": "de",
        "i.yaml:": "not valid YAML",
    }.items():
        assert any(file in problem and words in problem for problem in problems), (file, problems)
