"""What bare metal meets beside what a recipe lets in: parts of H2O, O2 and N2 in what leaks in, flows and fills."""

from collections.abc import Mapping
from dataclasses import field

from vapordep.lazy import dataclass

GASES = ("H2O", "O2", "N2")
AIR: Mapping[str, float] = {"H2O": 0.01, "O2": 0.21, "N2": 0.78}
"""Parts of the air that leaks in; of water 1 %, as in 23 degC and a third of its saturation (design default)."""
CARRIER: Mapping[str, float] = {"H2O": 3e-6, "O2": 2e-6, "N2": 5e-6}
"""Parts of a carrier gas of grade 5.0 at most, as makers of gases tell them; uncertain, without a purifier."""
GLOVEBOX: Mapping[str, float] = {"H2O": 1e-6, "O2": 1e-6, "N2": 0.0}
"""Parts of the gas of a glovebox that is in order: below 1 ppm each; uncertain."""
BASE = 10.0
"""Below this pressure in Pa, without a gas flowing, what is left may be what walls give off, that is water."""


@dataclass(frozen=True, slots=True)
class Impurities:
    """Mole fractions by gas: of the carrier, of the gas that fills a chamber whose lid was open, and of leaking air.

    `leak` in Pa m3/s counts until a leak check has said it; None: the most that the substrate bears.
    """

    carrier: Mapping[str, float] = field(default_factory=lambda: CARRIER)
    filling: Mapping[str, float] = field(default_factory=lambda: GLOVEBOX)
    air: Mapping[str, float] = field(default_factory=lambda: AIR)
    leak: float | None = None
