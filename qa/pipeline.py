"""The map: one line per arrow of the flow, from a call to its scorecards.

    recording -> transcript -> findings (facts, moments) -> scorecards

What each arrow needs is opened once, in `qa.runner.tools`, and handed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.facts import measure
from qa.moments.finder import unsettle
from qa.privacy.redact import redact
from qa.scoring.card import score
from qa.scoring.judgement import Findings
from qa.script import in_script
from qa.sentences import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.moments.finder import MomentFinder
    from qa.nouns import Call, Scorecard, Transcript
    from qa.scoring.rubric import Rubric
    from qa.speech.transcriber import Transcriber


def transcribe(call: Call, transcriber: Transcriber, script: str) -> Transcript:
    """Return what was said, without personal data; raises CallError if nothing can be had."""
    heard = transcriber.transcribe(call)
    redacted = redact(heard)
    return in_script(redacted, script)


def study(transcript: Transcript, call: Call, finder: MomentFinder) -> Findings:
    """Return what can be known of a call before anyone asks anything of it."""
    facts = measure(transcript, call)
    sentences = cut(transcript)
    found = finder.find(sentences)
    moments = unsettle(found, transcript.doubts, transcript.caveats)
    return Findings(transcript, facts, moments)


def mark(findings: Findings, rubrics: Sequence[Rubric]) -> tuple[Scorecard, ...]:
    """Return one scorecard per rubric."""
    return tuple(score(findings, rubric) for rubric in rubrics)
