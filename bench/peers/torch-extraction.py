"""The extraction loop in Hugging Face transformers on CPU torch: the peer of bench/extraction.ts.

Documents sorted by length, a batch at a time: padded at the left through generate(), greedy, answers of a forced length; on the road that reads padded at
the right through the model without its head. Answers one JSON line for each line on standard input, the number of the run. Usage: torch-extraction.py fp32|bf16 TASK (torch 2.13.0, transformers 5.18)
"""
import json
import os
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"
dtype, task = sys.argv[1], json.loads(sys.argv[2])
import torch
import transformers

torch.set_num_threads(task["threads"])
reads = task["road"] == "read"
kind = transformers.BioGptModel if reads else transformers.BioGptForCausalLM
model = kind.from_pretrained(task["path"], dtype={"fp32": torch.float32, "bf16": torch.bfloat16}[dtype]).eval()
batch, new_tokens = task["batch"], task["newTokens"]

for line in sys.stdin:
    prompts = sorted(task["prompts"][int(line)], key=len)
    start = time.perf_counter()
    with torch.inference_mode():
        for first in range(0, len(prompts), batch):
            rows = prompts[first : first + batch]
            longest = max(len(row) for row in rows)
            if reads:
                ids = torch.tensor([row + [1] * (longest - len(row)) for row in rows])
                mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
                model(ids, attention_mask=mask, use_cache=False).last_hidden_state[:, longest // 2 :].float().numpy()
                continue
            ids = torch.tensor([[1] * (longest - len(row)) + row for row in rows])
            mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
            out = model.generate(ids, attention_mask=mask, do_sample=False, min_new_tokens=new_tokens, max_new_tokens=new_tokens, pad_token_id=1)
            if out.shape[1] != longest + new_tokens:
                raise RuntimeError(f"{out.shape[1] - longest} tokens were generated")
    print(json.dumps({"documentsPerMinute": 60 * len(prompts) / (time.perf_counter() - start)}), flush=True)
