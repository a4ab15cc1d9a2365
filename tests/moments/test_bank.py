"""The shipped examples, and banks of one's own."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

import pytest

from qa.moments import bank as bank_module
from qa.moments.bank import ENOUGH, FEWEST, Bank, read_bank
from qa.nouns import LANGUAGES
from qa.problems import ConfigError
from qa.settings import read_yaml, shipped
from qa.text import normalise

ROOT: Final = Path(__file__).parents[2]
# a moment as written, one thing a line; nothing about it is worth a warning
HEAD = "speaker: agent\ntitle: {en: Mine}\n"
EXAMPLES = "examples:\n  en:\n" + "".join(f"  - thing number {at}\n" for at in range(ENOUGH))
MINE = HEAD + EXAMPLES
NEXT_LINE = MINE.count("\n") + 1  # where what is added to it begins


@pytest.fixture(scope="module")
def bank() -> Bank:
    return read_bank()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shipped folder of two moments, so that a test reads no more than them."""
    root = tmp_path / "shipped"
    (root / "moments").mkdir(parents=True)
    (root / "everyday.yaml").write_text("agent: {en: [One second]}\n", "utf-8")
    for name in ("apology", "greeting"):
        (root / "moments" / f"{name}.yaml").write_text(MINE.replace("thing", name), "utf-8")
    monkeypatch.setattr(bank_module, "shipped", lambda _folder: root)
    monkeypatch.setenv("CALLQA_CACHE", str(tmp_path / "cache"))
    return root


@pytest.fixture
def own(root: Path, tmp_path: Path) -> Path:
    assert root.is_dir()
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "mine.yaml").write_text(MINE, "utf-8")
    return folder


def _names(found: Bank) -> list[str]:
    return [moment.name for moment in found.moments]


def _with(own: Path, more: str) -> Bank:
    (own / "mine.yaml").write_text(MINE + more, "utf-8")
    return read_bank([own])


def _mine(found: Bank) -> bank_module.MomentBank:
    return next(moment for moment in found.moments if moment.name == "mine")


# --- what ships


def test_every_shipped_file_is_a_moment_in_order_of_name(bank: Bank) -> None:
    paths = (shipped("rubrics") / "moments").glob("*.yaml")
    assert _names(bank) == sorted(path.stem for path in paths)
    assert {"apology", "empathy", "blame", "frustration", "greeting"} <= set(_names(bank))


def test_nothing_that_ships_is_left_out_or_thin(bank: Bank) -> None:
    assert bank.warnings == ()


def test_every_moment_has_enough_of_every_language(bank: Bank) -> None:
    few = [
        (moment.name, language, len(moment.examples[language]), len(moment.near_misses[language]))
        for moment in bank.moments
        for language in LANGUAGES
        if len(moment.examples[language]) < 60 or len(moment.near_misses[language]) < 40
    ]
    assert not few
    for side in (bank.everyday.agent, bank.everyday.customer):
        assert all(len(side[language]) >= 100 for language in LANGUAGES)


def test_every_moment_has_a_title_and_a_description_in_every_language(bank: Bank) -> None:
    for moment in bank.moments:
        for language in LANGUAGES:
            assert moment.title[language].strip(), (moment.name, language)
            assert moment.description[language].strip(), (moment.name, language)


@pytest.mark.slow
def test_no_shipped_sentence_is_told_twice_or_empty(bank: Bank) -> None:
    lists = [
        ((name, language), lines)
        for moment in bank.moments
        for language in LANGUAGES
        for name, lines in (
            (moment.name, moment.examples[language]),
            (f"not {moment.name}", moment.near_misses[language]),
            (f"perhaps {moment.name}", moment.borderline.get(language, ())),
        )
    ]
    for name, side in (("agent", bank.everyday.agent), ("customer", bank.everyday.customer)):
        lists += [((name, language), side[language]) for language in LANGUAGES]
    for place, lines in lists:
        forms = [normalise(line) for line in lines]
        assert all(forms), place
        twice = {form for form in forms if forms.count(form) > 1}
        assert not twice, place


def test_no_example_is_a_near_miss_of_its_own_moment_in_any_language(bank: Bank) -> None:
    for moment in bank.moments:
        does = {normalise(line) for lines in moment.examples.values() for line in lines}
        misses = {normalise(line) for lines in moment.near_misses.values() for line in lines}
        unsure = {normalise(line) for lines in moment.borderline.values() for line in lines}
        assert not does & misses, moment.name
        assert not (does | misses) & unsure, moment.name


@pytest.mark.slow
def test_no_everyday_sentence_is_an_example_of_its_role(bank: Bank) -> None:
    everyday = {"agent": bank.everyday.agent, "customer": bank.everyday.customer}
    for moment in bank.moments:
        for language in LANGUAGES:
            does = {normalise(line) for line in moment.examples[language]}
            clash = [x for x in everyday[moment.speaker][language] if normalise(x) in does]
            assert not clash, (moment.name, clash)


