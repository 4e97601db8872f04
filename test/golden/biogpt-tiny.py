"""Tiny BioGPTs with odd sizes, as transformers computes them: logits, padded batches, greedy and beam continuations.

Made with transformers 5.18.0 and torch 2.13.0 (CPU, float32):
    python3 test/golden/biogpt-tiny.py > test/fixtures/models/biogpt-tiny.json

Weights are not stored: element i of parameter p is 0.9 * (fraction(43758.5453 * sin(12.9898 * (i + 1) + 78.233 * (p + 1))) - 0.5),
norm gains plus 1, with parameters counted in the order of `state_dict()`, the tied head left out. The test fills its own
with the same formula.
"""
import json
import sys

import torch
from transformers import BioGptConfig, BioGptForCausalLM

CONFIGS = {
    "25 heads of 2, odd vocabulary": dict(hidden_size=50, num_attention_heads=25, num_hidden_layers=2, intermediate_size=71, vocab_size=61, max_position_embeddings=40),
    "one layer, three heads of 8, untied head": dict(hidden_size=24, num_attention_heads=3, num_hidden_layers=1, intermediate_size=17, vocab_size=97, max_position_embeddings=33, tie_word_embeddings=False),
    "three layers, one head, no scale, relu": dict(hidden_size=16, num_attention_heads=1, num_hidden_layers=3, intermediate_size=64, vocab_size=33, max_position_embeddings=64, scale_embedding=False, hidden_act="relu"),
}


def fill(model):
    names = [n for n in model.state_dict() if n != "output_projection.weight" or not model.config.tie_word_embeddings]
    for p, name in enumerate(names):
        tensor = model.state_dict()[name]
        i = torch.arange(tensor.numel(), dtype=torch.float64)
        values = 43758.5453 * torch.sin(12.9898 * (i + 1) + 78.233 * (p + 1))
        values = 0.9 * (values - torch.floor(values) - 0.5)
        if name.endswith("norm.weight"):
            values = values + 1
        tensor.copy_(values.reshape(tensor.shape).float())
    return names


def rounded(tensor):
    return [round(float(x), 6) for x in tensor.flatten()]


results = []
for name, sizes in CONFIGS.items():
    config = BioGptConfig(**sizes, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, layer_norm_eps=1e-12)
    model = BioGptForCausalLM(config).eval()
    with torch.no_grad():
        names = fill(model)
        V = config.vocab_size
        prompts = [[2, 5, 9, 11, 4], [2, 30, 7], [2] + [3 + (7 * k) % (V - 4) for k in range(12)]]
        logits = [rounded(model(torch.tensor([ids])).logits[0, -1]) for ids in prompts]
        first = rounded(model(torch.tensor([prompts[2]])).logits[0, 0])
        longest = max(map(len, prompts))
        padded = torch.tensor([[1] * (longest - len(ids)) + ids for ids in prompts])
        mask = torch.tensor([[0] * (longest - len(ids)) + [1] * len(ids) for ids in prompts])
        common = dict(input_ids=padded, attention_mask=mask, pad_token_id=1, eos_token_id=2, bos_token_id=0, max_new_tokens=12)

        def generated(**options):
            out = model.generate(**common, **options, return_dict_in_generate=True, output_scores=True)
            rows = [row[longest:].tolist() for row in out.sequences]
            # Padding after the end is transformers' own.
            rows = [row[: row.index(2) + 1] if 2 in row else row for row in rows]
            scores = rounded(out.sequences_scores) if "sequences_scores" in out else None
            return {"ids": rows, "scores": scores}

        results.append(
            {
                "name": name,
                "config": json.loads(config.to_json_string(use_diff=False)),
                "tensors": names,
                "prompts": prompts,
                "lastLogits": logits,
                "firstLogits": first,
                "greedy": generated(do_sample=False),
                "beam3": generated(do_sample=False, num_beams=3, num_return_sequences=3, early_stopping=True),
                "beam4penalty": generated(do_sample=False, num_beams=4, length_penalty=0.5, early_stopping=False),
            }
        )
json.dump({"made with": f"torch {torch.__version__}", "cases": results}, sys.stdout, separators=(",", ":"))
