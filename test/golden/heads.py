"""Heads of tiny BioGPTs as transformers computes them: hidden states of every layer, logits of a tagger and of a classifier, losses, gradients.

Made with transformers 5.19.0 and torch 2.13.0 (CPU, float32):
    python3 test/golden/heads.py > test/fixtures/models/heads.json

Weights are not stored: value i of tensor number k of `state_dict()` is 0.3 sin(1.7 i + 0.9 k + 0.013 i k), and one more for gains of norms.
The test fills its own with the same formula.
"""
import json
import sys

import torch
from transformers import BioGptConfig, BioGptForSequenceClassification, BioGptForTokenClassification

SIZES = dict(hidden_size=12, num_attention_heads=3, num_hidden_layers=2, intermediate_size=20, vocab_size=23, max_position_embeddings=16)
CLASSES = 5
PAD = 1


def fill(model):
    order = list(model.state_dict())
    for k, name in enumerate(order):
        tensor = model.state_dict()[name]
        i = torch.arange(tensor.numel(), dtype=torch.float64)
        values = 0.3 * torch.sin(1.7 * i + 0.9 * k + 0.013 * i * k)
        if name.endswith("norm.weight"):
            values = values + 1
        tensor.copy_(values.reshape(tensor.shape).float())
    return order


def rounded(tensor):
    return [round(float(x), 6) for x in tensor.flatten()]


config = BioGptConfig(**SIZES, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, num_labels=CLASSES, pad_token_id=PAD)
texts = [[2, 5, 9, 11, 4, 7], [2, 20, 7]]
longest = max(map(len, texts))
ids = torch.tensor([text + [PAD] * (longest - len(text)) for text in texts])
mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in texts])

tagger = BioGptForTokenClassification(config).eval()
with torch.no_grad():
    tagger_order = fill(tagger)
labels = torch.tensor([[-100, 0, 1, 2, 0, 3], [-100, 4, 0, -100, -100, -100]])
out = tagger(ids, attention_mask=mask, labels=labels, output_hidden_states=True)
out.loss.backward()
parameters = dict(tagger.named_parameters())
token = dict(
    order=tagger_order,
    labels=labels.tolist(),
    hidden=[[rounded(state[b, : len(text)]) for b, text in enumerate(texts)] for state in out.hidden_states],
    logits=[rounded(out.logits[b, : len(text)]) for b, text in enumerate(texts)],
    loss=float(out.loss),
    gradients={name: rounded(parameters[name].grad) for name in ["classifier.weight", "classifier.bias", "biogpt.layer_norm.weight", "biogpt.layers.0.fc1.weight", "biogpt.embed_tokens.weight"]},
)

classifier = BioGptForSequenceClassification(config).eval()
with torch.no_grad():
    classifier_order = fill(classifier)
classes = torch.tensor([3, 1])
out = classifier(ids, attention_mask=mask, labels=classes)
out.loss.backward()
parameters = dict(classifier.named_parameters())
sequence = dict(
    order=classifier_order,
    labels=classes.tolist(),
    logits=[rounded(row) for row in out.logits],
    loss=float(out.loss),
    gradients={name: rounded(parameters[name].grad) for name in ["score.weight", "biogpt.layers.1.self_attn.q_proj.weight"]},
)
json.dump(dict(texts=texts, classes=CLASSES, token=token, sequence=sequence), sys.stdout)
