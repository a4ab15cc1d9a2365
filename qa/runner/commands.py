"""What each command does, from files to files; `qa.cli` only parses and prints."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from qa.intake.manifest import read_manifest
from qa.intake.ready import is_ready
from qa.moments.bank import read_bank
from qa.problems import ConfigError
from qa.runner.local import run, score_stored
from qa.runner.tools import Tools
from qa.scoring.library import read_rubrics
from qa.settings import Pipeline, read_pipeline
from qa.speech.models import resolve_model
from qa.store.quarantine import lift
from qa.store.tables import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from qa.moments.bank import Bank
    from qa.nouns import Call
    from qa.runner.local import Progress, RunResult
    from qa.scoring.rubric import Rubric


def run_manifest(
    manifest: Path,
    out: Path,
    pipeline_file: Path | None,
    rubric_names: Sequence[str] | None,
    *,
    workers: int,
    on_progress: Callable[[Progress], None],
    retry_quarantined: bool = False,
) -> RunResult:
    """Transcribe and score a manifest; an empty `rubric_names` only transcribes.

    Everything that can be wrong with the files given is told at once, before any work. With
    `retry_quarantined`, the manifest's recordings that were set aside are tried again.
    """
    pipeline, bank, rubrics, problems = _configured(pipeline_file, rubric_names)
    calls: tuple[Call, ...] = ()
    try:
        calls = read_manifest(manifest)
    except ConfigError as error:
        problems.extend(error.problems)
    problems.extend(_unspeakable(calls, pipeline))
    if problems:
        raise ConfigError(problems)
    store = open_store(out)
    with Tools(pipeline, workers=workers, bank=bank) as tools:
        if retry_quarantined:
            lift(store, {call.id for call in calls})
        result = run(
            calls,
            tools,
            rubrics,
            store,
            recordings_root=manifest.resolve().parent,
            on_progress=on_progress,
        )
    return _with_warnings(result, bank)


def score_results(
    out: Path,
    manifest: Path | None,
    pipeline_file: Path | None,
    rubric_names: Sequence[str] | None,
    *,
    on_progress: Callable[[Progress], None],
) -> RunResult:
    """Score what is stored; with a manifest, only its calls."""
    pipeline, bank, rubrics, problems = _configured(pipeline_file, rubric_names)
    if problems:
        raise ConfigError(problems)
    store = open_store(out, must_exist=True)
    wanted = None if manifest is None else {call.id for call in read_manifest(manifest)}
    with Tools(pipeline, workers=1, bank=bank) as tools:
        result = score_stored(wanted, tools, rubrics, store, on_progress=on_progress)
    return _with_warnings(result, bank)


def write_report(out: Path, pipeline_file: Path | None, rubric_names: Sequence[str] | None) -> Path:
    """Write the pages of a results folder and return the first one to open."""
    from qa.coaching.load import failed_calls, reviewed_calls, rubric_text
    from qa.coaching.reviews import review
    from qa.reports.pages import write_pages

    pipeline, _, rubrics, problems = _configured(pipeline_file, rubric_names)
    if problems:
        raise ConfigError(problems)
    store = open_store(out, must_exist=True)
    language = pipeline.pages_language
    texts = [rubric_text(rubric, language) for rubric in rubrics]
    write_pages(review(reviewed_calls(store), texts, failed_calls(store), language), out)
    return out / "pages" / "index.html"


def _with_warnings(result: RunResult, bank: Bank | None) -> RunResult:
    return result if bank is None else replace(result, warnings=bank.warnings)


def _unspeakable(calls: Sequence[Call], pipeline: Pipeline) -> list[str]:
    """Return why the recordings of a manifest cannot be recognised, one line per fault."""
    recordings = [call for call in calls if not is_ready(call.recording)]
    if not recordings:
        return []
    languages = pipeline.speech.languages
    foreign = Counter(call.language for call in recordings if call.language)
    problems = [
        f"{count} of the calls are in {language}, which the pipeline does not list: "
        f"add it to speech.languages ({', '.join(languages)})"
        for language, count in sorted(foreign.items())
        if language not in languages
    ]
    try:
        resolve_model(pipeline.speech)
    except ConfigError as error:
        problems.extend(error.problems)
    return problems


def _configured(
    pipeline_file: Path | None, rubric_names: Sequence[str] | None
) -> tuple[Pipeline, Bank | None, tuple[Rubric, ...], list[str]]:
    """Return pipeline, moments, rubrics and all that is wrong with them."""
    pipeline, bank = Pipeline(), None
    rubrics: tuple[Rubric, ...] = ()
    problems: list[str] = []
    try:
        pipeline = read_pipeline(pipeline_file)
    except ConfigError as error:
        problems.extend(error.problems)
    names = pipeline.rubrics if rubric_names is None else rubric_names
    try:
        bank = read_bank(pipeline.moments.folders)
        rubrics = read_rubrics(names, (moment.name for moment in bank.moments))
    except ConfigError as error:
        problems.extend(error.problems)
    problems.extend(_named_twice(rubrics))
    return pipeline, bank, rubrics, problems


def _named_twice(rubrics: Sequence[Rubric]) -> list[str]:
    """Return a problem per name that two files have: a call has one card per rubric name."""
    times = Counter(rubric.name for rubric in rubrics)
    return [
        f"{count} rubrics are named '{name}': change the `name:` in your own file"
        for name, count in times.items()
        if count > 1
    ]
