"""The graphs of a model package as torch modules: what each takes, returns and calls in the model.

Names, shapes and dtypes are those of FORMAT.md, "Model package". Batch size is 1 throughout.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from export.integers import IntegerScaleStep

_SYMBOL_LIMIT = 32767  # keeps a wild posterior from overflowing int32; far outside every table
_EXAMPLE_GRID = (2, 3)  # positions at the coarsest stride in the example inputs


@dataclass(frozen=True)
class Graph:
    """One ONNX graph: module, example inputs, names, and per input its dimension sizes in coarsest-grid units.

    `scales` gives, per input, how many elements each spatial axis has per position of the coarsest grid, or None.
    """

    name: str
    module: nn.Module
    inputs: dict[str, Tensor]
    scales: dict[str, tuple[tuple[int, int], int] | None]
    outputs: tuple[str, ...]


class FunctionModule(nn.Module):
    """A function with the modules it uses, as a module."""

    def __init__(self, function: Callable[..., object], **parts: nn.Module) -> None:
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *inputs: Tensor) -> object:
        return self.function(*inputs)


def picture_to_model(picture: Tensor) -> Tensor:
    """uint8 [1, H, W, 3] -> float32 [1, 3, H, W] in 0..1."""
    return picture.permute(0, 3, 1, 2).float() / 255.0


def model_to_picture(reconstruction: Tensor) -> Tensor:
    """float32 [1, 3, H, W], nominally 0..1 -> uint8 [1, H, W, 3], rounded half to even."""
    return torch.round(reconstruction.clamp(0, 1) * 255.0).to(torch.uint8).permute(0, 2, 3, 1)


def symbols_of(posterior_mean: Tensor, prior_mean: Tensor) -> Tensor:
    """Residual rounding: round(posterior mean - prior mean), half to even, int32."""
    return torch.round(posterior_mean - prior_mean).clamp(-_SYMBOL_LIMIT, _SYMBOL_LIMIT).to(torch.int32)


def build_graphs(
    model: nn.Module, scale_steps: list[IntegerScaleStep], quantise_scale: Callable[[Tensor], Tensor] | None
) -> list[Graph]:
    """All graphs of a package.

    With `scale_steps` (portable) there are scale graphs and the fused encoder and decoder; otherwise `quantise_scale`
    turns the float scale of each prior into table indices.
    """
    blocks = list(model.latent_blocks)  # type: ignore[arg-type]
    coarsest = blocks[0].stride
    height, width = _EXAMPLE_GRID
    quality = torch.zeros(1, dtype=torch.int64)
    picture = torch.randint(0, 256, (1, height * coarsest, width * coarsest, 3), dtype=torch.uint8)
    grid = torch.zeros(1, 1, height, width)
    graphs: list[Graph] = []

    def spatial(scale: int, first_axis: int = 2) -> tuple[tuple[int, int], int]:
        return ((first_axis, first_axis + 1), scale)

    def add(
        name: str,
        function: Callable[..., object],
        inputs: dict[str, tuple[Tensor, tuple[tuple[int, int], int] | None]],
        outputs: tuple[str, ...],
        **parts: nn.Module,
    ) -> None:
        if getattr(model, "quality_count", 1) > 1 or name.startswith("scale"):
            inputs = inputs | {"quality_index": (quality, None)}
            called = function
        else:

            def called(*tensors: Tensor) -> object:
                return function(*tensors, None)

        graphs.append(
            Graph(
                name,
                FunctionModule(called, **parts).eval(),
                {key: tensor for key, (tensor, _) in inputs.items()},
                {key: scale for key, (_, scale) in inputs.items()},
                outputs,
            )
        )

    strides = sorted({block.stride for block in blocks})

    def bottom_up(pixels: Tensor, condition: Tensor | None) -> tuple[Tensor, ...]:
        features = model.bottom_up(picture_to_model(pixels), condition)  # type: ignore[operator]
        return tuple(features[stride] for stride in strides)

    add(
        "bottom_up",
        bottom_up,
        {"picture": (picture, spatial(coarsest, 1))},
        tuple(f"bottom_up_{stride}" for stride in strides),
        model=model,
    )

    def prior_of(block: nn.Module) -> Callable[..., tuple[Tensor, ...]]:
        def prior(feature: Tensor, condition: Tensor | None) -> tuple[Tensor, ...]:
            feature, mean, *scale = block.prior(feature, condition)  # type: ignore[operator]
            if quantise_scale is None:
                return feature, mean
            return feature, mean, quantise_scale(scale[0])

        return prior

    def first_prior(start: Tensor, condition: Tensor | None) -> tuple[Tensor, ...]:
        feature = model.initial_feature(condition, 1, 1) + start  # type: ignore[operator]
        return prior_of(blocks[0])(feature, condition)

    prior_outputs = ("feature_out", "prior_mean") + (() if quantise_scale is None else ("table_index",))
    with torch.no_grad():
        condition = quality if getattr(model, "quality_count", 1) > 1 else None
        features = model.bottom_up(picture_to_model(picture), condition)  # type: ignore[operator]
        feature = model.initial_feature(condition, height, width)  # type: ignore[operator]
        before = coarsest
        for number, block in enumerate(blocks):
            if number == 0:
                add("prior_00", first_prior, {"grid": (grid, spatial(1))}, prior_outputs, model=model)
            else:
                add(
                    f"prior_{number:02}",
                    prior_of(block),
                    {"feature": (feature, spatial(coarsest // before))},
                    prior_outputs,
                    block=block,
                )
            feature, mean, *_ = block.prior(feature, condition)
            scale = spatial(coarsest // block.stride)
            add(
                f"posterior_{number:02}",
                block.posterior,
                {"feature": (feature, scale), "bottom_up": (features[block.stride], scale)},
                ("posterior_mean",),
                block=block,
            )
            add(
                f"merge_{number:02}",
                block.merge,
                {"feature": (feature, scale), "latent": (mean, scale)},
                ("feature_out",),
                block=block,
            )
            feature = block.merge(feature, mean, condition)
            before = block.stride
    add(
        "synthesis",
        lambda feature, condition: model_to_picture(model.synthesis(feature, condition)),  # type: ignore[operator]
        {"feature": (feature, spatial(coarsest // before))},
        ("picture",),
        model=model,
    )
    if not scale_steps:
        return graphs

    shapes = [(block.stride, block.channels) for block in blocks]
    symbols = {
        f"symbols_{number:02}": (
            torch.zeros((1, channels, height * coarsest // stride, width * coarsest // stride), dtype=torch.int32),
            spatial(coarsest // stride),
        )
        for number, (stride, channels) in enumerate(shapes)
    }
    outputs = ("state_out", "table_index")
    for number, step in enumerate(scale_steps):
        if number == 0:
            add("scale_00", step.start, {"grid": (grid, spatial(1))}, outputs, step=step)
            continue
        previous = coarsest // shapes[number - 1][0]
        state = torch.zeros(1, step.update.weight.shape[0], height * previous, width * previous)
        add(
            f"scale_{number:02}",
            step.advance,
            {"state": (state, spatial(previous)), "symbols": symbols[f"symbols_{number - 1:02}"]},
            outputs,
            step=step,
        )

    def encoder(pixels: Tensor, condition: Tensor) -> tuple[Tensor, ...]:
        features = model.bottom_up(picture_to_model(pixels), condition)  # type: ignore[operator]
        coarse = features[coarsest]
        feature = model.initial_feature(condition, coarse.shape[2], coarse.shape[3])  # type: ignore[operator]
        coded = []
        for block in blocks:
            feature, mean = block.prior(feature, condition)[:2]
            coded.append(symbols_of(block.posterior(feature, features[block.stride], condition), mean))
            if block is not blocks[-1]:
                feature = block.merge(feature, mean + coded[-1].float(), condition)
        return tuple(coded)

    def decoder(*inputs: Tensor) -> Tensor:
        *coded, condition = inputs
        feature = model.initial_feature(condition, coded[0].shape[2], coded[0].shape[3])  # type: ignore[operator]
        for block, residual in zip(blocks, coded, strict=True):
            feature, mean = block.prior(feature, condition)[:2]
            feature = block.merge(feature, mean + residual.float(), condition)
        return model_to_picture(model.synthesis(feature, condition))  # type: ignore[operator]

    add("encoder", encoder, {"picture": (picture, spatial(coarsest, 1))}, tuple(symbols), model=model)
    add("decoder", decoder, symbols, ("picture",), model=model)
    return graphs


def scale_quantiser(sigmas: Tensor) -> Callable[[Tensor], Tensor]:
    """Nearest of the log-spaced `sigmas` [T] to a float scale, as table index uint8."""
    low = math.log(float(sigmas[0]))
    step = (math.log(float(sigmas[-1])) - low) / (len(sigmas) - 1)

    def quantise(scale: Tensor) -> Tensor:
        return torch.round((torch.log(scale) - low) / step).clamp(0, len(sigmas) - 1).to(torch.uint8)

    return quantise
