"""Tiny BioMedGPTs: a Llama and an ESM-2 as transformers computes them, GraphMVP's GIN in torch, spliced as the code of BioMedGPT-10B does.

Made with transformers 5.18.0, torch 2.13.0 and sentencepiece 0.2.2 (CPU, float32):
    python3 test/golden/biomedgpt-tiny.py test/fixtures/checkpoints/biomedgpt-tiny.pth > test/fixtures/models/biomedgpt-tiny.json

Weights are not stored: each follows from its name without the prefix of its part (FNV-1a of it seeds mulberry32; see `fill`), and the tests make
them by the same rule. The .pth holds those of the case "file", half of them in half precision, as torch.save writes them.
"""
import json
import sys

import sentencepiece
import torch
from transformers import EsmConfig, EsmModel, LlamaConfig, LlamaForCausalLM

S1 = "You are working as an excellent assistant in chemistry and molecule discovery. Below a human expert gives the representation of a molecule or a protein. Answer questions about it. "
GRAPHS = {g["smiles"]: g for g in json.load(open("test/fixtures/molecules/graphs.json"))}
VOCABULARY = "<cls> <pad> <eos> <unk> L A G V S E R T I D P K Q N F Y M H W C X B U Z O . - <null_1> <mask>".split()
M32 = 0xFFFFFFFF
torch.set_num_threads(1)


def fill(name, shape):
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & M32
    count = 1
    for size in shape:
        count *= size
    a, values = seed, []
    for _ in range(count):
        a = (a + 0x6D2B79F5) & M32
        t = ((a ^ (a >> 15)) * (a | 1)) & M32
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & M32)) & M32
        values.append(2 * (((t ^ (t >> 14)) & M32) / 2**32) - 1)
    u = torch.tensor(values, dtype=torch.float64).reshape(shape)
    lower = name.lower()
    if name.endswith("running_var"):
        u = 1 + 0.5 * u
    elif len(shape) == 1 and ("norm" in lower) and name.endswith("weight"):
        u = 1 + 0.1 * u
    elif len(shape) == 1:
        u = 0.1 * u
    elif "embed" not in lower:
        u = u * (3 / shape[-1]) ** 0.5
    return u.float()


class Gin(torch.nn.Module):
    """As the specification has it: loops of type 4, sums, an MLP, batch norm of evaluation, no ReLU at the end."""

    def __init__(self, width, layers):
        super().__init__()
        self.x_embedding1 = torch.nn.Embedding(120, width)
        self.x_embedding2 = torch.nn.Embedding(3, width)
        self.gnns = torch.nn.ModuleList()
        for _ in range(layers):
            layer = torch.nn.Module()
            layer.mlp = torch.nn.Sequential(torch.nn.Linear(width, 2 * width), torch.nn.ReLU(), torch.nn.Linear(2 * width, width))
            layer.edge_embedding1 = torch.nn.Embedding(6, width)
            layer.edge_embedding2 = torch.nn.Embedding(3, width)
            self.gnns.append(layer)
        self.batch_norms = torch.nn.ModuleList([torch.nn.BatchNorm1d(width) for _ in range(layers)])

    def forward(self, smiles):
        graph = GRAPHS[smiles]
        h = torch.stack([self.x_embedding1.weight[t] + self.x_embedding2.weight[c] for t, c in graph["atoms"]])
        for l, layer in enumerate(self.gnns):
            e1, e2 = layer.edge_embedding1.weight, layer.edge_embedding2.weight
            a = h + e1[4] + e2[0]
            for u, v, t, d in graph["bonds"]:
                a = a.index_add(0, torch.tensor([u, v]), torch.stack([h[v], h[u]]) + e1[t] + e2[d])
            h = self.batch_norms[l](layer.mlp(a))
            if l + 1 < len(self.gnns):
                h = torch.relu(h)
        return h


def round_to(tensor, dtype):
    return tensor.to(dtype).float()


