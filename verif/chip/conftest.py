"""Models, adapters and scripts for the chip benches."""

from __future__ import annotations

from functools import cache

import pytest

from golden.library import Loaded, load_lora, load_model
from golden.tokenizer import Tokenizer, load_tokenizer
from golden.weights import PreparedAdapter
from verif.debug.window import wanted
from verif.lib.checker import Checker
from verif.lib.chip import ChipRun, Script, script_for
from verif.lib.identity import base_seed, derived_seed, identity, run_folder

load_model = cache(load_model)


@cache
def adapter_of(name: str, model: str) -> PreparedAdapter:
    """An adapter prepared for a model by name."""
    return load_lora(name, load_model(model))


@cache
def tokenizer_of(model: str) -> Tokenizer:
    """A model's tokenizer."""
    loaded = load_model(model)
    return load_tokenizer(loaded.folder, loaded.geometry.model.vocab_size)


class Chips:
    """Builds scripts and plays them under the test's identity."""

    def model(self, name: str) -> Loaded:
        """A model by name."""
        return load_model(name)

    def adapter(self, name: str, model: str) -> PreparedAdapter:
        """An adapter for a model."""
        return adapter_of(name, model)

    def tokenizer(self, model: str) -> Tokenizer:
        """A model's tokenizer."""
        return tokenizer_of(model)

    def script(self, model: str) -> Script:
        """An empty script in the test's folder."""
        return script_for(load_model(model), run_folder(identity()))

    def run(self, script: Script) -> ChipRun:
        """Start a script."""
        return ChipRun(script, derived_seed(identity(), base_seed()) + 1, waves=wanted())

    def check(self, script: Script) -> Checker:
        """Play a script and compare every beat; something must have been compared."""
        checker = self.run(script).check()
        assert checker.totals.tokens > 0
        return checker


@pytest.fixture
def chips() -> Chips:
    """Access to models and simulations."""
    return Chips()
