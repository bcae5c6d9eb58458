"""Models and adapters by name or path: what ``MODEL=`` and ``ADAPTER=`` mean."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from golden.adapter import load_adapter
from golden.burn import burn, load_manifest
from golden.checkpoint import Checkpoint, load_checkpoint
from golden.config import CHIPS, MODELS, ModelConfig
from golden.errors import RomaError
from golden.geometry import Geometry
from golden.weights import ModelWeights, PreparedAdapter, prepare, prepare_adapter

ROOT = Path(__file__).parent / "models"

# Name -> (checkpoint folder, chip). A second geometry of a model is a name of its own.
NAMES = {
    "tiny": ("tiny", "tiny"),
    "tiny-2bit": ("tiny-2bit", "tiny-2bit"),
    "tiny-wide": ("tiny", "tiny-wide"),
}


@dataclass(frozen=True)
class Loaded:
    """A model ready to run: quantised weights on their geometry, and where its files are."""

    name: str
    folder: Path
    checkpoint: Checkpoint
    weights: ModelWeights

    @property
    def geometry(self) -> Geometry:
        """Chip and model."""
        return self.weights.geometry


def load_model(name: str, chip: str | None = None) -> Loaded:
    """Load and quantise a model.

    Parameters
    ----------
    name
        One of ``NAMES`` or the path of a Hugging Face checkpoint folder.
    chip
        Chip preset that overrides the name's own (a path's default is ``tiny``).

    Raises
    ------
    RomaError
        When there is no such model or chip, the checkpoint is broken, or it does not fit the chip.
    """
    if name in NAMES:
        folder, default = ROOT / NAMES[name][0], NAMES[name][1]
    elif Path(name).is_dir():
        folder, default = Path(name), "tiny"
    else:
        known = ", ".join(NAMES)
        raise RomaError(f"model '{name}' is neither a known name ({known}) nor a checkpoint folder")
    chip = chip or default
    if chip not in CHIPS:
        raise RomaError(f"chip preset '{chip}' is unknown, choose one of: {', '.join(CHIPS)}")
    checkpoint = load_checkpoint(folder)
    geometry = Geometry(CHIPS[chip], _known_shape(checkpoint.config))
    return Loaded(name, folder, checkpoint, prepare(checkpoint, geometry))


def _known_shape(config: ModelConfig) -> ModelConfig:
    """The preset of the same shape if there is one, so that its name (and builds) are shared."""
    for known in MODELS.values():
        if replace(known, name=config.name) == config:
            return known
    return config


def load_lora(name: str, model: Loaded) -> PreparedAdapter:
    """Load an adapter by name (below golden/models/adapters) or path, for ``model``.

    Raises
    ------
    RomaError
        When it does not exist, is broken, belongs to another model, or exceeds the chip's rank.
    """
    folder = ROOT / "adapters" / name
    if not folder.is_dir():
        folder = Path(name)
    if not folder.is_dir():
        known = ", ".join(sorted(p.name for p in (ROOT / "adapters").iterdir() if p.is_dir()))
        raise RomaError(f"adapter '{name}' is neither a known name ({known}) nor an adapter folder")
    return prepare_adapter(load_adapter(folder, model.checkpoint.config), model.geometry)


def burnt_images(model: Loaded, cache: Path) -> tuple[Path, int]:
    """Folder of the model's ROM images below ``cache`` (burnt when missing) and its model id."""
    g = model.geometry
    digest = hashlib.sha256(repr((asdict(g.chip), asdict(g.model))).encode())
    digest.update((model.folder / "model.safetensors").read_bytes())
    for source in ("burn.py", "program.py", "quantise.py", "weights.py", "config.py", "geometry.py"):
        digest.update((Path(__file__).parent / source).read_bytes())
    folder = cache / f"{g.model.name}-{g.chip.name}-{digest.hexdigest()[:12]}"
    try:
        return folder, load_manifest(folder, g)["model_id"]
    except RomaError:
        return folder, burn(model.weights, folder)
