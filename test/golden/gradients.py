"""Writes test/fixtures/training/gradients.json and loss-curve.json: what PyTorch gives for a tiny BioGPT.

Made with torch 2.13.0 and transformers 5.18.0, float64 for the gradients, float32 for the curve. Weights come from a formula that the
tests repeat (`weight` below and in src/training/golden-model.fixture.ts), so that no weight has to be stored.

    python3 test/golden/gradients.py
"""
import json
import math
import pathlib

import torch
from transformers import BioGptConfig, BioGptForCausalLM

SIZES = dict(num_hidden_layers=2, hidden_size=12, num_attention_heads=3, intermediate_size=20, vocab_size=23, max_position_embeddings=8)
OUT = pathlib.Path(__file__).parent.parent / "fixtures" / "training"


def weight(index: int, count: int, name: str) -> torch.Tensor:
    """Value i of tensor number `index` in the order of names below."""
    values = [0.3 * math.sin(1.7 * i + 0.9 * index + 0.013 * i * index) for i in range(count)]
    if name.endswith("layer_norm.weight"):
        values = [1 + v for v in values]
    return torch.tensor(values, dtype=torch.float64)


def model(dtype: torch.dtype) -> BioGptForCausalLM:
    config = BioGptConfig(**SIZES, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, activation_dropout=0.0, layerdrop=0.0, use_cache=False)
    made = BioGptForCausalLM(config).to(torch.float64).train()
    # transformers multiplies embeddings by sqrt(hidden_size); the head is tied.
    for index, (name, parameter) in enumerate(made.named_parameters()):
        parameter.data = weight(index, parameter.numel(), name).reshape(parameter.shape)
    return made.to(dtype)


def summed_loss(made, ids, labels):
    logits = made(input_ids=ids).logits
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100, reduction="sum")


def gradients() -> dict:
    made = model(torch.float64)
    batch, length = 3, 7
    # Never id 1: torch keeps the gradient of its padding row at zero; real batches have it where no loss flows.
    ids = torch.tensor([[2 + (5 * b + 3 * t * t + t) % 21 for t in range(length)] for b in range(batch)])
    labels = torch.tensor([[(7 * b + 2 * t * t + 1) % 23 for t in range(length)] for b in range(batch)])
    labels[1, 4:] = -100
    labels[2, 0] = -100
    loss = summed_loss(made, ids, labels)
    loss.backward()
    return {
        "ids": ids.tolist(),
        "labels": labels.tolist(),
        "loss": loss.item(),
        "order": [name for name, _ in made.named_parameters()],
        "gradients": {name: [float(f"{v:.8g}") for v in p.grad.flatten().tolist()] for name, p in made.named_parameters()},
    }


def curve(steps: int) -> dict:
    """fairseq's AdamW, written out: decay first, epsilon beside the uncorrected sqrt(v); gradients of the mean over tokens."""
    made = model(torch.float32)
    parameters = list(made.parameters())
    first = [torch.zeros_like(p) for p in parameters]
    second = [torch.zeros_like(p) for p in parameters]
    batch, length, rate, beta1, beta2, epsilon, decay = 4, 8, 3e-3, 0.9, 0.98, 1e-8, 0.01
    losses = []
    state = 12345
    for step in range(1, steps + 1):
        rows = []
        for _ in range(batch):
            state = (1103515245 * state + 12345) % 2**31
            start, stride = (state >> 16) % 23, 1 + (state >> 8) % 5
            rows.append([2 + (start + stride * t) % 21 for t in range(length + 1)])
        tokens = torch.tensor(rows)
        made.zero_grad()
        loss = summed_loss(made, tokens[:, :-1], tokens[:, 1:]) / (batch * length)
        loss.backward()
        losses.append(float(f"{loss.item():.8g}"))
        size = rate * math.sqrt(1 - beta2**step) / (1 - beta1**step)
        with torch.no_grad():
            for p, m, v in zip(parameters, first, second):
                m.mul_(beta1).add_(p.grad, alpha=1 - beta1)
                v.mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
                p.mul_(1 - rate * decay)
                p.addcdiv_(m, v.sqrt().add_(epsilon), value=-size)
    return {"batch": batch, "length": length, "learningRate": rate, "weightDecay": decay, "losses": losses}


OUT.mkdir(parents=True, exist_ok=True)
(OUT / "gradients.json").write_text(json.dumps(gradients()))
(OUT / "loss-curve.json").write_text(json.dumps(curve(200)))
