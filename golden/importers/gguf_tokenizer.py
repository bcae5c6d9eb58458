"""The tokenizer inside a GGUF file, rebuilt without any other file."""

from __future__ import annotations

from pathlib import Path

import tokenizers
from gguf import TokenType
from tokenizers import AddedToken, Regex, decoders, models, pre_tokenizers, processors

from golden.errors import RomaError
from golden.importers import library_tokenizer as library
from golden.importers.gguf_file import Metadata
from golden.importers.scored_bpe import ScoredBpe
from golden.tokenizer import Encode, Tokenizer

_T = "tokenizer.ggml."
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# How text is cut into words before merging: expressions applied one after the other.
_SPLITS = {
    "default": (r"[\p{P}\$\+<=>\^~\|]+", _GPT2, r"\p{N}+", "[0-9][0-9][0-9]"),
    "gpt-2": (_GPT2,),
    "smollm": (r"\p{N}", _GPT2),
    "llama-bpe": (_LLAMA3,),
    "llama3": (_LLAMA3,),
    "llama-v3": (_LLAMA3,),
}
_WHOLE_WORDS = ("llama-bpe", "llama3", "llama-v3")  # a word that is a token is not merged up
# Ends of a turn or of a text that files often do not name as eos or eot.
_ENDS = ("<|eot_id|>", "<|im_end|>", "<|end|>", "<|end_of_text|>", "<|endoftext|>", "<|eom_id|>")
_SPECIAL = (TokenType.CONTROL, TokenType.UNKNOWN)


def load_gguf_tokenizer(file: Path) -> Tokenizer:
    """Read the tokenizer of a GGUF file; raises RomaError when there is none or it is unknown."""
    meta = Metadata(file)
    kind = meta.need(_T + "model", str)
    if kind not in ("gpt2", "llama"):
        raise RomaError(f"{file}: {_T}model is {kind!r}, legal: 'gpt2', 'llama': use such a model")
    tokens = meta.need(_T + "tokens", list)
    types = meta.get(_T + "token_type", list, [TokenType.NORMAL] * len(tokens))
    if len(types) != len(tokens):
        raise RomaError(
            f"{file}: {_T}token_type has {len(types)} entries, {_T}tokens {len(tokens)}: "
            "convert the model again"
        )
    roles = {role: _token(meta, role, tokens) for role in ("bos", "eos", "eot", "eom", "unknown", "padding")}
    build = _byte_level if kind == "gpt2" else _scored
    encode, spaced = build(meta, tokens, types, roles["bos"])
    bytes_of = library.symbol_bytes if kind == "gpt2" else library.spaced_bytes
    pieces = []
    for text, t in zip(tokens, types, strict=True):
        own = text.encode() if t == TokenType.USER_DEFINED else bytes_of(text)
        pieces.append(b"" if t in _SPECIAL else own)
    ends = {i for i, text in enumerate(tokens) if types[i] == TokenType.CONTROL and text in _ENDS}
    stop = ends | {roles[r] for r in ("eos", "eot", "eom")} - {None}
    names = {"bos": "bos_token", "eos": "eos_token", "unknown": "unk_token", "padding": "pad_token"}
    special = {name: tokens[roles[r]] for r, name in names.items() if roles[r] is not None}
    template = meta.get("tokenizer.chat_template", str)
    return Tokenizer(encode, pieces, tuple(sorted(stop)), template, special, roles["bos"] if spaced else None)


def _token(meta: Metadata, role: str, tokens: list[str]) -> int | None:
    key = f"{_T}{role}_token_id"
    value = meta.get(key, int)
    if value is not None and not 0 <= value < len(tokens):
        raise RomaError(f"{meta.file}: {key} is {value}, legal: 0 to {len(tokens) - 1}")
    return value


def _byte_level(meta: Metadata, tokens: list[str], types: list[int], bos: int | None) -> tuple[Encode, bool]:
    """Byte-level BPE with merges."""
    pre = meta.get(_T + "pre", str, "default")
    if pre not in _SPLITS:
        raise RomaError(f"{meta.file}: {_T}pre is {pre!r}, legal: {', '.join(_SPLITS)}: use such a model")
    merges = []
    for line in meta.need(_T + "merges", list):
        left, _, right = line.partition(" ")
        merges.append((left, right))
    vocabulary = {text: i for i, text in enumerate(tokens)}
    try:
        model = models.BPE(vocabulary, merges, ignore_merges=pre in _WHOLE_WORDS)
    except Exception as error:  # the library raises plain Exception
        raise RomaError(f"{meta.file}: {_T}merges do not fit its tokens ({error}): convert again") from None
    inner = tokenizers.Tokenizer(model)
    cuts = [pre_tokenizers.Split(Regex(e), "isolated") for e in _SPLITS[pre]]
    symbols = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.pre_tokenizer = pre_tokenizers.Sequence([*cuts, symbols])
    inner.decoder = decoders.ByteLevel()
    control = [tokens[i] for i, t in enumerate(types) if t in _SPECIAL]
    user = [tokens[i] for i, t in enumerate(types) if t == TokenType.USER_DEFINED]
    inner.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in control])
    inner.add_tokens([AddedToken(text, special=False, normalized=False) for text in user])
    if meta.get(_T + "add_bos_token", bool, pre in _WHOLE_WORDS) and bos is not None:
        inner.post_processor = processors.TemplateProcessing(
            single=[tokens[bos], "$A"], special_tokens=[(tokens[bos], bos)]
        )
    return library.encoder(inner), False


def _scored(meta: Metadata, tokens: list[str], types: list[int], bos: int | None) -> tuple[Encode, bool]:
    """SentencePiece: merges by the score of what they make."""
    scores = meta.need(_T + "scores", list)
    if len(scores) != len(tokens):
        raise RomaError(
            f"{meta.file}: {_T}scores has {len(scores)} entries, {_T}tokens {len(tokens)}: "
            "convert the model again"
        )
    spaced = meta.get(_T + "add_space_prefix", bool, True)
    plain = {}
    byte: dict[int, int] = {}
    for i, (text, t) in enumerate(zip(tokens, types, strict=True)):
        if t == TokenType.BYTE:
            byte[library.spaced_bytes(text)[0]] = i
        elif t == TokenType.NORMAL:
            plain.setdefault(text.replace("\u2581", " "), i)
    if len(byte) != 256:
        raise RomaError(
            f"{meta.file}: {_T}tokens have {len(byte)} of the 256 byte tokens: use a model with all of them"
        )
    parsed = (*_SPECIAL, TokenType.USER_DEFINED)
    special = {tokens[i]: i for i, t in enumerate(types) if t in parsed and tokens[i]}
    add_bos = meta.get(_T + "add_bos_token", bool, True)
    start = (bos,) if add_bos and bos is not None else ()
    return ScoredBpe(plain, scores, byte, special, start, spaced), spaced
