"""The `qa rubric` commands: parse, one call, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa.cli_questions import PipelineFile

rubric_app = typer.Typer(help="Check, test, describe and list rubrics.", no_args_is_help=True)


@rubric_app.command("check")
def rubric_check(
    file: Annotated[str, typer.Argument(help="A rubric file, or a shipped name.")],
    pipeline: PipelineFile = None,
) -> None:
    """Check a rubric and its tests: every fault with its place, exit code 2; warnings."""
    from qa.runner.rubric_commands import check_with_warnings

    rubric, warnings = check_with_warnings(file, pipeline)
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
    typer.echo(f"{rubric.name} {rubric.version}: fine, {len(rubric.criteria)} criteria")


@rubric_app.command("test")
def rubric_test(
    rubrics: Annotated[
        list[str] | None,
        typer.Argument(help="Rubric files or shipped names; else all shipped ones."),
    ] = None,
    tests: Annotated[
        list[Path] | None,
        typer.Option("--tests", help="A file of tests to run instead of its own; may be repeated."),
    ] = None,
    pipeline: PipelineFile = None,
) -> None:
    """Run the tests of rubrics: each outcome that disagrees, exit code 1 if there are any."""
    from qa.runner.rubric_commands import try_rubrics

    if not try_rubrics(rubrics or (), tests or (), pipeline, typer.echo):
        raise typer.Exit(1)


@rubric_app.command("schema")
def rubric_schema() -> None:
    """Print the JSON Schema of rubric files, for editors."""
    from qa.scoring.library import json_schema

    typer.echo(json_schema())


@rubric_app.command("list")
def rubric_list() -> None:
    """List the shipped rubrics and their criteria."""
    from qa.runner.rubric_commands import check_rubric
    from qa.scoring.library import shipped_rubrics

    for path in shipped_rubrics():
        rubric = check_rubric(path.stem, None)
        names = ", ".join(criterion.name for criterion in rubric.criteria)
        typer.echo(f"{path.stem} {rubric.version}: {names}")
