"""Pixels <-> .qres bytes with the networks of a model package.

Encoding: the networks turn pixels into integer symbols per latent block, the scale network chooses a frequency table
for every symbol, and the entropy coder writes them. Decoding reads the symbols of the latent blocks that the file
holds, sets those of the others to zero (the prior mean), and the networks turn them into pixels.

Packages that are not portable have no scale network: their priors choose the tables, so the latent blocks are decoded
one after the other, network and entropy coder in turn.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec_format.alpha import decode_alpha, encode_alpha, fill_transparent
from codec_format.areas import Area
from codec_format.backend import Backend
from codec_format.bands import (
    BandDecoder,
    BandedSymbols,
    GetSymbols,
    ScaleNetwork,
    Symbols,
    band_areas,
    choose_band_height,
    encode_band,
    padded_area,
)
from codec_format.blockwise import Blockwise, Prior
from codec_format.canvas import Canvas
from codec_format.container import (
    DEFAULT_LIMITS,
    MODEL_ID_BYTES,
    PREDICTORS_VERSION,
    BandStream,
    BlockStream,
    Container,
    Header,
    Limits,
    read_container,
    read_header,
    write_container,
)
from codec_format.errors import (
    FormatError,
    Message,
    ModelError,
    ModelMissingError,
    SettingsError,
    UnsupportedError,
)
from codec_format.kept import KeptFeature, KeptSymbols
from codec_format.lossless import decode_tile, encode_tile, join_tiles, lossless_tiles, split_tiles, tiles_around
from codec_format.model_package import Manifest, ModelPackage, default_package, find_package
from codec_format.picture import Picture, is_grey, to_grey, turned
from codec_format.post_filter import RADIUS, PostFilter
from codec_format.post_filter_code import read_post_filter, write_post_filter
from codec_format.post_filter_fit import Statistics, areas_to_fit, fit_post_filter
from codec_format.preview import make_preview
from codec_format.sampling import Sampling, draw_symbols
from codec_format.sections import Runner, Sections
from codec_format.settings import EncodeSettings, quality_to_index

Progress = Callable[[float], None]
Cancel = Callable[[], bool]

SCALES = (1, 2, 4, 8)
"""By how much `decode` can make a picture smaller."""

# Share of the large networks in the time that one decoding takes; the rest is entropy coding.
_NETWORK_SHARE = 0.8
_LOSSY_SHARE = 0.4  # of the time that one lossless encoding takes
_CODING_SHARE = 0.6  # of the time that one lossy encoding takes; the rest is the post-filter


@dataclass(frozen=True)
class DecodeResult:
    """A decoded picture and how much of it there was.

    Attributes:
        picture: the picture.
        blocks_decoded: number of latent blocks it is made of, where no band lacks any; the rest stand at their prior
            mean.
        warnings: one sentence for each thing that the file lacks or that was damaged; empty for a sound file.
        lossless: the pixels are those of the picture that was encoded, bit for bit.
    """

    picture: Picture
    blocks_decoded: int
    warnings: tuple[str, ...]
    lossless: bool = False


@dataclass(frozen=True)
class LatentSymbols:
    """The entropy-decoded and checked content of a file, from which pictures of fewer latent blocks can be made too.

    Attributes:
        container: the file.
        blocks: int32 [channels, height, width] symbols of each latent block that was decoded, in coding order. Where
            a band is missing they are zeros.
        alpha: uint8 [height, width] of the picture as it is stored, or None.
        warnings: one sentence for each thing that the file lacks or that was damaged.
    """

    container: Container
    blocks: tuple[Symbols, ...]
    alpha: NDArray[np.uint8] | None
    warnings: tuple[str, ...]


class Codec:
    """Encoder and decoder of one model package; keeps its networks loaded between pictures.

    One instance may be used from several threads. ``progress`` receives rising numbers from 0 to 1. ``cancel`` is
    polled between network runs and, from other threads, during them; once it returns True the call raises
    CancelledError.

    Attributes:
        package: the model package.
    """

    def __init__(self, package: ModelPackage, device: str = "auto", limits: Limits = DEFAULT_LIMITS) -> None:
        """Prepare a codec; the networks are loaded at their first use.

        With "auto", a package that is not portable stays on the CPU: the device decides its probabilities, so a file
        written on a GPU would hardly be readable elsewhere. ``limits`` says which files are decoded.

        Raises:
            SettingsError: the device is not one of auto, cpu, cuda.
        """
        self.package = package
        portable = package.manifest.portable
        self._limits = limits
        self._backend = Backend(package.graph, "cpu" if device == "auto" and not portable else device)

    @property
    def device(self) -> str:
        """The device that the large networks ran on last, with a description: "cuda (...)" or "cpu (...)".

        Only a loaded network can tell, so this loads the decoding one when none has run yet.
        """
        return self._backend.describe_device(
            f"decoder_{self.package.manifest.section_strides[-1]}" if self.package.manifest.halos else "synthesis"
        )

    @property
    def device_warning(self) -> str | None:
        """Why the device in use is not the one asked for; None while it is, and until a network is loaded."""
        return self._backend.device_warning

    def encode(
        self,
        picture: Picture,
        settings: EncodeSettings | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> bytes:
        """Encode a picture to the bytes of a .qres file; same picture, settings, package and device: same bytes.

        Raises:
            ModelError: lossless coding was asked for, and the package cannot do that.
            UnsupportedError: the picture or its metadata are larger than the format or the memory allows.
            CancelledError: ``cancel`` returned True.
        """
        with memory_errors():
            return self._encode(picture, settings or EncodeSettings(), progress, cancel)

    def decode(
        self,
        data: bytes | Container,
        blocks: int | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
        *,
        region: tuple[int, int, int, int] | None = None,
        scale: int = 1,
        sampling: Sampling | None = None,
    ) -> DecodeResult:
        """Decode a .qres file with its first ``blocks`` latent blocks, or with all that it holds.

        With all, the lossless part is decoded too if there is one; then the CPU does the work whatever the device is.

        A file that is cut short or damaged behind its first latent block gives the coarser picture and warnings. Bands
        that lack latent blocks are coarser than the others.

        Args:
            data: the file.
            blocks: number of latent blocks to use; 0, for a picture that knows nothing of the file, only with sampling.
            progress: receives how much is done.
            cancel: says when to stop.
            region: x, y, width and height in pixels of a part of the picture as it is displayed. Only what this part
                needs is decoded; its pixels are those of the whole picture.
            scale: 1, 2, 4 or 8: give a picture this many times smaller, the mean of the pixels under each of its own.
                A region is extended to whole pixels of it. The large picture is never in memory as a whole.
            sampling: draw the latent blocks that are not used from the prior, instead of taking its mean.

        Raises:
            FormatError: the file is not valid, or ends before its first latent block is whole.
            UnsupportedError: the file needs a newer version, or its picture more memory than there is.
            ModelMissingError: the file was made with another package.
            IntegrityError: the symbols differ from those that were encoded, or the lossless picture does.
            SettingsError: ``blocks`` is not in its range, the region is not within the picture, or the scale is
                none of those above.
            CancelledError: ``cancel`` returned True.
        """
        if scale not in SCALES:
            raise SettingsError(
                "The scale must be one of 1/{scales}, not 1/{scale}.", scales=", 1/".join(map(str, SCALES)), scale=scale
            )
        report = _span(progress, 0.0, 1.0)
        with memory_errors():
            opened = self._open(data, blocks, sampling)
            report(0.0)
            run = self.runner(opened.header, cancel, on_cpu=opened.lossless)
            canvas = Canvas(_stored_area(opened.header, region), opened.header.width, opened.header.height, scale)
            if self.package.manifest.portable:
                symbols = self._read_bands(opened, run, canvas.area, _span(report, 0.0, 1 - _NETWORK_SHARE), sampling)
                report = _span(report, 1 - _NETWORK_SHARE, 1.0)
                if opened.lossless:
                    pixels = self._paint_lossless(opened.container, run, symbols.part, canvas, report)
                else:
                    pixels = self._paint(opened.header, opened.post_filter, run, symbols.part, canvas, report)
            else:
                _, feature = self._read_blockwise(opened, run, _span(report, 0.0, _NETWORK_SHARE), sampling)
                bounds = self._bounds(opened.header)
                pixels = _synthesised(
                    Blockwise(self.package.manifest, run, bounds), feature, opened.post_filter, canvas
                )
            alpha = None if opened.alpha is None else canvas.whole(opened.alpha)
            picture = _displayed(pixels, alpha, opened.container)
        report(1.0)
        return DecodeResult(picture, opened.blocks, opened.warnings, opened.lossless)

    def progressive(
        self,
        data: bytes | Container,
        blocks: int | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[DecodeResult]:
        """Decode a file to a picture after each latent block and after the lossless part.

        The last one equals that of ``decode``.

        Raises:
            QresError: as ``decode`` does, before the first picture.
        """
        report = _span(progress, 0.0, 1.0)
        with memory_errors():
            symbols = self._read(data, blocks, _span(report, 0.0, 1 - _NETWORK_SHARE), cancel)
        count = len(symbols.blocks)
        for shown in range(1, count + 1):
            with memory_errors():
                result = self._reconstruct(symbols, shown, cancel)
            report(1 - _NETWORK_SHARE * (count - shown) / count)
            yield result
        if blocks is None and self._can_be_lossless(symbols.container):
            with memory_errors():
                result = self._reconstruct(symbols, None, cancel)
            yield result

    def read_symbols(
        self,
        data: bytes | Container,
        blocks: int | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> LatentSymbols:
        """Entropy-decode and check a file without making a picture; for a portable package no large network runs.

        Raises:
            QresError: as ``decode`` does.
        """
        with memory_errors():
            return self._read(data, blocks, _span(progress, 0.0, 1.0), cancel)

    def reconstruct(self, symbols: LatentSymbols, blocks: int | None, cancel: Cancel | None = None) -> DecodeResult:
        """The picture of the first ``blocks`` latent blocks of what ``read_symbols`` gave; None: of all there is.

        Raises:
            IntegrityError: the lossless picture differs from the one that was encoded.
            SettingsError: ``blocks`` is not in 1..number of decoded latent blocks.
            UnsupportedError: the picture needs more memory than there is.
            CancelledError: ``cancel`` returned True.
        """
        if blocks is not None:
            _check_block_choice(blocks, len(symbols.blocks))
        with memory_errors():
            return self._reconstruct(symbols, blocks, cancel)

    def header(self, width: int, height: int, quality: int, grey: bool = False) -> Header:
        """The header of a file of this codec, for a picture of this size, at a quality of 0..100."""
        manifest = self.package.manifest
        return Header(
            width=width,
            height=height,
            quality_index=quality_to_index(quality, manifest.quality_count),
            block_count=len(manifest.blocks),
            model_id=self.package.model_id[:MODEL_ID_BYTES],
            grey=grey,
            band_height=choose_band_height(width, height, manifest.alignment) if manifest.portable else 0,
        )

    def runner(self, header: Header, cancel: Cancel | None, *, on_cpu: bool = False) -> Runner:
        """What runs the graphs of the package at the quality of a header; a missing output is a ModelError.

        With `on_cpu` all of them run on the CPU, whatever the device is.
        """
        return _Runner(self._backend, header.quality_index, cancel, on_cpu)

    def _encode(
        self, picture: Picture, settings: EncodeSettings, progress: Progress | None, cancel: Cancel | None
    ) -> bytes:
        pixels = picture.pixels
        if picture.alpha is not None and not settings.lossless:
            pixels = fill_transparent(pixels, picture.alpha)
        header = self.header(picture.width, picture.height, settings.quality, grey=is_grey(pixels))
        if settings.lossless:
            header = replace(header, quality_index=self._lossless_quality_index())
        exif, xmp = (picture.exif, picture.xmp) if settings.keep_metadata else (None, None)
        alpha = None if picture.alpha is None else encode_alpha(picture.alpha)
        container = Container(header, (), icc=picture.icc, exif=exif, xmp=xmp, alpha=alpha)
        _write_for_encoder(container)  # learn of exceeded limits before the long work

        report = _span(progress, 0.0, _LOSSY_SHARE if settings.lossless else _CODING_SHARE)
        report(0.0)
        run = self.runner(header, cancel)
        areas = [] if settings.lossless else self._areas_to_fit(header)
        kept = [self._kept(header, run, area) for area in areas]
        bands = list(self._encode_bands(pixels, header, run, kept, report))
        streams = [BlockStream(tuple(band[block] for band in bands)) for block in range(header.block_count)]
        container = replace(container, blocks=tuple(streams))
        if settings.lossless:
            tiles = list(self._encode_lossless(pixels, container, cancel, _span(progress, _LOSSY_SHARE, 1.0)))
            container = replace(container, lossless=join_tiles(tiles))
        else:
            report = _span(progress, _CODING_SHARE, 1.0)
            container = self._with_post_filter(container, pixels, run, dict(zip(areas, kept, strict=True)), report)
        encoded = _write_for_encoder(container)
        if settings.preview_share > 0:
            preview = make_preview(pixels, picture.alpha, picture.icc)
            if len(preview) <= min(settings.preview_share * len(encoded), DEFAULT_LIMITS.preview_bytes):
                return _write_for_encoder(replace(container, preview=preview))
        return encoded

    def _encode_bands(
        self,
        pixels: NDArray[np.uint8],
        header: Header,
        run: Runner,
        kept: Sequence[KeptFeature | KeptSymbols],
        report: Progress,
    ) -> Iterator[list[BandStream]]:
        """The bitstreams of each band, one for each latent block; `kept` takes what it wants of the way there."""
        manifest, tables = self.package.manifest, self.package.frequency_tables
        bounds = self._bounds(header)
        areas = band_areas(header, manifest.alignment)
        keeping = [each for each in kept if isinstance(each, KeptSymbols)]
        symbols_of_bands: Iterator[list[Symbols]]
        if manifest.halos:
            features = [each for each in kept if isinstance(each, KeptFeature)]
            symbols_of_bands = Sections(manifest, run, bounds).encode(pixels, areas, report, features)
        else:
            whole, table_indices = Blockwise(manifest, run, bounds).encode(pixels, report)
            if not manifest.portable:
                for each in keeping:
                    each.keep(bounds, whole)
                yield encode_band(whole, iter(table_indices), tables)
                return
            symbols_of_bands = (
                [
                    block[:, *bounds.places(area, shape.stride)]
                    for block, shape in zip(whole, manifest.blocks, strict=True)
                ]
                for area in areas
            )
        for area, symbols in zip(areas, symbols_of_bands, strict=True):
            for each in keeping:
                each.keep(area, symbols)
            yield encode_band(symbols, ScaleNetwork(run, manifest.blocks, area).table_indices(symbols), tables)

    def _areas_to_fit(self, header: Header) -> list[Area]:
        """The parts of a picture that its post-filter is fitted to; all of it where only all can be decoded."""
        if self.package.manifest.halos:
            return areas_to_fit(header.width, header.height)
        return [Area(0, 0, header.height, header.width)]

    def _kept(self, header: Header, run: Runner, area: Area) -> KeptFeature | KeptSymbols:
        """What an encoder must keep to decode an area with its surroundings."""
        manifest, bounds = self.package.manifest, self._bounds(header)
        if manifest.halos:
            sections, around = Sections(manifest, run, bounds), area.expanded(RADIUS).within(bounds)
            if manifest.encoder_gives_feature:
                return KeptFeature(sections.feature_area(around), manifest.strides[-1])
            return KeptSymbols(manifest, sections.symbol_areas(around))
        return KeptSymbols(manifest, dict.fromkeys(manifest.strides, bounds))

    def _with_post_filter(
        self,
        container: Container,
        pixels: NDArray[np.uint8],
        run: Runner,
        kept: Mapping[Area, KeptFeature | KeptSymbols],
        report: Progress,
    ) -> Container:
        """The file with a post-filter if that is worth its bytes; `kept` is what was kept of the areas to fit it to."""
        bounds = self._bounds(container.header)
        statistics = Statistics()
        for number, (area, what) in enumerate(kept.items(), start=1):
            around = area.expanded(RADIUS).within(bounds)
            rows, columns = slice(area.top, area.bottom), slice(area.left, area.right)
            statistics.add(pixels[rows, columns], self._unfiltered(run, bounds, what, around), around, area)
            report(number / len(kept))
        post_filter = fit_post_filter(statistics, sum(block.byte_count for block in container.blocks))
        return container if post_filter is None else replace(container, post_filter=write_post_filter(post_filter))

    def _unfiltered(self, run: Runner, bounds: Area, kept: KeptFeature | KeptSymbols, area: Area) -> NDArray[Any]:
        """What the post-filter takes: samples of an area, or pixels if the package has none, [height, width, 3]."""
        manifest = self.package.manifest
        if isinstance(kept, KeptFeature) or manifest.halos:
            sections = Sections(manifest, run, bounds, in_steps=manifest.has_samples)
            if isinstance(kept, KeptFeature):
                return sections.refine_whole(area, kept)
            return sections.decode_whole(area, kept.part)
        networks = Blockwise(manifest, run, bounds)
        feature = networks.top_down(lambda block, prior: prior.latent(kept.part(block, bounds)))
        return networks.synthesis(feature)[bounds.places(area)]

    def _encode_lossless(
        self, pixels: NDArray[np.uint8], container: Container, cancel: Cancel | None, report: Progress
    ) -> Iterator[bytes]:
        """The tiles of the lossless part, from what a decoder makes of the latent blocks."""
        header, head = container.header, self.package.lossless_head
        run = self.runner(header, cancel, on_cpu=True)
        opened = _Opened(container, header.block_count, None, (), lossless=True, post_filter=None)
        bounds = self._bounds(header)
        symbols = self._read_bands(opened, run, bounds, lambda done: None)
        sections = Sections(self.package.manifest, run, bounds, in_steps=True)
        for area in lossless_tiles(header.width, header.height):
            samples = sections.decode_whole(area, symbols.part)
            rows, columns = slice(area.top, area.bottom), slice(area.left, area.right)
            yield encode_tile(head, pixels[rows, columns], samples, header.grey)
            report(area.bottom / header.height)

    def _lossless_quality_index(self) -> int:
        index = self.package.manifest.lossless_quality_index
        if index is None:
            raise ModelError(
                'The model package "{name}" has no lossless head, so it cannot encode losslessly; use a package that '
                "has one (python -m training.fit_lossless_head makes it).",
                name=self.package.manifest.name,
            )
        return index

    def _can_be_lossless(self, container: Container) -> bool:
        """Whether the exact picture can be decoded from this file."""
        return self.package.manifest.has_samples and container.lossless is not None and not container.truncated

    def _open(self, data: bytes | Container, blocks: int | None, sampling: Sampling | None = None) -> "_Opened":
        """Parse and check a file of which the first `blocks` latent blocks are wanted."""
        container = data if isinstance(data, Container) else read_container(data, self._limits)
        header = container.header
        self._check_header(header)
        wanted = header.block_count if blocks is None else blocks
        _check_block_choice(wanted, header.block_count, lowest=1 if sampling is None else 0)
        depths = [min(wanted, container.band_depth(band)) for band in range(header.band_count)]
        warnings = list(container.damage)
        if max(depths) == 0 and sampling is None:
            raise FormatError("The file ends before its first latent block, so it holds no picture; get it anew.")
        if max(depths) < wanted:
            warnings.append(
                Message(
                    "Only {blocks} of {block_count} latent blocks are there, so the picture is coarser.",
                    blocks=max(depths),
                    block_count=header.block_count,
                )
            )
        fewer = sum(depth < max(depths) for depth in depths)
        if fewer:
            warnings.append(
                Message(
                    "{fewer} of {band_count} bands have only {blocks} or more of {block_count} latent "
                    "blocks, so the picture is coarser there.",
                    fewer=fewer,
                    band_count=header.band_count,
                    blocks=min(depths),
                    block_count=header.block_count,
                )
            )
        if container.lossless is not None and blocks is None and not self.package.manifest.has_samples:
            warnings.append(
                Message("The model package cannot decode the lossless part, so the picture is the lossy one.")
            )
        alpha = None if container.alpha is None else decode_alpha(container.alpha, header.width, header.height)
        lossless = blocks is None and self._can_be_lossless(container)
        return _Opened(container, max(depths), alpha, tuple(warnings), lossless, _post_filter(container, wanted))

    def _read(
        self, data: bytes | Container, blocks: int | None, report: Progress, cancel: Cancel | None
    ) -> LatentSymbols:
        opened = self._open(data, blocks)
        manifest = self.package.manifest
        report(0.0)
        run = self.runner(opened.header, cancel)
        symbols: list[Symbols] = []
        if manifest.portable:
            bounds = self._bounds(opened.header)
            source = self._read_bands(opened, run, bounds, report)
            symbols = [source.part(block, bounds) for block in range(opened.blocks)]
        else:
            symbols, _ = self._read_blockwise(opened, run, report)
        return LatentSymbols(opened.container, tuple(symbols), opened.alpha, opened.warnings)

    def _read_bands(
        self, opened: "_Opened", run: Runner, area: Area, report: Progress, sampling: Sampling | None = None
    ) -> BandedSymbols:
        """The symbols that an area needs, of a file made with a portable package."""
        manifest = self.package.manifest
        bounds = self._bounds(opened.header)
        if opened.lossless:
            area = tiles_around(area, opened.header.width, opened.header.height)
        if manifest.halos:
            wanted = Sections(manifest, run, bounds, post_filter=opened.post_filter).symbol_areas(area)
        else:
            wanted = dict.fromkeys(manifest.strides, bounds)
        tables = self.package.frequency_tables
        symbols = BandedSymbols(opened.container, manifest, tables, run, opened.blocks, sampling)
        symbols.decode(wanted, report)
        return symbols

    def _read_blockwise(
        self, opened: "_Opened", run: Runner, report: Progress, sampling: Sampling | None = None
    ) -> tuple[list[Symbols], NDArray[np.float32]]:
        """Symbols and last feature of a file whose frequency tables are chosen by the priors."""
        manifest = self.package.manifest
        bounds = self._bounds(opened.header)
        tables = self.package.frequency_tables
        symbols: list[Symbols] = []
        # A file of one band has whole latent blocks only.
        decoder = BandDecoder(opened.container.band(0, opened.blocks), opened.header, tables, portable=False)

        def choose(block: int, prior: Prior) -> NDArray[np.float32]:
            report((block + 1) / len(manifest.blocks))
            if block >= opened.blocks:
                if sampling is None:
                    return prior.mean
                return prior.latent(draw_symbols(prior.table_index, tables, sampling, block, 0))
            symbols.append(decoder.decode(prior.table_index))
            return prior.latent(symbols[-1])

        return symbols, Blockwise(manifest, run, bounds).top_down(choose)

    def _reconstruct(self, symbols: LatentSymbols, blocks: int | None, cancel: Cancel | None) -> DecodeResult:
        header = symbols.container.header
        bounds = self._bounds(header)
        manifest = self.package.manifest
        shown = len(symbols.blocks) if blocks is None else blocks
        lossless = blocks is None and shown == header.block_count and self._can_be_lossless(symbols.container)

        def part(block: int, area: Area) -> Symbols:
            if block >= shown:
                return _zeros(manifest, block, area)
            return symbols.blocks[block][:, *bounds.places(area, manifest.blocks[block].stride)]

        canvas = Canvas(Area(0, 0, header.height, header.width), header.width, header.height, 1)
        run = self.runner(header, cancel, on_cpu=lossless)
        if lossless:
            pixels = self._paint_lossless(symbols.container, run, part, canvas)
        else:
            pixels = self._paint(header, _post_filter(symbols.container, shown), run, part, canvas)
        return DecodeResult(_displayed(pixels, symbols.alpha, symbols.container), shown, symbols.warnings, lossless)

    def _paint(
        self,
        header: Header,
        post_filter: PostFilter | None,
        run: Runner,
        symbols: GetSymbols,
        canvas: Canvas,
        report: Progress = lambda done: None,
    ) -> NDArray[np.uint8]:
        """The pixels that the canvas asks for."""
        manifest = self.package.manifest
        bounds = self._bounds(header)
        if not manifest.halos:
            networks = Blockwise(manifest, run, bounds)

            def choose(block: int, prior: Prior) -> NDArray[np.float32]:
                report((block + 1) / len(manifest.blocks))
                return prior.latent(symbols(block, bounds))

            return _synthesised(networks, networks.top_down(choose), post_filter, canvas)
        painted = 0
        sections = Sections(manifest, run, bounds, post_filter=post_filter)
        for tile, pixels in sections.decode(canvas.area, symbols):
            canvas.put(tile, pixels)
            painted += tile.height * tile.width
            report(painted / (canvas.area.height * canvas.area.width))
        return canvas.pixels

    def _paint_lossless(
        self,
        container: Container,
        run: Runner,
        symbols: GetSymbols,
        canvas: Canvas,
        report: Progress = lambda done: None,
    ) -> NDArray[np.uint8]:
        """As `_paint`, but the exact pixels."""
        header = container.header
        assert container.lossless is not None
        areas = lossless_tiles(header.width, header.height)
        sections = Sections(self.package.manifest, run, self._bounds(header), in_steps=True)
        for area, tile in zip(areas, split_tiles(container.lossless, len(areas)), strict=True):
            wanted = area.within(canvas.area)
            if wanted.height <= 0 or wanted.width <= 0:
                continue
            samples = sections.decode_whole(area, symbols)
            pixels = decode_tile(
                self.package.lossless_head,
                tile,
                samples,
                header.grey,
                has_predictors=header.version >= PREDICTORS_VERSION,
            )
            canvas.put(wanted, pixels[area.places(wanted)])
            report((wanted.bottom - canvas.area.top) / canvas.area.height)
        return canvas.pixels

    def _bounds(self, header: Header) -> Area:
        return padded_area(header, self.package.manifest.alignment)

    def _check_header(self, header: Header) -> None:
        manifest = self.package.manifest
        if not self.package.is_named(header.model_id):
            raise ModelMissingError(header.model_id)
        if header.block_count != len(manifest.blocks) or header.quality_index >= manifest.quality_count:
            raise FormatError("The header of the file contradicts its model package; the file is not valid.")
        if header.band_count > 1 and not manifest.portable:
            raise FormatError("The file has bands, but its model package is not portable; the file is not valid.")
        bounds = self._bounds(header)
        symbols = sum(block.channels * bounds.height * bounds.width // block.stride**2 for block in manifest.blocks)
        if symbols > self._limits.symbols:
            raise FormatError(
                "The file has {symbols} symbols, more than the limit of {limit}.",
                symbols=symbols,
                limit=self._limits.symbols,
            )


def encode(
    picture: Picture,
    settings: EncodeSettings | None = None,
    *,
    package: ModelPackage | None = None,
    device: str = "auto",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> bytes:
    """Encode a picture to the bytes of a .qres file with a package, or with the default one.

    Raises:
        ModelError: there is no default package, or the package is damaged.
        QresError: as ``Codec.encode`` does.
    """
    return shared_codec(package or default_package(), device).encode(picture, settings, progress, cancel)


def decode(
    data: bytes,
    *,
    blocks: int | None = None,
    package: ModelPackage | None = None,
    device: str = "auto",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    region: tuple[int, int, int, int] | None = None,
    scale: int = 1,
    sampling: Sampling | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Picture:
    """Decode a .qres file with the installed package that it names, or with the one given; see ``Codec.decode``.

    What a damaged or truncated file lacks stands in the ``source_notes`` of the picture.

    Raises:
        ModelMissingError: the package that the file names is not installed.
        QresError: as ``Codec.decode`` does.
    """
    codec = shared_codec(package or find_package(read_header(data, limits).model_id), device, limits)
    return _with_notes(codec.decode(data, blocks, progress, cancel, region=region, scale=scale, sampling=sampling))


def decode_progressive(
    data: bytes,
    *,
    blocks: int | None = None,
    package: ModelPackage | None = None,
    device: str = "auto",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Iterator[tuple[int, Picture]]:
    """Decode a .qres file to (number of latent blocks, picture) after each latent block; see ``decode``."""
    codec = shared_codec(package or find_package(read_header(data).model_id), device)
    for result in codec.progressive(data, blocks, progress, cancel):
        yield result.blocks_decoded, _with_notes(result)


@lru_cache(maxsize=2)
def shared_codec(package: ModelPackage, device: str = "auto", limits: Limits = DEFAULT_LIMITS) -> Codec:
    """A codec that is kept for the next call with the same package object, device and limits."""
    return Codec(package, device, limits)


@dataclass(frozen=True)
class _Opened:
    """A parsed file, and how to decode it.

    Attributes:
        container: the file.
        blocks: latent blocks to decode.
        alpha: uint8 [height, width], or None.
        warnings: one sentence for each thing that the file lacks.
        lossless: whether to decode the exact picture.
        post_filter: what is applied to a lossy picture.
    """

    container: Container
    blocks: int
    alpha: NDArray[np.uint8] | None
    warnings: tuple[str, ...]
    lossless: bool
    post_filter: PostFilter | None

    @property
    def header(self) -> Header:
        return self.container.header


class _Outputs(dict[str, NDArray[Any]]):
    """Outputs of a graph by name; one that the graph lacks is a fault of the model package."""

    def __missing__(self, name: str) -> NDArray[Any]:
        raise ModelError(
            'A graph of the model package lacks the output "{name}"; get the model package anew.', name=name
        )


class _Runner:
    """Runs graphs with the quality index and the cancel of one call."""

    def __init__(self, backend: Backend, quality_index: int, cancel: Cancel | None, on_cpu: bool) -> None:
        self._backend = backend
        self._quality_index = np.array([quality_index], np.int64)
        self._cancel = cancel
        self._on_cpu = on_cpu
        self.lanes = backend.lanes(on_cpu=on_cpu)

    def __call__(self, name: str, inputs: Mapping[str, NDArray[Any]]) -> _Outputs:
        """Run a graph alone; only this one takes those of the scale network."""
        # The scale network is exact on the CPU; a GPU's convolutions need not be.
        is_scale = name.startswith("scale_")
        return self._run(name, inputs, on_cpu=self._on_cpu or is_scale, counts=not is_scale)

    def beside(self, name: str, inputs: Mapping[str, NDArray[Any]]) -> _Outputs:
        """Run a graph as one of `lanes` at once."""
        return self._run(name, inputs, on_cpu=self._on_cpu, lanes=self.lanes)

    def _run(self, name: str, inputs: Mapping[str, NDArray[Any]], **how: Any) -> _Outputs:
        feed = {**inputs, "quality_index": self._quality_index}
        return _Outputs(self._backend.run(name, feed, cancel=self._cancel, **how))


def _post_filter(container: Container, blocks: int) -> PostFilter | None:
    """The post-filter of a picture of so many latent blocks: None unless some band has, and uses, all of them."""
    if container.post_filter is None:
        return None
    post_filter = read_post_filter(container.post_filter)
    depths = [container.band_depth(band) for band in range(container.header.band_count)]
    return post_filter if min(blocks, max(depths)) == container.header.block_count else None


def _synthesised(
    networks: Blockwise, feature: NDArray[np.float32], post_filter: PostFilter | None, canvas: Canvas
) -> NDArray[np.uint8]:
    """The pixels that the canvas asks for, from the last feature of a whole picture."""
    pixels = networks.synthesis(feature)
    if post_filter is not None:
        area = Area(0, 0, *pixels.shape[:2])
        pixels = post_filter.apply(pixels, area, area)
    return canvas.whole(pixels)


def _zeros(manifest: Manifest, block: int, area: Area) -> Symbols:
    stride, channels = manifest.blocks[block].stride, manifest.blocks[block].channels
    return np.zeros((channels, area.height // stride, area.width // stride), np.int32)


def _stored_area(header: Header, region: tuple[int, int, int, int] | None) -> Area:
    """Where a region of the displayed picture (x, y, width, height) stands among the stored pixels."""
    width, height = header.width, header.height
    if region is None:
        return Area(0, 0, height, width)
    x, y, columns, rows = region
    orientation = header.orientation
    if orientation >= 5:  # rows are displayed as columns
        x, y, columns, rows = y, x, rows, columns
    if min(x, y) < 0 or min(columns, rows) < 1 or x + columns > width or y + rows > height:
        raise SettingsError(
            "The region {region} (x,y,width,height) is not within the picture.", region=",".join(map(str, region))
        )
    if orientation in (2, 3, 7, 8):
        x = width - x - columns
    if orientation in (3, 4, 6, 7):
        y = height - y - rows
    return Area(y, x, y + rows, x + columns)


@contextmanager
def memory_errors() -> Iterator[None]:
    """Report memory that NumPy did not get as one of the library's errors."""
    try:
        yield
    except MemoryError as error:
        raise UnsupportedError(
            "There is not enough memory for a picture of this size; use a smaller picture, or a larger computer."
        ) from error


