"""From a checkpoint to a package that encodes and decodes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from codec_format import Codec, Picture
from codec_format.container import read_container
from codec_format.frequency_tables import FrequencyTables, gaussian_tables, with_groups
from codec_format.model_package import ModelPackage
from codec_format.settings import EncodeSettings
from export.errors import ExportError
from export.integers import EXACT_LIMIT
from export.to_onnx import export_package, main
from tests.codec_format.files import without_post_filter
from tests.export.conftest import Exported
from tests.export.small_models import (
    CHANNELS,
    QUALITIES,
    STRIDES,
    TABLES,
    lively_weights,
    one_published_block,
    sessions,
    two_blocks,
)
from tests.reference.scale_network import ScaleNetwork as ReferenceNetwork
from tests.training.small_model import small_preset
from training.checkpoint import Checkpoint, save_checkpoint
from training.fit_scale_network import NEW_SCALE_NETWORK, residual_symbols
from training.model import QRes
from training.preset import Preset
from training.published import PublishedQResVAE

BLOCK_GRAPHS = {"bottom_up", "prior_00", "posterior_00", "merge_00", "synthesis"}  # of a model with one latent block


def picture(height: int = 75, width: int = 100) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    y, x = np.mgrid[0:height, 0:width]
    rough = np.random.default_rng(7).integers(0, 120, (height, width))
    return np.stack([2 * x, 255 - 3 * y, np.where(x > 50, 60 + rough, 120)], axis=-1).astype(np.uint8)


def half_precision_model(exported: Exported) -> QRes:
    """What the package computes: the weights of the checkpoint, tabulated and rounded to float16."""
    from export.to_onnx import _round_to_half

    model = QRes(two_blocks().model).eval()
    model.load_state_dict(exported.weights)
    model.tabulate()
    _round_to_half(model)
    return model


def test_manifest_says_what_was_exported(exported: Exported) -> None:
    manifest = ModelPackage.load(exported.package).manifest
    assert manifest.portable
    assert manifest.name == "lively"
    assert manifest.architecture == "qres"
    assert manifest.metric == "mse"
    assert manifest.alignment == 16
    assert [(block.stride, block.channels) for block in manifest.blocks] == list(zip(STRIDES, CHANNELS, strict=True))
    assert manifest.table_count == TABLES
    assert manifest.lambdas == pytest.approx([8.0, 64.0, 512.0, 4096.0], rel=1e-5)
    assert manifest.training == {"steps": 123, "preset": "two-blocks"}
    assert manifest.parameters == sum(value.numel() for value in exported.weights.values())
    assert set(manifest.macs_per_pixel) == {"encode", "decode", "scale_network"}
    assert all(macs > 0 for macs in manifest.macs_per_pixel.values())
    # One 3x3 convolution per stage of the bottom-up path (and the stem), three per latent block of an encoder (the last
    # merge apart), two of a decoder, and two at stride 4 in the synthesis; rounded up to the largest stride.
    assert manifest.halos == {
        "bottom_up_8": 16,
        "bottom_up_16": 16,
        "encoder_16": 48,
        "decoder_16": 32,
        "encoder_8": 16,
        "decoder_8": 32,
    }


def test_report_stands_beside_the_package_and_is_printed(exported: Exported) -> None:
    report = json.loads(exported.package.with_suffix(".report.json").read_text())
    assert report == json.loads(exported.printed)
    assert report["package"] == "model.qresmodel"
    assert report["bytes"] == exported.package.stat().st_size
    assert set(report["exactness"]) == {"scale.0.head", "scale.1.head", "scale.1.update"}
    assert all(0 < bound < EXACT_LIMIT for bound in report["exactness"].values())
    assert set(report["comparison"]) == set(ModelPackage.load(exported.package).graph_names())


def test_the_same_checkpoint_gives_the_same_bytes(exported: Exported, tmp_path: Path) -> None:
    """In another process, and so with other hashes of strings."""
    model = QRes(two_blocks().model)
    model.load_state_dict(exported.weights)
    torch.manual_seed(99)
    again = tmp_path / "again.qresmodel"
    report = export_package(
        model,
        again,
        name="lively",
        architecture="qres",
        training={"preset": "two-blocks", "steps": 123},
        symbol_counts=exported.symbol_counts,
    )
    assert report["bytes"] == again.stat().st_size
    assert again.read_bytes() == exported.package.read_bytes()


def test_tables_are_fitted_where_symbols_were_counted(exported: Exported) -> None:
    tables = ModelPackage.load(exported.package).frequency_tables
    model = QRes(two_blocks().model)
    gaussian = gaussian_tables(model.scale_network.scale_of(torch.arange(TABLES)).tolist())
    assert np.array_equal(tables.limits, gaussian.limits)
    for number, (fitted, plain) in enumerate(zip(tables.frequencies, gaussian.frequencies, strict=True)):
        assert fitted.sum() == 2**24
        assert np.array_equal(fitted, fitted[::-1])
        if number != 3:
            assert np.abs(fitted - plain).max() <= 2**24 * 1e-3
    limit = int(tables.limits[3])
    share = tables.frequencies[3] / 2**24
    assert share[limit] == pytest.approx(10**6 / 1_100_001, rel=0.01)
    assert share[limit + 1] == pytest.approx(0.5 * 10**5 / 1_100_001, rel=0.02)


def test_tables_of_rare_symbols_are_coded_in_groups(exported: Exported) -> None:
    tables = ModelPackage.load(exported.package).frequency_tables
    expected = with_groups(FrequencyTables(tables.limits, tables.frequencies)).groups
    assert 0 < len(expected) < TABLES
    assert {table: group.size for table, group in tables.groups.items()} == {
        table: group.size for table, group in expected.items()
    }
    for table, group in expected.items():
        assert np.array_equal(tables.groups[table].frequencies, group.frequencies)


@pytest.mark.parametrize("quality", [0, 40, 100])
def test_package_encodes_and_decodes(exported: Exported, quality: int) -> None:
    codec = Codec(ModelPackage.load(exported.package), "cpu")
    pixels = picture()
    data = codec.encode(Picture(pixels), EncodeSettings(quality))
    result = codec.decode(data)
    assert not result.warnings
    assert result.picture.pixels.shape == pixels.shape


def encoded_in_every_mode(package: ModelPackage, inputs: dict[str, Any]) -> dict[str, list[Any]]:
    """Symbols of both latent blocks from the sections of the encoder, for every setting of ONNX Runtime."""
    graphs = [package.graph(name) for name in ("bottom_up_8", "bottom_up_16", "encoder_16", "encoder_8")]
    quality_index = {"quality_index": inputs["quality_index"]}
    results = {}
    for steps in zip(*(sessions(graph.model, graph.weights) for graph in graphs), strict=True):
        fine_path, coarse_path, coarse_encoder, fine_encoder = (session for _, session in steps)
        (fine,) = fine_path.run(["feature_out"], inputs)
        (coarse,) = coarse_path.run(["feature_out"], {"feature": fine} | quality_index)
        first, feature = coarse_encoder.run(["symbols_00", "feature_out"], {"bottom_up": coarse} | quality_index)
        (second,) = fine_encoder.run(["symbols_01"], {"feature": feature, "bottom_up": fine} | quality_index)
        results[steps[0][0]] = [first, second]
    return results


@torch.no_grad()
def test_symbols_and_tables_of_a_file_are_those_of_pytorch(exported: Exported) -> None:
    """The coded symbols are the model's; the table indices follow from them exactly, at every optimisation level."""
    package = ModelPackage.load(exported.package)
    model = half_precision_model(exported)
    pixels = picture(64, 96)
    tensors = dict(package._tensors["tables.safetensors"])
    for quality_index in range(QUALITIES):
        inputs = {"picture": pixels[None], "quality_index": np.array([quality_index], np.int64)}
        # After tabulation the index itself is the condition.
        model.embedding = torch.nn.Identity()  # type: ignore[assignment]
        expected = residual_symbols(
            model, torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255, torch.tensor([quality_index])
        )
        assert any(bool(symbols.any()) for symbols in expected)
        results = encoded_in_every_mode(package, inputs)
        for setting, coded in results.items():
            for ours, theirs in zip(coded, expected, strict=True):
                # The last bits of float32 differ: a tie may fall the other way, which costs nothing.
                assert (ours != theirs.numpy()).mean() < 1e-3, setting
        symbols = results["ENABLE_ALL with 1 threads"]
        reference = ReferenceNetwork(tensors, STRIDES, quality_index, symbols[0].shape[2:])
        first = reference.table_index()
        reference.next_block(symbols[0][0])
        second = reference.table_index()
        start, advance = package.graph("scale_00"), package.graph("scale_01")
        feed = {"quality_index": inputs["quality_index"], "grid_shape": np.array(symbols[0].shape[2:], np.int64)}
        for (setting, one), (_, other) in zip(
            sessions(start.model, start.weights), sessions(advance.model, advance.weights), strict=True
        ):
            state, index = one.run(["state_out", "table_index"], feed)
            assert np.array_equal(index[0], first), setting
            later = {"state": state, "symbols": symbols[0], "quality_index": inputs["quality_index"]}
            assert np.array_equal(other.run(["table_index"], later)[0][0], second), setting


