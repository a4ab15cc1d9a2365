"""Every scheme is legible: WCAG 2.2, 1.4.3 (4.5 to 1 for text) and 1.4.11 (3 to 1 for shapes)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import qa.reports

CSS = (Path(qa.reports.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
# the order of the :root blocks; dark and print override some of the light values
LIGHT, DARK, PRINT = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))
    for block in re.findall(r":root {(.*?)}", CSS, flags=re.DOTALL)
)
SCHEMES = {"light": LIGHT, "dark": LIGHT | DARK, "print": LIGHT | PRINT}


def luminance(colour: str) -> float:
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    channels = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    # black on white is 21 to 1 by definition; #777 on white is known to fail narrowly at 4.48
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("ground", ["paper", "card", "focus"])
@pytest.mark.parametrize("text", ["ink", "muted", "link", "met", "partly", "not"])
def test_text(scheme: str, ground: str, text: str) -> None:
    colours = SCHEMES[scheme]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("shape", ["agent", "customer", "quiet", "mark"])
@pytest.mark.parametrize("ground", ["paper", "soft"])
def test_shapes(scheme: str, ground: str, shape: str) -> None:
    colours = SCHEMES[scheme]
    assert contrast(colours[shape], colours[ground]) >= 3


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("flag", ["agent", "customer"])
def test_numbers_on_flags(scheme: str, flag: str) -> None:
    colours = SCHEMES[scheme]
    assert contrast(colours["paper"], colours[flag]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("speaker", ["agent", "customer"])
@pytest.mark.parametrize("ground", ["paper", "focus"])
def test_names_of_speakers(scheme: str, speaker: str, ground: str) -> None:
    # in print they are black
    colours = SCHEMES[scheme]
    assert contrast(colours[speaker], colours[ground]) >= 4.5
