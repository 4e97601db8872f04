"""The embedded models as transformers computes them: logits, log-likelihoods, greedy and beam continuations of fixed prompts.

Made with transformers 5.18.0 and torch 2.13.0 (CPU, float32 arithmetic on the float16 weights of the files), after each change of models/:
    python3 test/golden/embedded-models.py > test/fixtures/models/embedded.json

Prompts are written as token ids by our own tokenizer (`npx biogpt tokenize --special --format ids`), which the script calls; texts are
fixed here. transformers' beam search: num_beams 5, early_stopping, length_penalty 1; its score is the sum of the generated tokens'
log-probabilities divided by their number.
"""
import json
import os
import subprocess
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from transformers import BioGptForCausalLM

TEXTS = {
    "biogpt-mini": ["COVID-19 is", "Patients with type 2 diabetes mellitus were", "The expression of p53 in"],
    "biogpt-mini-bc5cdr": ["naloxone reverses the antihypertensive effect of clonidine."],
}
NEW_TOKENS = 40


def folder(name):
    """Fine-tuned to write relations: a fixture of the tests, no model of the package."""
    return f"models/{name}" if name == "biogpt-mini" else f"test/fixtures/models/{name}"


def encode(model, text):
    out = subprocess.run(["node", "dist/cli/main.js", "tokenize", "--tokenizer", folder(model), "--special"], input=text + "\n", capture_output=True, text=True, check=True).stdout
    return [int(word) for word in out.replace("[", " ").replace("]", " ").replace(",", " ").split()]


cases = []
with torch.inference_mode():
    for name, texts in TEXTS.items():
        model = BioGptForCausalLM.from_pretrained(folder(name), dtype=torch.float32).eval()
        for text in texts:
            prompt = encode(name, text)
            ids = torch.tensor([prompt])
            logits = model(ids).logits[0]
            log_probabilities = torch.log_softmax(logits, -1)
            common = dict(attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=NEW_TOKENS, pad_token_id=1)
            greedy = model.generate(ids, **common)[0, len(prompt) :]
            beam = model.generate(ids, num_beams=5, early_stopping=True, output_scores=True, return_dict_in_generate=True, **common)
            best = beam.sequences[0, len(prompt) :]
            while len(best) > 0 and best[-1] == 1:
                best = best[:-1]
            cases.append({
                "model": name,
                "prompt": text,
                "promptIds": prompt,
                "logLikelihood": round(float(sum(log_probabilities[i, prompt[i + 1]] for i in range(len(prompt) - 1))), 4),
                "logits": {str(at): [round(float(x), 4) for x in logits[at, :8]] for at in (0, len(prompt) - 1)},
                "greedy": {"ids": greedy.tolist()},
                "beam5": {"ids": best.tolist(), "score": round(float(beam.sequences_scores[0]), 6)},
            })
        print(f"{name}: {len(texts)} prompts", file=sys.stderr)
print(json.dumps(cases))
