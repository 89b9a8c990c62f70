"""The graphs of a model package as torch modules: what each takes, returns and calls in the model.

Names, shapes and dtypes are those of FORMAT.md, "Model package". Batch size is 1 throughout.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from codec_format.lossless import SAMPLE_UNIT
from export.errors import ExportError
from export.halo import Signal, measure_halo
from export.integers import IntegerScaleStep
from training import blocks, hierarchical_compression, hyperprior, published
from training.model import QRes
from training.preset import CompressionModel
from training.residual_blocks import SwinBlock

LatentBlock: TypeAlias = (
    blocks.LatentBlock
    | published.LatentBlock
    | hyperprior.HyperLatentBlock
    | hyperprior.GaussianLatentBlock
    | hierarchical_compression.ShallowLatentBlock
)
TableChoice: TypeAlias = Callable[..., Tensor]
"""From the mean [B, z, h, w] and the scale (if any) that a prior gives to the table index uint8 of every element."""
_Spatial: TypeAlias = tuple[tuple[int, int], int]

_SYMBOL_LIMIT = 32767  # keeps a wild posterior from overflowing int32; far outside every table
_EXAMPLE_GRID = (2, 3)  # positions at the coarsest stride in the example inputs, at least


@dataclass(frozen=True)
class Graph:
    """One ONNX graph: module, example inputs, names, and per input its dimension sizes in units of one grid.

    `scales` gives, per input, how many elements each spatial axis has per position of the coarsest grid among inputs
    and outputs, or None. `halo` is how many pixels beyond a part of its output the input of a section matters.
    """

    name: str
    module: nn.Module
    inputs: dict[str, Tensor]
    scales: dict[str, _Spatial | None]
    outputs: tuple[str, ...]
    halo: int | None = None


class FunctionModule(nn.Module):
    """A function with the modules it uses, as a module."""

    def __init__(self, function: Callable[..., object], **parts: nn.Module) -> None:
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *inputs: Tensor) -> object:
        """What the function gives for these inputs."""
        return self.function(*inputs)


def picture_to_model(picture: Tensor) -> Tensor:
    """uint8 [1, H, W, 3] -> float32 [1, 3, H, W] in 0..1."""
    return picture.permute(0, 3, 1, 2).float() / 255.0


def model_to_picture(reconstruction: Tensor) -> Tensor:
    """float32 [1, 3, H, W], nominally 0..1 -> uint8 [1, H, W, 3], rounded half to even."""
    return torch.round(reconstruction.clamp(0, 1) * 255.0).to(torch.uint8).permute(0, 2, 3, 1)


def model_to_samples(reconstruction: Tensor) -> Tensor:
    """float32 [1, 3, H, W], nominally 0..1 -> int32 [1, H, W, 3] in steps of which `SAMPLE_UNIT` are a level."""
    return torch.round(reconstruction.clamp(0, 1) * (255.0 * SAMPLE_UNIT)).to(torch.int32).permute(0, 2, 3, 1)


def symbols_of(posterior_mean: Tensor, prior_mean: Tensor) -> Tensor:
    """Residual rounding: round(posterior mean - prior mean), half to even, as float32."""
    return torch.round(posterior_mean - prior_mean).clamp(-_SYMBOL_LIMIT, _SYMBOL_LIMIT)


def build_graphs(
    model: CompressionModel,
    scale_steps: Sequence[IntegerScaleStep],
    table_choices: Sequence[TableChoice] | None,
    *,
    lossless: bool = False,
) -> list[Graph]:
    """All graphs of a package.

    The prior, posterior and merge of each latent block are always graphs of their own. With `scale_steps` (portable)
    there are also the scale network and the sections of encoder and decoder, in which the codec runs them together;
    otherwise `table_choices` has one function for each latent block that turns what its prior gives into table indices.
    With `lossless` there is another graph of the last section of the decoder, which gives samples in steps of a level.

    Raises ExportError where a position of a section's input matters everywhere in its output, or where what a section
    computes depends on where it is in the picture.
    """
    if scale_steps and any(isinstance(module, SwinBlock) for module in model.modules()):
        raise ExportError(
            "A network with Swin blocks sees the picture in fixed windows, so its sections cannot be computed in tiles;"
            " export it without a scale network, or train one with other residual blocks."
        )
    builder = _GraphBuilder(model)
    if scale_steps:
        builder.add_sections(lossless=lossless)
        builder.add_scale_network(scale_steps)
    builder.add_blocks(table_choices)
    return builder.graphs


class _GraphBuilder:
    """Collects the graphs of one model, with example inputs of a few positions at the coarsest stride."""

    def __init__(self, model: CompressionModel) -> None:
        self.graphs: list[Graph] = []
        self._model = model
        self._blocks: list[LatentBlock] = [*model.blocks]
        self._coarsest = self._blocks[0].stride
        self._quality = torch.zeros(1, dtype=torch.int64)
        # More than one window along each side: a single one, PyTorch would take for a constant of the graph.
        window = max((module.window for module in model.modules() if isinstance(module, SwinBlock)), default=1)
        self._grid_sides = (_EXAMPLE_GRID[0] + window - 1, _EXAMPLE_GRID[1] + window - 1)
        height, width = self._grid_sides
        sides = (height * self._coarsest, width * self._coarsest)
        self._picture = torch.randint(0, 256, (1, *sides, 3), dtype=torch.uint8)
        self._grid = torch.zeros(1, 1, height, width)

    def _spatial(self, stride: int, first_axis: int = 2) -> _Spatial:
        """Spatial axes of an input at `stride`, with their size per position of the coarsest grid."""
        return ((first_axis, first_axis + 1), self._coarsest // stride)

    def _add(
        self,
        name: str,
        function: Callable[..., object],
        inputs: Mapping[str, tuple[Tensor, _Spatial | None]],
        outputs: tuple[str, ...],
        halo: int | None = None,
        **parts: nn.Module,
    ) -> None:
        """Add a graph of `function`, which takes the inputs in their order and last the quality index."""
        if self._model.quality_count > 1 or name.startswith("scale"):
            inputs = {**inputs, "quality_index": (self._quality, None)}
            called = function
        else:

            def called(*tensors: Tensor) -> object:
                return function(*tensors, None)

        self.graphs.append(
            Graph(
                name,
                FunctionModule(called, **parts).eval(),
                {key: tensor for key, (tensor, _) in inputs.items()},
                {key: scale for key, (_, scale) in inputs.items()},
                outputs,
                halo,
            )
        )

    @torch.no_grad()
    def add_blocks(self, table_choices: Sequence[TableChoice] | None) -> None:
        """Bottom-up path; prior, posterior and merge of every latent block; synthesis."""
        model = self._model
        strides = sorted({block.stride for block in self._blocks})

        def bottom_up(pixels: Tensor, condition: Any) -> tuple[Tensor, ...]:
            features = model.bottom_up(picture_to_model(pixels), condition)
            return tuple(features[stride] for stride in strides)

        def prior_of(number: int) -> Callable[..., tuple[Tensor, ...]]:
            def prior(feature: Tensor, condition: Any) -> tuple[Tensor, ...]:
                feature, mean, *scale = self._blocks[number].prior(feature, condition)
                return (
                    (feature, mean) if table_choices is None else (feature, mean, table_choices[number](mean, *scale))
                )

            return prior

        def first_prior(start: Tensor, condition: Any) -> tuple[Tensor, ...]:
            return prior_of(0)(model.initial_feature(condition, 1, 1) + start, condition)

        outputs = tuple(f"bottom_up_{stride}" for stride in strides)
        self._add("bottom_up", bottom_up, {"picture": (self._picture, self._spatial(1, 1))}, outputs, model=model)

        outputs = ("feature_out", "prior_mean") + (() if table_choices is None else ("table_index",))
        condition: Any = self._quality if model.quality_count > 1 else None
        features = model.bottom_up(picture_to_model(self._picture), condition)
        feature = model.initial_feature(condition, *self._grid_sides)
        previous = self._spatial(self._coarsest)
        for number, block in enumerate(self._blocks):
            scale = self._spatial(block.stride)
            if number == 0:
                self._add("prior_00", first_prior, {"grid": (self._grid, previous)}, outputs, model=model)
            else:
                inputs = {"feature": (feature, previous)}
                self._add(f"prior_{number:02}", prior_of(number), inputs, outputs, block=block)
            feature, mean = block.prior(feature, condition)[:2]
            inputs = {"feature": (feature, scale), "bottom_up": (features[block.stride], scale)}
            self._add(f"posterior_{number:02}", block.posterior, inputs, ("posterior_mean",), block=block)
            inputs = {"feature": (feature, scale), "latent": (mean, scale)}
            self._add(f"merge_{number:02}", block.merge, inputs, ("feature_out",), block=block)
            feature = block.merge(feature, mean, condition)
            previous = scale

        def synthesis(feature: Tensor, condition: Any) -> Tensor:
            return model_to_picture(model.synthesis(feature, condition))

        self._add("synthesis", synthesis, {"feature": (feature, previous)}, ("picture",), model=model)

    def _symbols(self) -> dict[str, tuple[Tensor, _Spatial]]:
        """Example symbols of every latent block."""
        height, width = self._grid_sides
        symbols = {}
        for number, block in enumerate(self._blocks):
            ratio = self._coarsest // block.stride
            zeros = torch.zeros((1, block.channels, height * ratio, width * ratio), dtype=torch.int32)
            symbols[f"symbols_{number:02}"] = (zeros, self._spatial(block.stride))
        return symbols

    def add_scale_network(self, steps: Sequence[IntegerScaleStep]) -> None:
        """The integer scale network, one graph per latent block."""
        outputs = ("state_out", "table_index")
        self._add(
            "scale_00", steps[0].start, {"grid": (self._grid, self._spatial(self._coarsest))}, outputs, step=steps[0]
        )
        before = list(self._symbols().values())
        for number, step in enumerate(steps[1:], start=1):
            symbols, scale = before[number - 1]
            state = torch.zeros(1, step.width, *symbols.shape[2:])
            inputs = {"state": (state, scale), "symbols": (symbols, scale)}
            self._add(f"scale_{number:02}", step.advance, inputs, outputs, step=step)

    @torch.no_grad()
    def add_sections(self, *, lossless: bool) -> None:
        """Bottom-up path, encoder and decoder in sections of one stride each; the last decoder gives the picture."""
        model = self._model
        condition: Any = self._quality if model.quality_count > 1 else None
        strides = self._section_strides()
        bottom_up: dict[int, Tensor] = {}
        before, finer = 1, picture_to_model(self._picture)
        for stride in strides:
            stages = [stage for stage in model.bottom_up_strides if before < stage <= stride]
            bottom_up[stride] = finer = self._add_bottom_up(stages, before, finer, condition)
            before = stride

        symbols = self._symbols()
        # The coarsest sections start from a constant. To measure their halo it counts as an input: a convolution that
        # pads it with zeros changes it at the edges of whatever is computed.
        feature = model.initial_feature(condition, *self._grid_sides)
        before = self._coarsest
        for stride in reversed(strides):
            names = [f"symbols_{number:02}" for number, block in enumerate(self._blocks) if block.stride == stride]
            coded = {name: symbols[name][0] for name in names}
            if coded:
                self._add_encoder(stride, (feature, before), bottom_up[stride], tuple(coded), condition)
            feature = self._add_decoder(stride, (feature, before), coded, condition, lossless=lossless)
            before = stride

    def _section_strides(self) -> list[int]:
        """Strides of the sections, from fine to coarse: those of the latent blocks, and that of the refinement.

        In the section of the last latent blocks, every tile of the refinement and the synthesis would need their wide
        surroundings.
        """
        strides = {block.stride for block in self._blocks}
        if isinstance(self._model, QRes):
            strides.update(self._model.refinement_strides[:1])
        return sorted(strides)

    def _add_bottom_up(self, stages: Sequence[int], before: int, feature: Tensor, condition: Any) -> Tensor:
        """A section of the bottom-up path, from the feature at stride `before` (1: the picture); returns its output."""
        model = self._model
        stride = stages[-1]

        def section(feature: Tensor, condition: Any) -> Tensor:
            for stage in stages:
                feature = model.bottom_up_stage(stage, feature, condition)
            return feature

        def from_picture(picture: Tensor, condition: Any) -> Tensor:
            return section(picture_to_model(picture), condition)

        output = section(feature, condition)
        halo = measure_halo(
            lambda feature: (section(feature, condition),), [Signal(feature.shape[1], before)], [stride]
        )
        outputs = ("feature_out",)
        if before == 1:
            inputs: dict[str, tuple[Tensor, _Spatial | None]] = {"picture": (self._picture, ((1, 2), stride))}
            self._add(f"bottom_up_{stride}", from_picture, inputs, outputs, halo, model=model)
        else:
            inputs = {"feature": (feature, ((2, 3), stride // before))}
            self._add(f"bottom_up_{stride}", section, inputs, outputs, halo, model=model)
        return output

    def _add_encoder(
        self,
        stride: int,
        given: tuple[Tensor, int],
        bottom_up: Tensor,
        names: tuple[str, ...],
        condition: Any,
    ) -> None:
        """The latent blocks of one stride, from the feature given (with its stride) and the bottom-up feature."""
        model = self._model
        blocks = [block for block in self._blocks if block.stride == stride]
        last = stride == self._section_strides()[0]

        def section(feature: Tensor, bottom_up: Tensor, condition: Any) -> tuple[Tensor, ...]:
            """Residuals as float32, and the feature for the next section, of the encoder or the decoder, if any."""
            coded: list[Tensor] = []
            for block in blocks:
                feature, mean = block.prior(feature, condition)[:2]
                coded.append(symbols_of(block.posterior(feature, bottom_up, condition), mean))
                if not (last and block is blocks[-1]):
                    feature = block.merge(feature, mean + coded[-1], condition)
            return (*coded, *(() if last else (feature,)))

        def encoder(feature: Tensor, bottom_up: Tensor, condition: Any) -> tuple[Tensor, ...]:
            outputs = section(feature, bottom_up, condition)
            return (*(symbols.to(torch.int32) for symbols in outputs[: len(blocks)]), *outputs[len(blocks) :])

        def first_encoder(bottom_up: Tensor, condition: Any) -> tuple[Tensor, ...]:
            return encoder(model.initial_feature(condition, *bottom_up.shape[2:]), bottom_up, condition)

        feature, unit = given
        inputs: dict[str, tuple[Tensor, _Spatial | None]] = {
            "feature": (feature, ((2, 3), 1)),
            "bottom_up": (bottom_up, ((2, 3), unit // stride)),
        }
        signals = [Signal(feature.shape[1], unit), Signal(bottom_up.shape[1], stride)]
        outputs = (*names, *(() if last else ("feature_out",)))
        halo = measure_halo(lambda *given: section(given[0], given[1], condition), signals, [stride] * len(outputs))
        first = stride == self._coarsest
        if first:
            del inputs["feature"]
        self._add(f"encoder_{stride}", first_encoder if first else encoder, inputs, outputs, halo, model=model)

    def _add_decoder(
        self, stride: int, given: tuple[Tensor, int], coded: Mapping[str, Tensor], condition: Any, *, lossless: bool
    ) -> Tensor:
        """The latent blocks of one stride, from the feature given (with its stride) and the symbols; gives its output.

        The section of the finest stride, which may have no latent blocks, goes on to the picture.
        """
        model = self._model
        blocks = [block for block in self._blocks if block.stride == stride]
        last = stride == self._section_strides()[0]

        def section(feature: Tensor, *inputs: Any) -> Tensor:
            *residuals, condition = inputs
            for block, residual in zip(blocks, residuals, strict=True):
                feature, mean = block.prior(feature, condition)[:2]
                feature = block.merge(feature, mean + residual.float(), condition)
            return model.synthesis(feature, condition) if last else feature

        def decoder(finish: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
            def later_decoder(feature: Tensor, *inputs: Any) -> Tensor:
                return finish(section(feature, *inputs))

            def first_decoder(*inputs: Any) -> Tensor:
                return later_decoder(model.initial_feature(inputs[-1], *inputs[0].shape[2:]), *inputs)

            return first_decoder if stride == self._coarsest else later_decoder

        feature, unit = given
        inputs: dict[str, tuple[Tensor, _Spatial | None]] = {"feature": (feature, ((2, 3), 1))}
        signals = [Signal(feature.shape[1], unit)]
        for name, residual in coded.items():
            inputs[name] = (residual, ((2, 3), unit // stride))
            signals.append(Signal(residual.shape[1], stride))
        halo = measure_halo(lambda *inputs: (section(*inputs, condition),), signals, [1 if last else stride])
        outputs = ("picture",) if last else ("feature_out",)
        output = section(*(tensor for tensor, _ in inputs.values()), condition)
        if stride == self._coarsest:
            del inputs["feature"]
        finished = decoder(model_to_picture if last else lambda feature: feature)
        self._add(f"decoder_{stride}", finished, inputs, outputs, halo, model=model)
        if last and lossless:
            self._add(f"lossless_decoder_{stride}", decoder(model_to_samples), inputs, ("samples",), model=model)
        return output


def choose_by_scale(sigmas: Tensor) -> TableChoice:
    """The table whose scale, one of the log-spaced `sigmas` [T], is nearest to that of the prior."""
    low = math.log(float(sigmas[0]))
    step = (math.log(float(sigmas[-1])) - low) / (len(sigmas) - 1)

    def choose(mean: Tensor, scale: Tensor) -> Tensor:
        return torch.round((torch.log(scale) - low) / step).clamp(0, len(sigmas) - 1).to(torch.uint8)

    return choose


def choose_by_channel(first: int) -> TableChoice:
    """Table `first` for channel 0, and so on: for the factorised prior."""

    def choose(mean: Tensor) -> Tensor:
        tables = torch.arange(first, first + mean.shape[1], dtype=torch.uint8)
        return tables[None, :, None, None].expand_as(mean)

    return choose
