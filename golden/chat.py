"""Messages to the prompt that a model was trained on, by the chat template it brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from golden.errors import RomaError
from golden.tokenizer import Tokenizer

Messages = Sequence[Mapping[str, str]]


def _refuse(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _today(style: str) -> str:
    return datetime.now().strftime(style)


def render(tokenizer: Tokenizer, messages: Messages) -> str:
    """The text of a conversation up to where the model answers.

    Parameters
    ----------
    tokenizer
        One with a chat template.
    messages
        Each with a ``role`` (system, user, assistant) and its ``content``.

    Raises
    ------
    RomaError
        When the model has no chat template, or it does not take these messages.
    """
    if tokenizer.chat_template is None:
        raise RomaError("the model has no chat template: use one trained for chats, or no CHAT=1")
    environment: Any = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals.update(raise_exception=_refuse, strftime_now=_today)
    try:
        template = environment.from_string(tokenizer.chat_template)
        return template.render(messages=messages, add_generation_prompt=True, **tokenizer.special)
    except (jinja2.TemplateError, TypeError, ValueError, LookupError) as error:
        raise RomaError(
            f"the model's chat template fails ({error}): give other messages, or no CHAT=1"
        ) from error


def chat(tokenizer: Tokenizer, messages: Messages) -> list[int]:
    """Token ids of a conversation; special tokens are those that the template writes."""
    return tokenizer.encode(render(tokenizer, messages), special=False)
