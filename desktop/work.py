"""The work behind the window: files and the codec. It runs in worker threads and knows no Qt.

A job takes ``report``, which passes an event on, and ``cancelled``, which is polled; it raises QresError when it fails.
"""

import io
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import SupportsFloat

import numpy as np
from PIL import ExifTags, Image, ImageCms
from threadpoolctl import threadpool_limits

from codec_format.backend import load_runtime
from codec_format.codec import Codec, LatentSymbols
from codec_format.container import (
    MAGIC,
    ChunkInfo,
    Header,
    list_chunks,
    read_container,
    read_header,
    write_container,
)
from codec_format.errors import InputError, QresError, system_reason
from codec_format.imaging import accept_pixels, parse_picture, register_optional_formats, save_picture
from codec_format.metrics import ms_ssim, psnr
from codec_format.model_package import ModelPackage, default_package, find_package, installed_packages
from codec_format.picture import Picture
from codec_format.rate_control import encode_to_target
from codec_format.safe_write import safe_write
from codec_format.settings import DEFAULT_QUALITY, EncodeSettings, TargetPsnr, TargetShare, TargetSize, target_for
from desktop.state.choice import Aim, Choice
from desktop.state.display import prepare, prepare_preview
from desktop.state.documents import Chunk, CodedFile, Decoded, FileFacts, Glimpse, Model, Similarity, Source
from desktop.state.events import (
    BlocksDecoded,
    CodedFileOpened,
    Encoded,
    Event,
    Exported,
    Measured,
    ModelsFound,
    PictureOpened,
    PreviewRead,
    Progress,
    Saved,
)
from desktop.state.text import QT_TRANSLATE_NOOP, Text

Report = Callable[[Event], None]
Cancelled = Callable[[], bool]
Job = Callable[[Report, Cancelled], None]

CODED_EXTENSION = ".qres"
_ENCODE_SHARE = 0.6  # of the time until a new encoding is on screen; the rest is its decoding
# What photographers look for, in the order in which it is shown.
_EXIF_TAGS = (
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.DateTimeOriginal,
    ExifTags.Base.LensModel,
    ExifTags.Base.FocalLength,
    ExifTags.Base.FNumber,
    ExifTags.Base.ExposureTime,
    ExifTags.Base.ISOSpeedRatings,
    ExifTags.Base.Artist,
    ExifTags.Base.Copyright,
)
_LONGEST_VALUE = 80
_LARGE_PIXELS = 3 * 10**6  # decoding fewer takes about as long as looking at the preview
_NO_CUDA = QT_TRANSLATE_NOOP("State", "CUDA cannot be used on this computer, so the processor does the work.")


@dataclass(frozen=True, eq=False)
class _Loaded:
    """A codec with its networks loaded."""

    codec: Codec
    device: str  # as it was chosen


