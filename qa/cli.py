"""The command line: parse, one call, print."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa import __version__
from qa.cli_moments import moments_app, warn
from qa.cli_questions import Out, PipelineFile, explain, rubric_diff
from qa.cli_rubric import rubric_app
from qa.problems import ConfigError, NothingToRunError
from qa.progress import ProgressLine, show_notes

if TYPE_CHECKING:
    from qa.runner.local import RunResult

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(rubric_app, name="rubric")
app.add_typer(moments_app, name="moments")
rubric_app.command("diff")(rubric_diff)

Manifest = Annotated[Path, typer.Argument(help="calls.csv: call_id, recording, agent_id, ...")]
Stored = Annotated[
    Path | None,
    typer.Argument(help="A results folder, or a manifest: then only its calls are done."),
]
MaybeOut = Annotated[Path | None, typer.Option("--out", help="Folder of the results.")]
Rubrics = Annotated[
    list[str] | None,
    typer.Option("--rubric", help="A shipped rubric or a file; repeat it for several."),
]
Workers = Annotated[
    int, typer.Option("--workers", min=1, max=256, help="Calls recognised side by side.")
]
Retry = Annotated[
    bool,
    typer.Option("--retry-quarantined", help="Try recordings again that took a worker down."),
]


def _hush(quiet: bool) -> bool:
    show_notes(quiet=quiet)
    return quiet


Quiet = Annotated[
    bool, typer.Option("--quiet", callback=_hush, help="No progress line and no notes.")
]

_WORKERS = min(os.cpu_count() or 1, 8)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"callqa {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Call-centre quality analysis on your own machines: recordings in, coaching pages out."""
    show_notes()


@app.command()
def run(
    manifest: Manifest,
    out: Out,
    pipeline: PipelineFile = None,
    rubric: Rubrics = None,
    workers: Workers = _WORKERS,
    retry_quarantined: Retry = False,
    quiet: Quiet = False,
) -> None:
    """Transcribe, score and report every call of a manifest."""
    from qa.runner.commands import run_manifest, write_report

    show = ProgressLine(quiet=quiet).show
    result = run_manifest(
        *(manifest, out, pipeline, rubric),
        workers=workers,
        on_progress=show,
        retry_quarantined=retry_quarantined,
    )
    index = write_report(out, pipeline, rubric)
    _summarise(result, f"pages: {index}")


@app.command()
def transcribe(
    manifest: Manifest,
    out: Out,
    pipeline: PipelineFile = None,
    workers: Workers = _WORKERS,
    retry_quarantined: Retry = False,
    quiet: Quiet = False,
) -> None:
    """Only transcribe; what is there already is not done again."""
    from qa.runner.commands import run_manifest

    show = ProgressLine(quiet=quiet).show
    result = run_manifest(
        *(manifest, out, pipeline, ()),
        workers=workers,
        on_progress=show,
        retry_quarantined=retry_quarantined,
    )
    _summarise(result, f"next: qa score {out}")


@app.command()
def score(
    results: Stored = None,
    out: MaybeOut = None,
    pipeline: PipelineFile = None,
    rubric: Rubrics = None,
    quiet: Quiet = False,
) -> None:
    """Score what is transcribed, without touching a recording."""
    from qa.runner.commands import score_results

    folder, manifest = _results(results, out)
    show = ProgressLine(quiet=quiet).show
    result = score_results(folder, manifest, pipeline, rubric, on_progress=show)
    _summarise(result, f"next: qa report {folder}")


@app.command()
def report(
    results: Stored = None,
    out: MaybeOut = None,
    pipeline: PipelineFile = None,
    rubric: Rubrics = None,
) -> None:
    """Write the pages from what is scored."""
    from qa.runner.commands import write_report

    folder, _ = _results(results, out)
    typer.echo(f"pages: {write_report(folder, pipeline, rubric)}")


@app.command()
def export(
    results: Annotated[Path, typer.Argument(help="A results folder.")],
    table: Annotated[
        str,
        typer.Option(
            help="calls|transcripts|turns|words|doubts|facts|events|moments|scores|cards|agents|"
            "ledger"
        ),
    ],
    form: Annotated[str, typer.Option("--format", help="csv|parquet|json")] = "csv",
    out: Annotated[Path | None, typer.Option(help="A file; else standard output.")] = None,
) -> None:
    """Write one table for other tools."""
    from qa.reports.export import export as write_table
    from qa.store.tables import open_store

    rows = write_table(open_store(results, must_exist=True), table, form, out)
    if out is not None:
        typer.echo(f"{rows} rows: {out}")


app.command()(explain)


@app.command()
def doctor(pipeline: PipelineFile = None, workers: Workers = _WORKERS) -> None:
    """Show models, devices, disk and versions; exit code 3 if something is missing."""
    from qa.doctor import examine
    from qa.settings import read_pipeline

    findings = examine(read_pipeline(pipeline), workers=workers)
    for finding in findings:
        typer.echo(f"{'ok ' if finding.fine else 'NO '} {finding.what}: {finding.found}")
    if not all(finding.fine for finding in findings):
        raise typer.Exit(3)


def _results(target: Path | None, out: Path | None) -> tuple[Path, Path | None]:
    """Return the results folder and the manifest of `qa score` and `qa report`."""
    if target is None or target.is_file():
        if out is None:
            raise ConfigError(["name the results folder: `qa score DIR` or `--out DIR`"])
        return out, target
    if out is not None and out != target:
        raise ConfigError([f"two results folders: {target} and --out {out}"])
    return target, None


def _summarise(result: RunResult, then: str) -> None:
    """Print one line of counts, one per call that is not done; exit with 1 if there are any."""
    warn(result.warnings)
    for problem in result.problems:
        typer.echo(problem, err=True)
    counts = ", ".join(
        f"{count} {name}"
        for name, count in (
            ("done", result.done),
            ("skipped (nothing new)", result.skipped),
            ("empty", result.empty),
            ("failed", result.failed),
        )
        if count
    )
    typer.echo(f"{counts or 'no calls'} in {result.elapsed_s:.0f} s; {then}")
    if result.failed or result.empty:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; the project's own errors become lines and exit codes."""
    try:
        app()
    except ConfigError as error:
        for problem in error.problems:
            typer.echo(f"error: {problem}", err=True)
        sys.exit(2)
    except NothingToRunError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(3)
