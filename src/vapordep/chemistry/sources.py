"""The published sources that the tables of chemistry cite, by key."""

SOURCES = {
    "P": "Bae et al., Adv. Mater., DOI 10.1002/adma.202501959 (review)",
    "S1": "`chemicals`/`thermo` data, 2026, by CAS number (NIST WebBook, Perry, VDI, Landolt-Boernstein)",
    "S2": "Kozen et al., ACS Nano 2015, abstract",
    "S3": "J. Mater. Chem. A 2026, d6ta00751a, abstract (in-vacuo XPS of TMA/O2 plasma on lithium)",
    "S4": "kinteksolution.com, glovebox FAQs; faqs.tips",
    "S8": "Encyclopedia of Physical Science and Technology, MOCVD, Table I (p. 416)",
    "S9": "J. Chem. Phys. 74, 5838, DOI 10.1063/1.440898; NIST WebBook C123319 has 94.1 kJ/mol instead",
    "S10": "UCSB nanofab wiki, ALD recipes (oldid 155125)",
    "S11": "DMAEA page, de.zxc.wiki",
    "S12": "HEMA page, Wikipedia",
    "S13": "Nat. Synth., s44160-023-00242-5, Extended Data Fig. 2",
    "S14": "Dimethylbenzylamine page, artikeldigital",
    "S15": "chemicalbook, trimethylaluminium, CAS 75-24-1",
    "S16": "chemicalbook, di-tert-butyl peroxide SDS; ILO ICSC 1019",
    "S17": "Argonne aldsim/aldopt, ALDmodel.py and uptake_curve.py",
    "S18": "About the importance of purge time in MLD of alucone films, Dalton Trans. 2021, 50, 5807, abstract",
    "S19": "TMA/ethanolamine/maleic anhydride MLD, abstract (discovery.researcher.life)",
    "S21": "Langmuir 2001, 17, 6506, abstract",
    "S22": "labadviser.nanolab.dtu.dk, ALD2 standard recipes",
    "S23": "A public preset table (alucone presets)",
    "S25": "Peng et al., Chem. Mater. 2009, 21, 820, abstract",
    "S26": "Zincone alloys, abstract (researcher.life 6b7232a4)",
    "S28": "Kazyak et al., Chem. Commun. 2020, 56, 15537",
    "S58": "Meng et al., Energy Mater. Adv. 2021, 9786201, abstract",
}
"""Key -> citation. What was not read in full says so ("abstract")."""