def build(llama, esm, gin, rows, half, frequencies):
    """The parts, and their tensors by the names of the file."""
    torch.manual_seed(0)
    llm = LlamaForCausalLM(LlamaConfig(**{**llama, "vocab_size": rows}, bos_token_id=1, eos_token_id=2, pad_token_id=0, attn_implementation="eager")).eval()
    protein = EsmModel(EsmConfig(**esm, attn_implementation="eager"), add_pooling_layer=False).eval()
    molecule = Gin(*gin).eval()
    C = llama["hidden_size"]
    proj_mol, proj_prot = torch.nn.Linear(gin[0], C), torch.nn.Linear(esm["hidden_size"], C)
    parts = {"llm.": llm, "prot_structure_encoder.": protein, "mol_structure_encoder.": molecule}
    tensors = {}
    with torch.no_grad():
        for prefix, module in parts.items():
            dtype = torch.float16 if half and prefix != "mol_structure_encoder." else torch.float32
            for name, tensor in module.state_dict().items():
                if name.endswith(("inv_freq", "position_ids", "num_batches_tracked")):
                    continue
                tensor.copy_(round_to(fill(name, list(tensor.shape)), dtype))
                tensors[prefix + name] = tensor.to(dtype)
        for name, module in {"proj_mol": proj_mol, "proj_prot": proj_prot}.items():
            for part, tensor in module.state_dict().items():
                tensor.copy_(fill(f"{name}.{part}", list(tensor.shape)))
                tensors[f"{name}.{part}"] = tensor
        for name, buffer in protein.named_buffers():
            if name.endswith("inv_freq"):
                buffer.copy_(round_to(buffer, torch.float16) if frequencies != "none" else buffer)
                if frequencies == "layers":
                    for layer in range(esm["num_hidden_layers"]):
                        tensors[f"prot_structure_encoder.encoder.layer.{layer}.attention.self.rotary_embeddings.inv_freq"] = buffer.to(torch.float16)
                elif frequencies == "once":
                    tensors["prot_structure_encoder.rotary_embeddings.inv_freq"] = buffer.clone()
    return llm, protein, molecule, proj_mol, proj_prot, tensors


def rounded(tensor):
    return [round(float(x), 6) for x in tensor.flatten()]


def residue_ids(sequence):
    return [0, *(VOCABULARY.index(r) for r in sequence), 2]


def embed(parts, segments):
    """Segments: lists of ids, ("molecule", SMILES), ("protein", ids)."""
    llm, protein, molecule, proj_mol, proj_prot, _ = parts
    rows = []
    for segment in segments:
        if isinstance(segment, list):
            rows.append(llm.get_input_embeddings()(torch.tensor(segment, dtype=torch.long)))
        elif segment[0] == "molecule":
            rows.append(proj_mol(molecule(segment[1])))
        else:
            rows.append(proj_prot(protein(torch.tensor([segment[1]])).last_hidden_state[0]))
    return torch.cat(rows)[None]


def continued(llm, x, count, banned=()):
    """Greedy, by recomputing everything at each step; `banned` ids are rows that have no name."""
    ids, first = [], None
    for _ in range(count):
        logits = llm(inputs_embeds=x).logits[0, -1]
        first = logits.clone() if first is None else first
        for id in banned:
            logits[id] = -float("inf")
        ids.append(int(logits.argmax()))
        if ids[-1] == 2:
            break
        x = torch.cat([x, llm.get_input_embeddings()(torch.tensor([[ids[-1]]]))], 1)
    return first, ids


