"""Whoever writes a rubric is told file, line and what to write; all faults at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qa.problems import ConfigError
from qa.scoring.library import read_rubric, read_rubrics

if TYPE_CHECKING:
    from pathlib import Path

MOMENTS = ("apology", "blame", "complaint", "empathy", "frustration", "refusal", "solution")

# the number before each line is its line in the file
GOOD = """\
name: mine
version: '1.0'
title:
  en: Mine
minimum_coverage: 0.5
sections:
- name: talk
  title:
    en: Talk
  criteria:
  - name: listening
    weight: 40
    title:
      en: Listening
    why:
      en: Because
    check:
      kind: fact
      fact: agent_interruptions_per_min
      bands:
      - up_to: 0.3
        outcome: MET
      - up_to: 1.6
        outcome: PARTLY_MET
      - outcome: NOT_MET
  - name: empathy
    weight: 30
    title:
      en: Empathy
    why:
      en: Because
    when:
      any:
      - moment: complaint
      - moment: frustration
        at_least: 2
    check:
      kind: present
      moments:
      - empathy
      after_first: [complaint]
- name: matter
  title:
    en: Matter
  criteria:
  - name: resolution
    weight: 30
    title:
      en: Resolution
    why:
      en: Because
    check:
      kind: graded
      met:
        all:
        - moment: solution
        - not:
            moment: refusal
            after_last: [solution]
      failed_by: [refusal]
"""


def faults_of(path: Path, text: str | bytes) -> list[str]:
    """Return the faults of a rubric file without its folder: "mine.yaml:14: ..."."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as caught:
        read_rubric(str(path), MOMENTS)
    assert all("\n" not in problem for problem in caught.value.problems)
    return [problem.replace(f"{path.parent}/", "") for problem in caught.value.problems]


def changed(old: str, new: str, *, after: str = "") -> str:
    """Return the good file with one place changed, the first one after a landmark."""
    start = GOOD.index(after)
    assert old in GOOD[start:]
    return GOOD[:start] + GOOD[start:].replace(old, new, 1)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "mine.yaml"


def test_the_good_file_is_good(mine: Path) -> None:
    mine.write_text(GOOD)
    assert [c.name for c in read_rubric(str(mine), MOMENTS).criteria] == [
        "listening",
        "empathy",
        "resolution",
    ]


