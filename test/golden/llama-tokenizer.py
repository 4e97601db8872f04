"""Makes test/fixtures/tokenizers/: a small SentencePiece model of our own text, the same as tokenizer.json, and what both do to texts.

Run with: python3 test/golden/llama-tokenizer.py test/fixtures/tokenizers
Made with sentencepiece 0.2.2, tokenizers 0.23.2, transformers 5.18.0, jinja2 3.1.6.
"""
import io, json, pathlib, sys
import sentencepiece, tokenizers
from sentencepiece import sentencepiece_model_pb2 as messages
from jinja2.sandbox import ImmutableSandboxedEnvironment

TEXT = """Aspirin inhibits cyclooxygenase and so lowers the synthesis of prostaglandins and thromboxanes in platelets.
The protein binds to the small ribosomal subunit and takes part in the start of translation.
The molecule is a flavonoid with a role as a plant metabolite; it is a member of flavones.
Patients received 10.5 mg/kg of the drug each day, and 37 of 120 patients (30.8 %) responded to it.
A mutation of the gene changes the structure of the enzyme, which then no longer breaks down its substrate.
The receptor is found in the membrane of neurons, where it opens a channel for calcium ions.
In mice without the gene the response to insulin was lower than in those with the gene.
Interferon and interleukin were measured in the serum of patients with and without the disease.
""".splitlines()
TEXTS = [
    "", " ", "  ", "a", " a ", "This is a test", " Hello", "Hi  Hello", "Hi   Hello  ", "\n", "a\tb\n\nc", "生活的真谛是", "β-D-glucose 5′-phosphate\n",
    "\U0001d518 \U0001f9ec dna", "C[C@]12CCC(=O)C=C1", "<s>", "Hello <s>.", "</s> the end", "a\u2581b", "\u2581", "a\u2581", "<mol> the <mol>the", "the<mol>",
    "10.5 mg/kg", "aaaa aaaaaaa", "The protein binds to the receptor of the gene.", "é e\u0301 ñ", "<0x0A>", "x" * 70, "protein" * 20,
]


def settings(model, keep):
    proto = messages.ModelProto()
    proto.ParseFromString(model)
    proto.normalizer_spec.remove_extra_whitespaces = not keep
    return proto.SerializeToString()


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT * 4), model_writer=out, model_type="bpe", vocab_size=480, byte_fallback=True, split_digits=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, user_defined_symbols=["<mol>"], character_coverage=1.0,
        allow_whitespace_only_pieces=True, minloglevel=2,
    )
    goldens = {"texts": TEXTS, "models": {}}
    for name, keep in [("keep", True), ("collapse", False)]:
        model = settings(out.getvalue(), keep)
        if keep:
            (folder / "tokenizer.model").write_bytes(model)
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        ids = [processor.encode(text) for text in TEXTS]
        word = processor.piece_to_id("\u2581the")
        high, middle, low, never = (processor.piece_to_id(f"<0x{byte:02X}>") for byte in [0xE2, 0x82, 0xAC, 0xFF])
        bytes_cut = [[word, high, middle], [high, middle, low, never, word], [high, middle, word, low, 1, word, 0, 2]]
        goldens["models"][name] = {
            "ids": ids,
            "decoded": [processor.decode(row) for row in ids],
            "cut": [{"ids": row, "text": processor.decode(row)} for row in bytes_cut],
        }
    (folder / "tokenizer.json").write_text(json.dumps(as_json(out.getvalue()), ensure_ascii=False) + "\n")
    for name, scheme in [("legacy", None), ("first", "first"), ("always", "always"), ("never", "never")]:
        file = as_json(out.getvalue(), scheme)
        fast = tokenizers.Tokenizer.from_str(json.dumps(file))
        encodings = [fast.encode(text, add_special_tokens=False) for text in TEXTS]
        goldens["models"]["json-" + name] = {
            "normalizer": file["normalizer"], "pre_tokenizer": file["pre_tokenizer"],
            "ids": [encoding.ids for encoding in encodings],
        }
    (folder / "sentencepiece-goldens.json").write_text(json.dumps(goldens, indent=1) + "\n")
    (folder / "chat-templates.json").write_text(json.dumps(chats(), indent=1) + "\n")


def as_json(model, scheme=None):
    """The tokenizer.json that transformers' converter of Llama writes, spelled out: its slow converter is not public any more."""
    proto = messages.ModelProto()
    proto.ParseFromString(model)
    pieces = {piece.piece: index for index, piece in enumerate(proto.pieces)}
    scores = {piece.piece: piece.score for piece in proto.pieces}
    merges = []
    for text in (piece.piece for piece in proto.pieces if piece.type == 1):
        pairs = [(text[:cut], text[cut:]) for cut in range(1, len(text)) if text[:cut] in pieces and text[cut:] in pieces]
        merges += [(left, right, scores[text]) for left, right in sorted(pairs, key=lambda pair: (pieces[pair[0]], pieces[pair[1]]))]
    merges.sort(key=lambda merge: merge[2], reverse=True)
    added = [{"id": pieces[text], "content": text, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": special}
             for text, special in [("<unk>", True), ("<s>", True), ("</s>", True), ("<mol>", False)]]
    steps = [{"type": "Prepend", "prepend": "\u2581"}, {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": {"type": "Sequence", "normalizers": steps} if scheme is None else None,
        "pre_tokenizer": None if scheme is None else {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": scheme, "split": False},
        "post_processor": None,
        "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": True, "byte_fallback": True, "ignore_merges": False, "vocab": pieces, "merges": [list(merge[:2]) for merge in merges]},
    }


# As published with meta-llama/Llama-2-7b-chat-hf.
LLAMA_2 = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}"
    "{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
)
CHATML = (
    "{%- for message in messages %}\n    {{- '<|im_start|>' + message.role + '\\n' + message.content | trim + '<|im_end|>\\n' }}\n{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}\n"
)


def chats():
    conversations = [
        [{"role": "user", "content": " What is aspirin? "}],
        [{"role": "system", "content": "Answer in one sentence."}, {"role": "user", "content": "What is aspirin?"}],
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": " Hello. "}, {"role": "user", "content": "What is β-catenin?\n"}],
    ]

    def raise_exception(message):
        raise ValueError(message)

    # The environment that transformers' utils/chat_template_utils.py makes.
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    environment.globals["raise_exception"] = raise_exception
    return [
        {"name": name, "template": template, "messages": messages_, "generation": generation,
         "text": environment.from_string(template).render(messages=messages_, add_generation_prompt=generation, bos_token="<s>", eos_token="</s>")}
        for name, template in [("llama-2", LLAMA_2), ("chatml", CHATML)] for messages_ in conversations for generation in [True, False]
    ]


main(pathlib.Path(sys.argv[1]))
