"""llama2.c models and tokenizers, written here byte by byte as its exporter writes them."""

import struct
from pathlib import Path

import numpy as np
import pytest

from golden.checkpoint import load_checkpoint, tensor_shapes
from golden.config import ModelConfig
from golden.tests.hf_folders import refused
from golden.tokenizer import load_tokenizer

Array = np.ndarray
MODEL = ModelConfig("stories", 16, 24, 2, 4, 2, 4, 300)
HEADER = (16, 24, 2, 4, 2, 300, 8)
ATTENTION = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj")
MLP = ("mlp.gate_proj", "mlp.down_proj", "mlp.up_proj")


def random_tensors(tied: bool = True) -> dict[str, Array]:
    rng = np.random.default_rng(0)
    return {n: rng.normal(size=s).astype(np.float32) for n, s in tensor_shapes(MODEL, tied).items()}


def named(tensors: dict[str, Array], *names: str) -> list[Array]:
    """Every layer of the first name, then every layer of the second, and so on."""
    return [tensors[f"model.layers.{layer}.{n}.weight"] for n in names for layer in range(2)]


def version_0(tensors: dict[str, Array], vocab: int = 300) -> bytes:
    """Header of 7 integers; float32; tables of RoPE before the head."""
    order = [
        tensors["model.embed_tokens.weight"],
        *named(tensors, "input_layernorm", *ATTENTION, "post_attention_layernorm", *MLP),
        tensors["model.norm.weight"],
        np.full((2, 8, 2), 7, np.float32),
    ]
    head = tensors.get("lm_head.weight")
    if head is not None:
        vocab, order = -vocab, [*order, head]
    header = struct.pack("<7i", *HEADER[:5], vocab, HEADER[6])
    return header + b"".join(x.astype("<f4").tobytes() for x in order)


def header(version: int, tied: bool, *more: int) -> bytes:
    """Header of 256 bytes."""
    start = struct.pack("<Ii7iB", 0x616B3432, version, *HEADER, tied)
    return (start + struct.pack(f"<{len(more)}i", *more)).ljust(256, b"\0")


def version_1(tensors: dict[str, Array]) -> bytes:
    """Norms, embedding, matrices, head."""
    order = [
        *named(tensors, "input_layernorm", "post_attention_layernorm"),
        tensors["model.norm.weight"],
        tensors["model.embed_tokens.weight"],
        *named(tensors, *ATTENTION, *MLP),
    ]
    head = tensors.get("lm_head.weight")
    order += [] if head is None else [head]
    return header(1, head is None) + b"".join(x.astype("<f4").tobytes() for x in order)


def version_2(tensors: dict[str, Array], group: int = 8) -> tuple[bytes, dict[str, Array]]:
    """Norms in float32, then int8 and scales of one matrix after the other; and the values."""
    norms = [*named(tensors, "input_layernorm", "post_attention_layernorm"), tensors["model.norm.weight"]]
    out = header(2, "lm_head.weight" not in tensors, group) + b"".join(x.tobytes() for x in norms)
    layered = [f"model.layers.{layer}.{n}.weight" for n in (*ATTENTION, *MLP) for layer in range(2)]
    names = ["model.embed_tokens.weight", *layered, *(n for n in tensors if n == "lm_head.weight")]
    values = {}
    for name in names:
        w = tensors[name].reshape(-1, group)
        scale = np.abs(w).max(axis=1) / np.float32(127)
        q = np.rint(w / scale[:, None]).astype(np.int8)
        out += q.tobytes() + scale.astype("<f4").tobytes()
        values[name] = (q.astype(np.float32) * scale[:, None]).reshape(tensors[name].shape)
    return out, tensors | values


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("version", [0, 1, 2])
def test_loads(tmp_path: Path, version: int, tied: bool, caplog) -> None:
    want = random_tensors(tied)
    if version == 2:
        data, want = version_2(want)
    else:
        data = (version_0, version_1)[version](want)
    file = tmp_path / "stories.bin"
    file.write_bytes(data)
    c = load_checkpoint(file)
    assert c.config == MODEL and c.files == (file,) and c.tokenizer == tmp_path / "tokenizer.bin"
    assert c.tensors.keys() == want.keys()
    for name, x in want.items():
        np.testing.assert_array_equal(c.tensors[name], x)
    assert len(caplog.records) == (version == 2)


def test_a_group_may_cross_rows(tmp_path: Path) -> None:
    data, want = version_2(random_tensors(), 16)  # rows of w2 have 24
    (tmp_path / "m.bin").write_bytes(data)
    got = load_checkpoint(tmp_path / "m.bin").tensors
    name = "model.layers.1.mlp.down_proj.weight"
    np.testing.assert_array_equal(got[name], want[name])


