"""Writes all pages of a review: HTML to open, Markdown beside it for everything else."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from qa.reports.agent_page import agent_page
from qa.reports.call_page import call_page
from qa.reports.index_page import index_page
from qa.reports.markdown import finalize
from qa.reports.site import Site, site_of
from qa.reports.standing import TOO_FEW
from qa.reports.team_page import team_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qa.coaching.views import Review

# control characters, half surrogates, and marks that reorder the text around them: they could
# make a page unreadable, unwritable, or show another sentence than was said
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_FOLDERS = ("agents", "calls", "teams")
_OURS = {".html": '<meta name="generator" content="callqa">', ".md": "[//]: # (callqa)"}


@dataclass(frozen=True, slots=True)
class _Draft:
    """A page before it is written: its template, its file below `pages/` without suffix."""

    template: str
    file: str
    page: object


def write_pages(review: Review, out: Path) -> tuple[Path, ...]:
    """Write `out/pages/**` and return the files written, sorted: same review, same bytes.

    Pages of an earlier review that this one does not have are removed; files of others are not.
    """
    site = site_of(review)
    folder = out / "pages"
    html, markdown = _html_environment(), _markdown_environment()
    css = _style(html)
    written: list[Path] = []
    for draft in _drafts(review, site):
        for suffix, environment in ((".html", html), (".md", markdown)):
            text = environment.get_template(f"{draft.template}{suffix}.j2").render(
                page=draft.page,
                words=site.words,
                say=site.words.say,
                index=site.to_index(),
                few=TOO_FEW,
                css=Markup(css),
                csp=content_security_policy(css),
                file=Path(draft.file).name,
            )
            path = folder / f"{draft.file}{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = _tidy(text) if suffix == ".md" else text
            path.write_bytes(_UNPRINTABLE.sub("\ufffd", text).encode())
            written.append(path)
    _remove_old(folder, set(written))
    return tuple(sorted(written))


def content_security_policy(css: str) -> str:
    """Return a policy that allows nothing but the one style sheet `css` in the page itself."""
    digest = b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _drafts(review: Review, site: Site) -> Iterator[_Draft]:
    """Yield all pages, one at a time: a night has thousands of calls."""
    yield _Draft("index", "index", index_page(review, site))
    for team in review.teams:
        yield _Draft("team", f"teams/{site.team_files[team.team]}", team_page(team, site))
        for agent in team.agents:
            file = site.agent_files[agent.team, agent.agent_id]
            yield _Draft("agent", f"agents/{file}", agent_page(agent, site))
            for call in agent.calls:
                file = site.call_files[call.call.id]
                yield _Draft("call", f"calls/{file}", call_page(call, agent, site))


def _html_environment() -> Environment:
    return Environment(
        loader=PackageLoader("qa.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _markdown_environment() -> Environment:
    """Return an environment where every value is escaped for Markdown, as HTML's is for HTML."""
    return _html_environment().overlay(finalize=finalize)


def _style(environment: Environment) -> str:
    """Return the style sheet exactly as it stands between the tags: its hash is in the policy."""
    loader = environment.loader
    if loader is None:
        raise AssertionError("the environment is made with a loader")
    return loader.get_source(environment, "style.css")[0]


def _tidy(text: str) -> str:
    """Return `text` without the runs of empty lines that templates leave."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _remove_old(folder: Path, written: set[Path]) -> None:
    """Remove pages that we wrote once and no longer do: a forgotten call must not stay readable."""
    for name in _FOLDERS:
        for path in sorted((folder / name).glob("*")):
            mark = _OURS.get(path.suffix)
            if mark is None or path in written or not path.is_file():
                continue
            with path.open(encoding="utf-8", errors="replace") as page:
                if mark in page.read(1000):
                    path.unlink()
