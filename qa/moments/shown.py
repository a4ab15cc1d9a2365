"""What is measured of moments, and one sentence explained, as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.moments.measure import Measured, macro_f1

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qa.moments.explain import Explained


def measured_text(measured: Measured) -> str:
    """Return a table per language, then what is confused and what went wrong."""
    return "\n".join(_measured(measured))


def _measured(measured: Measured) -> Iterator[str]:
    for language, moments in measured.languages.items():
        error = measured.calibration_error[language]
        yield f"{language}: macro F1 {macro_f1(moments):.3f}, calibration error {error:.3f}"
        yield f"  {'moment':<20}{'precision':>18}{'recall':>18}{'F1':>18}{'support':>9}"
        for name, q in moments.items():
            yield (
                f"  {name:<20}"
                f"{_figure(q.precision, q.precision_interval)}"
                f"{_figure(q.recall, q.recall_interval)}"
                f"{_figure(q.f1, q.f1_interval)}{q.support:>9}"
            )
    if measured.confused:
        yield "most confused (a sentence of -> taken for):"
        yield from (f"  {c.times:>4}  {c.truly} -> {c.taken_for}" for c in measured.confused)
    if measured.mistakes:
        yield "sentences it gets wrong (+ taken for it, - missed):"
    for wrong in measured.mistakes:
        sign = "-" if wrong.does else "+"
        text = " ".join(wrong.text.split())
        yield f"  {wrong.language} {wrong.moment:<20}{sign} {wrong.probability:.2f}  {text}"


def _figure(value: float, interval: tuple[float, float]) -> str:
    low, high = interval
    return f"{f'{value:.2f} ({low:.2f}-{high:.2f})':>18}"


def explained_text(explained: Explained) -> str:
    """Return what is thought of a sentence, likeliest first."""
    return "\n".join(_explained(explained))


def _explained(explained: Explained) -> Iterator[str]:
    for at, (opinion, nearest) in enumerate(explained.opinions):
        decision = opinion.decision or "no"
        limits = f"present from {opinion.limits.present:.2f}"
        limits += f", uncertain from {opinion.limits.uncertain:.2f}"
        yield f"{opinion.moment:<20}{opinion.probability:.3f}  {decision:<10}({limits})"
        if opinion.cues:
            yield f"    by its examples {opinion.by_examples:.3f}; cues: {'; '.join(opinion.cues)}"
        if at == 0 or opinion.decision:
            for near in nearest:
                kind = "does it" if near.does else "does not"
                yield f"    {near.likeness:.2f} {kind}, {near.language}: {near.text}"
