"""Makes the small PyTorch files of test/fixtures/checkpoints/. Tests only read them.

    python3 test/golden/torch-checkpoints.py      (torch 2.13.0, numpy 2.4.6, safetensors 0.8.0, omegaconf 2.3.1)

Every tensor counts up (arange), so a test knows its values without a second file. omegaconf may be absent; its file is then
kept as it is.
"""

import argparse
import collections
import enum
import pathlib
import re
import sys
import types

import numpy
import torch
from safetensors.torch import save_file

OUT = pathlib.Path(__file__).parent.parent / "fixtures" / "checkpoints"
OUT.mkdir(parents=True, exist_ok=True)


def counted(*shape, dtype=torch.float32, start=0):
    count = int(numpy.prod(shape))
    return (torch.arange(start, start + count, dtype=torch.float32) / 4).reshape(*shape).to(dtype)


def save(name, value, **options):
    torch.save(value, OUT / name, **options)
    print(name, (OUT / name).stat().st_size)


class Choice(enum.Enum):
    best = "best"


# What pickle records is the module's name: these stand for classes that the reader must not know.
Choice.__module__, Choice.__qualname__ = "fairseq.dataclass.constants", "Choice"
constants = types.ModuleType("fairseq.dataclass.constants")
constants.Choice = Choice
for part in ("fairseq", "fairseq.dataclass"):
    sys.modules[part] = types.ModuleType(part)
sys.modules["fairseq.dataclass.constants"] = constants

state = collections.OrderedDict(
    single=counted(2, 3),
    half=counted(2, 3, dtype=torch.float16),
    brain=counted(2, 3, dtype=torch.bfloat16),
    whole=torch.arange(4),
    truth=torch.tensor([True, False]),
    scalar=torch.tensor(2.5),
    none=torch.zeros(0, 3),
    parameter=torch.nn.Parameter(counted(3)),
)
state._metadata = {"": {"version": 1}}  # as nn.Module.state_dict() leaves it
save("types.bin", state)
save("types-protocol-4.bin", state, pickle_protocol=4)
save("types-protocol-5.bin", dict(state), pickle_protocol=5)

shared = counted(4, 3)
save("shared.bin", {"embedding": shared, "head": shared, "row": shared[1], "transposed": shared.T, "column": shared[:, 1]})
save("expanded.bin", {"repeated": torch.tensor([1.5]).expand(3, 2)})
save("rare-types.bin", {"float8": counted(4).to(torch.float8_e4m3fn), "uint16": torch.arange(3).to(torch.uint16)})
save("sparse.bin", {"dense": counted(2), "sparse": torch.eye(3).to_sparse()})
save("module.bin", torch.nn.Linear(2, 2))
save("legacy.bin", {"weight": counted(2)}, _use_new_zipfile_serialization=False)
save("optimizer-only.pt", {"optimizer": {"lr": 0.1}})

model = collections.OrderedDict([("decoder.version", torch.tensor([3.0])), ("decoder.layer_norm.weight", counted(2))])
extra = {
    "criterion": None,
    "optimizer_history": [{"num_updates": 7, "lr_scheduler_state": {"best": None}}],
    "extra_state": {"val_loss": numpy.float64(2.5), "steps": numpy.int64(2**40), "seen": {1, 2}},
    "task_state": {},
    "last_optimizer_state": {"state": {0: {"step": 7, "exp_avg": counted(2)}}},
}
arguments = argparse.Namespace(
    arch="transformer_lm_gpt2_small", dropout=0.1, seed=1, no_scale_embedding=False, data=pathlib.PurePosixPath("/data/bin"),
    ratio=numpy.float64(0.25), choice=Choice.best, betas=(0.9, 0.98),
)
save("fairseq-args.pt", {"args": arguments, "model": model, **extra})
save("fairseq-cfg.pt", {
    "args": None,
    "cfg": {"_name": None, "model": {"_name": "transformer_lm_gpt2_small", "decoder_layers": 24, "choice": Choice.best},
            "task": arguments, "common": collections.defaultdict(list, {"fp16": True})},
    "model": model, **extra,
})

try:
    class AnyName(type):
        def __getattr__(cls, name):
            return cls

    # Its parser of interpolations, which we do not use, wants one old version of antlr4: stand-ins that nothing calls.
    for name in ("antlr4", "omegaconf.grammar_parser", "omegaconf.grammar_visitor", "omegaconf.grammar.gen.OmegaConfGrammarParser"):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__getattr__ = lambda name: re.compile("(?!)") if name.endswith("PATTERN") else AnyName("Any", (), {})
    from omegaconf import OmegaConf

    save("fairseq-omegaconf.pt", {
        "cfg": OmegaConf.create({"model": {"decoder_layers": 2, "dropout": 0.1, "names": ["a", "b"], "absent": None}, "task": {"data": "???"}}),
        "model": model,
    })
except ImportError as problem:
    print("fairseq-omegaconf.pt is kept:", problem)

save_file({"weight": counted(2, 3), "bias": counted(3, dtype=torch.float16)}, OUT / "upstream.safetensors", {"format": "pt"})
