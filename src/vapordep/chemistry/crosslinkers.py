"""Cross-linkers of iCVD as data, and the cyclic vinyl siloxanes, which are monomers and cross-link as well."""

from vapordep.chemistry.evidence import Confidence, Mark
from vapordep.chemistry.laws import celsius
from vapordep.chemistry.substance import ReactiveClass, Role, Substance, Window
from vapordep.chemistry.vapour_pressure import VapourPressureFit

CROSSLINKERS = (
    Substance(
        name="ethylene glycol diacrylate",
        aliases=("EGDA",),
        formula="C8H10O4",
        cas="2274-11-5",
        molar_mass=170.16e-3,
        role=Role.CROSSLINKER,
        classes=frozenset({ReactiveClass.VINYL}),
        vapour_pressures=(
            VapourPressureFit(
                10.7675,
                2837.4,
                0.0,
                low=None,
                high=None,
                mark=Mark.C,
                source="two points",
                label="two-point",
                relative_uncertainty=0.40,
                confidence=Confidence.MEDIUM,
            ),
        ),
        source_window=Window(celsius(50), celsius(65)),
        line_window=Window(celsius(80), celsius(80)),
        hazards=("sensitiser",),
    ),
    Substance(
        name="divinylbenzene",
        aliases=("DVB",),
        formula="C10H10",
        cas="1321-74-0",
        molar_mass=130.19e-3,
        role=Role.CROSSLINKER,
        classes=frozenset({ReactiveClass.VINYL}),
        vapour_pressures=(
            VapourPressureFit(
                10.3299,
                2492.5,
                0.0,
                low=None,
                high=None,
                mark=Mark.U,
                source="two points, technical grade of 80 %",
                label="two-point",
                relative_uncertainty=0.40,
                confidence=Confidence.LOW,
            ),
        ),
        source_window=Window(celsius(50), celsius(65)),
        line_window=Window(celsius(80), celsius(80)),
        hazards=("runaway polymerisation",),
    ),
)
"""Cross-linkers without another role."""

SILOXANES = (
    Substance(
        name="1,3,5,7-tetravinyl-1,3,5,7-tetramethylcyclotetrasiloxane",
        aliases=("V4D4",),
        formula="C12H24O4Si4",
        cas="2554-06-5",
        molar_mass=344.66e-3,
        role=Role.MONOMER,
        classes=frozenset({ReactiveClass.VINYL}),
        vapour_pressures=(
            VapourPressureFit(
                11.3221,
                3140.7,
                0.0,
                low=celsius(110),
                high=celsius(224),
                mark=Mark.G,
                label="two-point",
                source="computed from 110 degC at 10 Torr and 224 degC at 758 Torr [G]",
                relative_uncertainty=0.50,
            ),
        ),
        source_window=Window(celsius(70), celsius(80)),
        line_window=Window(celsius(100), celsius(100)),
        notes=("Cross-links as well.",),
    ),
    Substance(
        name="1,3,5-trivinyl-1,3,5-trimethylcyclotrisiloxane",
        aliases=("V3D3",),
        formula="C9H18O3Si3",
        cas="3901-77-7",
        molar_mass=258.49e-3,
        role=Role.MONOMER,
        classes=frozenset({ReactiveClass.VINYL}),
        vapour_pressures=(
            VapourPressureFit(
                10.080,
                2350.0,
                0.0,
                low=None,
                high=None,
                mark=Mark.U,
                label="estimate",
                source="one point and an assumed enthalpy of vaporisation of 45 kJ/mol",
                relative_uncertainty=0.60,
                uncertainty_basis="none stated; 60 % assumed, as for other estimates [D]",
                confidence=Confidence.LOW,
            ),
        ),
        source_window=Window(celsius(40), celsius(60)),
        line_window=Window(celsius(80), celsius(80)),
        notes=("Cross-links as well.",),
    ),
)
"""Cyclic vinyl siloxanes."""