@pytest.mark.parametrize(
    ("old", "new", "after", "fault"),
    [
        # fields
        (
            "weight: 40",
            "weight: forty",
            "",
            "12: sections.0.criteria.0.weight: Input should be a valid number, unable to parse "
            "string as a number (given: 'forty')",
        ),
        (
            "weight: 30",
            "weight: -30",
            "name: resolution",
            "47: sections.1.criteria.0.weight: Input should be greater than or equal to 0 "
            "(given: -30)",
        ),
        (
            "    title:\n      en: Empathy\n",
            "",
            "",
            "26: sections.0.criteria.1.title: Field required: write `title: ...`",
        ),
        (
            "title:\n  en: Mine\n",
            "",
            "",
            "1: title: Field required: write `title: ...`",
        ),
        (
            "    why:\n",
            "    whi: x\n    why:\n",
            "name: empathy",
            "30: sections.0.criteria.1.whi: Extra inputs are not permitted: remove it or check "
            "its spelling",
        ),
        (
            "version: '1.0'",
            "version: 1.0",
            "",
            "2: version: Input should be a valid string: put it in quotes",
        ),
        (
            "en: Listening",
            "de: Zuhören",
            "",
            "14: sections.0.criteria.0.title.de: Input should be 'en', 'hr' or 'sr' (given: 'de')",
        ),
        (
            "en: Listening",
            "en: ''",
            "",
            "14: sections.0.criteria.0.title.en: is empty: write something",
        ),
        (
            "minimum_coverage: 0.5",
            "minimum_coverage: 60",
            "",
            "5: minimum_coverage: Input should be less than or equal to 1 (given: 60)",
        ),
        (
            "name: listening",
            "name: Listening well",
            "",
            "11: sections.0.criteria.0.name: String should match pattern '^[a-z][a-z0-9_]*$' "
            "(given: 'Listening well')",
        ),
        # checks
        (
            "kind: present",
            "kind: presnt",
            "",
            "38: sections.0.criteria.1.check.kind: 'presnt' is not known: write one of "
            "'fact', 'present', 'absent', 'graded', 'reply', 'sequence', 'all', 'any'",
        ),
        (
            "      kind: present\n",
            "",
            "",
            # the check is there, but begins with its moments
            "37: sections.0.criteria.1.check.kind: Field required: write `kind: ...`",
        ),
        (
            "      fact: agent_interruptions_per_min\n",
            "",
            "",
            "17: sections.0.criteria.0.check.fact: Field required: write `fact: ...`",
        ),
        (
            "moments:",
            "moment:",
            "kind: present",
            "37: sections.0.criteria.1.check.moments: Field required: write `moments: ...`",
        ),
        (
            "outcome: MET",
            "outcome: met",
            "",
            "22: sections.0.criteria.0.check.bands.0.outcome: Input should be "
            "<Outcome.MET: 'MET'>, <Outcome.PARTLY_MET: 'PARTLY_MET'> or "
            "<Outcome.NOT_MET: 'NOT_MET'> (given: 'met')",
        ),
        (
            "up_to: 0.3",
            "up_to: .nan",
            "",
            "21: sections.0.criteria.0.check.bands.0.up_to: Input should be a finite number "
            "(given: nan)",
        ),
        (
            "up_to: 1.6",
            "up_to: 0.3",
            "",
            "23: sections.0.criteria.0.check.bands.1: overlaps the band before: each up_to must be "
            "above the one before",
        ),
        (
            "- outcome: NOT_MET",
            "- outcome: NOT_MET\n        up_to: 9",
            "",
            "25: sections.0.criteria.0.check.bands.2: the last band has no up_to: it takes all "
            "that is left",
        ),
        (
            "- up_to: 1.6\n        outcome",
            "- outcome",
            "",
            "23: sections.0.criteria.0.check.bands.1: every band but the last needs an up_to",
        ),
        # conditions
        (
            "at_least: 2",
            "at_least: 0",
            "",
            "36: sections.0.criteria.1.when.any.1.at_least: Input should be greater than or equal "
            "to 1 (given: 0)",
        ),
        (
            "after_last: [",
            "after_lst: [",
            "",
            "59: sections.1.criteria.0.check.met.all.1.not.after_lst: Extra inputs are not "
            "permitted: remove it or check its spelling",
        ),
        # names that do not exist
        (
            "- moment: frustration",
            "- moment: frustation",
            "",
            "35: sections.0.criteria.1.when.any.1.moment: there is no moment 'frustation': did "
            "you mean 'frustration'?",
        ),
        (
            "after_last: [solution]",
            "after_last: [greeting]",
            "",
            "59: sections.1.criteria.0.check.met.all.1.not.after_last.0: there is no moment "
            "'greeting': write one of: apology, blame, complaint, empathy, frustration, refusal, "
            "solution",
        ),
        (
            "- empathy",
            "- emphaty",
            "kind: present",
            "40: sections.0.criteria.1.check.moments.0: there is no moment 'emphaty': did you mean "
            "'empathy'?",
        ),
        (
            "agent_interruptions_per_min",
            "agent_interruption_per_min",
            "",
            "19: sections.0.criteria.0.check.fact: there is no fact 'agent_interruption_per_min': "
            "did you mean 'agent_interruptions_per_min'?",
        ),
        # the whole
        (
            "weight: 30",
            "weight: 25",
            "",
            "6: sections: the weights sum to 95, not to 100: change them",
        ),
        (
            "weight: 40",
            "weight: '45'",  # a number in quotes is a number
            "",
            "6: sections: the weights sum to 105, not to 100: change them",
        ),
        (
            "name: resolution",
            "name: empathy",
            "",
            "46: sections.1.criteria.0.name: criterion 'empathy' is named twice: rename one",
        ),
        (
            "    weight: 40\n",
            "    weight: 10\n    weight: 40\n",
            "",
            "13: sections.0.criteria.0.weight: given more than once: keep one",
        ),
        # numbers that no contact has, and what only looks like one
        (
            "weight: 40",
            "weight: 1.0e+308",
            "",
            "12: sections.0.criteria.0.weight: Input should be less than or equal to 100 "
            "(given: 1e+308)",
        ),
        (
            "weight: 40",
            "weight: .inf",
            "",
            "12: sections.0.criteria.0.weight: Input should be a finite number (given: inf)",
        ),
        (
            "weight: 40",
            "weight: true",
            "",
            "12: sections.0.criteria.0.weight: Input should be a number, not true or false",
        ),
        (
            "weight: 40",
            f"weight: {10**400}",
            "",
            "12: sections.0.criteria.0.weight: Input should be a valid number "
            f"(given: {str(10**400)[:60]}...)",
        ),
        (
            "    weight: 40\n",
            "    weight: 40\n    minimum_evidence: {agent_words: 50000000}\n",
            "",
            "13: sections.0.criteria.0.minimum_evidence.agent_words: "
            "Input should be less than or equal to 10000 (given: 50000000)",
        ),
        (
            "outcome: NOT_MET",
            "{outcome: NOT_MET, points: 1}",
            "",
            "25: sections.0.criteria.0.check.bands.2: a worse outcome earns more than a better "
            "one: change the points",
        ),
        (
            "name: resolution",
            "<<: {name: resolution}",
            "",
            "46: YAML merges (<<) are not allowed: write the lines out",
        ),
    ],
)
def test_a_fault_names_file_line_and_field(
    mine: Path, old: str, new: str, after: str, fault: str
) -> None:
    found = faults_of(mine, changed(old, new, after=after))
    assert f"mine.yaml:{fault}" in found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("weight: 30", "weight: 25"),
        ("name: resolution", "name: empathy"),
        ("- moment: frustration", "- moment: frustation"),
        ("kind: present", "kind: presnt"),
        ("up_to: 1.6", "up_to: 0.3"),
        ("    title:\n      en: Empathy\n", ""),
        ("agent_interruptions_per_min", "agent_interruption_per_min"),
    ],
)
def test_one_fault_is_told_once(mine: Path, old: str, new: str) -> None:
    assert len(faults_of(mine, changed(old, new))) == 1