def test_published_architecture_is_marked_not_portable(tmp_path: Path) -> None:
    preset = one_published_block()
    model = PublishedQResVAE(preset.model)
    model.load_state_dict(lively_weights(preset))
    report = export_package(model, tmp_path / "float.qresmodel", name="float", architecture=preset.architecture)
    package = ModelPackage.load(tmp_path / "float.qresmodel")
    assert not package.manifest.portable
    assert package.manifest.quality_count == 1
    assert package.manifest.table_count == 64
    assert report["exactness"] == {}
    assert set(package.graph_names()) == BLOCK_GRAPHS
    codec = Codec(package, "cpu")
    data = codec.encode(Picture(picture()), EncodeSettings(50))
    (band,) = read_container(data).blocks[0].bands
    assert band is not None
    assert len(band.payload) > 10
    assert codec.decode(data).picture.pixels.shape == (75, 100, 3)


def test_published_architecture_with_a_scale_network_is_portable(tmp_path: Path) -> None:
    preset = one_published_block(scale_network=NEW_SCALE_NETWORK)
    model = PublishedQResVAE(preset.model)
    model.load_state_dict(lively_weights(preset))
    export_package(model, tmp_path / "portable.qresmodel", name="portable", architecture=preset.architecture)
    package = ModelPackage.load(tmp_path / "portable.qresmodel")
    assert package.manifest.portable
    assert set(package.graph_names()) == BLOCK_GRAPHS | {"scale_00", "bottom_up_8", "encoder_8", "decoder_8"}
    codec = Codec(package, "cpu")
    result = codec.decode(codec.encode(Picture(picture()), EncodeSettings(50)))
    assert not result.warnings


