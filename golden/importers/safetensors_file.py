"""safetensors files, read tensor by tensor: one, or the shards that an index names."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import ml_dtypes  # noqa: F401 - gives NumPy the name bfloat16, which safetensors asks it for
import numpy as np
from safetensors import SafetensorError, safe_open

from golden.errors import RomaError
from golden.importers.json_file import read_json

Array = np.ndarray

_AGAIN = "copy or download it again"
_DTYPES = ("F64", "F32", "F16", "BF16")


class TensorFiles:
    """The tensors of one or several files by name; a context that keeps the files open.

    ``index`` is the file that says which tensors there are, ``files`` are all that were read.
    """

    def __init__(self, index: Path, files: tuple[Path, ...]) -> None:
        self.index, self.files = index, files
        self._open = ExitStack()
        self._by_name: dict[str, tuple[Path, Any]] = {}
        try:
            for file in files:
                handle = self._open.enter_context(_opened(file))
                for name in handle.keys():  # noqa: SIM118 - the handle is no mapping
                    if name in self._by_name:
                        raise RomaError(
                            f"{file} holds {name}, and so does {self.where(name)}: save the model again"
                        )
                    self._by_name[name] = file, handle
        except BaseException:
            self._open.close()
            raise

    @classmethod
    def of_model(cls, folder: Path) -> TensorFiles:
        """model.safetensors of ``folder``, or the shards of its index; raises RomaError."""
        file, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
        if file.exists() or not index.exists():
            return cls(file, (file,))
        places = read_json(index).get("weight_map")
        if not isinstance(places, dict) or not all(isinstance(p, str) for p in places.values()):
            raise RomaError(f"{index}: weight_map is no object of file names: {_AGAIN}")
        names = sorted(set(places.values()))
        for name in names:
            if Path(name).name != name:
                raise RomaError(f"{index} names {name!r}, legal: a file beside it")
            if not (folder / name).is_file():
                raise RomaError(f"{folder / name} does not exist, {index.name} names it: {_AGAIN}")
        out = cls(index, tuple(folder / name for name in names))
        for name, place in places.items():
            if name not in out or out.where(name).name != place:
                out._open.close()
                raise RomaError(f"{folder / place} has no tensor {name}, {index.name} says so: {_AGAIN}")
        return out

    def __enter__(self) -> TensorFiles:
        """The files are open already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close them."""
        self._open.close()

    def __contains__(self, name: str) -> bool:
        """Whether there is such a tensor."""
        return name in self._by_name

    @property
    def names(self) -> list[str]:
        """Names of all tensors, sorted."""
        return sorted(self._by_name)

    def where(self, name: str) -> Path:
        """The file that holds a tensor."""
        return self._by_name[name][0]

    def read(self, name: str) -> Array:
        """One tensor as float32; raises RomaError when it holds no floats."""
        file, handle = self._by_name[name]
        dtype = handle.get_slice(name).get_dtype()
        if dtype not in _DTYPES:
            raise RomaError(f"{file}: {name} has dtype {dtype}: save it as {', '.join(_DTYPES)}")
        with np.errstate(over="ignore"):  # becomes infinity, refused by check_tensor
            return handle.get_tensor(name).astype(np.float32, copy=False)


def read_tensors(file: Path) -> dict[str, Array]:
    """All tensors of one file as float32; raises RomaError when it is missing or broken."""
    with TensorFiles(file, (file,)) as files:
        return {name: files.read(name) for name in files.names}


def _opened(file: Path) -> Any:
    try:
        return safe_open(file, framework="numpy")
    except FileNotFoundError:
        raise RomaError(f"{file} does not exist: give a folder as Hugging Face saves it") from None
    except (OSError, SafetensorError) as error:
        raise RomaError(f"{file} is truncated or no safetensors file ({error}): {_AGAIN}") from error
