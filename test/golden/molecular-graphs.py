"""Features of molecules by RDKit's Python, as OpenBioMed's BaseGNN reads them.

    python3 test/golden/molecular-graphs.py hand < /dev/null > test/fixtures/molecules/graphs.json     # a hand-picked list, in full
    python3 test/golden/molecular-graphs.py hash < smiles.txt > test/fixtures/molecules/NAME.txt      # eight hexadecimal digits a line

Made with Debian's python3-rdkit 202209.3 on Python 3.11. The hashes are of SMILES in ../shared (ChEBI-20's validation part with its doubled
backslashes halved, ZINC's first 1,000): they hold no molecule, so nothing of these sets is in the repository.
"""
import hashlib, json, sys
from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")
CHIRALITIES = [Chem.ChiralType.CHI_UNSPECIFIED, Chem.ChiralType.CHI_TETRAHEDRAL_CW, Chem.ChiralType.CHI_TETRAHEDRAL_CCW]
TYPES = [Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE, Chem.BondType.AROMATIC]
DIRECTIONS = [Chem.BondDir.NONE, Chem.BondDir.ENDUPRIGHT, Chem.BondDir.ENDDOWNRIGHT]
BY_HAND = r"""CCO
C
F/C=C/F
F/C=C\F
F\C=C\F
C(/F)=C/F
C/1=C/CCCCCC1
C1=C/CCCCCC/1
C\1=C/CCCCCC1
N[C@@H](C)C(=O)O
N[C@H](C)C(=O)O
c1ccccc1
C1=CC=CC=C1
O=c1cc[nH]cc1
Cn1cnc2c1c(=O)n(C)c(=O)n2C
O=C1C=CC=C1
c1ccc2cccc2cc1
c1ccc(-c2ccccc2)cc1
c1ccc2c(c1)-c1ccccc1-2
CN(=O)=O
C[N+](=O)[O-]
OCl(=O)(=O)=O
CS(=O)(=O)C
[2H]C([2H])([2H])O
[H]O[H]
[H][H]
*C
[Na+].[Cl-]
CC(/C)=C(/C)C
C/C=N/O
[H]/N=C/C
[H]/C(F)=C/C
[H]/C(F)=C(/C)[H]
F/C([H])=C/C
F/C([H])=C(/[H])Cl
C(\[H])(F)=C/C
[H]/C(C)=C(\[H])C
C/C=C/C=C\C
C/C(=C\C=C\C(=O)O)/C=C/C1=C(C)CCCC1(C)C
C%12/C=C/CCCCCC%12
O=C=O
C#N
[NH4+]
[15NH3]
C[Si](C)(C)C
c1ccsc1
c1cc[se]c1
O=c1[nH]cnc2[nH]cnc12
CC(=O)Oc1ccccc1C(=O)O
C[C@]12CCC(=O)C=C1CC[C@@H]3[C@@H]2C(=O)C[C@]\4([C@H]3CC/C4=C/C(=O)OC)C
CC(=CCC1=CC(=CC(=C1O)CC=C(C)C)/C=C/C(=O)C2=C(C=C(C=C2)O)O)C
OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O
F/C=C/C=C
C/C=C/1\CCCC1
N/N=C/c1ccccc1
[H]\N=C(\N)c1ccccc1
Cl/C=C/Cl.Br/C=C\Br
C1CC1
[Fe+2]
C[C@H](F)[C@@H](F)C
O=P(O)(O)O""".splitlines()


def features(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return None
    atoms = [[a.GetAtomicNum() - 1 if 1 <= a.GetAtomicNum() <= 118 else 118, CHIRALITIES.index(a.GetChiralTag())] for a in molecule.GetAtoms()]
    bonds = [[b.GetBeginAtomIdx(), b.GetEndAtomIdx(), TYPES.index(b.GetBondType()), DIRECTIONS.index(b.GetBondDir())] for b in molecule.GetBonds()]
    return {"smiles": smiles, "atoms": atoms, "bonds": bonds}


def main(form):
    if form == "hand":
        print("[\n" + ",\n".join(json.dumps(features(smiles)) for smiles in BY_HAND) + "\n]")
        return
    for line in sys.stdin:
        graph = features(line.rstrip("\n"))
        text = "null" if graph is None else json.dumps([graph["atoms"], graph["bonds"]], separators=(",", ":"))
        print(hashlib.sha256(text.encode()).hexdigest()[:8])


main(sys.argv[1])
