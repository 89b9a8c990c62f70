"""Presets: one TOML file per model, with its architecture and its training recipe."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from training.errors import TrainingError
from training.hierarchical_compression import HierarchicalCompression
from training.hyperprior import Hyperprior
from training.model import QRes
from training.published import PublishedQResVAE

CompressionModel: TypeAlias = QRes | PublishedQResVAE | Hyperprior | HierarchicalCompression
"""Every architecture; all of them have the parts that `QRes` has, and take the same arguments."""

PRESET_FOLDER = Path(__file__).parent / "presets"


@dataclass(frozen=True)
class Preset:
    """A model's name, architecture, model settings and training recipe, as read from its file."""

    name: str
    architecture: str
    seed: int
    model: Mapping[str, Any]
    training: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as stored in a checkpoint."""
        return {
            "name": self.name,
            "architecture": self.architecture,
            "seed": self.seed,
            "model": dict(self.model),
            "training": dict(self.training),
        }

    def build_model(self) -> CompressionModel:
        """A freshly initialised model. Raises TrainingError for an unknown architecture or wrong settings."""
        if self.architecture not in _ARCHITECTURES:
            raise TrainingError(
                f"Preset {self.name} asks for the unknown architecture {self.architecture!r}; "
                f"known are {', '.join(sorted(_ARCHITECTURES))}."
            )
        try:
            return _ARCHITECTURES[self.architecture](self.model)
        except (KeyError, TypeError) as error:
            raise TrainingError(
                f"Preset {self.name} has wrong model settings ({error!r}); compare it with a shipped one."
            ) from error


_ARCHITECTURES: dict[str, Callable[[Mapping[str, Any]], CompressionModel]] = {
    "qres": QRes,
    "published-qres-vae": PublishedQResVAE,
    "hyperprior": Hyperprior,
    "hc": HierarchicalCompression,
}


def preset_from_dict(values: Mapping[str, Any]) -> Preset:
    """Raises TrainingError when a key is missing."""
    try:
        return Preset(
            values["name"], values["architecture"], int(values.get("seed", 0)), values["model"], values["training"]
        )
    except KeyError as error:
        raise TrainingError(f"The preset lacks the entry {error}; compare it with a shipped one.") from error


def load_preset(name_or_path: str) -> Preset:
    """A shipped preset by name, or any TOML file by path. Raises TrainingError."""
    shipped = PRESET_FOLDER / f"{name_or_path}.toml"
    path = shipped if shipped.exists() else Path(name_or_path)
    if not path.is_file():
        names = ", ".join(sorted(p.stem for p in PRESET_FOLDER.glob("*.toml")))
        raise TrainingError(f"There is no preset {name_or_path!r}; shipped presets are {names}, or give a TOML file.")
    try:
        return preset_from_dict(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise TrainingError(f"Preset {path} is not valid TOML: {error}.") from error