def test_shipped_overlaps_are_said_from_both_sides(bank: Bank) -> None:
    overlaps = {moment.name: set(moment.overlaps) for moment in bank.moments}
    for name, others in overlaps.items():
        assert name not in others
        assert all(name in overlaps[other] for other in others), name


def test_the_labelled_dialogues_are_not_learnt(bank: Bank) -> None:
    """Stock phrases, such as "Since when has it been like that?", anybody writes."""
    learnt = {
        (language, normalise(line))
        for moment in bank.moments
        for lists in (moment.examples, moment.near_misses, moment.borderline)
        for language, lines in lists.items()
        for line in lines
    }
    folders = ("", "ordinary", "unplanned")  # those of sentences
    labelled = ROOT / "data" / "labelled"
    files = [labelled / folder / f"{one}.csv" for folder in folders for one in LANGUAGES]
    for file in files:
        rows = csv.DictReader(file.read_text("utf-8").splitlines())
        texts = [normalise(row["text"]) for row in rows]
        both = [x for x in texts if (file.stem, x) in learnt and len(x.split()) > 5]
        assert len(both) < 0.01 * len(texts), both


def test_serbian_comes_in_both_scripts_and_croatian_in_one(bank: Bank) -> None:
    cyrillic = re.compile("[а-шђјљњћџ]", re.IGNORECASE)
    for moment in bank.moments:
        for lines in (moment.examples, moment.near_misses):
            assert {bool(cyrillic.search(line)) for line in lines["sr"]} == {True, False}
            assert not any(cyrillic.search(line) for line in lines["hr"] + lines["en"])


# --- banks of one's own


def test_a_moment_of_ones_own_is_added(root: Path, own: Path) -> None:
    found = read_bank([own])
    assert _names(found) == ["apology", "greeting", "mine"]
    assert found.warnings == ()
    assert found.everyday.agent == {"en": ("One second",)}
    assert found.digest() != read_bank().digest()


def test_a_file_of_the_same_name_replaces_the_shipped_one_and_its_warnings(own: Path) -> None:
    thin = "speaker: agent\ntitle: {en: Mine}\nexamples: {en: [a, b, c, d, e]}"
    (own / "apology.yaml").write_text(thin, "utf-8")
    other = own.with_name("other")
    other.mkdir()
    (other / "apology.yaml").write_text(MINE, "utf-8")
    apology = read_bank([own]).moments[0]
    assert (apology.name, apology.examples) == ("apology", {"en": ("a", "b", "c", "d", "e")})
    assert len(read_bank([own]).warnings) == 1
    assert read_bank([own, other]).warnings == ()
    assert len(read_bank([other, own]).warnings) == 1


def test_overlaps_may_name_any_moment_there_is(own: Path) -> None:
    assert _mine(_with(own, "overlaps: [apology]\n")).overlaps == ("apology",)
    # one that is left out for want of examples is no spelling mistake
    (own / "few.yaml").write_text(HEAD + "examples: {en: [a]}\n", "utf-8")
    assert _mine(_with(own, "overlaps: [few]\n")).overlaps == ("few",)


def test_every_fault_of_every_file_at_once(own: Path) -> None:
    short = "examples: {en: [one thing, two things, three things, four things, five things]}\n"
    files = {
        "a": HEAD.replace("agent", "boss").replace("title", "titel") + short,
        "b": "- one",
        "c": HEAD + short + "near_misses: [Two THINGS!]",
        "d": HEAD + short + "overlaps: [nothing_known]",
        "e": HEAD + short.replace("one thing", "'yes', yes"),
        "g": HEAD + short + "title: {en: G}",
        "h": HEAD + short.replace("{en", "{de: [ein Ding], en"),
        "i": "a: [",
        "j": HEAD + short + "cues: [{pattern: a, effect: boost, reason: r}]",
        "k": HEAD + short + "cues: [{patern: a, effect: raise, reason: r}]",
        "l": HEAD + "examples: 3",
    }
    for name, text in files.items():
        (own / f"{name}.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refusal:
        read_bank([own])
    problems = refusal.value.problems
    for file, words in {
        "a.yaml:1:": "'agent' or 'customer'",
        "a.yaml:2:": "titel",
        "a.yaml:1: title": "Field required",
        "b.yaml:": "a moment is a list of",
        "c.yaml:4:": "near_misses",
        "e.yaml:3:": "examples.en.1",
        "g.yaml:4:": "more than once",
        "h.yaml:3:": "de",
        "i.yaml:": "not valid YAML",
        "j.yaml:4:": "raise",
        "k.yaml:4:": "patern",
        "l.yaml:3:": "examples",
    }.items():
        assert any(file in problem and words in problem for problem in problems), (file, problems)
    assert any("'d'" in problem and "nothing_known" in problem for problem in problems)
    assert not any("mine.yaml" in problem for problem in problems)


def test_a_file_of_a_wrong_shape_is_refused_again_the_next_time(own: Path) -> None:
    (own / "b.yaml").write_text("- one", "utf-8")
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"b\.yaml"):
            read_bank([own])


