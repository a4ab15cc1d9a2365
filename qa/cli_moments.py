"""The `qa moments` commands: parse, one call, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli_questions import PipelineFile
from qa.nouns import SPEAKERS
from qa.problems import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

moments_app = typer.Typer(help="How well moments are recognised, and why.", no_args_is_help=True)


@moments_app.command("test")
def moments_test(
    file: Annotated[
        Path | None, typer.Argument(help="Labelled sentences: language,role,text,labels.")
    ] = None,
    pipeline: PipelineFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Measure recognition: cross-validated on the examples, or on labelled sentences."""
    import json

    from qa.moments.measure import as_dict
    from qa.moments.shown import measured_text
    from qa.runner.moment_commands import measure_moments

    measured, warnings = measure_moments(file, pipeline)
    warn(warnings)
    shown = json.dumps(as_dict(measured), indent=2, ensure_ascii=False) if as_json else None
    typer.echo(shown or measured_text(measured))


@moments_app.command("explain")
def moments_explain(
    sentence: Annotated[str, typer.Argument(help="What was said.")],
    role: Annotated[str, typer.Option("--role", help="agent|customer")] = "agent",
    after: Annotated[str, typer.Option("--after", help="What the other said before it.")] = "",
    pipeline: PipelineFile = None,
) -> None:
    """Explain one sentence: probabilities, the nearest examples, cues."""
    from qa.moments.shown import explained_text
    from qa.runner.moment_commands import explain_sentence

    speaker = next((each for each in SPEAKERS if each == role), None)
    if speaker is None:
        raise ConfigError([f"no role '{role}': use agent or customer"])
    if not sentence.strip():
        raise ConfigError(["the sentence is empty: write what was said, in quotes"])
    explained, warnings = explain_sentence(sentence, speaker, after, pipeline)
    warn(warnings)
    typer.echo(explained_text(explained))


def warn(warnings: Iterable[str]) -> None:
    """Print what was left out or is thin, beside the command's own output."""
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
