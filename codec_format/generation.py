"""Pictures that the model makes up: samples, interpolations, and rectangles filled in (paper, Section 4.6, Fig. 6).

A sample is a file without latent blocks, decoded with all of them drawn from the prior. Interpolation and inpainting
mix latents, so they run the networks one latent block at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from codec_format.alpha import fill_transparent
from codec_format.areas import Area
from codec_format.bands import ScaleNetwork, Symbols, padded_area
from codec_format.blockwise import Blockwise, Feature, Prior
from codec_format.codec import Cancel, Codec, Progress, memory_errors
from codec_format.container import Container, Header, write_container
from codec_format.errors import FormatError, Message, SettingsError, UnsupportedError
from codec_format.picture import Picture, to_grey
from codec_format.sampling import Sampling, draw_symbols
from codec_format.settings import DEFAULT_QUALITY, EncodeSettings

INPAINTING_ROUNDS = 4

_SURROUNDINGS = 128  # pixels around a rectangle that its filling takes into account
_OPAQUE = 255


def sample(
    codec: Codec,
    width: int,
    height: int,
    sampling: Sampling,
    quality: int = DEFAULT_QUALITY,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Picture:
    """A picture of which every latent is drawn from the prior (Fig. 6b).

    Args:
        codec: of the model.
        width: in pixels.
        height: in pixels.
        sampling: temperature and seed; with a portable package, they give the same symbols on every computer.
        quality: 0..100; the model has a prior for each quality.
        progress: receives rising numbers from 0 to 1.
        cancel: polled; once it returns True the call raises CancelledError.

    Raises:
        SettingsError: the size is not one that a picture may have, or the quality is out of range.
        UnsupportedError: there is not enough memory for a picture of this size.
        CancelledError: ``cancel`` returned True.
    """
    header = codec.header(width, height, EncodeSettings(quality).quality)
    try:
        data = write_container(Container(header, ()))
    except FormatError as error:
        raise SettingsError(error.message) from error
    return codec.decode(data, 0, progress, cancel, sampling=sampling).picture


def interpolate(
    codec: Codec,
    first: Picture,
    second: Picture,
    positions: Sequence[float],
    quality: int = DEFAULT_QUALITY,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Iterator[Picture]:
    """Pictures between two of the same size: the mean of their latents, weighted by the position (Fig. 6a).

    The latents are those that their files hold: position 0 gives the first picture as it is decoded, and 1 the second,
    up to the rounding of floating-point numbers and without a post-filter.

    Args:
        codec: of the model.
        first: at position 0. Its colour profile is that of the results, which carry no other metadata.
        second: at position 1.
        positions: each 0..1.
        quality: 0..100, of the files.
        progress: receives rising numbers from 0 to 1.
        cancel: polled; once it returns True the call raises CancelledError.

    Yields:
        A picture for each position.

    Raises:
        SettingsError: the sizes differ, or a position or the quality is out of range.
        UnsupportedError: the package has no graphs of single latent blocks, or there is not enough memory.
        CancelledError: ``cancel`` returned True.
    """
    _require_block_graphs(codec)
    if (first.width, first.height) != (second.width, second.height):
        raise SettingsError(
            "The pictures must have the same size, not {first_width} x {first_height} and "
            "{second_width} x {second_height} pixels; scale one of them.",
            first_width=first.width,
            first_height=first.height,
            second_width=second.width,
            second_height=second.height,
        )
    for position in positions:
        if not 0 <= position <= 1:
            raise SettingsError("The position must be between 0 and 1, not {position}.", position=position)
    settings = EncodeSettings(quality)
    grey = first.is_grey and second.is_grey
    header = codec.header(first.width, first.height, quality, grey)
    networks = _networks(codec, header, cancel)
    # Two encodings, two passes to learn the latents, and one pass for each position.
    done, total = 0, 4 + len(positions)
    ends: list[list[Feature]] = []
    for picture in (first, second):
        symbols = codec.read_symbols(codec.encode(picture, settings, cancel=cancel), cancel=cancel).blocks
        done = _advance(progress, done, total)
        latents: list[Feature] = []

        def remember(
            block: int, prior: Prior, latents: list[Feature] = latents, symbols: Sequence[Symbols] = symbols
        ) -> Feature:
            latents.append(prior.latent(symbols[block]))
            return latents[-1]

        with memory_errors():
            networks.top_down(remember)
        done = _advance(progress, done, total)
        ends.append(latents)
    for position in positions:
        weight = np.float32(position)

        def between(block: int, _: Prior, weight: np.float32 = weight) -> Feature:
            mean: Feature = (1 - weight) * ends[0][block] + weight * ends[1][block]
            return mean

        with memory_errors():
            pixels = networks.synthesis(networks.top_down(between))[: first.height, : first.width]
            picture = Picture(
                to_grey(pixels) if grey else np.ascontiguousarray(pixels),
                first.icc,
                source_notes=_profile_notes(first, second),
                alpha=_mean_alpha(first, second, position),
            )
        done = _advance(progress, done, total)
        yield picture


def inpaint(
    codec: Codec,
    picture: Picture,
    region: tuple[int, int, int, int],
    sampling: Sampling,
    quality: int = DEFAULT_QUALITY,
    blocks: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Picture:
    """Fill a rectangle with what the model expects there (Fig. 6c); everything outside stays exactly as it is.

    As in RePaint (Lugmayr et al. 2022), what is known and what is made up are joined at every step, here at every
    latent block: outside the rectangle the symbols are those that code the picture, within it they are drawn from the
    prior. The picture that this gives, with the known pixels put back, is the input of the next round, so that the
    bottom-up features of the last one know both sides of the border. In the first round the rectangle holds the colours
    of its surroundings, spread smoothly.

    Args:
        codec: of the model.
        picture: the picture.
        region: x, y, width and height in pixels of the part that is made up. The picture up to 128 pixels around it is
            taken into account.
        sampling: temperature and seed.
        quality: 0..100, at which the surroundings are coded.
        blocks: the first so many latent blocks code the rectangle as it was at the end of the round before, instead of
            being drawn; by default, all but those of the finest stride. 0 leaves everything to the prior.
        progress: receives rising numbers from 0 to 1.
        cancel: polled; once it returns True the call raises CancelledError.

    Raises:
        SettingsError: the region is not within the picture or is all of it, or another value is out of range.
        UnsupportedError: the package has no graphs of single latent blocks, or there is not enough memory.
        CancelledError: ``cancel`` returned True.
    """
    _require_block_graphs(codec)
    manifest = codec.package.manifest
    kept = manifest.blocks_of(manifest.strides[-1]).start if blocks is None else blocks
    if not 0 <= kept <= len(manifest.blocks):
        raise SettingsError(
            "The number of latent blocks must be between 0 and {block_count}, not {kept}.",
            block_count=len(manifest.blocks),
            kept=kept,
        )
    whole = Area(0, 0, picture.height, picture.width)
    x, y, width, height = region
    hole = Area(y, x, y + height, x + width)
    if min(hole.height, hole.width) < 1 or hole.within(whole) != hole or hole == whole:
        raise SettingsError(
            "The region {region} (x,y,width,height) must lie within the picture of {width} x "
            "{height} pixels and leave some of it.",
            region=",".join(map(str, region)),
            width=picture.width,
            height=picture.height,
        )
    part = hole.expanded(_SURROUNDINGS).aligned(manifest.alignment).within(whole)
    hole_in_part = part.places(hole)
    known = picture.pixels[whole.places(part)]
    mask = np.full((part.height, part.width), _OPAQUE, np.uint8)
    mask[hole_in_part] = 0
    current = fill_transparent(known, mask)
    header = codec.header(part.width, part.height, EncodeSettings(quality).quality)
    for number in range(INPAINTING_ROUNDS):
        with memory_errors():
            generated = _joined(codec, header, current, hole_in_part, sampling, kept, number, cancel)
        current = known.copy()
        current[hole_in_part] = generated[hole_in_part]
        _advance(progress, number, INPAINTING_ROUNDS)
    filling = current[hole_in_part]
    pixels = picture.pixels.copy()
    pixels[whole.places(hole)] = to_grey(filling) if picture.is_grey else filling
    return replace(picture, pixels=pixels)


def _joined(
    codec: Codec,
    header: Header,
    pixels: NDArray[np.uint8],
    hole: tuple[slice, slice],
    sampling: Sampling,
    kept: int,
    number: int,
    cancel: Cancel | None,
) -> NDArray[np.uint8]:
    """One round: pixels coded outside the hole, and in it from latent block `kept` on drawn from the prior."""
    manifest, tables = codec.package.manifest, codec.package.frequency_tables
    run = codec.runner(header, cancel)
    networks = _networks(codec, header, cancel)
    bottom_up = networks.bottom_up(pixels)
    scales = ScaleNetwork(run, manifest.blocks, padded_area(header, manifest.alignment)) if manifest.portable else None
    before: Symbols | None = None

    def choose(block: int, prior: Prior) -> Feature:
        nonlocal before
        table_index = prior.table_index if scales is None else scales.next_block(before)
        symbols = networks.posterior_symbols(block, prior, bottom_up)
        if block >= kept:
            stride = manifest.blocks[block].stride
            # Every position that sees a pixel of the hole.
            rows, columns = (slice(side.start // stride, -(-side.stop // stride)) for side in hole)
            drawn = draw_symbols(table_index[:, rows, columns], tables, sampling, block, number)
            symbols[:, rows, columns] = drawn
        before = symbols
        return prior.latent(symbols)

    return networks.synthesis(networks.top_down(choose))[: header.height, : header.width]


def _networks(codec: Codec, header: Header, cancel: Cancel | None) -> Blockwise:
    manifest = codec.package.manifest
    return Blockwise(manifest, codec.runner(header, cancel), padded_area(header, manifest.alignment))


def _require_block_graphs(codec: Codec) -> None:
    for name in ("bottom_up", "prior_00", "posterior_00", "merge_00", "synthesis"):
        if not codec.package.has_graph(name):
            raise UnsupportedError(
                'The model package lacks the graph "{name}", without which latents cannot be mixed; '
                "export the model anew with python -m export.to_onnx.",
                name=name,
            )


def _advance(progress: Progress | None, done: int, total: int) -> int:
    """Report that one more of the parts is done."""
    if progress is not None:
        progress((done + 1) / total)
    return done + 1


def _mean_alpha(first: Picture, second: Picture, position: float) -> NDArray[np.uint8] | None:
    if first.alpha is None and second.alpha is None:
        return None
    ends = [np.full((p.height, p.width), _OPAQUE) if p.alpha is None else p.alpha for p in (first, second)]
    return np.rint((1 - position) * ends[0] + position * ends[1]).astype(np.uint8)


def _profile_notes(first: Picture, second: Picture) -> tuple[str, ...]:
    if first.icc == second.icc:
        return ()
    return (Message("The second picture has another colour profile; the results carry that of the first."),)
