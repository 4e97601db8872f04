"""Makes test/fixtures/generation/*.json with transformers 5.18 and torch 2.13: beam search and logit processors over a fake model.

The fake model's logits are table[last token] * (1 + 0.07 * length), so that a TypeScript test can compute them too and no two histories tie.

    python3 test/golden/generation.py
"""

import itertools
import json
import pathlib
import sys

import torch
import transformers
from transformers import GPT2Config, GenerationMixin, PreTrainedModel
from transformers.generation import logits_process
from transformers.modeling_outputs import CausalLMOutput

OUT = pathlib.Path(__file__).parent.parent / "fixtures" / "generation"
V, END, PAD = 10, 1, 0
torch.manual_seed(7)


class TableModel(PreTrainedModel, GenerationMixin):
    config_class = GPT2Config
    main_input_name = "input_ids"

    def __init__(self, config, table):
        super().__init__(config)
        self.table = torch.nn.Parameter(table)
        self.post_init()

    def _init_weights(self, module):
        pass

    def forward(self, input_ids, attention_mask=None, **_):
        length = torch.arange(1, input_ids.shape[1] + 1, dtype=torch.float32)
        return CausalLMOutput(logits=self.table[input_ids] * (1 + 0.07 * length[None, :, None]))

    def prepare_inputs_for_generation(self, input_ids, **_):
        return {"input_ids": input_ids}


def search(model, prompts, beams, early, penalty, longest, **more):
    out = model.generate(
        torch.tensor(prompts), num_beams=beams, num_return_sequences=beams, early_stopping=early, length_penalty=penalty,
        max_new_tokens=longest, eos_token_id=END, pad_token_id=PAD, use_cache=False, do_sample=False,
        return_dict_in_generate=True, output_scores=True, **more)
    results = []
    for ids, score in zip(out.sequences.tolist(), out.sequences_scores.tolist()):
        ids = ids[len(prompts[0]):]
        results.append([ids[: ids.index(END) + 1] if END in ids else ids, round(score, 6)])
    return [results[i * beams : (i + 1) * beams] for i in range(len(prompts))]


def beam_cases():
    cases = []
    for seed, ending in [(1, 0.0), (2, 1.0), (3, 2.0)]:
        generator = torch.Generator().manual_seed(seed)
        table = (torch.randn(V, V, generator=generator) * 1.5)
        table[:, END] += ending
        table = (table * 10000).round() / 10000
        model = TableModel(GPT2Config(vocab_size=V, n_positions=64, n_embd=4, n_layer=1, n_head=1, bos_token_id=2, eos_token_id=END), table)
        model.eval()
        prompts = [[2, 3, 4], [2, 9, 9], [2, 5, 1]]
        grid = [(b, e, p, n) for b, e, p, n in itertools.product([2, 3, 5], [True, False, "never"], [-1.0, 0.0, 0.6, 1.0, 2.0], [6, 12])]
        runs = []
        for i, (beams, early, penalty, longest) in enumerate(grid):
            if i % 3 != seed % 3:
                continue
            more = [{}, {"min_new_tokens": 4}, {"repetition_penalty": 1.4}, {"no_repeat_ngram_size": 2}, {"suppress_tokens": [PAD, 7]},
                    {"bad_words_ids": [[4, 5], [6]]}][i // 3 % 6]
            runs.append({"beams": beams, "earlyStopping": early, "lengthPenalty": penalty, "maxNewTokens": longest, **more,
                         "results": search(model, prompts, beams, early, penalty, longest, **more)})
        cases.append({"table": [[round(x, 4) for x in row] for row in table.tolist()], "prompts": prompts, "runs": runs})
    return cases


def processor_cases():
    generator = torch.Generator().manual_seed(11)
    cases = []
    for _ in range(4):
        row = ((torch.randn(1, 40, generator=generator) * 2) * 100).round() / 100  # two decimals, so that some logits are equal
        ids = torch.randint(0, 40, (1, 12), generator=generator)
        ids = torch.cat([ids, ids[:, :3]], dim=1)
        for name, setting, processor in [
            ("topK", 1, logits_process.TopKLogitsWarper(1)), ("topK", 7, logits_process.TopKLogitsWarper(7)),
            ("topP", 0.05, logits_process.TopPLogitsWarper(0.05)), ("topP", 0.6, logits_process.TopPLogitsWarper(0.6)),
            ("topP", 0.97, logits_process.TopPLogitsWarper(0.97)),
            ("minP", 0.1, logits_process.MinPLogitsWarper(0.1)), ("minP", 0.6, logits_process.MinPLogitsWarper(0.6)),
            ("repetitionPenalty", 1.3, logits_process.RepetitionPenaltyLogitsProcessor(1.3)),
            ("noRepeatNGram", 1, logits_process.NoRepeatNGramLogitsProcessor(1)),
            ("noRepeatNGram", 3, logits_process.NoRepeatNGramLogitsProcessor(3)),
        ]:
            out = processor(ids, row.clone())[0].tolist()
            cases.append({"rule": name, "setting": setting, "sequence": ids[0].tolist(), "logits": [round(x, 2) for x in row[0].tolist()],
                          "want": [None if x == float("-inf") else round(x, 5) for x in out]})
    return cases


def write(name, content):
    OUT.mkdir(parents=True, exist_ok=True)
    made = f"transformers {transformers.__version__}, torch {torch.__version__}, python {sys.version.split()[0]}: test/golden/generation.py"
    (OUT / name).write_text(json.dumps({"made": made, "cases": content}, separators=(",", ":")) + "\n")


write("beams.json", beam_cases())
write("processors.json", processor_cases())