SIZES = {
    "specification": dict(
        llama=dict(vocab_size=64, hidden_size=32, intermediate_size=88, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=4, rms_norm_eps=1e-6, max_position_embeddings=64),
        esm=dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64),
        gin=(16, 5), rows=64, half=False, frequencies="none",
    ),
    "half precision, a row for [PAD], grouped heads, frequencies in every layer": dict(
        llama=dict(vocab_size=480, hidden_size=48, intermediate_size=80, num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2, rms_norm_eps=1e-5, max_position_embeddings=1024),
        esm=dict(hidden_size=40, num_hidden_layers=3, num_attention_heads=4, intermediate_size=72),
        gin=(12, 3), rows=481, half=True, frequencies="layers",
    ),
    "file": dict(
        llama=dict(vocab_size=480, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2, rms_norm_eps=1e-6, max_position_embeddings=1024),
        esm=dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=24),
        gin=(8, 2), rows=481, half=True, frequencies="once",
    ),
}
ESM = dict(vocab_size=33, mask_token_id=32, pad_token_id=1, token_dropout=True, position_embedding_type="rotary", emb_layer_norm_before=False, layer_norm_eps=1e-5, max_position_embeddings=1026, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
CHAIN = [0, 20, 5, 15, 9, 13, 2]
SPLICES = [
    [[1, 10, 11], ("molecule", "CCO"), [12, 13]],
    [[1, 10, 11], ("protein", CHAIN), [12, 13]],
    [[1, 10], ("protein", CHAIN), [12, 13], ("molecule", "N[C@@H](C)C(=O)O"), [7], ("molecule", "F/C=C/F"), [30, 31]],
]
QUESTIONS = [
    dict(question="Please describe this molecule.", attachments=[("molecule", "Cn1cnc2c1c(=O)n(C)c(=O)n2C")], answer="It is a drug."),
    dict(question="What is the function of this protein?", attachments=[("protein", "MAKEDTLEFPG")], answer="It binds DNA."),
    dict(question="Do they bind?", attachments=[("protein", "MAKED"), ("molecule", "CCO"), ("molecule", "O=c1cc[nH]cc1")], answer="No."),
    dict(question="What is aspirin?", attachments=[], answer="A drug."),
]
TAGS = {"molecule": ("<molecule>", "</molecule>"), "protein": ("<protein>", "</protein>")}


def prompt_of(question, attachments):
    """The prompt of 2023's code, cut at its placeholders; consecutive attachments are messages of their own."""
    prompt = S1 + "### "
    messages = [f"{TAGS[kind][0]}\0{TAGS[kind][1]}" for kind, _ in attachments]
    if messages:
        messages[-1] += " " + question
    else:
        messages = [question]
    for message in messages:
        prompt += f"Human: {message} ### "
    return (prompt + "Assistant: ").split("\0")


pieces = sentencepiece.SentencePieceProcessor(model_file="test/fixtures/tokenizers/tokenizer.model")
results = []
with torch.no_grad():
    for name, sizes in SIZES.items():
        sizes = {**sizes, "esm": {**ESM, **sizes["esm"]}}
        parts = build(**sizes)
        llm, protein, molecule, proj_mol, proj_prot, tensors = parts
        case = {
            "name": name,
            "llama": {"model_type": "llama", "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, "hidden_act": "silu", "rope_theta": 10000.0, "tie_word_embeddings": False, **sizes["llama"]},
            "esm": {"model_type": "esm", **sizes["esm"]},
            "tensors": [[n, list(t.shape), str(t.dtype).split(".")[1]] for n, t in tensors.items()],
            "encoded": [],
            "splices": [],
            "questions": [],
        }
        if name == "file":
            case["tensors"] = []
            torch.save(tensors, sys.argv[1])
        else:
            for smiles in ["CCO", "C", "F/C=C/F", "F\\C=C\\F", "N[C@@H](C)C(=O)O", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "[Na+].[Cl-]", "*C"]:
                h = molecule(smiles)
                case["encoded"].append({"molecule": smiles, "first": rounded(h[0]), "last": rounded(h[-1]), "sum": float(h.double().sum())})
            for ids in [CHAIN, [0, 20, 32, 15, 32, 13, 2], [0, *[4 + i * 7 % 20 for i in range(150)], 2]]:
                h = protein(torch.tensor([ids])).last_hidden_state[0]
                case["encoded"].append({"protein": ids, "first": rounded(h[0]), "last": rounded(h[-1]), "sum": float(h.double().sum())})
            batch = torch.tensor([[0, 20, 32, 15, 9, 13, 2], [0, 20, 15, 2, 1, 1, 1]])
            h = protein(batch, attention_mask=(batch != 1).long()).last_hidden_state
            case["padded"] = {"ids": [[0, 20, 32, 15, 9, 13, 2], [0, 20, 15, 2]], "first": [rounded(row[0]) for row in h]}
            for segments in SPLICES:
                x = embed(parts, segments)
                first, ids = continued(llm, x, 8)
                case["splices"].append({"segments": [s if isinstance(s, list) else {s[0]: s[1]} for s in segments], "positions": x.shape[1], "logits": rounded(first), "greedy": ids})
        if sizes["llama"]["vocab_size"] == 480:
            for question in QUESTIONS:
                texts = prompt_of(question["question"], question["attachments"])
                segments = [[1] + pieces.encode(texts[0])]
                for (kind, value), text in zip(question["attachments"], texts[1:]):
                    segments += [(kind, residue_ids(value) if kind == "protein" else value), pieces.encode(text)]
                x = embed(parts, segments)
                _, ids = continued(llm, x, 12, banned=[480])
                answer = pieces.encode(question["answer"])
                whole = torch.cat([x, llm.get_input_embeddings()(torch.tensor([answer]))], 1)
                logp = torch.log_softmax(llm(inputs_embeds=whole).logits[0].double(), -1)
                likelihood = sum(float(logp[x.shape[1] - 1 + i, id]) for i, id in enumerate(answer))
                flat = [id for s in segments for id in (s if isinstance(s, list) else [-1])]
                case["questions"].append({**question, "promptIds": flat, "positions": x.shape[1], "greedy": ids, "answerLogLikelihood": likelihood})
        results.append(case)
print(json.dumps({"made": "test/golden/biomedgpt-tiny.py", "cases": results}))
