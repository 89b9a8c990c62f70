"""The scale hyperprior from training to files, HC as files: the factorised prior and the scale network as integers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from codec_format import Codec, Picture
from codec_format.container import read_container, write_container
from codec_format.model_package import ModelPackage
from codec_format.settings import EncodeSettings
from export.graphs import build_graphs
from export.integers import integer_scale_network, prove_exact
from export.to_onnx import export_package, table_choices
from export.to_onnx import main as export_main
from tests.codec_format.files import without_post_filter
from tests.codec_format.golden import HC_PACKAGE, build_hc
from tests.reference.container import read_file
from tests.reference.package import read_package
from tests.reference.scale_network import ScaleNetwork as ReferenceNetwork
from tests.reference.symbols import decode_symbols
from tests.training.small_model import picture_folder
from training.checkpoint import load_checkpoint, save_checkpoint
from training.fit_scale_network import main as fit_main
from training.preset import load_preset
from training.quality import QualityEmbedding
from training.scale_network import LatentShape, ScaleNetwork
from training.train import main as train_main

WIDTH = 6  # channels of the hyper-latent, here and in the golden package
PRESET = """
name = "toy"
architecture = "hyperprior"
[model]
lambda = 64.0
width = 6
channels = 5
[training]
distortion = "mse"
batch = 1
crop = 64
optimiser = "adam"
learning_rate = 1e-3
adam_learning_rate = 1e-3
weight_decay = 0.0
warm_up = 0
hierarchy_warm_up = 0
decay = 0.0
gradient_clip = 1.0
ema = 0.0
lambda_weight = 0.0
downscale = 1.0
drawn = 0.0
recoloured = 0.0
"""


@dataclass(frozen=True)
class Made:
    """An architecture, its package, and a picture of odd size as a file."""

    architecture: str
    package_file: Path
    codec: Codec
    pixels: np.ndarray[Any, np.dtype[np.uint8]]
    data: bytes


def toy_hyperprior(folder: Path) -> Path:
    """A package trained, fitted and exported with the commands; between them the symbols are made lively."""
    pictures = str(picture_folder(folder / "pictures", count=2))
    (folder / "toy.toml").write_text(PRESET)
    options = ["--preset", str(folder / "toy.toml"), "--data", pictures, "--output", str(folder), "--steps", "2"]
    assert train_main([*options, "--device", "cpu", "--threads", "1"]) == 0
    checkpoint = load_checkpoint(folder / "last.safetensors")
    weights = dict(checkpoint.ema)
    weights["bottom_up_path.16.down4.weight"] *= 40
    save_checkpoint(replace(checkpoint, model={}, ema=weights, optimisers={}), folder / "lively.safetensors")
    fit = [str(folder / "lively.safetensors"), "--data", pictures, "-o", str(folder / "fitted.safetensors")]
    assert fit_main([*fit, "--steps", "3", "--batch", "1", "--crop", "64", "--device", "cpu"]) == 0
    assert export_main([str(folder / "fitted.safetensors"), "-o", str(folder / "toy.qresmodel")]) == 0
    return folder / "toy.qresmodel"


@pytest.fixture(scope="module", params=["hyperprior", "hc"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Both architectures; the package of HC is a golden one."""
    package_file = HC_PACKAGE if request.param == "hc" else toy_hyperprior(tmp_path_factory.mktemp("toy"))
    codec = Codec(ModelPackage.load(package_file), "cpu")
    pixels = np.random.default_rng(3).integers(0, 256, (75, 101, 3), dtype=np.uint8)
    return Made(request.param, package_file, codec, pixels, codec.encode(Picture(pixels), EncodeSettings(50)))


def test_the_package_is_portable_and_has_a_table_for_every_channel_of_the_hyper_latent(made: Made) -> None:
    manifest = made.codec.package.manifest
    assert manifest.portable
    assert manifest.table_count == 64 + WIDTH
    assert manifest.quality_count == 1
    strides = {"hyperprior": [64, 16], "hc": [64, 16, 8, 4]}[made.architecture]
    assert [block.stride for block in manifest.blocks] == strides


def test_files_of_odd_size_go_there_and_back(made: Made) -> None:
    result = made.codec.decode(made.data)
    assert not result.warnings
    assert result.picture.pixels.shape == made.pixels.shape
    blocks = made.codec.read_symbols(made.data).blocks
    assert all(block.any() for block in blocks)


def test_the_reference_decoder_reads_the_same_symbols(made: Made) -> None:
    decoded = list(decode_symbols(read_file(made.data), read_package(made.package_file)))
    ours = made.codec.read_symbols(made.data).blocks
    assert len(decoded) == len(ours)
    for (_, symbols), block in zip(decoded, ours, strict=True):
        assert np.array_equal(symbols, block)
    first, second = decoded[0][0], decoded[1][0]
    assert all((first[channel] == 64 + channel).all() for channel in range(WIDTH))
    assert second.max() < 64


def test_the_first_blocks_alone_are_a_picture(made: Made) -> None:
    container = read_container(made.data)
    pictures = [result.picture.pixels for result in made.codec.progressive(made.data)]
    for count in range(1, len(container.blocks)):
        result = made.codec.decode(write_container(replace(container, blocks=container.blocks[:count])))
        assert result.blocks_decoded == count
        assert any("coarser" in warning for warning in result.warnings)
        assert np.array_equal(result.picture.pixels, pictures[count - 1])
    assert np.array_equal(made.codec.decode(made.data).picture.pixels, pictures[-1])
    assert not np.array_equal(pictures[0], pictures[1])