def one_swin_block(**more: Any) -> Preset:
    """`one_published_block` with Swin blocks, in windows that do not divide the picture of the tests."""
    stage = {"stride": 8, "width": 32, "kernel": 4}
    return one_published_block(
        residual_block="swin",
        bottom_up=[stage | {"blocks": 2}],
        top_down=[stage | {"blocks": 1, "channels": 4}],
        **more,
    )


def test_swin_blocks_compute_in_onnx_what_they_do_in_pytorch(tmp_path: Path) -> None:
    preset = one_swin_block()
    model = PublishedQResVAE(preset.model)
    model.load_state_dict(lively_weights(preset))
    export_package(model, tmp_path / "swin.qresmodel", name="swin", architecture=preset.architecture)
    codec = Codec(ModelPackage.load(tmp_path / "swin.qresmodel"), "cpu")
    original = picture(88, 120)  # features of 11 x 15 positions
    data = without_post_filter(codec.encode(Picture(original), EncodeSettings(50)))
    decoded = codec.decode(data).picture.pixels
    pixels = torch.from_numpy(original).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        expected = model(pixels, rounded=True).reconstruction[0].permute(1, 2, 0).clamp(-1, 1).numpy() * 127.5 + 127.5
    assert np.abs(decoded - expected).mean() < 0.5  # a residual in the middle of two integers may be rounded either way


def test_swin_blocks_cannot_be_computed_in_tiles(tmp_path: Path) -> None:
    preset = one_swin_block(scale_network=NEW_SCALE_NETWORK)
    model = PublishedQResVAE(preset.model)
    with pytest.raises(ExportError, match="cannot be computed in tiles"):
        export_package(model, tmp_path / "swin.qresmodel", name="swin", architecture=preset.architecture)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("scale_network.heads.0.weight", 1e3, "A weight of the scale network"),
        ("scale_network.update_biases.0.linear.bias", 1e7, "A bias of the scale network"),
        ("scale_network.updates.0.weight", float("nan"), "A weight of the scale network"),
        ("latent_blocks.0.posterior_mean.weight", 1e6, "exceeds the range of float16"),
        ("synthesis_path.output.bias", float("nan"), "exceeds the range of float16"),
    ],
)
def test_diverged_weights_are_refused_before_anything_is_written(
    exported: Exported, tmp_path: Path, name: str, value: float, message: str
) -> None:
    model = QRes(two_blocks().model)
    model.load_state_dict(exported.weights)
    with torch.no_grad():
        model.get_parameter(name).view(-1)[0] = value
    with pytest.raises(ExportError, match=message):
        export_package(model, tmp_path / "out.qresmodel", name="x", architecture="qres")
    assert not list(tmp_path.iterdir())


def test_bad_checkpoints_and_places_end_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = str(tmp_path / "out.qresmodel")
    (tmp_path / "noise.safetensors").write_bytes(bytes(range(256)))
    weights = {"weight": torch.zeros(2)}
    save_checkpoint(Checkpoint(small_preset(), 1, {}, weights), tmp_path / "other.safetensors")
    for arguments, message in (
        ([str(tmp_path / "absent.safetensors"), "-o", target], "absent.safetensors cannot be read"),
        ([str(tmp_path / "noise.safetensors"), "-o", target], "noise.safetensors cannot be read"),
        ([str(tmp_path / "other.safetensors"), "-o", target], "do not fit the model"),
        ([str(tmp_path / "other.safetensors"), "-o", str(tmp_path / "absent" / "out")], "its folder does not exist"),
    ):
        assert main(arguments) == 1
        output = capsys.readouterr()
        assert output.err.startswith("error: ")
        assert message in output.err
        assert not output.out
    assert not list(tmp_path.glob("out*"))
