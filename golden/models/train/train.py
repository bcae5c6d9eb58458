"""Trains everything below golden/models, see the README beside this file.

``python -m golden.models.train.train base|qat|adapters CORPUS`` with CORPUS made by ``corpus``.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn

from golden.models.train.llama import CONFIG, LINEARS, forward, fresh
from golden.quantise import quantise

MODELS = Path(__file__).parents[1]
SEED, CONTEXT, GROUP, FRAC = 1, 256, 32, 4
STEPS = {"base": 2600, "qat": 900, "adapters": 400}


def make_tokenizer(text: str, path: Path) -> Tokenizer:
    """Byte-level BPE of 512 tokens; token 0 is <|endoftext|>."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=CONFIG["vocab_size"],
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(text.split("\n\n"), trainer)
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return tokenizer


def ids(tokenizer: Tokenizer, text: str) -> Tensor:
    """Token ids of a text, paragraph by paragraph (the tokenizer is fast on pieces)."""
    pieces = tokenizer.encode_batch([p + "\n\n" for p in text.split("\n\n")])
    return torch.tensor([i for p in pieces for i in p.ids])


def batches(data: Tensor, size: int, seed: int) -> Callable[[], Tensor]:
    """Random windows of CONTEXT + 1 tokens."""
    g = torch.Generator().manual_seed(seed)

    def draw() -> Tensor:
        start = torch.randint(len(data) - CONTEXT - 1, (size,), generator=g)
        return torch.stack([data[s : s + CONTEXT + 1] for s in start.tolist()])

    return draw


def loss_of(logits: Tensor, batch: Tensor) -> Tensor:
    """Mean cross-entropy of the next token."""
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))


@torch.no_grad()
def heldout_loss(run: Callable[[Tensor], Tensor], data: Tensor) -> float:
    """Loss on the held-out text in windows of CONTEXT."""
    n = len(data) // (CONTEXT + 1)
    windows = data[: n * (CONTEXT + 1)].view(n, CONTEXT + 1)
    return float(loss_of(run(windows[:, :-1]), windows))


def optimise(
    params: list[Tensor],
    step_loss: Callable[[int], Tensor],
    steps: int,
    lr: float,
    report: Callable[[], str],
    every: int = 100,
) -> None:
    """AdamW with a warm-up of ``every`` steps and cosine decay, a line every ``every`` steps."""
    optimiser = torch.optim.AdamW(params, lr=lr, betas=(0.9, 0.98), weight_decay=0.01)
    start = time.time()
    for step in range(steps):
        rate = min(1.0, (step + 1) / every) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group in optimiser.param_groups:
            group["lr"] = lr * rate
        loss = step_loss(step)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(params, 1.0)
        optimiser.step()
        if (step + 1) % every == 0:
            print(
                f"{step + 1}/{steps} loss {loss.item():.3f} {report()} {time.time() - start:.0f} s",
                flush=True,
            )


def projected(w: dict[str, Tensor], bits: int) -> dict[str, Tensor]:
    """Weights as the chip holds them: linears at ``bits``, embedding and head at 8."""
    out = {}
    for name, t in w.items():
        if t.ndim == 2:
            width = 8 if "embed" in name else bits
            t = torch.from_numpy(quantise(t.detach().numpy(), width, GROUP, FRAC).dequantise())
        out[name] = t.detach().clone()
    return out


