"""Co-reactants and inert gases as data: oxidants, protic organics, ammonia, what derivatises, argon, nitrogen."""

from vapordep.chemistry.evidence import Confidence, Mark, Number
from vapordep.chemistry.laws import celsius
from vapordep.chemistry.substance import Attack, ReactiveClass, Role, Substance, Supply, Window
from vapordep.chemistry.vapour_pressure import VapourPressureFit


def attacks_alkali(how: str, mark: Mark) -> tuple[Attack, ...]:
    """Attack on lithium as `mark` tells, and by general knowledge on sodium and potassium too."""
    return (Attack("lithium", how, mark), Attack("sodium", how, Mark.G), Attack("potassium", how, Mark.G))


OXIDANT = "bare alkali metal is oxidised by any oxidant it sees"
HYDROXYL = "the hydroxyl groups give alkoxide and hydrogen"

OXIDANTS = (
    Substance(
        name="water",
        aliases=("H2O",),
        formula="H2O",
        cas="7732-18-5",
        molar_mass=18.015e-3,
        role=Role.COREACTANT,
        classes=frozenset({ReactiveClass.WATER}),
        reactions=attacks_alkali("gives hydroxide and hydrogen, about -243 kJ/mol on lithium [G]", Mark.P),
        vapour_pressures=(
            VapourPressureFit(
                10.2076,
                1737.72,
                -39.03,
                low=273.0,
                high=373.0,
                mark=Mark.C,
                source="[S1]",
                label="NIST",
                relative_uncertainty=0.003,
                confidence=Confidence.HIGH,
            ),
        ),
        source_window=Window(celsius(20), celsius(25)),
        line_window=Window(celsius(40), celsius(60)),
        hazards=("attacks lithium; the hydrogen shows as a rise in pressure",),
    ),
    Substance(
        name="ozone",
        aliases=("O3",),
        formula="O3",
        cas="10028-15-6",
        molar_mass=47.998e-3,
        role=Role.COREACTANT,
        classes=frozenset({ReactiveClass.OXIDISER}),
        supply=Supply.GENERATOR,
        reactions=(
            *attacks_alkali(OXIDANT, Mark.P),
            Attack("copper", "oxidises it", Mark.G),
            Attack("zinc", "oxidises it", Mark.G),
        ),
        hazards=("PEL 0.1 ppm, IDLH 5 ppm [G]", "explosive with organics (ozonides) and ammonia"),
        notes=("Never a bottle: a generator gives 5 to 15 wt % in oxygen, for instance 250 sccm at 15 wt % [S10].",),
    ),
    Substance(
        name="oxygen",
        aliases=("O2",),
        formula="O2",
        cas="7782-44-7",
        molar_mass=31.999e-3,
        role=Role.COREACTANT,
        classes=frozenset({ReactiveClass.OXIDISER}),
        supply=Supply.GAS,
        reactions=(
            *attacks_alkali(OXIDANT, Mark.P),
            Attack("copper", "oxidises it when hot", Mark.G),
            Attack("zinc", "oxidises it when hot", Mark.G),
        ),
        hazards=("oxidiser",),
    ),
    Substance(
        name="air",
        aliases=(),
        formula="",
        cas="",
        molar_mass=28.96e-3,
        role=Role.COREACTANT,
        classes=frozenset({ReactiveClass.OXIDISER, ReactiveClass.WATER}),
        supply=Supply.NONE,
        reactions=(
            *attacks_alkali(OXIDANT, Mark.P),
            Attack("copper", "oxidises it when hot", Mark.G),
            Attack("zinc", "oxidises it when hot", Mark.G),
        ),
        notes=("What leaks in: 21 % oxygen and about 1 % water vapour. Molar mass of dry air [G].",),
    ),
    Substance(
        name="carbon dioxide",
        aliases=("CO2",),
        formula="CO2",
        cas="124-38-9",
        molar_mass=44.010e-3,
        role=Role.COREACTANT,
        classes=frozenset({ReactiveClass.CARBON_DIOXIDE}),
        supply=Supply.GAS,
        reactions=attacks_alkali("gives carbonate and carbon; burning alkali metal burns on in it", Mark.G),
        hazards=("asphyxiant", "violent with metal alkyls [S15]; no extinguisher for lithium [G]"),
    ),
)
"""Oxidants; that bare lithium must see none of them before a reductant is the ordering rule [P]."""