def patched(data: bytes, at: int, value: int) -> bytes:
    """``data`` with another integer."""
    return data[:at] + struct.pack("<i", value) + data[at + 4 :]


V0, V2 = version_0(random_tensors()), version_2(random_tensors())[0]


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (b"", ["0 bytes", "header"]),
        (V0[:20], ["20 bytes", "header"]),
        (V2[:40], ["40 bytes", "header"]),
        (V0[:-4], [f"{len(V0) - 4} bytes", f"{len(V0)}"]),
        (V0 + b"1234", [f"{len(V0) + 4} bytes", f"{len(V0)}"]),
        (V2[:-1], [f"{len(V2) - 1} bytes", f"{len(V2)}", "version 2"]),
        (b"PK\x03\x04" * 100, ["begins like no model of llama2.c"]),
        (patched(V0, 0, 0), ["begins like no model of llama2.c"]),
        (patched(V0, 12, 3), ["begins like no model of llama2.c"]),
        (patched(V0, 16, 3), ["num_attention_heads", "4", "3"]),
        (patched(V2, 4, 3), ["version 3", "0, 1, 2"]),
        (patched(V2, 37, 5), ["group size is 5", "16"]),
        (patched(V2, 37, 0), ["group size is 0"]),
        (patched(V0, 28 + 4 * 17, 0x7F800000), ["model.embed_tokens.weight[1, 1]", "inf"]),
        (V2[:-4] + b"\0\0\xc0\x7f", ["model.layers.1.mlp.up_proj.weight[23, 8]", "nan"]),
    ],
)
def test_refusals(tmp_path: Path, data: bytes, parts: list[str]) -> None:
    file = tmp_path / "m.bin"
    file.write_bytes(data)
    refused(lambda: load_checkpoint(file), "m.bin", *parts)


WORDS = [b" ", b"a", b"b", b"c", b"ab", b"bc", b" a", b" ab", b"  ", "é".encode()]


def tokenizer_bytes(words: list[bytes] = WORDS, first_byte: str = "<0x00>") -> bytes:
    """tokenizer.bin with these pieces behind the special tokens and the bytes."""
    texts = [b"<unk>", b"\n<s>\n", b"\n</s>\n", first_byte.encode()]
    texts += [f"<0x{b:02X}>".encode() for b in range(1, 256)] + words
    out = struct.pack("<i", max(len(t) for t in texts))
    for i, text in enumerate(texts):
        out += struct.pack("<fi", -float(i), len(text)) + text
    return out


def test_tokenizer(tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.bin"
    file.write_bytes(tokenizer_bytes())
    t = load_tokenizer(file, 269)
    names = {259 + i: w for i, w in enumerate(WORDS)}
    assert t.encode("") == [1] and t.stop_tokens == (1, 2)
    assert [names.get(i, i) for i in t.encode("abc")] == [1, b" ab", b"c"]
    assert [names.get(i, i) for i in t.encode("bc é\n")] == [1, b" ", b"bc", b" ", "é".encode(), 13]
    assert t.encode("\u20ac")[2:] == [0xE2 + 3, 0x82 + 3, 0xAC + 3]
    for text in ("abc", " abc é\n\u20ac", ""):
        assert t.decode(t.encode(text)) == text
    assert t.decode(t.encode("abc")[1:]) == " abc"
    refused(lambda: load_tokenizer(file, 268), "269 tokens", "268")


def test_tokenizer_beside_a_model(tmp_path: Path) -> None:
    model = tmp_path / "stories.bin"
    model.write_bytes(V0)
    refused(lambda: load_tokenizer(model), "tokenizer.bin", "does not exist")
    (tmp_path / "tokenizer.bin").write_bytes(tokenizer_bytes())
    assert load_tokenizer(model).vocab_size == 269
    (tmp_path / "tok300.bin").write_bytes(tokenizer_bytes([*WORDS, b"x"]))
    assert load_tokenizer(model).vocab_size == 270
    assert load_checkpoint(model).tokenizer == tmp_path / "tok300.bin"


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (b"12", ["2 bytes"]),
        (tokenizer_bytes()[:-1], ["truncated", "token 268"]),
        (patched(tokenizer_bytes(), 0, 3), ["no tokenizer of llama2.c", "token 0"]),
        (tokenizer_bytes(first_byte="zero"), ["token 3", "zero", "<0x00>"]),
        (tokenizer_bytes()[:40], ["truncated"]),
    ],
)
def test_tokenizer_refusals(tmp_path: Path, data: bytes, parts: list[str]) -> None:
    file = tmp_path / "tokenizer.bin"
    file.write_bytes(data)
    refused(lambda: load_tokenizer(file), "tokenizer.bin", *parts)