class CodecWork:
    """Jobs that need the codec. They share its loaded networks, so they run one after the other in one thread."""

    def __init__(self, model: Path | ModelPackage | None = None) -> None:
        """Encode with a package, with the one in a file, or with the shipped one; it is loaded at its first use.

        A choice that names a model goes before.
        """
        accept_pixels()
        self._model = model
        self._packages: dict[Path, ModelPackage] = {}
        self._loaded: _Loaded | None = None
        # The coded file that was handled last and its entropy-decoded content: choosing blocks then costs one network
        # run and no entropy decoding.
        self._data = b""
        self._symbols: LatentSymbols | None = None

    def open_file(self, path: Path, device: str) -> Job:
        """Read a picture or a `.qres` file: PictureOpened, or CodedFileOpened with its first block shown.

        A large file with a preview gives PreviewRead at once, and CodedFileOpened with its coarse blocks, those of all
        strides but the finest.
        """

        def job(report: Report, cancelled: Cancelled) -> None:
            opening = Progress(Text(QT_TRANSLATE_NOOP("State", "Opening {name}"), name=path.name))
            report(opening)
            try:
                data = path.read_bytes()
            except OSError as error:
                text = QT_TRANSLATE_NOOP("State", "{path} cannot be opened: {reason}; choose another file.")
                raise InputError(Text(text, path=path, reason=system_reason(error))) from error
            if not data.startswith(MAGIC[:4]) and path.suffix.lower() != CODED_EXTENSION:
                picture = parse_picture(data, path.name)
                report(PictureOpened(Source(path, path.name, picture, prepare(picture), len(data))))
                return
            container = read_container(data)
            header = container.header
            package = self._package(header.model_id)
            is_large = header.width * header.height >= _LARGE_PIXELS
            if container.preview is not None and is_large:
                display = prepare_preview(container.preview, *_displayed_size(header))
                if display is not None:
                    report(PreviewRead(Glimpse(path, display)))
            codec = self._codec_for(package, device, report)
            report(opening)
            symbols = self._read_symbols(codec, data, cancelled)
            # A decoding takes the same time however many blocks go into it, so a large picture is not begun with one.
            manifest = package.manifest
            coarse = manifest.blocks_of(manifest.strides[-1]).start if is_large else 1
            first = self._decode(codec, data, min(max(coarse, 1), len(symbols.blocks)), cancelled)
            coded = _describe(codec, data, symbols)
            report(CodedFileOpened(replace(coded, path=path), first, symbols.warnings))

        return job

    def open_bytes(self, name: str, load: Callable[[], bytes]) -> Job:
        """Read a picture that is no file, from the bytes that ``load`` gives: PictureOpened."""

        def job(report: Report, _cancelled: Cancelled) -> None:
            report(Progress(Text(QT_TRANSLATE_NOOP("State", "Opening {name}"), name=name)))
            picture = parse_picture(load(), name)
            report(PictureOpened(Source(None, name, picture, prepare(picture), None)))

        return job

    def encode(self, source: Source, choice: Choice) -> Job:
        """Encode a picture, then decode exactly these bytes: Encoded."""

        def job(report: Report, cancelled: Cancelled) -> None:
            target = _target(source, choice)
            codec = self._codec_for(self._package(None, choice.model), choice.device, report)
            quality: int | None = None
            if choice.lossless:
                label = Text(QT_TRANSLATE_NOOP("State", "Encoding losslessly"))
            elif target is None:
                quality = round(choice.goal.value)
                label = Text(QT_TRANSLATE_NOOP("State", "Encoding at quality {quality}"), quality=quality)
            else:
                label = Text(QT_TRANSLATE_NOOP("State", "Looking for the quality that meets the target"))
            settings = EncodeSettings(
                DEFAULT_QUALITY if quality is None else quality,
                keep_metadata=choice.keep_metadata,
                lossless=choice.lossless,
            )
            report(Progress(label))

            def progress(fraction: float) -> None:
                # The network does most of the work in one piece, so there is nothing to tell before it is through.
                report(Progress(label, fraction * _ENCODE_SHARE or None))

            start = time.perf_counter()
            reached = True
            if target is None:
                data = codec.encode(source.picture, settings, progress=progress, cancel=cancelled)
            else:
                result = encode_to_target(codec, source.picture, target, settings, progress, cancelled)
                data, quality, reached = result.data, result.quality, result.reached
            encode_seconds = time.perf_counter() - start
            report(Progress(Text(QT_TRANSLATE_NOOP("State", "Decoding")), _ENCODE_SHARE))
            complete = self._decode(codec, data, None, cancelled)
            coded = _describe(codec, data, self._read_symbols(codec, data, cancelled))
            coded = replace(coded, choice=choice, quality=quality, encode_seconds=encode_seconds)
            notes: list[str] = [] if reached else [_miss(choice)]
            if codec.device_warning:
                notes.append(Text(_NO_CUDA))
            report(Encoded(coded, complete, tuple(notes)))

        return job

    def decode_blocks(self, coded: CodedFile, blocks: int, device: str) -> Job:
        """The picture of the first so many latent blocks: BlocksDecoded."""

        def job(report: Report, cancelled: Cancelled) -> None:
            text = QT_TRANSLATE_NOOP("State", "Decoding {blocks} of {count} latent blocks")
            report(Progress(Text(text, blocks=blocks, count=coded.blocks)))
            codec = self._codec_for(self._package(read_header(coded.data).model_id), device, report)
            report(BlocksDecoded(self._decode(codec, coded.data, blocks, cancelled)))

        return job

    def _package(self, model_id: bytes | None, path: Path | None = None) -> ModelPackage:
        """The package that a file names, or the one in a file, or, if neither is given, the one that encodes."""
        if isinstance(self._model, Path):
            self._model = ModelPackage.load(self._model)
        if path is not None:
            if path not in self._packages:
                self._packages[path] = ModelPackage.load(path)
            return self._packages[path]
        if self._model is not None and (model_id is None or self._model.is_named(model_id)):
            return self._model
        if model_id is None:
            return default_package()
        for package in self._packages.values():
            if package.is_named(model_id):
                return package
        return find_package(model_id)

    def _codec_for(self, package: ModelPackage, device: str, report: Report) -> Codec:
        """The codec of a package, with its networks loaded."""
        loaded = self._loaded
        if loaded is not None and (loaded.codec.package.model_id, loaded.device) == (package.model_id, device):
            return loaded.codec
        report(Progress(Text(QT_TRANSLATE_NOOP("State", "Loading the model"))))
        codec = Codec(package, device)
        # The networks are loaded at their first use. A picture of one pixel does that, so that the times shown are
        # those of the work itself.
        codec.decode(codec.encode(Picture(np.zeros((1, 1, 3), np.uint8))))
        self._loaded = _Loaded(codec, device)
        self._symbols = None
        return codec

    def _read_symbols(self, codec: Codec, data: bytes, cancelled: Cancelled) -> LatentSymbols:
        if self._symbols is None or self._data is not data:
            self._symbols = codec.read_symbols(data, cancel=cancelled)
            self._data = data
        return self._symbols

    def _decode(self, codec: Codec, data: bytes, blocks: int | None, cancelled: Cancelled) -> Decoded:
        start = time.perf_counter()
        symbols = self._read_symbols(codec, data, cancelled)
        count = len(symbols.blocks) if blocks is None else blocks
        # All latent blocks stand for the whole file, with its lossless part if it has one.
        shown = None if count == len(symbols.blocks) else count
        result = codec.reconstruct(symbols, shown, cancel=cancelled)
        seconds = time.perf_counter() - start
        return Decoded(count, result.picture, prepare(result.picture), seconds, result.lossless)