# --- what is left out, and what is thin


@pytest.mark.parametrize(
    ("added", "line", "words"),
    [
        ("near_misses:\n  en:\n  - fine\n  - Thing NUMBER 3!\n", 3, "both an example and a near"),
        (
            "near_misses:\n  en:\n  - fine\n  - so so\nborderline:\n  en:\n  - So so?\n",
            3,
            "both a near miss and borderline: decide",
        ),
        ('near_misses:\n  en:\n  - fine\n  - "b\\x07c"\n', 3, "control characters"),
        ('near_misses:\n  en:\n  - fine\n  - "b\\0c"\n', 3, "control characters"),
        (f"near_misses:\n  en:\n  - fine\n  - {'ab ' * 334}c\n", 3, "1,000 at most"),
        ("near_misses:\n  en:\n  - fine\n  - '...'\n", 3, "no words"),
        ("near_misses:\n  en:\n  - fine\n  - ''\n", 3, "no words"),
    ],
)
def test_a_sentence_that_teaches_nothing_is_left_out_and_the_rest_works(
    own: Path, added: str, line: int, words: str
) -> None:
    found = _with(own, added)
    assert _mine(found).near_misses == {"en": ("fine",)}
    warned = [w for w in found.warnings if f"mine.yaml:{NEXT_LINE + line}: " in w]
    assert [words in warning for warning in warned] == [True], found.warnings


def test_what_is_both_an_example_and_a_near_miss_is_neither(own: Path) -> None:
    found = _with(own, "  - one more\nnear_misses: {en: [Thing number 3]}\n")
    mine = _mine(found)
    assert mine.near_misses == {"en": ()}
    assert len(mine.examples["en"]) == ENOUGH
    assert "thing number 3" not in mine.examples["en"]
    # both places are told, each with its line; "thing number 0" stands on the fifth
    places = [warning.split(": ")[0].rpartition(":")[2] for warning in found.warnings]
    assert places == [str(HEAD.count("\n") + 2 + 4), str(NEXT_LINE + 1)]


def test_only_the_file_that_ships_is_shipped(own: Path) -> None:
    found = _with(own, "shipped: true\nborderline: {en: [half a thing]}\n")
    assert {moment.name: moment.shipped for moment in found.moments} == {
        "apology": True,
        "greeting": True,
        "mine": False,
    }
    assert _mine(found).borderline == {"en": ("half a thing",)}


def test_the_same_words_may_do_it_in_one_language_and_not_in_another(own: Path) -> None:
    found = _with(own, "near_misses: {hr: [Thing number 3]}\n")
    assert found.warnings == ()
    assert _mine(found).near_misses == {"hr": ("Thing number 3",)}


def test_a_thousand_letters_and_line_breaks_are_fine(own: Path) -> None:
    long = "ab " * 333 + "c"
    assert len(long) == 1_000
    found = _with(own, f'near_misses:\n  en:\n  - {long}\n  - "a\\tb\\nc"\n')
    assert found.warnings == ()
    assert _mine(found).near_misses["en"] == (long, "a\tb\nc")


@pytest.mark.parametrize("part", ["pattern", "after"])
@pytest.mark.parametrize("wrong", ["(?=a)b", r"(a)\1", "("])
def test_a_cue_that_cannot_run_is_left_out_and_the_rest_works(
    own: Path, part: str, wrong: str
) -> None:
    cue = {"pattern": "a", "after": "b"} | {part: wrong}
    found = _with(
        own,
        "cues:\n- {pattern: ok, effect: raise, reason: fine}\n"
        f"- pattern: '{cue['pattern']}'\n  after: '{cue['after']}'\n"
        "  effect: lower\n  reason: wrong\n",
    )
    assert [each.reason for each in _mine(found).cues] == ["fine"]
    (warning,) = found.warnings
    assert f"mine.yaml:{NEXT_LINE + 2}: cues.1: " in warning
    assert f"{part}: " in warning
    assert "RE2" in warning


@pytest.mark.parametrize("count", [FEWEST, ENOUGH - 1])
def test_too_few_examples_of_a_language_are_told_with_how_many_more(own: Path, count: int) -> None:
    lines = "".join(f"  - stvar broj {at}\n" for at in range(count))
    found = _with(own, f"  hr:\n{lines}")
    assert len(_mine(found).examples["hr"]) == count
    (warning,) = found.warnings
    assert warning.startswith(f"{own / 'mine.yaml'}:{NEXT_LINE}: ")
    assert f"only {count} examples in hr: write {ENOUGH - count} more" in warning


