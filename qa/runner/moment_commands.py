"""What the `qa moments` commands do; `qa.cli_moments` only parses and prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.moments.bank import read_bank
from qa.moments.encoders import open_encoder
from qa.settings import read_pipeline

if TYPE_CHECKING:
    from pathlib import Path

    from qa.moments.explain import Explained
    from qa.moments.measure import Measured
    from qa.nouns import Speaker


def measure_moments(
    file: Path | None, pipeline_file: Path | None
) -> tuple[Measured, tuple[str, ...]]:
    """Return quality, cross-validated or on labelled sentences, and the bank's warnings."""
    from qa.moments.classifier import hold_out
    from qa.moments.finder import MomentFinder
    from qa.moments.labelled import read_labelled
    from qa.moments.measure import judge_labelled, measure

    pipeline = read_pipeline(pipeline_file)
    bank = read_bank(pipeline.moments.folders)
    if file is None:
        return measure(hold_out(bank, open_encoder(pipeline.moments))), bank.warnings
    speakers = bank.speakers
    rows = read_labelled(file, list(speakers))  # before the models: a wrong file is told at once
    finder = MomentFinder(bank, open_encoder(pipeline.moments))
    return measure(judge_labelled(rows, finder, speakers)), bank.warnings


def explain_sentence(
    text: str, speaker: Speaker, after: str, pipeline_file: Path | None
) -> tuple[Explained, tuple[str, ...]]:
    """Return what is thought of one sentence, and the bank's warnings."""
    from qa.moments.explain import explain

    pipeline = read_pipeline(pipeline_file)
    bank = read_bank(pipeline.moments.folders)
    encoder = open_encoder(pipeline.moments)
    return explain(text, speaker, bank, encoder, after=after), bank.warnings
