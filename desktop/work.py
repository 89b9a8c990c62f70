"""The work behind the window: files and the codec. It runs in worker threads and knows no Qt.

A job takes ``report``, which passes an event on, and ``cancelled``, which is polled; it raises QresError when it fails.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from codec_format.codec import Codec, LatentSymbols
from codec_format.container import MAGIC, list_chunks, read_header
from codec_format.errors import InputError, OutputError
from codec_format.imaging import parse_picture, save_picture
from codec_format.model_package import ModelPackage, default_package, find_package
from codec_format.picture import Picture
from codec_format.safe_write import safe_write
from codec_format.settings import EncodeSettings
from desktop.state.documents import CodedFile, Decoded, Source
from desktop.state.events import (
    BlocksDecoded,
    CodedFileOpened,
    Encoded,
    Event,
    Exported,
    PictureOpened,
    Progress,
    Saved,
)
from desktop.state.measures import psnr

Report = Callable[[Event], None]
Cancelled = Callable[[], bool]
Job = Callable[[Report, Cancelled], None]

CODED_EXTENSION = ".qres"
_ENCODE_SHARE = 0.6  # of the time until a new encoding is on screen; the rest is its decoding


class CodecWork:
    """Jobs that need the codec. They share its loaded networks, so they run one after the other in one thread."""

    def __init__(self, model: Path | ModelPackage | None = None) -> None:
        """Encode with a package, with the one in a file, or with the shipped one; it is loaded at its first use."""
        self._model = model
        self._codec: Codec | None = None
        self._own_id: bytes | None = None  # of the model that encodes, once it is known
        # The coded file that was handled last and its entropy-decoded content: choosing blocks then costs one network
        # run and no entropy decoding.
        self._data = b""
        self._symbols: LatentSymbols | None = None

    def open_file(self, path: Path) -> Job:
        """Read a picture or a `.qres` file: PictureOpened, or CodedFileOpened with its first block shown."""

        def job(report: Report, cancelled: Cancelled) -> None:
            report(Progress(f"Opening {path.name}"))
            try:
                data = path.read_bytes()
            except OSError as error:
                reason = error.strerror or str(error)
                raise InputError(f"{path} cannot be opened: {reason}; choose another file.") from error
            if not data.startswith(MAGIC[:4]) and path.suffix.lower() != CODED_EXTENSION:
                report(PictureOpened(Source(path, parse_picture(data, path.name), len(data))))
                return
            codec = self._codec_for(read_header(data).model_id, report)
            report(Progress(f"Opening {path.name}"))
            symbols = self._read_symbols(codec, data, cancelled)
            first = self._decode(codec, data, 1, None, cancelled)
            report(CodedFileOpened(_describe(codec, data, symbols, path=path), first, symbols.warnings))

        return job

    def encode(self, source: Source, quality: int) -> Job:
        """Encode a picture, then decode exactly these bytes: Encoded."""

        def job(report: Report, cancelled: Cancelled) -> None:
            codec = self._codec_for(None, report)
            label = f"Encoding at quality {quality}"
            report(Progress(label))
            start = time.perf_counter()
            data = codec.encode(
                source.picture,
                EncodeSettings(quality),
                # The network does most of the work in one piece, so there is nothing to tell before it is through.
                progress=lambda fraction: report(Progress(label, fraction * _ENCODE_SHARE or None)),
                cancel=cancelled,
            )
            encode_seconds = time.perf_counter() - start
            report(Progress("Decoding", _ENCODE_SHARE))
            complete = self._decode(codec, data, None, source.picture, cancelled)
            symbols = self._read_symbols(codec, data, cancelled)
            coded = _describe(codec, data, symbols, quality=quality, encode_seconds=encode_seconds)
            report(Encoded(coded, complete))

        return job

    def decode_blocks(self, coded: CodedFile, blocks: int, reference: Picture | None) -> Job:
        """The picture of the first so many latent blocks: BlocksDecoded."""

        def job(report: Report, cancelled: Cancelled) -> None:
            report(Progress(f"Decoding {blocks} of {coded.blocks} latent blocks"))
            codec = self._codec_for(read_header(coded.data).model_id, report)
            report(BlocksDecoded(self._decode(codec, coded.data, blocks, reference, cancelled)))

        return job

    def _codec_for(self, model_id: bytes | None, report: Report) -> Codec:
        """The codec of a model, with its networks loaded; None stands for the model that encodes."""
        if self._codec is None or self._codec.package.model_id != (model_id or self._own_id):
            report(Progress("Loading the model"))
            if isinstance(self._model, Path):
                self._model = ModelPackage.load(self._model)
            if self._model is not None and model_id in (None, self._model.model_id):
                package = self._model
            else:
                package = default_package() if model_id is None else find_package(model_id)
            if model_id is None:
                self._own_id = package.model_id
            if self._codec is None or self._codec.package.model_id != package.model_id:
                codec = Codec(package)
                # The networks are loaded at their first use. A picture of one pixel does that, so that the times shown
                # are those of the work itself.
                codec.decode(codec.encode(Picture(np.zeros((1, 1, 3), np.uint8))))
                self._codec = codec
        return self._codec

    def _read_symbols(self, codec: Codec, data: bytes, cancelled: Cancelled) -> LatentSymbols:
        if self._symbols is None or self._data is not data:
            self._symbols = codec.read_symbols(data, cancel=cancelled)
            self._data = data
        return self._symbols

    def _decode(
        self, codec: Codec, data: bytes, blocks: int | None, reference: Picture | None, cancelled: Cancelled
    ) -> Decoded:
        start = time.perf_counter()
        symbols = self._read_symbols(codec, data, cancelled)
        count = len(symbols.blocks) if blocks is None else blocks
        picture = codec.reconstruct(symbols, count, cancel=cancelled).picture
        seconds = time.perf_counter() - start
        return Decoded(count, picture, seconds, psnr(reference.pixels, picture.pixels) if reference else None)


def _describe(
    codec: Codec,
    data: bytes,
    symbols: LatentSymbols,
    quality: int | None = None,
    encode_seconds: float | None = None,
    path: Path | None = None,
) -> CodedFile:
    header = symbols.container.header
    ends = [chunk.end for chunk in list_chunks(data) if chunk.type == "B"][: len(symbols.blocks)]
    return CodedFile(
        data=data,
        width=header.width,
        height=header.height,
        block_ends=(*ends[:-1], len(data)),
        block_count=header.block_count,
        model=codec.package.manifest.name,
        device=codec.device,
        quality=quality,
        encode_seconds=encode_seconds,
        path=path,
    )


def save_coded_file(coded: CodedFile, path: Path, originals: Iterable[Path]) -> Job:
    """Write exactly the bytes of a coded file: Saved. The files in ``originals`` are never written to."""

    def job(report: Report, _cancelled: Cancelled) -> None:
        _refuse_originals(path, originals)
        if path.suffix.lower() != CODED_EXTENSION:
            raise OutputError(
                f"{path.name} is no name for a QRes file; let it end in {CODED_EXTENSION}, or choose Export for a "
                "picture of another type."
            )
        safe_write(path, coded.data)
        report(Saved(coded, path))

    return job


def export_picture(picture: Picture, path: Path, originals: Iterable[Path]) -> Job:
    """Write a decoded picture; the extension chooses the type: Exported. ``originals`` are never written to."""

    def job(report: Report, _cancelled: Cancelled) -> None:
        _refuse_originals(path, originals)
        report(Exported(path, save_picture(picture, path)))

    return job


def _refuse_originals(path: Path, originals: Iterable[Path]) -> None:
    for original in originals:
        if path.exists() and original.exists() and path.samefile(original):
            raise OutputError(
                f"{path.name} is the file that was opened, and originals stay as they are; choose another name."
            )