def prepare_libraries() -> None:
    """Keep the libraries of the jobs from holding up the window; to be called before there is one.

    Loading one stops every other thread of Python. Threads of NumPy's linear algebra wait for each other without
    pause, which takes the cores from the window and gains the codec next to nothing.
    """
    register_optional_formats()
    load_runtime()
    threadpool_limits(1, user_api="blas")


def measure(source: Source, decoded: Decoded) -> Job:
    """Compare a decoded picture with its source: Measured."""

    def job(report: Report, cancelled: Cancelled) -> None:
        pixels = source.picture.on_background(), decoded.picture.on_background()
        report(Measured(decoded, Similarity(psnr(*pixels, cancelled), ms_ssim(*pixels, cancelled))))

    return job


def find_models(standard: Path | ModelPackage | None, chosen: Path | None = None) -> Job:
    """Look for the model packages that can be chosen: ModelsFound. One that cannot be read is left out.

    These are the standard one (a package, that in a file, or the shipped one), the installed ones, and a file that the
    user has chosen.
    """

    def load(path: Path | None) -> ModelPackage:
        source = standard if path is None else path
        if isinstance(source, ModelPackage):
            return source
        return default_package() if source is None else ModelPackage.load(source)

    def job(report: Report, cancelled: Cancelled) -> None:
        models = []
        for path in dict.fromkeys((None, *installed_packages(), chosen)):
            if cancelled():
                return
            try:
                manifest = load(path).manifest
            except QresError:
                continue  # "qres models" tells what is wrong with it, and an encoding does
            is_lossless = manifest.has_samples
            models.append(Model(path, manifest.name, manifest.parameters, is_lossless))
        report(ModelsFound(tuple(models)))

    return job


def save_coded_file(coded: CodedFile, path: Path, originals: Iterable[Path], blocks: int | None = None) -> Job:
    """Write exactly the bytes of a coded file, or its first latent blocks as a file of their own: Saved.

    The files in ``originals`` are never written to.
    """

    def job(report: Report, _cancelled: Cancelled) -> None:
        _refuse_originals(path, originals)
        if path.suffix.lower() != CODED_EXTENSION:
            text = QT_TRANSLATE_NOOP(
                "State",
                "{name} is no name for a QRes file; let it end in {extension}, or choose Export for a picture of "
                "another type.",
            )
            raise QresError(Text(text, name=path.name, extension=CODED_EXTENSION))
        count = coded.blocks if blocks is None else blocks
        safe_write(path, first_blocks(coded, count))
        report(Saved(coded, path, count))

    return job


