"""Text of strangers inside Markdown: always text, never markup.

A recognised sentence, a chat message or an agent's id may hold HTML, links, table pipes or line
breaks. Escapes follow CommonMark 0.31 (a backslash before ASCII punctuation is that character)
and the GFM autolink extension, which makes links of bare addresses.
"""

from __future__ import annotations

import re

from markupsafe import Markup

_PUNCTUATION = re.compile(r"([\\`*_\[\]<>|~&#!$])")
_LINE_BREAKS = re.compile(r"\s*[\r\n\v\f\u0085\u2028\u2029]\s*")
_STARTS_A_BLOCK = re.compile(r"^(\s*)([-+=:]|[0-9]{1,9}(?=[.)](?:[ \t]|$)))")
_ADDRESS = re.compile(r"(:)(?=//)|(?<=www)(\.)|(?<=mailto)(:)|(?<=xmpp)(:)", re.IGNORECASE)
# GFM looks for e-mail addresses after escapes are resolved: only a character between helps
_WORD_JOINER = "\u2060"


def escape_markdown(text: str) -> str:
    """Return `text` as one line of Markdown that renders as the same characters.

    The single addition is an invisible word joiner after `@`.
    """
    line = _LINE_BREAKS.sub(" ", text)
    line = _PUNCTUATION.sub(r"\\\1", line)
    line = _ADDRESS.sub(lambda found: f"\\{found[0]}", line)
    line = _STARTS_A_BLOCK.sub(_escape_start, line)
    return line.replace("@", f"@{_WORD_JOINER}")


def finalize(value: object) -> Markup:
    """Return what a template writes for `value`: escaped, unless a macro has made it already."""
    return value if isinstance(value, Markup) else Markup(escape_markdown(str(value)))


def _escape_start(found: re.Match[str]) -> str:
    mark = found[2]
    # "1." at the start of a line is a list; a digit cannot be escaped, its dot can
    return f"{found[1]}{mark}\\" if mark.isdigit() else f"{found[1]}\\{mark}"