def test_an_empty_list_is_told_to_hold_something_and_one_with_faults_is_not(mine: Path) -> None:
    empty = changed("moments:\n      - empathy", "moments: []", after="kind: present")
    place = "sections.0.criteria.1.check.moments"
    assert faults_of(mine, empty) == [f"mine.yaml:39: {place}: write at least 1"]
    wrong = faults_of(mine, changed("- empathy", "- Empathy", after="kind: present"))
    assert len(wrong) == 1
    assert wrong[0].startswith(f"mine.yaml:40: {place}.0: String should match")


def test_all_faults_are_told_at_once_in_order_of_the_file(mine: Path) -> None:
    text = (
        GOOD.replace("version: '1.0'", "version: 1.0")  # line 2
        .replace("weight: 40", "weight: 45")  # so that the sum is 105: line 6
        .replace("up_to: 1.6", "up_to: 0.1")  # line 23
        .replace("moment: complaint", "moment: complain")  # line 34
        .replace("name: resolution", "name: empathy")  # line 46
        .replace("failed_by: [refusal]", "failed_by: [refusals]\n      extra: 1")  # line 61
    )
    found = faults_of(mine, text)
    starts = [
        "mine.yaml:2: version: ",
        "mine.yaml:6: sections: the weights sum to 105",
        "mine.yaml:23: sections.0.criteria.0.check.bands.1: overlaps the band before",
        "mine.yaml:34: sections.0.criteria.1.when.any.0.moment: there is no moment 'complain'",
        "mine.yaml:46: sections.1.criteria.0.name: criterion 'empathy' is named twice",
        "mine.yaml:61: sections.1.criteria.0.check.extra: Extra inputs",
    ]
    # a criterion with a fault of its own (the last) is not asked for its moments
    assert len(found) == len(starts)
    for problem, start in zip(found, starts, strict=True):
        assert problem.startswith(start)