def first_blocks(coded: CodedFile, blocks: int) -> bytes:
    """A valid file of the first latent blocks, with all the metadata; the file itself if these are all blocks."""
    if blocks >= coded.blocks:
        return coded.data
    return write_container(read_container(coded.data).first_blocks(blocks))


def export_picture(picture: Picture, path: Path, originals: Iterable[Path]) -> Job:
    """Write a decoded picture; the extension chooses the type: Exported. ``originals`` are never written to."""

    def job(report: Report, _cancelled: Cancelled) -> None:
        _refuse_originals(path, originals)
        report(Exported(path, save_picture(picture, path)))

    return job


def _refuse_originals(path: Path, originals: Iterable[Path]) -> None:
    for original in originals:
        if path.exists() and original.exists() and path.samefile(original):
            text = QT_TRANSLATE_NOOP(
                "State", "{name} is the file that was opened, and originals stay as they are; choose another name."
            )
            raise QresError(Text(text, name=path.name))


def _target(source: Source, choice: Choice) -> TargetSize | TargetPsnr | None:
    """What the encoding has to reach, None if the quality is given."""
    target = None if choice.lossless else choice.goal.target
    if isinstance(target, TargetShare) and source.byte_count is None:
        text = QT_TRANSLATE_NOOP("State", "{name} is no file to take a percentage of; choose another target.")
        raise QresError(Text(text, name=source.name))
    return None if target is None else target_for(target, source.byte_count or 0)


def _miss(choice: Choice) -> Text:
    """Why a target could not be reached."""
    if choice.goal.aim is Aim.DECIBELS:
        return Text(
            QT_TRANSLATE_NOOP("State", "Not even the best quality reaches this PSNR; the result is the best there is.")
        )
    return Text(
        QT_TRANSLATE_NOOP(
            "State", "Not even the lowest quality is as small as the target; the result is the smallest there is."
        )
    )


def _describe(codec: Codec, data: bytes, symbols: LatentSymbols) -> CodedFile:
    container = symbols.container
    header = container.header
    chunks = tuple(list_chunks(data))
    block_chunks = [chunk for chunk in chunks if chunk.type == "B"][: len(symbols.blocks)]
    facts = FileFacts(
        format_version=header.version,
        quality_index=header.quality_index,
        model_id=header.model_id.hex(),
        chunks=tuple(
            Chunk(chunk.type, chunk.end - chunk.offset, _checksum_of(data, chunk), chunk.crc_ok) for chunk in chunks
        ),
        profile=_profile_name(container.icc) if container.icc else None,
        metadata=_exif_facts(container.exif) if container.exif else (),
        exif_bytes=len(container.exif or b""),
        xmp_bytes=len(container.xmp or b""),
    )
    width, height = _displayed_size(header)
    return CodedFile(
        data=data,
        width=width,
        height=height,
        block_bytes=tuple(chunk.end - chunk.offset for chunk in block_chunks),
        block_count=header.block_count,
        model=codec.package.manifest.name,
        device=codec.device,
        facts=facts,
    )


def _checksum_of(data: bytes, chunk: ChunkInfo) -> str:
    """The CRC at the end of a chunk, hexadecimal."""
    return data[chunk.payload_offset + chunk.length : chunk.end][::-1].hex()


def _displayed_size(header: Header) -> tuple[int, int]:
    """Width and height of the picture as it is turned for display."""
    return (header.height, header.width) if header.orientation >= 5 else (header.width, header.height)


def _profile_name(icc: bytes) -> str:
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc))).strip()
    except (OSError, ImageCms.PyCMSError):
        return "?"


def _exif_facts(block: bytes) -> tuple[tuple[str, str], ...]:
    """The values that photographers look for, in the words of the file."""
    exif = Image.Exif()
    try:
        exif.load(block)
        values = {**exif.get_ifd(ExifTags.IFD.Exif), **exif}
    except Exception:  # Pillow raises many types for damaged blocks; the picture is none the worse for it
        return ()
    facts = []
    for tag in _EXIF_TAGS:
        value = values.get(tag)
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        text = "" if value is None else str(value).strip("\0 ")
        if tag == ExifTags.Base.ExposureTime and isinstance(value, SupportsFloat) and 0 < float(value) < 0.5:
            text = f"1/{round(1 / float(value))}"
        if text:
            facts.append((tag.name, text[:_LONGEST_VALUE]))
    return tuple(facts)
