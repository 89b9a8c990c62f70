"""Pixels <-> .qres bytes with the networks of a model package.

Encoding: the encoder graph turns pixels into integer symbols per latent block, the scale network chooses a frequency
table for every symbol, and the entropy coder writes them. Decoding reads the symbols of the latent blocks that the file
holds, sets those of the others to zero (the prior mean), and the decoder graph turns them into pixels.

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
from codec_format.backend import Backend
from codec_format.container import (
    DEFAULT_LIMITS,
    BandStream,
    BlockStream,
    Container,
    Header,
    read_container,
    read_header,
    write_container,
)
from codec_format.entropy import decode_symbols, encode_symbols, symbol_checksum
from codec_format.errors import (
    FormatError,
    IntegrityError,
    ModelError,
    ModelMissingError,
    SettingsError,
    UnsupportedError,
)
from codec_format.model_package import ModelPackage, default_package, find_package
from codec_format.picture import Picture, is_grey, to_grey, turned
from codec_format.preview import make_preview
from codec_format.settings import EncodeSettings, quality_to_index

Progress = Callable[[float], None]
Cancel = Callable[[], bool]
Symbols = NDArray[np.int32]
TableIndex = NDArray[np.uint8]
Feature = NDArray[np.float32]

# Share of the large networks in the time that one encoding or decoding takes; the rest is entropy coding.
_NETWORK_SHARE = 0.8


@dataclass(frozen=True)
class DecodeResult:
    """A decoded picture and how much of it there was.

    Attributes:
        picture: the picture.
        blocks_decoded: number of latent blocks it is made of; the rest stand at their prior mean.
        warnings: one sentence for each thing that the file lacks or that was damaged; empty for a sound file.
    """

    picture: Picture
    blocks_decoded: int
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class LatentSymbols:
    """The entropy-decoded and checked content of a file, from which pictures of fewer latent blocks can be made too.

    Attributes:
        container: the file.
        blocks: int32 [channels, height, width] symbols of each latent block that was decoded, in coding order.
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
    polled between network runs and, from another thread, during them; once it returns True the call raises
    CancelledError.

    Attributes:
        package: the model package.
    """

    def __init__(self, package: ModelPackage, device: str = "auto") -> None:
        """Prepare a codec; the networks are loaded at their first use.

        With "auto", a package that is not portable stays on the CPU: the device decides its probabilities, so a file
        written on a GPU would hardly be readable elsewhere.

        Raises:
            SettingsError: the device is not one of auto, cpu, cuda.
        """
        self.package = package
        portable = package.manifest.portable
        self._fused = portable and package.has_graph("encoder") and package.has_graph("decoder")
        self._backend = Backend(package.graph, "cpu" if device == "auto" and not portable else device)

    @property
    def device(self) -> str:
        """The device truly in use, with a description: "cuda (...)" or "cpu (...)".

        Only a loaded network can tell, so this loads the decoding one when none is loaded yet.
        """
        return self._backend.describe_device("decoder" if self._fused else "synthesis")

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
            UnsupportedError: the picture or its metadata are larger than the format or the memory allows.
            CancelledError: ``cancel`` returned True.
        """
        with _memory_errors():
            return self._encode(picture, settings or EncodeSettings(), progress, cancel)

    def decode(
        self,
        data: bytes | Container,
        blocks: int | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> DecodeResult:
        """Decode a .qres file with its first ``blocks`` latent blocks, or with all that it holds.

        A file that is cut short or damaged behind its first latent block gives the coarser picture and warnings.

        Raises:
            FormatError: the file is not valid, or ends before its first latent block is whole.
            UnsupportedError: the file needs a newer version, or its picture more memory than there is.
            ModelMissingError: the file was made with another package.
            IntegrityError: the symbols differ from those that were encoded.
            SettingsError: ``blocks`` is not in 1..block_count.
            CancelledError: ``cancel`` returned True.
        """
        report = _span(progress, 0.0, 1.0)
        with _memory_errors():
            symbols, feature = self._read(data, blocks, _span(report, 0.0, 1 - _NETWORK_SHARE), cancel)
            result = self._reconstruct(symbols, len(symbols.blocks), feature, cancel)
        report(1.0)
        return result

    def progressive(
        self,
        data: bytes | Container,
        blocks: int | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[DecodeResult]:
        """Decode a file to a picture after each latent block; the last equals that of ``decode``.

        Raises:
            QresError: as ``decode`` does, before the first picture.
        """
        report = _span(progress, 0.0, 1.0)
        with _memory_errors():
            symbols, _ = self._read(data, blocks, _span(report, 0.0, 1 - _NETWORK_SHARE), cancel)
        count = len(symbols.blocks)
        for shown in range(1, count + 1):
            with _memory_errors():
                result = self._reconstruct(symbols, shown, None, cancel)
            report(1 - _NETWORK_SHARE * (count - shown) / count)
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
        with _memory_errors():
            return self._read(data, blocks, _span(progress, 0.0, 1.0), cancel)[0]

    def reconstruct(self, symbols: LatentSymbols, blocks: int, cancel: Cancel | None = None) -> DecodeResult:
        """The picture of the first ``blocks`` latent blocks of what ``read_symbols`` gave.

        Raises:
            SettingsError: ``blocks`` is not in 1..number of decoded latent blocks.
            UnsupportedError: the picture needs more memory than there is.
            CancelledError: ``cancel`` returned True.
        """
        _check_block_choice(blocks, len(symbols.blocks))
        with _memory_errors():
            return self._reconstruct(symbols, blocks, None, cancel)

    def _encode(
        self, picture: Picture, settings: EncodeSettings, progress: Progress | None, cancel: Cancel | None
    ) -> bytes:
        manifest = self.package.manifest
        pixels = picture.pixels if picture.alpha is None else fill_transparent(picture.pixels, picture.alpha)
        header = Header(
            width=picture.width,
            height=picture.height,
            quality_index=quality_to_index(settings.quality, manifest.quality_count),
            block_count=len(manifest.blocks),
            model_id=self.package.model_id,
            grey=is_grey(pixels),
        )
        exif, xmp = (picture.exif, picture.xmp) if settings.keep_metadata else (None, None)
        alpha = None if picture.alpha is None else encode_alpha(picture.alpha)
        container = Container(header, (), icc=picture.icc, exif=exif, xmp=xmp, alpha=alpha)
        _write_for_encoder(container)  # learn of exceeded limits before the long work

        report = _span(progress, 0.0, 1.0)
        report(0.0)
        networks = _Networks(self.package, self._backend, header, cancel)
        if self._fused:
            symbols = networks.encoder(pixels)
            report(_NETWORK_SHARE)
            table_indices = networks.scale_network(symbols)
        else:
            symbols, prior_table_indices = self._posterior_symbols(networks, pixels, _span(report, 0, _NETWORK_SHARE))
            portable = manifest.portable
            table_indices = networks.scale_network(symbols) if portable else iter(prior_table_indices)

        tables = self.package.frequency_tables
        streams = []
        for block, table_index in enumerate(table_indices):
            payload = encode_symbols(symbols[block], table_index, tables)
            streams.append(BlockStream((BandStream(symbol_checksum(symbols[block]), payload),)))
            report(_NETWORK_SHARE + (1 - _NETWORK_SHARE) * (block + 1) / header.block_count)
        container = replace(container, blocks=tuple(streams))
        encoded = _write_for_encoder(container)
        if settings.preview_share > 0:
            preview = make_preview(pixels, picture.alpha, picture.icc)
            if len(preview) <= min(settings.preview_share * len(encoded), DEFAULT_LIMITS.preview_bytes):
                return _write_for_encoder(replace(container, preview=preview))
        return encoded

    def _posterior_symbols(
        self, networks: "_Networks", pixels: NDArray[np.uint8], report: Progress
    ) -> tuple[list[Symbols], list[TableIndex]]:
        """Symbols of every latent block, and the table indices that the priors gave (none for a portable package)."""
        bottom_up = networks.bottom_up(pixels)
        symbols: list[Symbols] = []
        table_indices: list[TableIndex] = []

        def choose(block: int, prior: "_Prior") -> Symbols:
            posterior_mean = networks.posterior(block, prior, bottom_up)
            symbols.append(np.rint(posterior_mean - prior.mean).astype(np.int32))
            if not self.package.manifest.portable:
                table_indices.append(prior.table_index)
            report((block + 1) / networks.block_count)
            return symbols[-1]

        networks.top_down(choose)
        return symbols, table_indices

    def _read(
        self, data: bytes | Container, blocks: int | None, report: Progress, cancel: Cancel | None
    ) -> tuple[LatentSymbols, Feature | None]:
        """The symbols of a file and, where the networks ran to get them, the feature that the synthesis needs."""
        container = data if isinstance(data, Container) else read_container(data)
        header = container.header
        self._check_header(header)
        wanted = header.block_count if blocks is None else blocks
        _check_block_choice(wanted, header.block_count)
        streams = container.blocks[:wanted]
        warnings = list(container.damage)
        if not streams:
            raise FormatError("The file ends before its first latent block, so it holds no picture; get it anew.")
        if len(streams) < wanted:
            warnings.append(
                f"Only {len(streams)} of {header.block_count} latent blocks are there, so the picture is coarser."
            )
        report(0.0)
        networks = _Networks(self.package, self._backend, header, cancel)
        symbols: list[Symbols] = []
        feature = None
        if self.package.manifest.portable:
            for block, table_index in enumerate(networks.scale_network(symbols, len(streams))):
                symbols.append(self._read_block(block, streams[block], table_index))
                report((block + 1) / len(streams))
        else:

            def choose(block: int, prior: _Prior) -> Symbols:
                report((block + 1) / networks.block_count)
                if block >= len(streams):
                    return networks.zero_symbols(block)
                symbols.append(self._read_block(block, streams[block], prior.table_index))
                return symbols[-1]

            feature = networks.top_down(choose)
        alpha = None if container.alpha is None else decode_alpha(container.alpha, header.width, header.height)
        return LatentSymbols(container, tuple(symbols), alpha, tuple(warnings)), feature

    def _read_block(self, block: int, stream: BlockStream, table_index: TableIndex) -> Symbols:
        (band,) = stream.bands
        assert band is not None
        try:
            symbols = decode_symbols(band.payload, table_index, self.package.frequency_tables)
            matches = symbol_checksum(symbols) == band.symbol_checksum
        except FormatError:
            # The chunk's own checksum was right, so these are the bytes that were written: the tables differ.
            matches = False
        if not matches:
            advice = (
                "the file was not written properly; encode the picture again."
                if self.package.manifest.portable
                else "this model package is not portable, so decode on the kind of computer that encoded."
            )
            raise IntegrityError(f"The symbols of latent block {block} do not match their checksum: {advice}")
        return symbols

    def _reconstruct(
        self, symbols: LatentSymbols, shown: int, feature: Feature | None, cancel: Cancel | None
    ) -> DecodeResult:
        container = symbols.container
        networks = _Networks(self.package, self._backend, container.header, cancel)
        known = symbols.blocks[:shown]
        every = [*known, *(networks.zero_symbols(block) for block in range(shown, networks.block_count))]
        if self._fused:
            pixels = networks.decoder(every)
        else:
            if feature is None:
                feature = networks.top_down(lambda block, _: every[block])
            pixels = networks.synthesis(feature)
        return DecodeResult(_displayed(pixels, symbols), shown, symbols.warnings)

    def _check_header(self, header: Header) -> None:
        manifest = self.package.manifest
        if header.model_id != self.package.model_id:
            raise ModelMissingError(header.model_id)
        if header.block_count != len(manifest.blocks) or header.quality_index >= manifest.quality_count:
            raise FormatError("The header of the file contradicts its model package; the file is not valid.")
        if header.band_count > 1:
            raise UnsupportedError("Files of several bands cannot be decoded yet.")


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
) -> Picture:
    """Decode a .qres file with the installed package that it names, or with the one given.

    What a damaged or truncated file lacks stands in the ``source_notes`` of the picture.

    Raises:
        ModelMissingError: the package that the file names is not installed.
        QresError: as ``Codec.decode`` does.
    """
    codec = shared_codec(package or find_package(read_header(data).model_id), device)
    result = codec.decode(data, blocks, progress, cancel)
    return _with_notes(result)


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
def shared_codec(package: ModelPackage, device: str = "auto") -> Codec:
    """A codec that is kept for the next call with the same package object and device."""
    return Codec(package, device)


class _Outputs(dict[str, NDArray[Any]]):
    """Outputs of a graph by name; one that the graph lacks is a fault of the model package."""

    def __missing__(self, name: str) -> NDArray[Any]:
        raise ModelError(f'A graph of the model package lacks the output "{name}"; get the model package anew.')


class _Prior:
    """What the prior of a latent block gives."""

    def __init__(self, outputs: _Outputs) -> None:
        self._outputs = outputs

    @property
    def feature(self) -> Feature:
        """Float32 [1, ., h, w]."""
        return self._outputs["feature_out"]

    @property
    def mean(self) -> NDArray[np.float32]:
        """Float32 [channels, h, w]."""
        mean: NDArray[np.float32] = self._outputs["prior_mean"][0]
        return mean

    @property
    def table_index(self) -> TableIndex:
        """Uint8 [channels, h, w]; only the priors of packages that are not portable give one."""
        table_index: TableIndex = self._outputs["table_index"][0]
        return table_index


class _Networks:
    """The graphs of a package, called for one picture: its size, its quality index, its cancel."""

    def __init__(self, package: ModelPackage, backend: Backend, header: Header, cancel: Cancel | None) -> None:
        alignment = package.manifest.alignment
        self._blocks = package.manifest.blocks
        self._backend = backend
        self._cancel = cancel
        self._width, self._height = header.width, header.height
        self._padded_width = -(-header.width // alignment) * alignment
        self._padded_height = -(-header.height // alignment) * alignment
        self._quality_index = np.array([header.quality_index], np.int64)

    @property
    def block_count(self) -> int:
        return len(self._blocks)

    def zero_symbols(self, block: int) -> Symbols:
        stride, channels = self._blocks[block].stride, self._blocks[block].channels
        return np.zeros((channels, self._padded_height // stride, self._padded_width // stride), np.int32)

    def encoder(self, pixels: NDArray[np.uint8]) -> list[Symbols]:
        outputs = self._run("encoder", {"picture": self._pad(pixels)})
        return [outputs[f"symbols_{block:02}"][0] for block in range(self.block_count)]

    def decoder(self, symbols: Sequence[Symbols]) -> NDArray[np.uint8]:
        inputs = {f"symbols_{block:02}": values[None] for block, values in enumerate(symbols)}
        return self._crop(self._run("decoder", inputs)["picture"])

    def bottom_up(self, pixels: NDArray[np.uint8]) -> _Outputs:
        return self._run("bottom_up", {"picture": self._pad(pixels)})

    def posterior(self, block: int, prior: _Prior, bottom_up: _Outputs) -> NDArray[np.float32]:
        """Posterior mean, float32 [channels, h, w]."""
        feature = bottom_up[f"bottom_up_{self._blocks[block].stride}"]
        outputs = self._run(f"posterior_{block:02}", {"feature": prior.feature, "bottom_up": feature})
        mean: NDArray[np.float32] = outputs["posterior_mean"][0]
        return mean

    def top_down(self, choose: Callable[[int, _Prior], Symbols]) -> Feature:
        """Go through the latent blocks; ``choose`` gives the symbols of each. Returns the last feature."""
        feature: Feature | None = None
        for block in range(self.block_count):
            start = {"grid_shape": self._grid_shape(block)} if feature is None else {"feature": feature}
            prior = _Prior(self._run(f"prior_{block:02}", start))
            latent = (prior.mean + choose(block, prior))[None].astype(np.float32)
            feature = self._run(f"merge_{block:02}", {"feature": prior.feature, "latent": latent})["feature_out"]
        assert feature is not None  # a package has at least one latent block
        return feature

    def synthesis(self, feature: Feature) -> NDArray[np.uint8]:
        return self._crop(self._run("synthesis", {"feature": feature})["picture"])

    def scale_network(self, symbols: Sequence[Symbols], blocks: int | None = None) -> Iterator[TableIndex]:
        """Table index uint8 [channels, h, w] of each latent block.

        ``symbols`` may still be growing: those of a latent block are read when the index of the next one is asked for.
        """
        state: NDArray[Any] | None = None
        for block in range(self.block_count if blocks is None else blocks):
            start: dict[str, NDArray[Any]]
            if state is None:
                start = {"grid_shape": self._grid_shape(block)}
            else:
                start = {"state": state, "symbols": symbols[block - 1][None]}
            # Exact on the CPU; a GPU's convolutions need not be.
            outputs = self._run(f"scale_{block:02}", start, on_cpu=True)
            state = outputs["state_out"]
            yield outputs["table_index"][0]

    def _grid_shape(self, block: int) -> NDArray[Any]:
        stride = self._blocks[block].stride
        return np.array([self._padded_height // stride, self._padded_width // stride], np.int64)

    def _run(self, name: str, inputs: Mapping[str, NDArray[Any]], on_cpu: bool = False) -> _Outputs:
        feed = {**inputs, "quality_index": self._quality_index}
        return _Outputs(self._backend.run(name, feed, on_cpu=on_cpu, cancel=self._cancel))

    def _pad(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Repeat the last row and column up to the aligned size: [1, H, W, 3]."""
        below, beside = self._padded_height - self._height, self._padded_width - self._width
        return np.pad(pixels, ((0, below), (0, beside), (0, 0)), mode="edge")[None]

    def _crop(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.ascontiguousarray(pixels[0, : self._height, : self._width])


@contextmanager
def _memory_errors() -> Iterator[None]:
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
        raise UnsupportedError(str(error)) from error


def _check_block_choice(blocks: int, count: int) -> None:
    if not 1 <= blocks <= count:
        raise SettingsError(f"The number of latent blocks to decode must be between 1 and {count}, not {blocks}.")


def _span(progress: Progress | None, start: float, end: float) -> Progress:
    """Map a part's own progress of 0..1 onto its span of the whole."""

    def report(done: float) -> None:
        if progress is not None:
            progress(start + (end - start) * done)

    return report


def _displayed(pixels: NDArray[np.uint8], symbols: LatentSymbols) -> Picture:
    """The picture for stored pixels: grey if it was, upright, with alpha and metadata."""
    container = symbols.container
    orientation = container.header.orientation
    if container.header.grey:
        pixels = to_grey(pixels)
    alpha = None if symbols.alpha is None else turned(symbols.alpha, orientation)
    return Picture(turned(pixels, orientation), container.icc, container.exif, container.xmp, alpha=alpha)


def _with_notes(result: DecodeResult) -> Picture:
    return replace(result.picture, source_notes=result.warnings)
