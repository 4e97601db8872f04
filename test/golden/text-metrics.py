"""BLEU and METEOR by nltk on the output files of ../shared/data/molecules, and on sentences of our own.

    python3 test/golden/text-metrics.py ../shared/data /usr/share/wordnet > test/fixtures/evaluation/text-metrics.json

Made with nltk 3.10.3, transformers 5.18.0 (BertTokenizer on SciBERT's vocabulary) and Debian's wordnet-base 1:3.0-37, on Python 3.11. rouge_score could not
be had on the machine: ROUGE's values in the test are those of the data set's own description, to four digits, and three worked by hand.
"""
import functools, gzip, json, pathlib, shutil, sys, tempfile
import nltk
from nltk.corpus.reader.wordnet import WordNetCorpusReader
from nltk.stem.porter import PorterStemmer
from nltk.translate.bleu_score import SmoothingFunction, corpus_bleu, sentence_bleu
from nltk.translate.meteor_score import single_meteor_score
from transformers import BertTokenizer

PAIRS = [
    ("The molecule is a flavonoid that has a role as a metabolite.", "The molecule is a flavonoid with a role as a plant metabolite."),
    ("Binds the 30S ribosomal subunit.", "Binds to the 30S ribosomal subunit."),
    ("Belongs to family.", "Belongs to the ACC deaminase family."),
    ("a dog", "the cat"), ("", ""), ("", "a b"), ("a b", ""),
    ("The doctor examines ill children quickly", "A physician examined sick kids fast"),
    ("It inhibits the enzymes' activities", "The inhibition of enzyme activity"),
    ("cars and automobiles were bought", "an auto and a car was purchased"),
]
WORDS = """sky skies dying lying news innings proceed caresses ponies ties dies caress cats feed agreed plastered bled motoring sing conflated troubled sized
hopping tanned falling hissing fizzed failing filing happy enjoy enjoyment spied died flies try relational conditional rational valenci hesitanci digitizer
conformabli radicalli differentli vileli analogousli vietnamization predication operator feudalism decisiveness hopefulness callousness formaliti sensitiviti
sensibiliti triplicate formative formalize electriciti electrical hopeful goodness revival allowance inference airliner gyroscopic adjustable defensible
irritant replacement adjustment dependent adoption homologou communism activate angulariti homologous effective bowdlerize probate rate cease controll roll
biology geology archaeology carefully fully eying yyy syzygy as is by enzyme inhibitor metabolite phosphorylated binding localized β-catenin""".split()


class Empty:
    def synsets(self, word):
        return []


class Reader(WordNetCorpusReader):
    def map_wn(self, version="wordnet"):
        """The map to other versions' numbers needs nltk's own copy; synonyms do not."""
        return None

    @functools.lru_cache(maxsize=None)
    def synsets(self, word):
        return super().synsets(word)


def reader(folder):
    """nltk's reader wants lexnames, which Debian's package leaves out; synonyms do not."""
    copy = pathlib.Path(tempfile.mkdtemp())
    for file in pathlib.Path(folder).iterdir():
        shutil.copy(file, copy / file.name)
    (copy / "lexnames").write_text("".join(f"{i:02d}\tnoun.x\t1\n" for i in range(45)))
    nltk.data.path.append(str(copy))
    return Reader(str(copy), None)


def read(path):
    return gzip.open(path, "rt", encoding="utf-8", newline="").read().rstrip("\n").split("\n")


@functools.lru_cache(maxsize=None)
def stem(word):
    return PorterStemmer().stem(word)


class Stemmer:
    stem = staticmethod(stem)


def scores(pairs, split, wordnet, smoothed=False, meteors=None):
    outputs, truths = [split(output) for output, _ in pairs], [split(truth) for _, truth in pairs]
    result = {}
    for name, weights in [("bleu2", (0.5, 0.5)), ("bleu4", (0.25,) * 4)]:
        if smoothed:
            method = SmoothingFunction().method1
            values = [sentence_bleu([truth], output, weights, smoothing_function=method) for output, truth in zip(outputs, truths)]
            result[name] = sum(values) / len(values)
        else:
            result[name] = corpus_bleu([[truth] for truth in truths], outputs, weights)
    if meteors is not None:  # the same tokens as another variant's
        return result | {name: meteors[name] for name in ["meteor", "meteorWithoutSynonyms"]}
    values = [single_meteor_score(truth, output, stemmer=Stemmer, wordnet=wordnet) for output, truth in zip(outputs, truths)]
    result["meteor"] = sum(values) / len(values)
    plain = [single_meteor_score(truth, output, stemmer=Stemmer, wordnet=Empty()) for output, truth in zip(outputs, truths)]
    result["meteorWithoutSynonyms"] = sum(plain) / len(plain)
    return result


def variants(pairs, pieces, wordnet):
    spaces = lambda text: text.split(" ")
    first = scores(pairs, spaces, wordnet)
    return {"A": first, "B": scores(pairs, spaces, wordnet, True, first), "C": scores(pairs, pieces, wordnet)}


def main(shared, wordnet_folder):
    shared, wordnet = pathlib.Path(shared), reader(wordnet_folder)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        # The copy at hand repeats its first line.
        file.write("\n".join(read(shared / "molecules/scibert-scivocab-uncased.txt.gz")[1:]) + "\n")
        file.flush()
        bert = BertTokenizer(file.name, do_lower_case=True)
    pieces = lambda text: bert.tokenize(text)[:510]
    molt5 = [line.split("\t") for line in read(shared / "molecules/molt5/molt5-large-smiles2caption.txt.gz")[1:]]
    truths = [line.split("\t")[2] for line in read(shared / "tasks/ChEBI-20/test.txt.gz")[1:]]
    gpt4 = [line.split("\t")[1] for line in read(shared / "molecules/molregpt/GPT-4-0314/test.txt.gz")[1:]]
    assert len(gpt4) == len(truths) == 3300, (len(gpt4), len(truths))
    stemmer = PorterStemmer()
    print(json.dumps({
        "stems": {word: stemmer.stem(word) for word in WORDS},
        "pairs": [{"output": o, "truth": t, "meteor": single_meteor_score(t.split(" "), o.split(" "), wordnet=wordnet),
                   "meteorWithoutSynonyms": single_meteor_score(t.split(" "), o.split(" "), wordnet=Empty())} for o, t in PAIRS],
        "own": variants(PAIRS, pieces, wordnet),
        "pieces": {text: pieces(text) for text in ["(5Z)-β-D-glucose 5′-phosphate, naïve 生活", "C[C@H](N)O" + "x" * 120, "the\u00admolecule\u2028is", "`~$^"]},
        "molt5": variants([(row[2], row[1]) for row in molt5], pieces, wordnet),
        "gpt4": variants(list(zip(gpt4, truths)), pieces, wordnet),
    }, indent=1))


main(*sys.argv[1:])
