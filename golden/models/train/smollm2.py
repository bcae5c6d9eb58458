"""LoRA adapters for SmolLM2-135M, see the README beside this file.

``python -m golden.models.train.smollm2 kjv|pirate CORPUS`` with CORPUS made by ``corpus``. The base
is frozen and is what the chip's ROM holds; the linears run in bfloat16.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from golden.errors import RomaError
from golden.importers.llama import linear_shapes, rope_heads
from golden.library import Loaded, load_model
from golden.models.train.llama import head, hidden
from golden.models.train.smollm2_texts import Example, Writer, base_says, kjv_examples, pirate_examples
from golden.models.train.train import MODELS, SEED, fresh_lora, optimise, save_adapter
from golden.reference import dequantised_tensors
from golden.tokenizer import load_tokenizer

RANK, ALPHA, LENGTH, BATCH, RATE = 8, 16, 128, 8, 1e-3
STEPS = {"kjv": 160, "pirate": 160}
ADAPTED = ("q_proj", "v_proj", "o_proj", "down_proj")


def half_split(rows: Tensor, heads: int) -> Tensor:
    """Rows of q and k from the chip's pairs (2i, 2i + 1) to Hugging Face's (i, i + head_dim / 2)."""
    return rows.reshape(heads, -1, 2, rows.shape[-1]).transpose(1, 2).reshape(rows.shape)


def base_of(loaded: Loaded) -> dict[str, Tensor]:
    """The frozen base in Hugging Face's row order: matrices bfloat16, norms float32."""
    out = {}
    for name, array in dequantised_tensors(loaded.weights).items():
        t = torch.from_numpy(array)
        heads = rope_heads(loaded.geometry.model, name)
        t = half_split(t, heads) if heads else t
        out[name] = t.bfloat16() if t.ndim == 2 else t.float()
    return out


class Smol:
    """The base with an adapter that may be switched off.

    Parameters
    ----------
    loaded
        SmolLM2.
    """

    def __init__(self, loaded: Loaded) -> None:
        self.w = base_of(loaded)
        self.config = asdict(loaded.geometry.model)
        shapes = {
            f"model.layers.{i}.{path}": shape
            for i in range(self.config["num_hidden_layers"])
            for path, shape in linear_shapes(loaded.geometry.model).items()
            if path.split(".")[1] in ADAPTED
        }
        self.lora = fresh_lora(shapes, RANK)

    def loss(self, examples: list[Example], lora: nn.ParameterDict | None) -> Tensor:
        """Mean cross-entropy of the tokens that each example asks for."""
        longest = max(len(e.tokens) for e in examples)
        batch = torch.zeros(len(examples), longest, dtype=torch.long)
        asked = torch.zeros(len(examples), longest, dtype=torch.bool)
        for row, e in enumerate(examples):
            batch[row, : len(e.tokens)] = torch.tensor(e.tokens)
            asked[row, e.start : len(e.tokens)] = True
        x = hidden(self.w, batch[:, :-1], lora, ALPHA / RANK, self.config)
        return F.cross_entropy(head(self.w, x[asked[:, 1:]]), batch[:, 1:][asked[:, 1:]])

    @torch.no_grad()
    def mean_loss(self, examples: list[Example], lora: nn.ParameterDict | None) -> float:
        """``loss`` of many examples, a batch at a time, each batch weighing the same."""
        parts = [examples[i : i + BATCH] for i in range(0, len(examples), BATCH)]
        return sum(float(self.loss(p, lora)) for p in parts) / len(parts)

    @torch.no_grad()
    def answer(self, prompts: list[list[int]], count: int) -> list[list[int]]:
        """What the base says, greedily, to prompts of the same length."""
        cache: list[tuple[Tensor, Tensor]] = []
        tokens = torch.tensor(prompts)
        out = []
        for _ in range(count):
            x = hidden(self.w, tokens, None, 1.0, self.config, cache)
            tokens = head(self.w, x[:, -1]).argmax(-1, keepdim=True)
            out.append(tokens)
        return torch.cat(out, dim=1).tolist()


def train(name: str, smol: Smol, examples: list[Example], held: list[Example]) -> None:
    """Train one adapter and save it as ``smollm2-<name>``."""
    order = torch.Generator().manual_seed(SEED)

    def step_loss(_: int) -> Tensor:
        picks = torch.randint(len(examples), (BATCH,), generator=order).tolist()
        return smol.loss([examples[i] for i in picks], smol.lora)

    kinds = {kind: [e for e in held if e.kind == kind] for kind in dict.fromkeys(e.kind for e in held)}
    before = {kind: smol.mean_loss(part, None) for kind, part in kinds.items()}
    print(f"adapter {name}: {len(examples)} examples", flush=True)
    optimise(list(smol.lora.parameters()), step_loss, STEPS[name], RATE, lambda: "", every=20)
    save_adapter(smol.lora, MODELS / "adapters" / f"smollm2-{name}", "SmolLM2-135M-Instruct", RANK, ALPHA)
    for kind, part in kinds.items():
        after = smol.mean_loss(part, smol.lora)
        print(f"held-out {kind}: loss {before[kind]:.3f} without, {after:.3f} with the adapter", flush=True)


def main() -> int:
    """Command line; returns the exit status."""
    if len(sys.argv) != 3 or sys.argv[1] not in STEPS:
        print(f"error: usage: smollm2 {'|'.join(STEPS)} CORPUS", file=sys.stderr)
        return 2
    name, corpus = sys.argv[1], Path(sys.argv[2])
    try:
        loaded = load_model("smollm2")
        tokenizer = load_tokenizer(loaded.checkpoint.tokenizer)
        smol = Smol(loaded)
        writer = Writer(tokenizer, LENGTH)
        if name == "kjv":
            examples, held = kjv_examples((corpus / "kjv.txt").read_text(), writer)
        else:
            examples, held = pirate_examples(base_says(smol.answer, writer), writer)
    except (RomaError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    train(name, smol, examples, held)
    return 0


if __name__ == "__main__":
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    sys.exit(main())
