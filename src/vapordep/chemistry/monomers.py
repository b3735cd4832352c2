"""Monomers and the initiator of initiated chemical vapour deposition (iCVD) as data."""

from vapordep.chemistry.coreactants import HYDROXYL, attacks_alkali
from vapordep.chemistry.evidence import Confidence, Mark, Number
from vapordep.chemistry.laws import celsius
from vapordep.chemistry.substance import ReactiveClass, Role, Substance, Window
from vapordep.chemistry.vapour_pressure import VapourPressureFit

INITIATORS = (
    Substance(
        name="di-tert-butyl peroxide",
        aliases=("TBPO", "DTBP"),
        formula="C8H18O2",
        cas="110-05-4",
        molar_mass=146.23e-3,
        role=Role.INITIATOR,
        classes=frozenset({ReactiveClass.PEROXIDE}),
        vapour_pressures=(
            VapourPressureFit(
                9.2178,
                1671.1,
                0.0,
                low=244.0,
                high=310.0,
                mark=Mark.C,
                source="[S1]",
                label="NIST",
                relative_uncertainty=0.60,
                uncertainty_basis="safety data sheets scatter from 2.6 to 5.3 kPa [G]",
            ),
        ),
        source_window=Window(celsius(20), celsius(30)),
        line_window=Window(None, celsius(40)),
        warn_source_temperature=Number(celsius(45), Mark.D, "below the SADT"),
        max_source_temperature=Number(celsius(50), Mark.D, "below the SADT"),
        decomposition_temperature=Number(celsius(80), Mark.G, "self-accelerating decomposition temperature (SADT)"),
        hazards=("organic peroxide type E, UN3107, H225, H242 [S16]", "flash point 6 to 18 degC [G]"),
        notes=("Not among the attackers of lithium: iCVD on lithium uses it.",),
    ),
)
"""Initiators."""

AMINE_MONOMERS = (
    Substance(
        name="4-(dimethylaminomethyl)styrene",
        aliases=("DMAMS",),
        formula="C11H15N",
        cas="2245-52-5",
        molar_mass=161.25e-3,
        role=Role.MONOMER,
        classes=frozenset({ReactiveClass.VINYL, ReactiveClass.AMINE}),
        vapour_pressures=(
            VapourPressureFit(
                10.7269,
                2850.0,
                0.0,
                low=None,
                high=None,
                mark=Mark.U,
                label="estimate",
                source="boiling point of about 225 degC guessed from benzyldimethylamine, 180 to 183 degC [S14]",
                relative_uncertainty=0.60,
                uncertainty_basis="stated with the estimate",
                confidence=Confidence.LOW,
            ),
        ),
        source_window=Window(celsius(40), celsius(60)),
        line_window=Window(celsius(60), celsius(80)),
        hazards=("polymerises by itself", "corrosive"),
        notes=(
            "Calibrate its vapour pressure by a rise in the closed chamber before the first run.",
            "Some data banks hold the protonated ion (C11H16N+, 162.25 g/mol) under this number; CAS of the 4-isomer.",
        ),
    ),
    Substance(
        name="2-(dimethylamino)ethyl methacrylate",
        aliases=("DMAEMA",),
        formula="C8H15NO2",
        cas="2867-47-2",
        molar_mass=157.21e-3,
        role=Role.MONOMER,
        classes=frozenset({ReactiveClass.VINYL, ReactiveClass.AMINE}),
        vapour_pressures=(
            VapourPressureFit(
                10.6281,
                2571.4,
                0.0,
                low=372.0,
                high=460.0,
                mark=Mark.C,
                source="[S1]; the analogue DMAEA, 68 Pa at 20 degC, supports it [S11]",
                label="NIST",
                relative_uncertainty=0.30,
                uncertainty_basis="none stated; 30 % assumed [D]",
                confidence=Confidence.MEDIUM,
            ),
        ),
        source_window=Window(celsius(30), celsius(50)),
        line_window=Window(celsius(60), celsius(60)),
        hazards=("toxic when inhaled", "lachrymator"),
    ),
    Substance(
        name="4-vinylpyridine",
        aliases=("4VP",),
        formula="C7H7N",
        cas="100-43-6",
        molar_mass=105.14e-3,
        role=Role.MONOMER,
        classes=frozenset({ReactiveClass.VINYL, ReactiveClass.AMINE}),
        vapour_pressures=(
            VapourPressureFit(
                10.7332,
                2502.1,
                0.0,
                low=None,
                high=None,
                mark=Mark.C,
                source="two points",
                label="two-point",
                relative_uncertainty=0.25,
                confidence=Confidence.MEDIUM,
            ),
        ),
        source_window=Window(celsius(20), celsius(40)),
        line_window=Window(celsius(60), celsius(60)),
        hazards=("toxic",),
        notes=(
            "A published 417 mTorr at a saturation of 1.01 [S13] means 55 Pa at that stage, cold and of unknown "
            "temperature.",
        ),
    ),
)
"""Vinyl monomers that are amines as well."""

