"""Chat templates: as Hugging Face renders them, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from golden.chat import chat, render
from golden.tests.hf_folders import MODELS, refused
from golden.tokenizer import Tokenizer, load_tokenizer

TEMPLATE = """{% for m in messages %}
    {{- '<' + m.role + '>' + m.content | trim + eos_token }}
{% endfor %}
{% if add_generation_prompt %}
<assistant>
{%- endif %}"""
MESSAGES = [{"role": "user", "content": " Hi "}, {"role": "assistant", "content": "Ho"}]


def tokenizer(template: str | None) -> Tokenizer:
    """The tokenizer of `tiny` with a template."""
    special = {"eos_token": "</s>"}
    return replace(load_tokenizer(MODELS / "tiny"), chat_template=template, special=special)


def test_renders() -> None:
    t = tokenizer(TEMPLATE)
    text = render(t, MESSAGES)
    assert text == "<user>Hi</s>\n<assistant>Ho</s>\n<assistant>"
    assert chat(t, MESSAGES) == t.encode(text, special=False)


@pytest.mark.parametrize(
    ("template", "parts"),
    [
        (None, ["no chat template"]),
        ("{% if %}", ["template fails"]),
        ("{{ raise_exception('no system') }}", ["template fails", "no system"]),
        ("{{ messages[7].content }}", ["template fails"]),
        ("{{ messages.append(1) }}", ["template fails"]),
    ],
)
def test_refusals(template: str | None, parts: list[str]) -> None:
    refused(lambda: render(tokenizer(template), MESSAGES), *parts)


def test_template_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((MODELS / "tiny/tokenizer.json").read_bytes())
    (tmp_path / "chat_template.jinja").write_text("{{ messages[0].content }}")
    assert render(load_tokenizer(tmp_path), MESSAGES) == " Hi "