def test_the_faults_of_several_rubrics_come_together(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yml"
    one.write_text(GOOD.replace("weight: 40", "weight: 41"))
    two.write_text(GOOD.replace("version: '1.0'\n", ""))
    with pytest.raises(ConfigError) as caught:
        read_rubrics([str(one), "no-such", str(two)], MOMENTS)
    assert len(caught.value.problems) == 3
    assert "one.yaml:6: sections: the weights sum to 101" in caught.value.problems[0]
    assert caught.value.problems[1].startswith("rubric 'no-such' not found: name a file, or one of")
    assert "two.yml:1: version: Field required" in caught.value.problems[2]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "mine.yaml:1: a rubric is a list of `name: value` lines"),
        ("# nothing yet\n", "mine.yaml:1: a rubric is a list of `name: value` lines"),
        ("- name: mine\n", "mine.yaml:1: a rubric is a list of `name: value` lines"),
        ("just words\n", "mine.yaml:1: a rubric is a list of `name: value` lines"),
        (b"name: m\xe4ine\n", "mine.yaml: not UTF-8 text: save it as UTF-8"),
        (GOOD.encode("utf-16"), "mine.yaml: not UTF-8 text: save it as UTF-8"),
        ("name: a\ntitle: &t {en: A}\nother: *t\n", "mine.yaml:3: YAML aliases (*name) are not"),
        ("name: a\nversion: !!python/object/apply:os.getcwd []\n", "mine.yaml:2: "),
        ("name: a\ntitle: {en: A\n", "mine.yaml:3: not valid YAML"),
        ("name: a\n\tversion: 1\n", "mine.yaml:2: not valid YAML"),
        ("name: a\n---\nname: b\n", "mine.yaml:2: not valid YAML"),
    ],
)
def test_what_is_no_rubric_at_all(mine: Path, text: str | bytes, fault: str) -> None:
    assert faults_of(mine, text)[0].startswith(fault)


