"""Oxide films of atomic layer deposition as data."""

from vapordep.chemistry.evidence import Confidence, Mark, Number
from vapordep.chemistry.film_parts import Film, share
from vapordep.chemistry.laws import Interpolated, celsius

METHYLS_LEAVE = share(
    0.9, "1.4 to 1.75 of three methyls leave with the metal: 0.87 to 0.97 [G]; about half [S21]", doubt=0.05
)

OXIDES = (
    Film(
        name="Al2O3",
        aliases=("alumina",),
        precursor="trimethylaluminium",
        coreactant="water",
        growth_per_cycle=Interpolated(
            (
                (celsius(33), 0.93e-10),
                (celsius(80), 1.0e-10),
                (celsius(100), 1.1e-10),
                (celsius(177), 1.1e-10),
                (celsius(300), 0.85e-10),
            ),
            low=celsius(80),
            high=celsius(300),
            mark=Mark.G,
            source="Ott 1997, Groner 2004, Puurunen 2005, Elam 2002",
            relative_uncertainty=0.25,
            confidence=Confidence.MEDIUM,
        ),
        density=Number(
            3000.0,
            Mark.G,
            "2.5 g/cm3 at 33 degC, 3.0 at 177 degC",
            relative_uncertainty=0.17,
            confidence=Confidence.MEDIUM,
        ),
        metal_share=METHYLS_LEAVE,
        notes=(
            "Held flat from 100 to 177 degC: Groner 2004 has 1.3 at 100 and 1.2 at 177 with a film that is lighter "
            "when cool, so that the mass a cycle, which is what saturates, hardly changes there [G].",
            "At 33 degC Groner 2004 has 1.11 of 2.5 g/cm3: as much a cycle as 0.93 of 3.0 [G]; at 58 and 80 degC "
            "some 30 % more than here.",
            "Bands in angstrom: 0.9-1.1 at 80 degC, 1.1-1.3 at 100-125, 1.1-1.25 at 177, 0.8-0.9 at 300 degC.",
            "Largest near 250 degC with short pulses, limited by kinetics below [S21].",
            "14 nm on lithium protects it from corrosion [S2].",
            "Below 150 degC unreacted TMA and carbon stay in the film [S22].",
        ),
    ),
    Film(
        name="Al2O3 O3",
        aliases=("alumina by ozone",),
        precursor="trimethylaluminium",
        coreactant="ozone",
        growth_per_cycle=Interpolated(
            ((celsius(100), 1.0e-10), (celsius(150), 1.0e-10), (celsius(300), 0.8e-10)),
            low=celsius(150),
            high=celsius(300),
            mark=Mark.U,
            confidence=Confidence.LOW,
            source="0.8 to 1.1 A [G]; falls from 150 to 300 degC, and never more than water gives [S59]",
            relative_uncertainty=0.2,
        ),
        density=Number(3000.0, Mark.U, "as with water; less below 200 degC [G]", relative_uncertainty=0.15),
        metal_share=METHYLS_LEAVE,
        notes=("Ozone burns the methyls of each cycle to hydroxyls, which the next metal finds [S59].",),
    ),
    Film(
        name="ZnO",
        aliases=("zinc oxide",),
        precursor="diethylzinc",
        coreactant="water",
        growth_per_cycle=Interpolated(
            ((celsius(100), 1.9e-10), (celsius(177), 1.9e-10), (celsius(200), 1.7e-10)),
            low=celsius(100),
            high=celsius(200),
            mark=Mark.G,
            source="1.8 to 2.0 A from 100 to 177 degC [G]; 1.7 A at 200 degC, an Al-doped recipe [S10]",
            relative_uncertainty=0.06,
        ),
        density=Number(5600.0, Mark.G, "bulk"),
        metal_share=share(
            1.0, "1.37 of two ethyls leave with the metal, Elam and George 2003 [G]: 82.3 of 81.4 g/mol", doubt=0.1
        ),
    ),
    Film(
        name="TiO2",
        aliases=("titania",),
        precursor="titanium tetrachloride",
        coreactant="water",
        growth_per_cycle=Interpolated(
            ((celsius(100), 0.7e-10), (celsius(150), 0.6e-10), (celsius(200), 0.5e-10), (celsius(300), 0.5e-10)),
            low=celsius(100),
            high=celsius(300),
            mark=Mark.G,
            confidence=Confidence.LOW,
            source="0.4 to 0.8 A from 100 to 400 degC, Ritala 1993, Aarik 2001",
            relative_uncertainty=0.25,
        ),
        density=Number(3700.0, Mark.S, "3.68 g/cm3 at 125 degC, 3.25 at 38 degC [S61]", relative_uncertainty=0.1),
        metal_share=share(1.46, "two of four chlorides leave with the metal at 150 degC, one at 250 degC [S60]"),
        notes=("Amorphous below about 150 degC, anatase above [S61].",),
    ),
)
"""One entry a pair of precursor and co-reactant."""
