"""Hugging Face folders of several safetensors files."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from golden.checkpoint import load_checkpoint
from golden.tests.hf_folders import CONFIG, Q, model_tensors, refused, save_model

INDEX = "model.safetensors.index.json"


def shards(folder: Path, parts: list[dict[str, np.ndarray]]) -> dict[str, str]:
    """Write the files and the index; returns the map of the index."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    places = {}
    for i, part in enumerate(parts, 1):
        name = f"model-{i:05}-of-{len(parts):05}.safetensors"
        save_file(part, folder / name)
        places |= dict.fromkeys(part, name)
    save_index(folder, places)
    return places


def save_index(folder: Path, places: object) -> None:
    """Write the index."""
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": places}))


def in_three(tensors: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """Deal tensors to three files."""
    return [{n: tensors[n] for n in list(tensors)[i::3]} for i in range(3)]


def test_shards_equal_one_file(tmp_path: Path) -> None:
    one = load_checkpoint(save_model(tmp_path / "m", model_tensors()))
    shards(tmp_path / "s", in_three(model_tensors()))
    c = load_checkpoint(tmp_path / "s")
    assert c.tensors.keys() == one.tensors.keys()
    for name, x in one.tensors.items():
        np.testing.assert_array_equal(c.tensors[name], x)
    assert [f.name[:11] for f in c.files] == ["model-00001", "model-00002", "model-00003"]
    assert one.files == (tmp_path / "m/model.safetensors",)


def lose_file(folder: Path, places: dict[str, str]) -> None:
    (folder / places[Q]).unlink()


def cut_file(folder: Path, places: dict[str, str]) -> None:
    file = folder / places[Q]
    file.write_bytes(file.read_bytes()[:-1])


def wrong_place(folder: Path, places: dict[str, str]) -> None:
    others = sorted(set(places.values()) - {places[Q]})
    save_index(folder, places | {Q: others[0]})


def unnamed_tensor(folder: Path, places: dict[str, str]) -> None:
    del places[Q]
    (folder / "other").mkdir()
    save_index(folder, places | {"extra": "model-00001-of-00003.safetensors"})


def outside(folder: Path, places: dict[str, str]) -> None:
    save_index(folder, places | {Q: "../x.safetensors"})


def no_names(folder: Path, places: dict[str, str]) -> None:
    save_index(folder, places | {Q: 3})


def broken_index(folder: Path, places: dict[str, str]) -> None:
    (folder / INDEX).write_text("{")


@pytest.mark.parametrize(
    ("break_it", "parts"),
    [
        (lose_file, ["does not exist", INDEX]),
        (cut_file, ["truncated", "model-0000"]),
        (wrong_place, ["has no tensor", Q, INDEX]),
        (unnamed_tensor, ["has no tensor extra", INDEX]),
        (outside, ["../x.safetensors", "beside"]),
        (no_names, ["weight_map"]),
        (broken_index, [INDEX, "JSON"]),
    ],
)
def test_refusals(tmp_path: Path, break_it: Callable[[Path, dict[str, str]], None], parts: list[str]) -> None:
    folder = tmp_path / "m"
    break_it(folder, shards(folder, in_three(model_tensors())))
    refused(lambda: load_checkpoint(folder), *parts)


def test_no_tensor_twice(tmp_path: Path) -> None:
    first, second, third = in_three(model_tensors())
    third = third | {Q: model_tensors()[Q]}
    second.pop(Q, None)
    first |= {Q: model_tensors()[Q]}
    shards(tmp_path / "m", [first, second, third])
    refused(lambda: load_checkpoint(tmp_path / "m"), "model-00003", "model-00001", Q)


def test_a_missing_and_an_unknown_tensor(tmp_path: Path) -> None:
    tensors = model_tensors()
    del tensors[Q]
    shards(tmp_path / "m", in_three(tensors))
    refused(lambda: load_checkpoint(tmp_path / "m"), INDEX, Q)
    shards(tmp_path / "n", in_three(model_tensors() | {"model.extra": np.zeros(3, np.float32)}))
    refused(lambda: load_checkpoint(tmp_path / "n"), "model.extra", "-of-00003.safetensors")
