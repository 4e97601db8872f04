"""Hugging Face transformers on CPU torch, as bench/compare.ts asks for it (bench/peers/task.ts has the two types).

Reads the very checkpoint that ours reads. Decoding feeds fixed tokens with past_key_values; beam search is generate()'s own with the
end held off. Pinned, since their speed changes from release to release: torch 2.13.0, transformers 5.18.
"""
import json
import os
import statistics
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"
PINNED = {"torch": "2.13.0", "transformers": "5.18"}

task = json.loads(sys.argv[1])
import torch
import transformers

versions = {"torch": torch.__version__, "transformers": transformers.__version__}
if task.get("prepare"):
    other = [f"{name} {versions[name]}" for name in PINNED if not versions[name].startswith(PINNED[name])]
    if other:
        print(f"measured with {', '.join(other)}, pinned are {PINNED}", file=sys.stderr)
    print(json.dumps({}))
    sys.exit()

torch.set_num_threads(task["threads"])
context, steps, repetitions = task["context"], task["steps"], task["repetitions"]
vocabulary = task["shape"]["vocabularySize"]
prompt = torch.tensor([[4 + i * 7919 % (vocabulary - 4) for i in range(max(context, task["beamContext"]))]])


def timed(prepare, work):
    """Median seconds, after one run that does not count."""
    seconds = []
    for i in range(-1, repetitions):
        state = prepare()
        start = time.perf_counter()
        work(state)
        if i >= 0:
            seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


with torch.inference_mode():
    start = time.perf_counter()
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[task["precision"]]
    model = transformers.BioGptForCausalLM.from_pretrained(task["path"], dtype=dtype).eval()
    model(input_ids=prompt[:, :16], use_cache=True, logits_to_keep=1)
    metrics = {"load": time.perf_counter() - start}

    metrics["prefill"] = context / timed(lambda: None, lambda _: model(input_ids=prompt[:, :context], use_cache=True, logits_to_keep=1))

    for batch in task["batches"]:

        def cached():
            cache = model(input_ids=prompt[:, :context], use_cache=True, logits_to_keep=1).past_key_values
            cache.batch_repeat_interleave(batch)
            return cache

        def decode(cache):
            for step in range(steps):
                tokens = torch.tensor([[5 + step + row] for row in range(batch)])
                model(input_ids=tokens, past_key_values=cache, use_cache=True)
            if cache.get_seq_length() != context + steps:
                raise RuntimeError(f"the cache holds {cache.get_seq_length()} tokens, not {context + steps}")

        metrics[f"decode {batch}"] = batch * steps / timed(cached, decode)

    if task["beams"]:
        ids = prompt[:, : task["beamContext"]]

        def search(_):
            out = model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                num_beams=task["beams"],
                min_new_tokens=steps,
                max_new_tokens=steps,
                do_sample=False,
            )
            if out.shape[1] != ids.shape[1] + steps:
                raise RuntimeError(f"beam search gave {out.shape[1]} tokens")

        metrics["beam"] = steps / timed(lambda: None, search)

with open("/proc/self/status") as status:
    metrics["memory"] = 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(json.dumps(metrics))