PROTIC_ORGANICS = (
    Substance(
        name="ethylene glycol",
        aliases=("EG", "ethane-1,2-diol"),
        formula="C2H6O2",
        cas="107-21-1",
        molar_mass=62.068e-3,
        role=Role.COREACTANT,
        classes=frozenset({ReactiveClass.PROTIC}),
        reactions=attacks_alkali(HYDROXYL, Mark.P),
        vapour_pressures=(
            VapourPressureFit(
                10.8034,
                2435.35,
                -47.72,
                low=273.0,
                high=393.0,
                mark=Mark.C,
                source="[S1]",
                label="NIST",
                relative_uncertainty=0.18,
                uncertainty_basis="0.6 % stated with the fit; Stull 1947 has 17 % more at 53 degC, as much at 80 degC, "
                "and 6 % less at 106 degC [G]",
                confidence=Confidence.HIGH,
            ),
        ),
        source_window=Window(celsius(70), celsius(90)),
        line_window=Window(celsius(90), celsius(110)),
        hazards=("incompatible with metal alkyls",),
    ),
    Substance(
        name="glycerol",
        aliases=("GL", "glycerine", "propane-1,2,3-triol"),
        formula="C3H8O3",
        cas="56-81-5",
        molar_mass=92.094e-3,
        role=Role.COREACTANT,
        classes=frozenset({ReactiveClass.PROTIC}),
        reactions=attacks_alkali(HYDROXYL, Mark.P),
        vapour_pressures=(
            VapourPressureFit(
                11.3946,
                3204.17,
                -52.27,
                low=293.0,
                high=453.0,
                mark=Mark.C,
                source="[S1]",
                label="NIST",
                relative_uncertainty=0.06,
                uncertainty_basis="1.6 % stated with the fit; Stull 1947 has 5 % less from 125 to 182 degC [G]",
            ),
        ),
        source_window=Window(celsius(130), celsius(150)),
        line_window=Window(celsius(150), celsius(160)),
        hazards=("condenses on any wall below 140 degC",),
    ),
    Substance(
        name="hydroquinone",
        aliases=("HQ", "benzene-1,4-diol"),
        formula="C6H6O2",
        cas="123-31-9",
        molar_mass=110.11e-3,
        role=Role.COREACTANT,
        classes=frozenset({ReactiveClass.PROTIC}),
        reactions=attacks_alkali(HYDROXYL, Mark.P),
        vapour_pressures=(
            VapourPressureFit(
                15.4535,
                5427.07,
                0.0,
                low=298.0,
                high=445.0,
                mark=Mark.C,
                label="solid",
                source="[S9]: 0.4 Pa at 342.37 K and an enthalpy of sublimation of 103.9 kJ/mol",
                relative_uncertainty=0.20,
                uncertainty_basis="within 7 % of [S62] from 100 to 150 degC, 15 % below it at 69 degC, 29 % at "
                "25 degC; Stull has 12 % more at 132 degC and 25 % more at 153 degC [G]",
                confidence=Confidence.HIGH,
            ),
        ),
        source_window=Window(celsius(120), celsius(140)),
        line_window=Window(celsius(150), None),
        melting_point=Number(445.0, Mark.S, "[S1]"),
        hazards=("toxic, mutagen", "plugs lines (melts at 172 degC)"),
        notes=(
            "Antoine constants of NIST and `thermo` are the liquid's: stretched to 25 degC they give 0.18 Pa, a "
            "hundred times too much. The solid's row is the default and the only one here.",
            "Data sheets scatter a hundredfold at room temperature, 2e-4 to 2e-1 Pa: some stretch the liquid's.",
        ),
    ),
)
"""Diols and triols: the organic half of molecular layer deposition."""

