"""The colours of lines in plots: apart for every colour vision, seen on their ground, and no two of 42 lines alike."""

import re
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.browser.described import WEB

LINES = (WEB / "src" / "plots" / "lines.ts").read_text(encoding="utf-8")
GROUNDS = {"light": "#ffffff", "dark": "#1a2128"}
VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""Linear sRGB as seen: Machado, Oliveira, Fernandes, IEEE Trans. Vis. Comput. Graph. 15 (2009) 1291, severity 1."""
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
"""Of linear sRGB, white D65: IEC 61966-2-1."""
WHITE = np.array([0.95047, 1.0, 1.08883])
APART, CONTRAST = 15.0, 3.0
"""CIE 1976 Delta E, of which 2.3 is just seen; WCAG 2.2, 1.4.11."""
Floats = NDArray[np.float64]


def colours(theme: str) -> list[str]:
    found = re.search(rf"{theme}: \[(.*?)\]", LINES)
    assert found is not None
    return re.findall(r"#\w{6}", found[1])


def linear(colour: str) -> Floats:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light: Floats) -> Floats:
    part = XYZ @ light.clip(0.0, 1.0) / WHITE
    x, y, z = np.where(part > 216 / 24389, np.cbrt(part), part * 841 / 108 + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", GROUNDS)
@pytest.mark.parametrize("vision", VISIONS)
def test_no_two_colours_look_alike(theme: str, vision: str) -> None:
    seen = {colour: lab(VISIONS[vision] @ linear(colour)) for colour in colours(theme)}
    near = [(a, b, round(apart, 1)) for a, b in combinations(seen, 2)
            if (apart := float(np.linalg.norm(seen[a] - seen[b]))) < APART]  # fmt: skip
    assert near == []


@pytest.mark.parametrize("theme", GROUNDS)
def test_each_is_seen_on_its_ground(theme: str) -> None:
    ground = XYZ[1] @ linear(GROUNDS[theme])
    for colour in colours(theme):
        low, high = sorted((ground, XYZ[1] @ linear(colour)))
        assert (high + 0.05) / (low + 0.05) > CONTRAST, colour


def test_a_line_differs_by_its_dashes_too() -> None:
    found = re.search(r"DASHES: number\[\]\[\] = \[(.*)\];", LINES)
    assert found is not None
    dashes = re.findall(r"\[[^\[\]]*\]", found[1])
    assert len(set(dashes)) == len(dashes)
    places = {(place % len(colours("light")), place % len(dashes)) for place in range(42)}
    assert len(places) == 42, "32 series and a few more, each by colour and dashes"
