"""A model of the shipped architecture, small enough to train in a test; one of the published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from training.model import QRes
from training.preset import Preset, preset_from_dict

SMALL_PUBLISHED: dict[str, Any] = {
    "name": "small-published",
    "architecture": "published-qres-vae",
    "seed": 3,
    "model": {
        "lambda": 256.0,
        "input_shift": -0.45,
        "input_scale": 3.7,
        "bottom_up": [
            {"stride": 4, "width": 8, "blocks": 1, "kernel": 3},
            {"stride": 16, "width": 16, "blocks": 1, "kernel": 3, "transition_kernel": 3},
            {"stride": 64, "width": 16, "blocks": 1, "kernel": 1, "transition_kernel": 3},
        ],
        "top_down": [
            {"stride": 64, "width": 16, "blocks": 1, "kernel": 1, "channels": 4},
            {"stride": 16, "width": 16, "blocks": 1, "kernel": 3, "channels": 4, "upsample": "pixel-shuffle"},
        ],
    },
    "training": {},
}


def small_preset() -> Preset:
    """Four latent blocks at three strides, a few thousand parameters, the shipped recipe with tiny batches."""
    values: dict[str, Any] = {
        "name": "small",
        "architecture": "qres",
        "seed": 3,
        "model": {
            "quality_count": 64,
            "lambda_min": 8.0,
            "lambda_max": 4096.0,
            "embedding_width": 8,
            "bottom_up": [{"stride": stride, "width": 12, "hidden": 8, "blocks": 1} for stride in (4, 8, 16, 32, 64)],
            "top_down": [
                {"stride": stride, "width": 12, "hidden": 8, "blocks": blocks, "channels": 3}
                for stride, blocks in ((64, 1), (32, 1), (16, 2))
            ],
            "synthesis": {"width": 8, "hidden": 8, "blocks": 1},
            "scale_network": {"width": 8, "table_count": 64, "scale_min": 0.05, "scale_max": 256.0},
        },
        "training": {
            "distortion": "mse",
            "batch": 2,
            "crop": 64,
            "optimiser": "muon",
            "learning_rate": 2e-3,
            "adam_learning_rate": 1e-3,
            "weight_decay": 0.05,
            "warm_up": 2,
            "hierarchy_warm_up": 4,
            "decay": 0.2,
            "gradient_clip": 1.0,
            "ema": 0.99,
            "lambda_weight": -0.6,
            "downscale": 0.5,
            "drawn": 0.2,
            "recoloured": 0.2,
        },
    }
    return preset_from_dict(values)


def wide_model(*, finest: int, channels: int, widths: dict[int, int], refinement: tuple[int, ...]) -> dict[str, Any]:
    """Model settings: one latent block at twice the finest stride, two at the finest, with room for a linear start."""
    return {
        "quality_count": 64,
        "lambda_min": 4.0,
        "lambda_max": 4096.0,
        "embedding_width": 8,
        "bottom_up": [{"stride": s, "width": widths.get(s, 8), "hidden": 8, "blocks": 1} for s in (4, 8, 16, 32)],
        "top_down": [
            {"stride": 2 * finest, "width": 16, "hidden": 8, "blocks": 1, "channels": 4},
            {"stride": finest, "width": 2 * channels, "hidden": 8, "blocks": 2, "channels": channels},
        ],
        "refinement": [{"stride": s, "width": widths[s], "hidden": 8, "blocks": 1} for s in refinement],
        "synthesis": {"width": 48, "hidden": 8, "blocks": 1},
        "scale_network": {"width": 8, "table_count": 64, "scale_min": 0.05, "scale_max": 256.0},
    }


def preset_file(folder: Path, *, model: Mapping[str, Any] | None = None, **training: Any) -> Path:
    """The small preset as a TOML file, perhaps with another model, with entries of its [training] table replaced."""
    import json

    values = small_preset().as_dict()
    values["model"] = model or values["model"]
    values["training"] |= training
    lines = [f"{key} = {json.dumps(values[key])}" for key in ("name", "architecture", "seed")]
    for table in ("model", "training"):
        lines.append(f"[{table}]")
        lines += [f"{key} = {_toml(value)}" for key, value in values[table].items()]
    path = folder / "small.toml"
    path.write_text("\n".join(lines))
    return path


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def picture_folder(folder: Path, count: int = 6, side: int = 96) -> Path:
    """Pictures of smooth random colour with an edge, as PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    for number in range(count):
        coarse = generator.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        pixels = np.array(Image.fromarray(coarse).resize((side, side + number), Image.Resampling.BICUBIC))
        pixels[: side // 2, : side // 3] //= 2
        Image.fromarray(pixels).save(folder / f"picture-{number}.png")
    return folder


def small_model(seed: int = 0) -> QRes:
    """The small model with random weights large enough that its symbols are not all zero."""
    torch.manual_seed(seed)
    model = QRes(small_preset().model)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("linear.weight", "linear.bias")) and "log_gain" not in name:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval()
