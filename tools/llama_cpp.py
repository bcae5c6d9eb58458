"""llama.cpp as an independent engine: the same weights in F32, hidden states of every position.

``xllamacpp`` offers llama.cpp's server, which tells logits of generated tokens only, so the states
behind the last norm (its embedding without pooling) are what is read; the head is one float32 product.
"""

from __future__ import annotations

import json
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import gguf
import numpy as np
import xllamacpp

from golden.config import ModelConfig
from golden.errors import RomaError
from golden.importers.gguf_file import ROPE_FACTORS, gguf_name
from golden.weights import tensor_name

Array = np.ndarray

_SECONDS = 600  # to wait for one answer


def write_f32(
    file: Path, config: ModelConfig, tensors: Mapping[str, Array], rope_factors: Array | None = None
) -> None:
    """A GGUF of float32 ``tensors`` (Hugging Face names, rows of q and k interleaved).

    Its vocabulary is made up: the model is fed token ids.
    """
    c = config
    w = gguf.GGUFWriter(file, "llama")
    w.add_name(c.name)
    w.add_block_count(c.num_hidden_layers)
    w.add_context_length(1 << 17)
    w.add_embedding_length(c.hidden_size)
    w.add_feed_forward_length(c.intermediate_size)
    w.add_head_count(c.num_attention_heads)
    w.add_head_count_kv(c.num_key_value_heads)
    w.add_key_length(c.head_dim)
    w.add_value_length(c.head_dim)
    w.add_rope_dimension_count(c.head_dim)
    w.add_rope_freq_base(c.rope_theta)
    w.add_layer_norm_rms_eps(c.rms_norm_eps)
    w.add_vocab_size(c.vocab_size)
    w.add_file_type(gguf.LlamaFileType.ALL_F32)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("default")
    w.add_token_list([f"<{i}>" for i in range(c.vocab_size)])
    w.add_token_types([gguf.TokenType.NORMAL] * c.vocab_size)
    w.add_token_merges(["< 0"])
    for name, x in tensors.items():
        w.add_tensor(gguf_name(name), np.ascontiguousarray(x, np.float32))
    if rope_factors is not None:
        w.add_tensor(ROPE_FACTORS, np.asarray(rope_factors, np.float32))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def merged(
    tensors: Mapping[str, Array], pairs: Mapping[tuple[int, str], tuple[Array, Array]] | None
) -> Mapping[str, Array]:
    """``tensors`` with an adapter's B A (alpha/r folded in) added to the linears."""
    if pairs is None:
        return tensors
    names = {key: tensor_name(*key) for key in pairs}
    return {**tensors, **{n: tensors[n] + pairs[key][1] @ pairs[key][0] for key, n in names.items()}}


class LlamaCpp:
    """A running llama.cpp.

    ``head`` is the F32 matrix [vocab, hidden] that turns its states into logits.
    """

    def __init__(self, file: Path, head: Array, context: int, threads: int) -> None:
        self._head = head
        p = xllamacpp.CommonParams()
        p.model.path = str(file)
        p.embedding = True
        p.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_NONE
        p.embd_normalize = -1
        p.n_ctx = p.n_batch = p.n_ubatch = context
        p.n_parallel = 1
        p.n_gpu_layers = 0
        p.cpuparams.n_threads = p.cpuparams_batch.n_threads = threads
        p.warmup = False
        p.verbosity = 0
        self._server = xllamacpp.Server(p)

    def logits(self, sequences: Sequence[Sequence[int]]) -> Iterator[tuple[slice, Array]]:
        """Logits of every position, as ``golden.accuracy.measure.Engine``."""
        start = 0
        for tokens in sequences:
            yield slice(start, start + len(tokens)), self.hidden(tokens) @ self._head.T
            start += len(tokens)

    def hidden(self, tokens: Sequence[int]) -> Array:
        """States behind the last norm, float32 [tokens, hidden]; raises RomaError."""
        body = json.dumps({"content": list(tokens), "embd_normalize": -1}).encode()
        request = urllib.request.Request(
            f"{self._server.listening_address}/embedding", body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
                told = json.load(answer)
        except OSError as error:
            raise RomaError(f"llama.cpp does not answer ({error}): run without it, LLAMA_CPP=0") from None
        return np.asarray(told[0]["embedding"], np.float32)


@contextmanager
def llama_cpp(
    config: ModelConfig,
    tensors: Mapping[str, Array],
    rope_factors: Array | None,
    context: int,
    threads: int = 1,
) -> Iterator[LlamaCpp]:
    """llama.cpp with these weights; the file of them is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="roma-gguf-") as folder:
        file = Path(folder) / "model-f32.gguf"
        write_f32(file, config, tensors, rope_factors)
        head = tensors.get("lm_head.weight", tensors["model.embed_tokens.weight"])
        yield LlamaCpp(file, head, context, threads)