def save(w: dict[str, Tensor], folder: Path, dtype: torch.dtype) -> None:
    """Checkpoint as Hugging Face lays it out."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(
        json.dumps(CONFIG | {"torch_dtype": str(dtype).split(".")[1]}, indent=2) + "\n"
    )
    save_file(
        {k: v.detach().to(dtype).contiguous() for k, v in w.items()},
        folder / "model.safetensors",
        {"format": "pt"},
    )


def train_base(corpus: Path) -> None:
    """Train the float model on Jane Austen; a twelfth of the tokenizer's text is the Bible."""
    austen, kjv = ((corpus / f"{n}.txt").read_text() for n in ("austen", "kjv"))
    tokenizer = make_tokenizer(austen + kjv[: len(austen) // 12], MODELS / "tiny/tokenizer.json")
    heldout = (corpus / "heldout.txt").read_text()
    (MODELS / "tiny/heldout.txt").write_text(heldout)
    data, held = ids(tokenizer, austen), ids(tokenizer, heldout)
    print(f"{len(data)} tokens, {len(austen) / len(data):.2f} characters a token", flush=True)
    w = {k: v.requires_grad_() for k, v in fresh(SEED).items()}
    draw = batches(data, 12, SEED)

    def step_loss(_: int) -> Tensor:
        batch = draw()
        return loss_of(forward(w, batch[:, :-1]), batch)

    def report() -> str:
        return f"held-out {heldout_loss(lambda x: forward(w, x), held[:8000]):.3f}"

    optimise(list(w.values()), step_loss, STEPS["base"], 4e-3, report)
    save(w, MODELS / "tiny", torch.bfloat16)


class _Rounded(torch.autograd.Function):
    """Straight-through: forward the grid value, backward the gradient where the grid reaches."""

    @staticmethod
    def forward(ctx, w: Tensor, scale: Tensor, zero: Tensor, levels: int) -> Tensor:  # noqa: ANN001
        q = w / scale + zero
        ctx.save_for_backward((q > -0.5) & (q < levels + 0.5))
        return scale * (q.round().clamp(0, levels) - zero)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None, None, None]:  # noqa: ANN001
        (inside,) = ctx.saved_tensors
        return grad * inside, None, None, None


def train_qat(corpus: Path) -> None:
    """2-bit linears: grids by golden.quantise, refreshed as training goes, gradients straight through."""
    tokenizer = Tokenizer.from_file(str(MODELS / "tiny/tokenizer.json"))
    data = ids(tokenizer, (corpus / "austen.txt").read_text())
    held = ids(tokenizer, (corpus / "heldout.txt").read_text())
    w = {k: v.float().requires_grad_() for k, v in load_file(MODELS / "tiny/model.safetensors").items()}
    grids: dict[str, tuple[Tensor, Tensor]] = {}

    def refresh() -> None:
        for name, t in w.items():
            if t.ndim == 2 and "embed" not in name:
                m = quantise(t.detach().numpy(), 2, GROUP, FRAC)
                scale = np.repeat(m.scale.astype(np.float32), GROUP, axis=1)
                zero = np.repeat(m.zero_point.astype(np.float32) / (1 << FRAC), GROUP, axis=1)
                grids[name] = torch.from_numpy(np.where(scale > 0, scale, 1e-8)), torch.from_numpy(zero)

    def quantised() -> dict[str, Tensor]:
        return {k: _Rounded.apply(v, *grids[k], 3) if k in grids else v for k, v in w.items()}

    refresh()
    draw = batches(data, 12, SEED + 1)

    def step_loss(step: int) -> Tensor:
        if step % 10 == 0 and step < STEPS["qat"] * 3 // 4:
            refresh()
        batch = draw()
        return loss_of(forward(quantised(), batch[:, :-1]), batch)

    def report() -> str:
        with torch.no_grad():
            return f"held-out {heldout_loss(lambda x: forward(quantised(), x), held[:8000]):.3f}"

    optimise(list(w.values()), step_loss, STEPS["qat"], 1.5e-3, report)
    with torch.no_grad():
        final = {k: v.detach() for k, v in quantised().items()}
    again = projected(final, 2)
    worst = max(float((again[k] - final[k]).abs().max()) for k in grids)
    print(f"largest change when quantised again: {worst:g}", flush=True)
    save(final, MODELS / "tiny-2bit", torch.float32)
    (MODELS / "tiny-2bit/tokenizer.json").write_bytes((MODELS / "tiny/tokenizer.json").read_bytes())


def fresh_lora(shapes: dict[str, tuple[int, int]], rank: int) -> nn.ParameterDict:
    """LoRA that changes nothing yet: A [rank, K] drawn, B [N, rank] zero, for linears of (N, K)."""
    g = torch.Generator().manual_seed(SEED)
    lora = nn.ParameterDict()
    for name, (n, k) in shapes.items():
        key = name.replace(".", "/")
        lora[key + "/A"] = nn.Parameter(torch.randn(rank, k, generator=g) / math.sqrt(k))
        lora[key + "/B"] = nn.Parameter(torch.zeros(n, rank))
    return lora


def save_adapter(lora: nn.ParameterDict, folder: Path, base: str, rank: int, alpha: int) -> None:
    """Write an adapter as PEFT lays it out, in bfloat16."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    linears: dict[str, None] = {}
    for key, value in lora.items():
        module, part = key.rsplit("/", 1)
        linears[module.rsplit("/", 1)[1]] = None
        name = f"base_model.model.{module.replace('/', '.')}.lora_{part}.weight"
        tensors[name] = value.detach().to(torch.bfloat16).contiguous()
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": rank,
        "lora_alpha": alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "use_rslora": False,
        "use_dora": False,
        "target_modules": list(linears),
    }
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    save_file(tensors, folder / "adapter_model.safetensors", {"format": "pt"})


def train_adapter(name: str, text: str, rank: int, alpha: int, bases: list[dict[str, Tensor]]) -> None:
    """One LoRA adapter over frozen quantised bases (drawn in turn, so that it serves each)."""
    tokenizer = Tokenizer.from_file(str(MODELS / "tiny/tokenizer.json"))
    data = ids(tokenizer, text)
    shapes = {
        f"model.layers.{i}.{linear}": shape
        for i in range(CONFIG["num_hidden_layers"])
        for linear, shape in LINEARS.items()
    }
    lora = fresh_lora(shapes, rank)
    draw = batches(data, 8, SEED + 2)
    steps = STEPS["adapters"]

    def step_loss(step: int) -> Tensor:
        batch = draw()
        return loss_of(forward(bases[step % len(bases)], batch[:, :-1], lora, alpha / rank), batch)

    print(f"adapter {name}: {len(data)} tokens", flush=True)
    optimise(list(lora.parameters()), step_loss, steps, 5e-3, lambda: "")
    save_adapter(lora, MODELS / "adapters" / name, "tiny", rank, alpha)


def train_adapters(corpus: Path) -> None:
    """kjv: toward the King James Bible, rank 16. shout: Austen in capitals, rank 8."""
    bases = []
    for folder, bits in (("tiny", 4), ("tiny-2bit", 2)):
        path = MODELS / folder / "model.safetensors"
        if path.exists():
            bases.append(projected({k: v.float() for k, v in load_file(path).items()}, bits))
    train_adapter("kjv", (corpus / "kjv.txt").read_text(), 16, 16, bases)
    shouted = (corpus / "austen.txt").read_text()[:1_500_000].upper()
    train_adapter("shout", shouted, 8, 16, bases)


if __name__ == "__main__":
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    {"base": train_base, "qat": train_qat, "adapters": train_adapters}[sys.argv[1]](Path(sys.argv[2]))
