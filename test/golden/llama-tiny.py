"""Tiny Llamas, Mistrals and Qwens of odd sizes, as transformers computes them: logits, padded batches, greedy and beam continuations.

Made with transformers 5.18.0 and torch 2.13.0 (CPU, float32):
    python3 test/golden/llama-tiny.py > test/fixtures/models/llama-tiny.json

Weights are not stored: element i of parameter p is scale * (fraction(43758.5453 * sin(12.9898 * (i + 1) + 78.233 * (p + 1))) - 0.5),
scale 0.9, norm gains plus 1, with parameters counted in the order of `state_dict()`, the tied head left out. The test fills its own with the
same formula. A dtype rounds the weights, which are then computed with in float32, as we do.
"""
import json
import sys

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config

SIZES = dict(hidden_size=24, num_attention_heads=4, num_key_value_heads=4, num_hidden_layers=2, intermediate_size=36, vocab_size=61, max_position_embeddings=40, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2, pad_token_id=0)
LLAMA3 = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}
CASES = {
    "every head its own keys": (LlamaConfig, {}, "float32"),
    "grouped heads, three layers, tied": (LlamaConfig, dict(num_key_value_heads=2, num_hidden_layers=3, tie_word_embeddings=True), "float32"),
    "heads wider than their share, one of keys": (LlamaConfig, dict(head_dim=10, num_key_value_heads=1), "float32"),
    "heads of 8, biases everywhere, epsilon 1e-3, theta 500": (LlamaConfig, dict(hidden_size=32, attention_bias=True, mlp_bias=True, rms_norm_eps=1e-3, rope_parameters={"rope_type": "default", "rope_theta": 500.0}), "float32"),
    "half precision": (LlamaConfig, dict(num_key_value_heads=2), "float16"),
    "bfloat16": (LlamaConfig, dict(num_key_value_heads=2), "bfloat16"),
    "positions pressed together": (LlamaConfig, dict(rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.5}), "float32"),
    "positions of Llama 3": (LlamaConfig, dict(hidden_size=64, rope_parameters=LLAMA3), "float32"),
    "Mistral": (MistralConfig, dict(num_key_value_heads=2, head_dim=8, sliding_window=None), "float32"),
    "Mistral with a window": (MistralConfig, dict(num_key_value_heads=2, sliding_window=30), "float32"),
    "Qwen2": (Qwen2Config, dict(num_key_value_heads=2), "float32"),
    "Qwen3": (Qwen3Config, dict(num_key_value_heads=2, head_dim=12, tie_word_embeddings=True), "float32"),
}


def fill(model, dtype):
    tied = model.config.tie_word_embeddings
    names = [n for n in model.state_dict() if n != "lm_head.weight" or not tied]
    for p, name in enumerate(names):
        tensor = model.state_dict()[name]
        i = torch.arange(tensor.numel(), dtype=torch.float64)
        values = 43758.5453 * torch.sin(12.9898 * (i + 1) + 78.233 * (p + 1))
        values = 0.9 * (values - torch.floor(values) - 0.5)
        if name.endswith("norm.weight"):
            values = values + 1
        tensor.copy_(values.reshape(tensor.shape).float().to(getattr(torch, dtype)).float())
    return names


def rounded(tensor):
    return [round(float(x), 6) for x in tensor.flatten()]


results = []
for name, (Config, sizes, dtype) in CASES.items():
    config = Config(**{**SIZES, **sizes})
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval().float()
    with torch.no_grad():
        names = fill(model, dtype)
        V = config.vocab_size
        prompts = [[1, 5, 9, 11, 4], [1, 30, 7], [1] + [3 + (7 * k) % (V - 4) for k in range(14)]]
        logits = [rounded(model(torch.tensor([ids])).logits[0, -1]) for ids in prompts]
        first = rounded(model(torch.tensor([prompts[2]])).logits[0, 0])
        hidden = model(torch.tensor([prompts[0]]), output_hidden_states=True).hidden_states
        longest = max(map(len, prompts))
        padded = torch.tensor([[0] * (longest - len(ids)) + ids for ids in prompts])
        mask = torch.tensor([[0] * (longest - len(ids)) + [1] * len(ids) for ids in prompts])
        common = dict(input_ids=padded, attention_mask=mask, pad_token_id=0, eos_token_id=2, bos_token_id=1, max_new_tokens=12)

        def generated(**options):
            out = model.generate(**common, **options, return_dict_in_generate=True, output_scores=True)
            rows = [row[longest:].tolist() for row in out.sequences]
            # Padding after the end is transformers' own.
            rows = [row[: row.index(2) + 1] if 2 in row else row for row in rows]
            scores = rounded(out.sequences_scores) if "sequences_scores" in out else None
            return {"ids": rows, "scores": scores}

        labels = torch.tensor([prompts[2]])
        loss = float(model(labels, labels=labels).loss)
        written = json.loads(config.to_json_string(use_diff=False))
        results.append(
            {
                "name": name,
                "dtype": dtype,
                "config": {key: value for key, value in written.items() if key not in ("transformers_version", "architectures", "id2label", "label2id")},
                "tensors": names,
                "prompts": prompts,
                "lastLogits": logits,
                "firstLogits": first,
                "loss": round(loss, 6),
                "hidden": [rounded(layer[0, -1]) for layer in hidden],
                "greedy": generated(do_sample=False),
                "beam3": generated(do_sample=False, num_beams=3, num_return_sequences=3, early_stopping=True),
                "beam4penalty": generated(do_sample=False, num_beams=4, length_penalty=0.5, early_stopping=False),
            }
        )
json.dump({"made with": f"torch {torch.__version__}", "cases": results}, sys.stdout, separators=(",", ":"))
