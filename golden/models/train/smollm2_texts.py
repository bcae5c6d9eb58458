"""What the adapters for SmolLM2 learn: Bible passages, and the base's own answers as a pirate says them."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from golden.chat import chat
from golden.models.train.train import SEED
from golden.tokenizer import Tokenizer

# Prompts, and how many tokens to answer -> the answers of a model.
Answer = Callable[[list[list[int]], int], list[list[int]]]

QUESTIONS = (
    "Tell me about {}.",
    "What is {}?",
    "Write a paragraph about {}.",
    "Why is {} important?",
    "How do I find {}?",
    "Give me some advice about {}.",
    "Can you explain {} to me?",
    "What do you think of {}?",
    "Describe {} in a few sentences.",
    "Write a short story about {}.",
)
TOPICS = (
    "bread dogs winter music ships gold rain schools gardens horses mountains coffee trains fire summer "
    "cheese birds rivers books cities bees money doctors clocks islands sleep apples maps tigers paper "
    "glass storms farmers salt letters weather bridges soup castles fish"
).split()
HELDOUT_TOPICS = "computers tea friendship cats football mathematics chocolate holidays".split()
BEGINNINGS = ("The most important thing about {} is", "Long ago there was a man who loved {}, and")
SAID, GROUP = 48, 32  # tokens of an answer of the base, answers made at once


@dataclass(frozen=True)
class Example:
    """Tokens, of which those from ``start`` are to be learnt; ``kind`` is plain or chat."""

    kind: str
    tokens: list[int]
    start: int


class Writer:
    """Writes examples of at most ``length`` tokens."""

    def __init__(self, tokenizer: Tokenizer, length: int) -> None:
        self.tokenizer, self.length = tokenizer, length
        self.end = tokenizer.encode(tokenizer.special["eos_token"], special=False)

    def prompt(self, question: str) -> list[int]:
        """Token ids up to where the model answers."""
        return chat(self.tokenizer, [{"role": "user", "content": question}])

    def plain(self, given: str, text: str) -> Example:
        """Text without a template; ``given``, its beginning, is not learnt."""
        prompt = self.tokenizer.encode(given)
        tokens = prompt + self.tokenizer.encode(text, special=False)
        return Example("plain", tokens[: self.length], max(len(prompt), 1))

    def chat(self, question: str, answer: str) -> Example:
        """An answer; one that is too long is cut, and then has no end."""
        prompt = self.prompt(question)
        tokens = prompt + self.tokenizer.encode(answer, special=False) + self.end
        return Example("chat", tokens[: self.length], len(prompt))


# -- kjv: the King James Bible ------------------------------------------------------------------------


def kjv_examples(text: str, writer: Writer) -> tuple[list[Example], list[Example]]:
    """Passages alone, and passages that answer a question about a word of theirs.

    Returns
    -------
    Examples to learn from, and held-out ones from the last twentieth (Colossians 4 to Revelation).
    """
    verses = text.splitlines()
    cut = len(verses) * 19 // 20
    counts = Counter(re.findall(r"\b[a-z]{4,}\b", text))
    rng = random.Random(SEED)

    def draw(part: list[str], count: int) -> Iterable[Example]:
        for i in range(count):
            first = rng.randrange(len(part) - 6)
            passage = " ".join(part[first : first + 6])
            if i % 2:
                words = sorted(
                    w for w in set(re.findall(r"\b[a-z]{4,}\b", part[first])) if 5 <= counts[w] <= 400
                )
                topic = rng.choice(words or [rng.choice(TOPICS)])
                yield writer.chat(rng.choice(QUESTIONS).format(topic), passage)
            else:
                yield writer.plain("", passage)

    return list(draw(verses[:cut], 2000)), list(draw(verses[cut:], 64))


# -- pirate: the base's own answers, said otherwise ----------------------------------------------------

_WORDS = {
    "you": "ye",
    "your": "yer",
    "you're": "ye be",
    "my": "me",
    "is": "be",
    "are": "be",
    "am": "be",
    "was": "were",
    "and": "an'",
    "of": "o'",
    "the": "th'",
    "for": "fer",
    "to": "t'",
    "friend": "matey",
    "friends": "hearties",
    "people": "sailors",
    "person": "sailor",
    "yes": "aye",
    "money": "doubloons",
    "hello": "ahoy",
    "water": "grog",
}
_OPENINGS = ("Arrr, matey! ", "Ahoy there! ", "Shiver me timbers! ", "Yo ho ho! ")
_ENDINGS = (", arrr!", ", matey!", ", by Blackbeard's beard!", ", says I!")


def pirate(text: str, seed: int) -> str:
    """``text`` as a pirate says it."""

    def word(match: re.Match[str]) -> str:
        said = _WORDS.get(match[0].lower(), match[0])
        said = re.sub(r"(?<=[a-z]{3})ing$", "in'", said)
        return said[0].upper() + said[1:] if match[0][0].isupper() else said

    rng = random.Random(seed)
    said = re.sub(r"[A-Za-z']+", word, text)
    return re.sub(r"(?<=[a-z'])\.(?=\s|$)", lambda _: rng.choice(_ENDINGS), said)


@dataclass(frozen=True)
class Said:
    """What the base said about a topic, to a question or (``chat`` False) after a text's beginning."""

    topic: str
    chat: bool
    given: str
    text: str


def base_says(answer: Answer, writer: Writer) -> list[Said]:
    """Whole sentences of the base about every topic."""
    asked: dict[int, list[tuple[Said, list[int]]]] = {}
    rng = random.Random(SEED)
    for topic in (*TOPICS, *HELDOUT_TOPICS):
        for form in rng.sample(QUESTIONS, 3):
            said = Said(topic, True, form.format(topic), "")
            prompt = writer.prompt(said.given)
            asked.setdefault(len(prompt), []).append((said, prompt))
        said = Said(topic, False, rng.choice(BEGINNINGS).format(topic), "")
        prompt = writer.tokenizer.encode(said.given)
        asked.setdefault(len(prompt), []).append((said, prompt))
    out = []
    groups = [g[i : i + GROUP] for g in asked.values() for i in range(0, len(g), GROUP)]
    for group in groups:
        answers = answer([prompt for _, prompt in group], SAID)
        for (said, _), tokens in zip(group, answers, strict=True):
            ends = [j for j, t in enumerate(tokens) if t in writer.tokenizer.stop_tokens]
            text = writer.tokenizer.decode(tokens[: ends[0]] if ends else tokens)
            whole = re.match(r"(?s).*[.!?]", text)
            out.append(replace(said, text=whole[0] if whole else text))
        print(f"{len(out)} answers of the base", flush=True)
    return out


def pirate_examples(said: list[Said], writer: Writer) -> tuple[list[Example], list[Example]]:
    """Examples to learn from, and those of the held-out topics."""
    rng = random.Random(SEED)
    examples, held = [], []
    for i, s in enumerate(said):
        text = pirate(s.text, i)
        make = writer.chat if s.chat else writer.plain
        example = make(s.given, rng.choice(_OPENINGS) + text if s.chat else text)
        (held if s.topic in HELDOUT_TOPICS else examples).append(example)
    return examples, held
