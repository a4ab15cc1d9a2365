"""README is true: its commands exist, and every command is in it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from qa.cli import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def code_lines() -> list[str]:
    return [line.strip() for line in README.splitlines() if line.startswith("    ")]


def documented(program: str) -> list[list[str]]:
    """Return the words of every example of a program, without the explanation beside it."""
    lines = [re.split(r"\s{2,}", line)[0] for line in code_lines()]
    return [shlex.split(line) for line in lines if line.startswith(f"{program} ")]


def command_names() -> set[str]:
    group: Any = typer.main.get_command(app)
    names = set()
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        names |= {f"{name} {sub}" for sub in inner} if inner else {name}
    return names


def test_every_command_is_documented():
    shown = {" ".join(words[1:3]) for words in documented("qa")} | {
        words[1] for words in documented("qa")
    }
    assert command_names() <= shown


@pytest.mark.parametrize("words", documented("qa"), ids=" ".join)
def test_documented_commands_parse(words: list[str]):
    """Parse each example as the program would, without running it."""
    command: Any = typer.main.get_command(app)
    rest = words[1:]
    while hasattr(command, "commands"):
        command, rest = command.commands[rest[0]], rest[1:]
    command.make_context(words[0], list(rest))  # raises on a wrong argument or option
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_there_are_exactly_two_commands_for_a_fresh_machine():
    targets = [words[1] for words in documented("make")]
    assert targets == ["demo", "test"]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_links_lead_somewhere():
    for page in ("README.md", "ARCHITECTURE.md", "data/samples/README.md"):
        text = (ROOT / page).read_text("utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            path = (ROOT / page).parent / target
            assert path.exists() or (ROOT / "pipelines" / target).exists(), f"{page}: {target}"


def test_layers_in_the_architecture_are_the_folders():
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = re.findall(r"^      (\w+)/ ", text, re.MULTILINE)
    folders = {path.parent.name for path in (ROOT / "qa").glob("*/__init__.py")}
    assert set(named) == folders


def test_pipelines_are_valid():
    from qa.settings import read_pipeline

    for path in (ROOT / "pipelines").glob("*.yaml"):
        assert read_pipeline(path).name == path.stem


def examples(kind: str, page: str = "rubrics.md") -> list[Any]:
    """Return the YAML documents of a page of docs/ in blocks of a kind."""
    import yaml

    page = (ROOT / "docs" / page).read_text("utf-8")
    blocks = re.findall(rf"^```yaml{kind}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [document for block in blocks for document in yaml.safe_load_all(block)]


def test_the_examples_of_the_rubric_language_are_valid_and_show_every_kind(tmp_path: Path):
    import json
    from typing import get_args

    from pydantic import TypeAdapter

    from qa.moments.bank import read_bank
    from qa.runner.rubric_commands import check_rubric
    from qa.scoring.kinds import Check
    from qa.scoring.library import read_rubric, rubric_cases, warnings_of
    from qa.scoring.terms import Condition

    (whole,) = examples("")
    path = tmp_path / "ours.yaml"
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "ours.yaml").write_text(json.dumps(examples(" tests")[0]), "utf-8")
    names = read_bank().speakers
    for check in (None, *examples(" check")):
        given = json.loads(json.dumps(whole))
        if check is not None:
            given["sections"][0]["criteria"][0] |= {"check": check, "channels": ["voice"]}
        path.write_text(json.dumps(given), "utf-8")
        rubric = read_rubric(str(path), names)
        assert warnings_of(str(path), rubric) == []
        assert len(rubric_cases(str(path), rubric, names)) == 2
    assert check_rubric(str(path), None).name == "ours"
    for condition in examples(" condition"):
        TypeAdapter(Condition).validate_python(condition)
    union = get_args(get_args(Check)[0])
    kinds = {get_args(kind.model_fields["kind"].annotation)[0] for kind in union}
    assert {check["kind"] for check in examples(" check")} == kinds - {"any"}


def test_the_moment_that_is_shown_works_once_it_has_enough_examples(tmp_path: Path):
    import yaml

    from qa.moments.bank import read_bank

    (moment,) = examples("", "moments.md")
    for language, lines in moment["examples"].items():
        lines.extend(f"{language} {number}" for number in range(20))
    (tmp_path / "upsell.yaml").write_text(yaml.safe_dump(moment), "utf-8")
    bank = read_bank([tmp_path])
    assert bank.warnings == ()
    assert "upsell" in [moment.name for moment in bank.moments]