def test_a_tag_that_would_run_code_runs_nothing(mine: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    faults_of(mine, f'name: !!python/object/apply:os.mkdir ["{made}"]\n')
    assert not made.exists()


def test_a_file_of_two_megabytes_is_refused_by_its_size(mine: Path) -> None:
    found = faults_of(mine, GOOD + "# " + "x" * 2_000_000)
    assert found == ["mine.yaml: larger than 1,000,000 bytes: split or shorten it"]


def test_bombs_of_aliases_are_refused(mine: Path) -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    assert faults_of(mine, "\n".join(lines))[0].startswith("mine.yaml:2: YAML aliases")


@pytest.mark.parametrize("depth", [20, 200, 2000])
def test_conditions_nested_beyond_reason_end_in_a_fault(mine: Path, depth: int) -> None:
    # too deep for the parser, the model or neither: never a crash, and soon
    nested = "{not: " * depth + "{momnt: refusal}" + "}" * depth
    text = GOOD.replace(
        "    when:\n      any:\n", f"    when: {nested}\n    whenever:\n      any:\n"
    )
    assert any(problem.startswith("mine.yaml") for problem in faults_of(mine, text))


@pytest.mark.parametrize("name", ["no-such", "everyday", "rubrics/none.yaml", ""])
def test_a_rubric_that_is_not_there(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_rubric(name, MOMENTS)
    (problem,) = caught.value.problems
    assert problem.startswith(f"rubric '{name}' not found: name a file, or one of: ")
    assert "core" in problem
    assert "everyday," not in problem.split("one of:")[1]


def test_a_file_with_a_byte_order_mark_and_windows_lines_keeps_its_line_numbers(mine: Path) -> None:
    text = "\ufeff" + changed("weight: 40", "weight: forty").replace("\n", "\r\n")
    assert faults_of(mine, text)[0].startswith("mine.yaml:12: sections.0.criteria.0.weight")


@pytest.mark.parametrize(
    "text",
    [
        "name: a\nsections: 5\n",
        "name: a\nsections: [5, {criteria: 6}, {criteria: [7, {name: [8]}]}]\n",
        "sections: {0: {criteria: []}}\n",
        "1: 2\n",
        "? [a, b]\n: 1\n",
        "sections:\n- criteria:\n  - {weight: true, name: null, check: [], when: complaint}\n",
        "sections:\n- criteria:\n  - {check: {kind: 5}, when: {any: 5}, weight: .inf}\n",
    ],
)
def test_any_data_at_all_ends_in_faults_with_lines(mine: Path, text: str) -> None:
    found = faults_of(mine, text)
    assert found
    assert all(problem.startswith("mine.yaml:") for problem in found)


# --- checks of several parts, sections


NEW_KINDS = """\
name: mine
version: '1'
title: {en: Mine}
sections:
- name: talk
  title: {en: Talk}
  weight: 100
  criteria:
  - name: care
    weight: 100
    title: {en: Care}
    why: {en: Because}
    languages: [en]
    minimum_evidence: {agent_turns: 1}
    critical: section
    check:
      kind: all
      checks:
      - kind: reply
        trigger: [refusal]
        answer: [solution]
        within_turns: 2
      - kind: sequence
        steps:
        - moments: [empathy]
        - {fact: holds, above: 0}
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "[refusal]",
            "[refusl]",
            "20: sections.0.criteria.0.check.checks.0.trigger.0: there is no moment 'refusl': did "
            "you mean 'refusal'?",
        ),
        (
            "answer: [solution]",
            "answer: [solutions]",
            "21: sections.0.criteria.0.check.checks.0.answer.0: there is no moment 'solutions': "
            "did you mean 'solution'?",
        ),
        (
            "moments: [empathy]",
            "moments: [emphaty]",
            "25: sections.0.criteria.0.check.checks.1.steps.0.moments.0: there is no moment "
            "'emphaty': did you mean 'empathy'?",
        ),
        (
            "fact: holds",
            "fact: hold",
            "26: sections.0.criteria.0.check.checks.1.steps.1.fact: there is no fact 'hold': did "
            "you mean 'holds'?",
        ),
        (
            "        within_turns: 2\n",
            "",
            "19: sections.0.criteria.0.check.checks.0: say how soon: within_turns or within_ms",
        ),
        (
            "within_turns: 2",
            "within_turns: 0",
            "22: sections.0.criteria.0.check.checks.0.within_turns: Input should be greater than "
            "or equal to 1 (given: 0)",
        ),
        (
            "above: 0",
            "above: 0, below: 0",
            "26: sections.0.criteria.0.check.checks.1.steps.1.fact: no value lies within these "
            "limits: change one",
        ),
        (
            "        - {fact: holds, above: 0}\n",
            "",
            "24: sections.0.criteria.0.check.checks.1.steps: write at least 2",
        ),
        (
            "kind: reply",
            "kind: repy",
            "19: sections.0.criteria.0.check.checks.0.kind: 'repy' is not known: write one of "
            "'fact', 'present', 'absent', 'graded', 'reply', 'sequence', 'all', 'any'",
        ),
        (
            "critical: section",
            "critical: call",
            "15: sections.0.criteria.0.critical: Input should be 'section' or 'card' "
            "(given: 'call')",
        ),
        (
            "languages: [en]",
            "languages: [de]",
            "13: sections.0.criteria.0.languages.0: Input should be 'en', 'hr' or 'sr' "
            "(given: 'de')",
        ),
        (
            "agent_turns: 1",
            "turns: 1",
            "14: sections.0.criteria.0.minimum_evidence.turns: Extra inputs are not permitted: "
            "remove it or check its spelling",
        ),
        (
            "  weight: 100\n  criteria",
            "  weight: 90\n  criteria",
            "7: sections.0.weight: its criteria's weights sum to 100, not to 90: change one",
        ),
    ],
)
def test_a_fault_of_the_checks_of_several_parts(mine: Path, old: str, new: str, fault: str) -> None:
    assert old in NEW_KINDS
    assert faults_of(mine, NEW_KINDS.replace(old, new, 1)) == [f"mine.yaml:{fault}"]


def test_the_file_of_those_tests_is_good(mine: Path) -> None:
    mine.write_text(NEW_KINDS)
    assert read_rubric(str(mine), MOMENTS).criteria[0].critical == "section"


def test_two_sections_of_one_name(mine: Path) -> None:
    found = faults_of(mine, changed("name: matter", "name: talk"))
    assert found == ["mine.yaml:42: sections.1.name: section 'talk' is named twice: rename one"]


def test_a_file_of_fifty_megabytes_is_refused_before_it_is_read(mine: Path) -> None:
    with mine.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(ConfigError) as caught:
        read_rubric(str(mine), MOMENTS)
    assert caught.value.problems == (f"{mine}: larger than 1,000,000 bytes: split or shorten it",)
