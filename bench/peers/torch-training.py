"""One training step of BioGPT's architecture in PyTorch, eager: the peer of bench/training.ts.

Prints one JSON line for each measured step when it reads a line on standard input, so that the two can take turns on one
machine: {"tokensPerSecond": ..., "loss": ...}. Usage: torch-training.py SHAPE fp32|bf16
"""
import json
import sys
import time

import torch
from transformers import BioGptConfig, BioGptForCausalLM

SHAPES = {
    "d256l6": (dict(num_hidden_layers=6, hidden_size=256, num_attention_heads=4, intermediate_size=1024, vocab_size=8192), 16, 256),
    "d384l8": (dict(num_hidden_layers=8, hidden_size=384, num_attention_heads=6, intermediate_size=1536, vocab_size=8192), 16, 256),
    "biogpt": (dict(num_hidden_layers=24, hidden_size=1024, num_attention_heads=16, intermediate_size=4096, vocab_size=42384), 1, 256),
}
shape, dtype = sys.argv[1], sys.argv[2]
sizes, batch, length = SHAPES[shape]
config = BioGptConfig(**sizes, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, activation_dropout=0.0, layerdrop=0.0, use_cache=False)
torch.manual_seed(1)
model = BioGptForCausalLM(config).train()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01)

for line in sys.stdin:
    ids = torch.randint(0, sizes["vocab_size"], (batch, length))
    start = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bf16"):
        loss = model(input_ids=ids, labels=ids).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    seconds = time.perf_counter() - start
    print(json.dumps({"tokensPerSecond": batch * length / seconds, "loss": loss.item()}), flush=True)