def _write_for_encoder(container: Container) -> bytes:
    try:
        return write_container(container)
    except FormatError as error:
        # Not damaged bytes, as that error would say, but a picture that is too large for the format.
        raise UnsupportedError(error.message) from error


def _check_block_choice(blocks: int, count: int, lowest: int = 1) -> None:
    if not lowest <= blocks <= count:
        raise SettingsError(
            "The number of latent blocks must be between {lowest} and {count}, not {blocks}.",
            lowest=lowest,
            count=count,
            blocks=blocks,
        )


def _span(progress: Progress | None, start: float, end: float) -> Progress:
    """Map a part's own progress of 0..1 onto its span of the whole."""

    def report(done: float) -> None:
        if progress is not None:
            progress(start + (end - start) * done)

    return report


def _displayed(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None, container: Container) -> Picture:
    """The picture for stored pixels: grey if it was, upright, with alpha and metadata."""
    orientation = container.header.orientation
    if container.header.grey:
        pixels = to_grey(pixels)
    alpha = None if alpha is None else turned(alpha, orientation)
    return Picture(turned(pixels, orientation), container.icc, container.exif, container.xmp, alpha=alpha)


def _with_notes(result: DecodeResult) -> Picture:
    return replace(result.picture, source_notes=result.warnings)
