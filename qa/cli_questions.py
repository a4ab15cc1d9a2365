"""The commands that answer questions about stored results: `qa explain` and `qa rubric diff`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.nouns import LANGUAGES
from qa.problems import ConfigError

if TYPE_CHECKING:
    from qa.nouns import Language

Out = Annotated[Path, typer.Option("--out", help="Folder of the results.")]
PipelineFile = Annotated[
    Path | None, typer.Option("--pipeline", help="Models and settings, e.g. pipelines/sample.yaml.")
]
Reader = Annotated[
    str | None, typer.Option("--language", help="en|hr|sr; else that of the pipeline's pages.")
]


def explain(
    call_id: Annotated[str, typer.Argument(help="A call's id.")],
    out: Out,
    rubric: Annotated[
        str | None, typer.Option("--rubric", help="Only this one, a shipped rubric or a file.")
    ] = None,
    language: Reader = None,
    pipeline: PipelineFile = None,
) -> None:
    """Show how one call was scored: what applied, what was said, and the sums."""
    from qa.runner.questions import explain_call

    typer.echo(explain_call(call_id, out, pipeline, rubric, _reader(language)), nl=False)


def rubric_diff(
    old: Annotated[str, typer.Argument(help="A shipped rubric or a file.")],
    new: Annotated[str, typer.Argument(help="The one that may take its place.")],
    out: Out,
    form: Annotated[str, typer.Option("--format", help="text|json")] = "text",
    language: Reader = None,
    pipeline: PipelineFile = None,
) -> None:
    """Show what another rubric would change over all stored calls: who moves, and why."""
    from qa.runner.questions import compare_rubrics

    if form not in ("text", "json"):
        raise ConfigError([f"no format '{form}': use text or json"])
    reader = _reader(language)
    said = compare_rubrics((old, new), out, pipeline, reader, as_json=form == "json")
    typer.echo(said, nl=False)


def _reader(language: str | None) -> Language | None:
    """Return the language to answer in; None for the pipeline's."""
    found = next((one for one in LANGUAGES if one == language), None)
    if language is not None and found is None:
        raise ConfigError([f"no language '{language}': use one of {', '.join(LANGUAGES)}"])
    return found
