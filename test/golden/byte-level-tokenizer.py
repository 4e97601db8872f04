"""Makes test/fixtures/tokenizers/byte-level.json: small byte-level BPE tokenizers, split as Llama 3, Qwen 2 and GPT-2 split, and what they do to texts.

Run with: python3 test/golden/byte-level-tokenizer.py > test/fixtures/tokenizers/byte-level.json
Made with tokenizers 0.23.2.
"""
import json, sys
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXT = """Aspirin inhibits cyclooxygenase and so lowers the synthesis of prostaglandins and thromboxanes in platelets.
The protein binds to the small ribosomal subunit and takes part in the start of translation, doesn't it?
Patients received 10.5 mg/kg of the drug each day, and 37 of 120 patients (30.8 %) responded to it in 2024.
  A mutation of the gene changes the structure of the enzyme; we've seen that it'll no longer break down its substrate.
β-catenin and TNF-α were higher (p < 0.05) – the 95 % CI was 1.2–3.4 – than in naïve cells at 37 °C.
结果表明该药物对肿瘤细胞有抑制作用。Ελληνικά και ελληνικά, для препарата и препарата.
In mice without the gene the response to insulin was lower than in those with the gene.\r\n\r\n\tInterferon and interleukin.
""".split("\n")
TEXTS = [
    "", " ", "  ", "   a", "a", " a ", "This is a test", "Hi  Hello", "Hi   Hello  ", "\n", "\n\n a", "a\tb\n\nc", " \n \r\n  x", "x  \n", "生活的真谛是", "β-D-glucose 5′-phosphate\n",
    "\U0001d518 \U0001f9ec dna", "C[C@]12CCC(=O)C=C1", "I'm he'S we'VE 'lL don't 'ſ", "'\u212a", "10.5 mg/kg, 1234567", "１２３ ½ ² Ⅷ", "aaaa aaaaaaa", "a\u0085b", "a\u00a0b", "a\u3000 b",
    "\ufeffa", "a\u200bb", "e\u0301 é ñ n\u0303 \u0344", "\u1112\u1161\u11ab \u0958", "q\u0323\u0307 q\u0307\u0323", "The protein binds to the receptor of the gene.", "x" * 70, "protein" * 20, "Ġ Ċ Ã",
    "<|end|>", "a<|end|>b", "  <|end|> <|begin|>", "<think>\nthe</think>", "<think>\u0338", "the  <pad>", "TNF-α\n\n\nβ", "!!!\n\n", "…“quoted”—dash", "🏴\U000e0067\U000e0062 👩‍🔬", "naïve 37 °C", "\x00\x07",
]
QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA = QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK = [r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""]


def splits(*patterns, **byte_level):
    return pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), behavior="isolated") for pattern in patterns]
        + [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )


def trained(pre_tokenizer, normalizer=None, ignore_merges=False):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=430, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in ("<|begin|>", "<|end|>", "<pad>")])
    tokenizer.add_tokens([AddedToken("<think>", normalized=False), AddedToken("</think>", normalized=True)])
    return tokenizer


def kinds():
    yield "llama3", trained(splits(LLAMA), ignore_merges=True)
    yield "qwen2", trained(splits(QWEN), normalizers.NFC())
    yield "gpt2", trained(pre_tokenizers.ByteLevel(add_prefix_space=False))
    yield "prefixed", trained(pre_tokenizers.ByteLevel(add_prefix_space=True))
    yield "o200k", trained(splits(O200K))
    yield "deepseek", trained(splits(*DEEPSEEK))


def encoded(tokenizer, text):
    encoding = tokenizer.encode(text, add_special_tokens=False)
    return {"ids": encoding.ids, "offsets": [list(pair) for pair in encoding.offsets]}


out = {"made": f"tokenizers {tokenizers.__version__}: test/golden/byte-level-tokenizer.py", "texts": TEXTS, "kinds": {}}
for name, tokenizer in kinds():
    cases = []
    for text in TEXTS:
        tokenizer.encode_special_tokens = False
        case = encoded(tokenizer, text)
        tokenizer.encode_special_tokens = True
        plain = encoded(tokenizer, text)["ids"]
        if plain != case["ids"]:
            case["plain"] = plain
        case["decoded"] = tokenizer.decode(case["ids"], skip_special_tokens=True)
        case["whole"] = tokenizer.decode(case["ids"], skip_special_tokens=False)
        cases.append(case)
    # Ids that are no text of their own: bytes cut anywhere, invalid ones, special tokens between.
    broken = [[i % tokenizer.get_vocab_size() for i in range(start, start + 40 * step, step)] for start, step in ((128, 1), (170, 3), (3, 7), (420, 1))]
    template = processors.TemplateProcessing(single="<|begin|> $A", special_tokens=[("<|begin|>", tokenizer.token_to_id("<|begin|>"))])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), template]) if name == "llama3" else processors.ByteLevel(trim_offsets=False)
    out["kinds"][name] = {
        "file": json.loads(tokenizer.to_str()),
        "cases": cases,
        "broken": [{"ids": ids, "decoded": tokenizer.decode(ids), "whole": tokenizer.decode(ids, skip_special_tokens=False)} for ids in broken],
    }
json.dump(out, sys.stdout, ensure_ascii=True, separators=(",", ":"))