OTHER_MONOMERS = (
    Substance(
        name="glycidyl methacrylate",
        aliases=("GMA",),
        formula="C7H10O3",
        cas="106-91-2",
        molar_mass=142.15e-3,
        role=Role.MONOMER,
        classes=frozenset({ReactiveClass.VINYL}),
        vapour_pressures=(
            VapourPressureFit(
                10.7497,
                2654.5,
                0.0,
                low=298.0,
                high=462.0,
                mark=Mark.G,
                label="two-point",
                source="computed from boiling points, 189 degC and 75 degC at 10 Torr [G]; 48 Pa at 20 degC [S63]",
                relative_uncertainty=0.30,
                confidence=Confidence.MEDIUM,
            ),
        ),
        source_window=Window(celsius(50), celsius(65)),
        line_window=Window(celsius(80), celsius(80)),
        hazards=("suspected carcinogen", "epoxide: incompatible with metal alkyls"),
    ),
    Substance(
        name="2-hydroxyethyl methacrylate",
        aliases=("HEMA",),
        formula="C6H10O3",
        cas="868-77-9",
        molar_mass=130.14e-3,
        role=Role.MONOMER,
        classes=frozenset({ReactiveClass.VINYL, ReactiveClass.PROTIC}),
        reactions=attacks_alkali(HYDROXYL, Mark.D),
        vapour_pressures=(
            VapourPressureFit(
                12.9175,
                3486.0,
                0.0,
                low=298.0,
                high=340.0,
                mark=Mark.G,
                label="two-point",
                source="computed from recalled values; 8 Pa at 20 degC elsewhere [S12]",
                relative_uncertainty=0.50,
            ),
        ),
        source_window=Window(celsius(60), celsius(75)),
        line_window=Window(celsius(90), celsius(90)),
        hazards=("sensitiser",),
    ),
    Substance(
        name="1H,1H,2H,2H-perfluorodecyl acrylate",
        aliases=("PFDA",),
        formula="C13H7F17O2",
        cas="27905-45-9",
        molar_mass=518.17e-3,
        role=Role.MONOMER,
        classes=frozenset({ReactiveClass.VINYL}),
        vapour_pressures=(
            VapourPressureFit(
                10.5043,
                2824.3,
                0.0,
                low=celsius(90),
                high=513.7,
                mark=Mark.G,
                label="two-point",
                source="computed from a boiling point of 513.7 K [S1] and 90 degC at 4 Torr [G]",
                relative_uncertainty=0.40,
                confidence=Confidence.MEDIUM,
            ),
        ),
        source_window=Window(celsius(80), celsius(80)),
        line_window=Window(celsius(100), celsius(100)),
        hazards=("PFAS",),
        notes=("Whether its C-F bonds attack bare lithium was not found [U].",),
    ),
    Substance(
        name="styrene",
        aliases=(),
        formula="C8H8",
        cas="100-42-5",
        molar_mass=104.15e-3,
        role=Role.MONOMER,
        classes=frozenset({ReactiveClass.VINYL}),
        vapour_pressures=(
            VapourPressureFit(
                9.7993,
                1855.28,
                -28.61,
                low=273.0,
                high=353.0,
                mark=Mark.C,
                source="[S1]",
                label="NIST",
                relative_uncertainty=0.25,
                uncertainty_basis="none stated; Stull 1947 has 23 % more at 18 degC and 6 % more at 60 degC [G]",
            ),
        ),
        notes=("A test species; CAS number and molar mass are general knowledge [G].",),
    ),
)
"""Esters, epoxides, fluorinated acrylate, styrene."""

MONOMERS = (*INITIATORS, *AMINE_MONOMERS, *OTHER_MONOMERS)
"""One entry a substance; molar masses [S1], delivery and hazards from suppliers' sheets as marked."""