def test_the_same_sentence_twice_counts_once(own: Path) -> None:
    lines = "".join(f"  - {word} broj {at}\n" for at in range(10) for word in ("Stvar", "ствар"))
    (warning,) = _with(own, f"  sr:\n{lines}").warnings
    assert "only 10 examples in sr" in warning


def test_with_fewer_than_one_a_fold_a_moment_is_left_out(own: Path) -> None:
    few = ", ".join("abcd"[: FEWEST - 1])
    (own / "few.yaml").write_text(HEAD + f"examples: {{en: [{few}, A!, 'a.']}}\n", "utf-8")
    found = read_bank([own])
    assert _names(found) == ["apology", "greeting", "mine"]
    (warning,) = found.warnings
    assert str(own / "few.yaml") in warning
    assert f"only {FEWEST - 1} different examples" in warning
    assert "write 1 more at least" in warning


def test_examples_of_all_languages_count_together(own: Path) -> None:
    text = HEAD + "examples: {en: [one, two], hr: [jedan, dva], sr: [три]}\n"
    (own / "few.yaml").write_text(text, "utf-8")
    found = read_bank([own])
    assert "few" in _names(found)
    assert len(found.warnings) == 3  # one a language


# --- what is kept of a bank


def _read_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    read: list[str] = []
    real = read_yaml

    def noted(path: Path, *, max_bytes: int) -> object:
        read.append(path.stem)
        return real(path, max_bytes=max_bytes)

    monkeypatch.setattr(bank_module, "read_yaml", noted)
    return read


def test_the_same_files_are_read_once(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = _read_files(monkeypatch)
    first = _with(own, "cues: [{pattern: ok, after: b, effect: raise, reason: r}]\n")
    assert sorted(read) == ["apology", "everyday", "greeting", "mine"]
    again = read_bank([own])
    assert len(read) == 4
    assert again == first
    assert again.digest() == first.digest()


def test_warnings_are_kept_too(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _with(own, "near_misses: {en: [fine, '...']}\n")
    read = _read_files(monkeypatch)
    again = read_bank([own])
    assert read == []
    assert again.warnings == first.warnings
    assert len(again.warnings) == 1


@pytest.mark.parametrize(
    ("changed", "old"), [("own/mine.yaml", "number 1"), ("shipped/everyday.yaml", "second")]
)
def test_a_changed_file_is_read_anew(own: Path, tmp_path: Path, changed: str, old: str) -> None:
    before = read_bank([own])
    file = tmp_path / changed
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, "changed"), "utf-8")
    assert read_bank([own]).digest() != before.digest()
    file.write_text(text, "utf-8")
    assert read_bank([own]) == before


def test_a_file_more_or_less_is_noticed(own: Path) -> None:
    before = read_bank([own])
    (own / "other.yaml").write_text(MINE.replace("thing", "other"), "utf-8")
    assert _names(read_bank([own])) == ["apology", "greeting", "mine", "other"]
    (own / "other.yaml").unlink()
    assert read_bank([own]) == before


def test_the_same_content_elsewhere_is_named_where_it_lies(own: Path) -> None:
    first = _with(own, "near_misses: {en: ['...']}\n")
    other = own.rename(own.with_name("moved"))
    moved = read_bank([other])
    assert moved.digest() == first.digest()  # warnings, which name files, are no content
    assert str(own) in first.warnings[0]
    assert str(other) in moved.warnings[0]


def test_the_digest_is_of_every_sentence_but_not_of_warnings(own: Path) -> None:
    found = read_bank([own])
    mine = _mine(found)
    fewer = mine.model_copy(update={"examples": {"en": mine.examples["en"][1:]}})
    moments = tuple(fewer if each.name == "mine" else each for each in found.moments)
    assert found.model_copy(update={"moments": moments}).digest() != found.digest()
    assert found.model_copy(update={"warnings": ("thin",)}).digest() == found.digest()


def test_what_is_learnt_is_of_sentences_and_not_of_words_for_people_or_cues(own: Path) -> None:
    found = read_bank([own])
    cue = "cues: [{pattern: a, effect: raise, reason: r}]\n"
    for more in (cue, "description: {en: What it is}\n"):
        changed = _with(own, more)
        assert changed.lesson() == found.lesson()
        assert changed.digest() != found.digest()
    for more in ("overlaps: [apology]\n", "near_misses: {en: [no thing]}\n", "  - one more\n"):
        assert _with(own, more).lesson() != found.lesson()
    (own / "mine.yaml").write_text(MINE.replace("agent", "customer"), "utf-8")
    assert read_bank([own]).lesson() != found.lesson()
    fewer = found.model_copy(update={"everyday": bank_module.Everyday()})
    assert fewer.lesson() != found.lesson()
