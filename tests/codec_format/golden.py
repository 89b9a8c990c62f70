"""Frozen model packages, and a file that was made with one of them; `python -m tests.codec_format.golden` made them.

A golden file must decode to the same symbols for ever, so none is ever made anew: a change of the format adds another.
The packages come from the real exporter. Their networks are untrained, but scaled so that the symbols are lively.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from codec_format import bands, lossless
from codec_format.codec import Codec
from codec_format.container import read_container, write_container
from codec_format.frequency_tables import TOTAL, FrequencyTables, with_groups
from codec_format.lossless_predictor import (
    LARGEST_WEIGHT,
    PRECISIONS,
    REACHES,
    SCALES_OF_OFFSET,
    ClassWeights,
    HeadOutput,
    Predictor,
)
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture
from codec_format.post_filter import FEATURE_COUNT, PostFilter
from codec_format.post_filter_code import write_post_filter
from codec_format.settings import EncodeSettings
from tests.codec_format.packages import members_of, package_of

if TYPE_CHECKING:
    from torch import nn

    from training.checkpoint import LosslessState

GOLDEN_FOLDER = Path(__file__).parents[1] / "data" / "golden"
TINY_PACKAGE = GOLDEN_FOLDER / "tiny.qresmodel"  # portable, three latent blocks, graphs as before there were sections
SECTIONS_PACKAGE = GOLDEN_FOLDER / "sections.qresmodel"  # portable, three latent blocks, in sections
FLOAT_SCALE_PACKAGE = GOLDEN_FOLDER / "float.qresmodel"  # not portable, two latent blocks
REFINED_PACKAGE = GOLDEN_FOLDER / "refined.qresmodel"  # as LOSSLESS_PACKAGE, with a refinement at stride 8
FEATURE_PACKAGE = GOLDEN_FOLDER / "feature.qresmodel"  # the same, its encoder gives the feature that it ends with
HC_PACKAGE = GOLDEN_FOLDER / "hc.qresmodel"  # portable, a hyper-latent and three latents, in sections
LOSSLESS_PACKAGE = GOLDEN_FOLDER / "lossless.qresmodel"  # that of SECTIONS_PACKAGE with a lossless head
GROUPED_PACKAGE = GOLDEN_FOLDER / "grouped.qresmodel"  # SECTIONS_PACKAGE with rare symbols in groups
GOLDEN_FILE = GOLDEN_FOLDER / "version1.qres"  # made with TINY_PACKAGE
BANDED_FILE = GOLDEN_FOLDER / "version2.qres"  # made with SECTIONS_PACKAGE, two bands
JOINED_FILE = GOLDEN_FOLDER / "version3.qres"  # the same picture
SHIFTED_FILE = GOLDEN_FOLDER / "version4.qres"  # the same picture, in version 4
HC_FILE = GOLDEN_FOLDER / "hc.qres"  # made with HC_PACKAGE
LOSSLESS_FILE = GOLDEN_FOLDER / "lossless.qres"  # made with LOSSLESS_PACKAGE
PREDICTED_FILE = GOLDEN_FOLDER / "predicted.qres"  # the same picture, with predictors of every kind
GROUPED_FILE = GOLDEN_FOLDER / "grouped.qres"  # made with GROUPED_PACKAGE
FILTERED_FILE = GOLDEN_FOLDER / "filtered.qres"  # made with LOSSLESS_PACKAGE, with a post-filter

_LARGEST_LIMIT = 40


def golden_pixels() -> NDArray[np.uint8]:
    """The picture that `GOLDEN_FILE` was made of: uint8 [75, 100, 3], smooth on the left, rough on the right."""
    y, x = np.mgrid[0:75, 0:100]
    rough = np.random.default_rng(7).integers(0, 120, (75, 100))
    return np.stack([2 * x, 255 - 3 * y, np.where(x > 50, 60 + rough, 120)], axis=-1).astype(np.uint8)


def _build_tiny(refinement: Sequence[Mapping[str, int]] = ()) -> nn.Module:
    from training.model import QRes

    model = QRes(
        {
            "quality_count": 64,
            "lambda_min": 8.0,
            "lambda_max": 4096.0,
            "embedding_width": 8,
            "bottom_up": [{"stride": stride, "width": 8, "hidden": 8, "blocks": 1} for stride in (4, 8, 16, 32, 64)],
            "top_down": [
                {"stride": stride, "width": 8, "hidden": 8, "blocks": 1, "channels": 4} for stride in (64, 32, 16)
            ],
            "refinement": refinement,
            "synthesis": {"width": 8, "hidden": 8, "blocks": 1},
            "scale_network": {"width": 8, "table_count": 64, "scale_min": 0.05, "scale_max": 16.0},
        }
    )
    for block in model.latent_blocks:
        block.posterior_mean.weight *= 4
    for head in model.scale_network.heads:
        head.weight *= 8
    return model


def _build_float_scale() -> nn.Module:
    import torch

    from training.published import PublishedQResVAE

    model = PublishedQResVAE(
        {
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
        }
    )
    torch.nn.init.normal_(model.initial)
    for block in model.latent_blocks:
        torch.nn.init.normal_(block.prior_convs.c4.weight, std=4.0)
        torch.nn.init.normal_(block.posterior_convs.c4.weight, std=200.0)
        torch.nn.init.normal_(block.z_proj[0].weight)
    return model


def build_hc(rate: float = 2.0) -> nn.Module:
    """A small HC whose latents are lively; `rate` in bits per pixel decides which of them are transmitted."""
    from training.hierarchical_compression import HierarchicalCompression, ShallowLatentBlock

    model = HierarchicalCompression(
        {
            "lambda": 256.0,
            "width": 6,
            "shallow_channels": [4, 2],
            "thresholds": [0.5, 1.0],
            "scale_network": {"width": 8, "table_count": 64, "scale_min": 0.05, "scale_max": 16.0},
        }
    )
    model.bottom_up_path["16"].weight *= 40
    for block in model.latent_blocks:
        if isinstance(block, ShallowLatentBlock):
            block.rate.fill_(rate)
            last = [layer for layer in block.analysis.modules() if hasattr(layer, "weight")][-1]
            last.weight *= 20
    assert model.scale_network is not None
    for head in list(model.scale_network.heads)[1:]:
        head.weight *= 8
    return model


def _lossless_state() -> LosslessState:
    """A small head as it is before training, when it interpolates."""
    import torch

    from training.checkpoint import LosslessState
    from training.lossless_head import LosslessHead

    torch.manual_seed(1)
    settings = {"width": 12, "hidden": 12, "scale_count": 12, "scale_min": 0.1, "scale_max": 16.0}
    counts = torch.zeros(4 * 12, 11, dtype=torch.int32)
    return LosslessState(20, settings, LosslessHead(**settings).state_dict(), counts)


def _export(build: Callable[[], nn.Module], name: str, lossless: LosslessState | None = None) -> bytes:
    import torch

    from export.to_onnx import export_package

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    torch.manual_seed(0)
    with torch.no_grad():
        model = build()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.qresmodel"
        export_package(model, path, name=name, architecture="test", lossless=lossless)
        return path.read_bytes()


def any_predictor(generator: np.random.Generator, output: HeadOutput, scale_count: int) -> Predictor:
    """A predictor of any reach, with or without weights for each class, and with or without offsets."""
    offsets = np.zeros(-(-scale_count // SCALES_OF_OFFSET), np.int32)
    if generator.integers(2):
        offsets = generator.integers(-3, 4, len(offsets), dtype=np.int32)
    reach = int(generator.integers(-1, len(REACHES)))
    if reach < 0:
        return Predictor(None, 0, (None, None), offsets)
    classes: list[ClassWeights | None] = []
    for _ in range(2):
        precision, count = int(generator.choice(PRECISIONS)), output.feature_count(reach)
        largest = min(2**precision // 8 + 1, LARGEST_WEIGHT, 400)
        weights = generator.integers(-largest, largest + 1, count, dtype=np.int32)
        classes.append(ClassWeights(precision, weights) if generator.random() < 0.7 else None)
    return Predictor(reach, int(generator.integers(scale_count)), tuple(classes), offsets)


def _with_short_tables(package: bytes) -> bytes:
    """The package with tables of small limits, which escape more often and take a hundredth of the space."""
    members = members_of(package)
    tensors: dict[str, NDArray[Any]] = safetensors.numpy.load(members["tables.safetensors"])
    long = FrequencyTables.from_concatenated(tensors["entropy.limits"], tensors["entropy.frequencies"])
    limits = np.minimum(long.limits, _LARGEST_LIMIT)
    short = []
    for table, cut in zip(long.frequencies, long.limits - limits, strict=True):
        kept = table[cut : len(table) - cut].copy()
        kept[[0, -1]] += table[:cut].sum(), table[len(table) - cut :].sum()
        assert kept.sum() == TOTAL
        short.append(kept)
    tensors |= {"entropy.limits": limits, "entropy.frequencies": np.concatenate(short)}
    tables = {key: np.ascontiguousarray(value) for key, value in tensors.items()}
    return package_of(members | {"tables.safetensors": safetensors.numpy.save(tables)})


def _with_grouped_tables(package: bytes) -> bytes:
    """The package with tables whose symbols are nearly always 0 coded in groups."""
    members = members_of(package)
    manifest = json.loads(members["manifest.json"]) | {"version": 4}
    sizes, frequencies = with_groups(ModelPackage(package).frequency_tables).concatenated_groups()
    tensors = safetensors.numpy.load(members["tables.safetensors"])
    tensors |= {"entropy.group_sizes": sizes, "entropy.group_frequencies": frequencies}
    tables = {key: np.ascontiguousarray(value) for key, value in tensors.items()}
    changed = {"manifest.json": json.dumps(manifest).encode(), "tables.safetensors": safetensors.numpy.save(tables)}
    return package_of(members | changed)


def main() -> int:
    """Make what is not there yet.

    BANDED_FILE, JOINED_FILE and REFINED_PACKAGE were made by the program when it wrote their versions.
    """
    GOLDEN_FOLDER.mkdir(exist_ok=True)
    if not TINY_PACKAGE.exists():
        TINY_PACKAGE.write_bytes(_export(_build_tiny, "tiny"))
    if not SECTIONS_PACKAGE.exists():
        SECTIONS_PACKAGE.write_bytes(_with_short_tables(_export(_build_tiny, "sections")))
    if not GROUPED_PACKAGE.exists():
        GROUPED_PACKAGE.write_bytes(_with_grouped_tables(SECTIONS_PACKAGE.read_bytes()))
    if not FLOAT_SCALE_PACKAGE.exists():
        FLOAT_SCALE_PACKAGE.write_bytes(_with_short_tables(_export(_build_float_scale, "float")))
    if not HC_PACKAGE.exists():
        HC_PACKAGE.write_bytes(_with_short_tables(_export(build_hc, "hc")))
    if not LOSSLESS_PACKAGE.exists():
        LOSSLESS_PACKAGE.write_bytes(_with_short_tables(_export(_build_tiny, "lossless", _lossless_state())))
    if not FEATURE_PACKAGE.exists():
        stage = {"stride": 8, "width": 8, "hidden": 8, "blocks": 1}
        refined = _export(lambda: _build_tiny([stage]), "feature", _lossless_state())
        FEATURE_PACKAGE.write_bytes(_with_short_tables(refined))
    if not LOSSLESS_FILE.exists():
        codec = Codec(ModelPackage.load(LOSSLESS_PACKAGE), "cpu")
        LOSSLESS_FILE.write_bytes(codec.encode(Picture(golden_pixels()), EncodeSettings(lossless=True)))
    if not PREDICTED_FILE.exists():
        codec = Codec(ModelPackage.load(LOSSLESS_PACKAGE), "cpu")
        # An encoder fits none to a picture this small.
        generator = np.random.default_rng(0)
        scales = codec.package.lossless_head.scale_count
        with patch.object(lossless, "fit_predictor", lambda output, *_: any_predictor(generator, output, scales)):
            data = codec.encode(Picture(golden_pixels()), EncodeSettings(lossless=True))
        PREDICTED_FILE.write_bytes(data)
    if not GOLDEN_FILE.exists():
        codec = Codec(ModelPackage.load(TINY_PACKAGE), "cpu")
        GOLDEN_FILE.write_bytes(codec.encode(Picture(golden_pixels(), xmp=b"<xmp/>"), EncodeSettings(80)))
    if not SHIFTED_FILE.exists():
        codec = Codec(ModelPackage.load(SECTIONS_PACKAGE), "cpu")
        alpha = golden_pixels()[:, :, 2]
        with patch.object(bands, "_UNDIVIDED_PIXELS", 0), patch.object(bands, "_BAND_PIXELS", 1):
            data = codec.encode(Picture(golden_pixels(), exif=b"exif", alpha=alpha), EncodeSettings(80))
        container = read_container(data)
        SHIFTED_FILE.write_bytes(write_container(replace(container, header=replace(container.header, orientation=6))))
    if not FILTERED_FILE.exists():
        codec = Codec(ModelPackage.load(LOSSLESS_PACKAGE), "cpu")
        # Weights in every group; an encoder fits fewer to what untrained networks give.
        weights = np.random.default_rng(0).integers(-9, 10, (FEATURE_COUNT, 3), dtype=np.int32)
        container = read_container(codec.encode(Picture(golden_pixels()), EncodeSettings(80)))
        container = replace(container, post_filter=write_post_filter(PostFilter(6, weights)))
        FILTERED_FILE.write_bytes(write_container(container))
    if not GROUPED_FILE.exists():
        codec = Codec(ModelPackage.load(GROUPED_PACKAGE), "cpu")
        GROUPED_FILE.write_bytes(codec.encode(Picture(golden_pixels()), EncodeSettings(80)))
    if not HC_FILE.exists():
        codec = Codec(ModelPackage.load(HC_PACKAGE), "cpu")
        HC_FILE.write_bytes(codec.encode(Picture(golden_pixels()), EncodeSettings(80)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