@pytest.mark.parametrize(("rate", "transmitted"), [(0.4, 2), (0.7, 3)])
def test_the_shallow_latents_of_hc_take_no_bytes_at_low_rates(tmp_path: Path, rate: float, transmitted: int) -> None:
    torch.manual_seed(0)
    with torch.no_grad():
        model = build_hc(rate)
    export_package(model, tmp_path / "low.qresmodel", name="low", architecture="hc")  # type: ignore[arg-type]
    codec = Codec(ModelPackage.load(tmp_path / "low.qresmodel"), "cpu")
    pixels = np.random.default_rng(4).integers(0, 256, (75, 101, 3), dtype=np.uint8)
    data = codec.encode(Picture(pixels), EncodeSettings(50))
    assert [bool(stream.bands[0].payload) for stream in read_container(data).blocks] == [
        number < transmitted for number in range(4)
    ]
    pictures = [result.picture.pixels for result in codec.progressive(without_post_filter(data))]
    assert not np.array_equal(pictures[transmitted - 2], pictures[transmitted - 1])
    assert all(np.array_equal(picture, pictures[transmitted - 1]) for picture in pictures[transmitted:])


@torch.no_grad()
def test_without_a_scale_network_the_priors_choose_the_tables() -> None:
    preset = load_preset("hyperprior")
    model = replace(preset, model=dict(preset.model) | {"width": WIDTH, "channels": 5}).build_model().eval()
    sigmas = torch.exp(torch.linspace(-3, 5, 64))
    graphs = {graph.name: graph for graph in build_graphs(model, [], table_choices(model, sigmas))}
    feature, mean, table_index = graphs["prior_00"].module(torch.zeros(1, 1, 2, 3))  # type: ignore[misc]
    assert table_index.dtype == torch.uint8
    assert table_index.shape == mean.shape == (1, WIDTH, 2, 3)
    assert all(bool((table_index[0, channel] == 64 + channel).all()) for channel in range(WIDTH))
    scale = model.blocks[1].prior(9 * torch.randn_like(feature))[2]  # type: ignore[misc]
    assert bool((table_choices(model, sigmas)[1](mean, scale) < 64).all())
    assert len(scale.unique()) > 10


def sub_pixel_network(width: int = 8, channels: int = 5) -> ScaleNetwork:
    """A factorised block at stride 64, others at strides 16, 16 and 8, with heads that reach all tables."""
    torch.manual_seed(1)
    shapes = [LatentShape(64, channels, factorised=True), LatentShape(16, 4), LatentShape(16, 3), LatentShape(8, 2)]
    network = ScaleNetwork(
        shapes,
        width=width,
        table_count=32,
        scale_min=0.05,
        scale_max=64.0,
        embedding=QualityEmbedding(1, 1, 64.0, 64.0),
        sub_pixel=True,
    )
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if "heads" in name:
                weight *= 12
    return network


@torch.no_grad()
def test_integers_compute_what_the_quantised_network_was_trained_for() -> None:
    network = sub_pixel_network()
    network.quantised = True
    tensors = integer_scale_network(network)
    prove_exact(tensors)
    tables = {"entropy.limits": np.ones(32 + 5, np.int32)}
    generator = np.random.default_rng(0)
    symbols = [
        generator.integers(-9, 10, (shape.channels, 128 // shape.stride, 192 // shape.stride)).astype(np.int32)
        for shape in network.shapes
    ]
    trained = network(torch.zeros(1), [torch.from_numpy(block).float()[None] for block in symbols])
    reference = ReferenceNetwork(tensors | tables, [shape.stride for shape in network.shapes], 0, (2, 3))
    seen: set[int] = set()
    for number, ours in enumerate(trained):
        if number:
            reference.next_block(symbols[number - 1])
        theirs = reference.table_index()
        difference = np.abs(ours[0].numpy() - theirs)
        # The trained network does not round its biases: now and then a value falls to the other side.
        assert difference.max() <= 1
        assert (difference > 0).mean() < 0.03
        assert number == 0 or theirs.max() <= 31
        seen |= set(theirs.ravel().tolist())
    assert len(seen) > 20


@torch.no_grad()
def test_the_scale_network_sees_the_signs_of_a_hyper_latent_and_every_position_apart() -> None:
    network = sub_pixel_network()
    zeros = [torch.zeros(1, s.channels, 192 // s.stride, 192 // s.stride) for s in network.shapes]
    results = []
    for value in (3.0, -3.0):
        symbols = [zeros[0].clone(), *zeros[1:]]
        symbols[0][0, 0, 1, 1] = value
        results.append(network(torch.zeros(1), symbols)[1][0])
    assert not torch.allclose(*results)
    under = results[0][:, 4:8, 4:8].flatten(1)
    assert all(len(channel.unique()) > 1 for channel in under)


@torch.no_grad()
def test_a_wide_hyper_latent_keeps_the_arithmetic_exact() -> None:
    """As many channels as a package can have tables for, and weights as bad as they come."""
    network = sub_pixel_network(width=48, channels=192)
    with torch.no_grad():
        network.updates[0].weight.fill_(0.9)  # type: ignore[operator, union-attr]
    bounds = {bound.layer: bound.bound for bound in prove_exact(integer_scale_network(network))}
    assert bounds["scale.1.update"] < 2**24