OTHER_COREACTANTS = (
    Substance(
        name="ammonia",
        aliases=("NH3",),
        formula="NH3",
        cas="7664-41-7",
        molar_mass=17.031e-3,
        role=Role.COREACTANT,
        classes=frozenset({ReactiveClass.AMINE}),
        supply=Supply.GAS,
        reactions=attacks_alkali("gives the amide, on lithium LiNH2", Mark.G),
        vapour_pressures=(
            VapourPressureFit(
                9.6013,
                969.09,
                -28.96,
                low=233.0,
                high=313.0,
                mark=Mark.C,
                source="[S1]",
                label="NIST",
                relative_uncertainty=0.02,
                uncertainty_basis="none stated; 2 % assumed [D]",
            ),
        ),
        hazards=("IDLH 300 ppm, lower explosive limit 15 % [G]",),
        notes=("A gas supply: the vapour pressure is that in the cylinder.",),
    ),
    Substance(
        name="1,3-propane sultone",
        aliases=("propane sultone", "PS"),
        formula="C3H6O3S",
        cas="1120-71-4",
        molar_mass=122.14e-3,
        role=Role.COREACTANT,
        classes=frozenset({ReactiveClass.SULTONE}),
        vapour_pressures=(
            VapourPressureFit(
                10.9224,
                3380.2,
                0.0,
                low=None,
                high=None,
                mark=Mark.U,
                source="one point and an assumed slope",
                label="estimate",
                relative_uncertainty=0.60,
                uncertainty_basis="none stated; 60 % assumed, as for other estimates [D]",
                confidence=Confidence.LOW,
            ),
        ),
        source_window=Window(celsius(60), celsius(80)),
        line_window=Window(celsius(90), celsius(90)),
        melting_point=Number(celsius(31), Mark.G, "with the vapour pressure"),
        hazards=("potent carcinogen",),
        notes=(
            "Derivatises a film that is already there, so its role is coreactant.",
            "Whether it attacks bare lithium was not found; an alkylating agent may well [U].",
        ),
    ),
    Substance(
        name="1,4-dibromobutane",
        aliases=("DBB",),
        formula="C4H8Br2",
        cas="110-52-1",
        molar_mass=215.92e-3,
        role=Role.COREACTANT,
        classes=frozenset({ReactiveClass.ORGANIC_HALIDE}),
        reactions=attacks_alkali("an organic halide couples on the metal, which turns into its bromide", Mark.G),
        vapour_pressures=(
            VapourPressureFit(
                10.3357,
                2505.9,
                0.0,
                low=celsius(64),
                high=celsius(197),
                mark=Mark.G,
                source="computed from 64 degC at 6 Torr and 197 degC at 760 Torr [G]",
                label="two-point",
                relative_uncertainty=0.30,
            ),
        ),
        source_window=Window(celsius(20), celsius(40)),
        line_window=Window(celsius(50), celsius(70)),
        hazards=("toxic, alkylating",),
        notes=(
            "Derivatises and cross-links a film that is already there [S42], so its role is coreactant.",
            "[S42] says alkyl dihalide, and not which one: this is one of many.",
        ),
    ),
)
"""Ammonia and what derivatises."""

INERT_GASES = (
    Substance(
        name="argon",
        aliases=("Ar",),
        formula="Ar",
        cas="7440-37-1",
        molar_mass=39.948e-3,
        role=Role.INERT,
        classes=frozenset({ReactiveClass.INERT}),
        supply=Supply.GAS,
        hazards=("asphyxiant",),
    ),
    Substance(
        name="nitrogen",
        aliases=("N2",),
        formula="N2",
        cas="7727-37-9",
        molar_mass=28.013e-3,
        role=Role.INERT,
        classes=frozenset({ReactiveClass.INERT}),
        supply=Supply.GAS,
        reactions=(
            Attack("lithium", "gives Li3N: slow when dry and cold, faster when hot or with a trace of water", Mark.S),
        ),
        hazards=("asphyxiant",),
        notes=("Inert to everything but lithium [S4]; sodium and potassium form no nitride with it [G].",),
    ),
)
"""Carrier and purge gases."""

COREACTANTS = (*OXIDANTS, *PROTIC_ORGANICS, *OTHER_COREACTANTS, *INERT_GASES)
"""One entry a substance; molar masses [S1], delivery and hazards from suppliers' sheets as marked."""
