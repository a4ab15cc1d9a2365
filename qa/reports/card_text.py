"""What is said of a scorecard as a whole: how much could be judged, and what has failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.nouns import Outcome

if TYPE_CHECKING:
    from qa.nouns import Scorecard
    from qa.reports.site import Site


def coverage_text(card: Scorecard, site: Site) -> str:
    """Return how much of what applied could be judged, or that nothing applied."""
    if not applied(card):
        return site.words.say("nothing_applied")
    return site.words.say("coverage", share=site.formats.percent(card.coverage))


def applied(card: Scorecard) -> bool:
    return any(score.outcome is not Outcome.NOT_APPLICABLE for score in card.scores)


def critical_text(card: Scorecard, site: Site) -> str:
    """Return which critical criteria were not met and what has failed with them; often nothing."""
    if not card.critical_failed:
        return ""
    titles = (site.criterion(card.rubric, name).title for name in card.critical_failed)
    sections = (site.section_title(card.rubric, name) for name in card.sections_failed)
    said = [site.words.say("critical_failed", titles=", ".join(titles))]
    if card.card_failed:
        said.append(site.words.say("card_failed"))
    elif card.sections_failed:
        said.append(site.words.say("sections_failed", titles=", ".join(sections)))
    return ". ".join(said)
