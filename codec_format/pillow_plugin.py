"""Pillow reads and writes .qres files after ``register()``.

Example::

    codec_format.pillow_plugin.register()
    with Image.open("photo.qres") as image:
        image.thumbnail((200, 200))  # decodes what shows in a small picture, which is all there is of it in memory
    image.save("small.qres", quality=40)  # or target_size=20_000, in bytes

Opening reads the header and the metadata; the model package is needed only when the pixels are.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from PIL import Image, ImageFile

from codec_format.codec import shared_codec
from codec_format.container import MAGIC, Header, read_metadata
from codec_format.errors import QresError, SettingsError
from codec_format.imaging import image_from_picture, picture_from_image
from codec_format.model_package import default_package, find_package
from codec_format.rate_control import encode_to_target
from codec_format.settings import DEFAULT_QUALITY, ENCODED_EXTENSION, EncodeSettings, TargetSize

FORMAT = "QRES"
MIME_TYPE = "image/x-qres"

_REDUCTIONS = (8, 4, 2)  # as for JPEG files
_METADATA = ("icc_profile", "exif", "xmp")


def register() -> None:
    """Teach Pillow the format: ``Image.open``, and ``Image.save`` under the extension .qres. May be called again."""
    Image.register_open(FORMAT, QresImageFile, _accept)
    Image.register_save(FORMAT, _save)
    Image.register_extension(FORMAT, ENCODED_EXTENSION)
    Image.register_mime(FORMAT, MIME_TYPE)


class QresImageFile(ImageFile.ImageFile):
    """A .qres file as Pillow sees it: mode L, LA, RGB or RGBA; ``icc_profile``, ``exif`` and ``xmp`` in ``info``.

    A file that is cut short or damaged raises OSError when it is loaded, or gives the coarser picture if
    ``ImageFile.LOAD_TRUNCATED_IMAGES`` is set. A missing model package raises OSError as well.
    """

    format = FORMAT
    format_description = "QRes learned image"

    _header: Header
    _reduction = 1

    def _open(self) -> None:
        try:
            container = read_metadata(self._file())
        except QresError as error:
            raise SyntaxError(str(error)) from error  # what Pillow expects of a file that is not to be opened
        self._header = container.header
        upright = (self._header.width, self._header.height)
        self._size = upright if self._header.orientation < 5 else upright[::-1]
        grey = self._header.grey and container.icc is None
        self._mode = ("L" if grey else "RGB") + ("" if container.alpha is None else "A")
        metadata = zip(_METADATA, (container.icc, container.exif, container.xmp), strict=True)
        self.info.update({name: content for name, content in metadata if content is not None})
        self.tile = [ImageFile._Tile("qres", (0, 0, *self.size))]

    def draft(self, mode: str | None, size: tuple[int, int] | None) -> tuple[str, tuple[int, int, float, float]] | None:
        """Choose a smaller picture, of at least the size asked for; latent blocks that are finer are not decoded.

        Args:
            mode: not used.
            size: width and height in pixels.
        """
        if not self.tile or self._reduction > 1 or not size:
            return None
        width, height = self.size
        largest = min(width // max(size[0], 1), height // max(size[1], 1))
        reduction = next((reduction for reduction in _REDUCTIONS if reduction <= largest), 1)
        if reduction == 1:
            return None
        self._reduction = reduction
        self._size = (-(-width // reduction), -(-height // reduction))
        return self.mode, (0, 0, width / reduction, height / reduction)

    def load(self) -> Any:  # what Pillow's own load gives
        """Decode the picture, unless that has been done.

        Raises:
            OSError: the file is cut short or damaged, or its model package is missing.
        """
        if self.tile:
            file = self._file()
            file.seek(0)  # where Pillow opens every file
            with _pillow_errors():
                image = self._decode(file.read())
            self.im = image.im
            self._mode = image.mode
            self._size = image.size
            self.tile = []
            if self._exclusive_fp:
                file.close()
            self.fp = None
        return super().load()

    def _decode(self, data: bytes) -> Image.Image:
        codec = shared_codec(find_package(self._header.model_id))
        # Latent blocks with several positions in each pixel of the reduced picture are left out, and a lossless part.
        blocks = None
        if self._reduction > 1:
            blocks = sum(block.stride >= self._reduction for block in codec.package.manifest.blocks)
        result = codec.decode(data, blocks, scale=self._reduction)
        if result.warnings and not ImageFile.LOAD_TRUNCATED_IMAGES:
            raise OSError(f"image file is truncated or damaged: {result.warnings[0]}")
        return image_from_picture(result.picture)

    def _file(self) -> IO[bytes]:
        if self.fp is None:
            raise ValueError("Operation on closed image")
        return self.fp


def _accept(prefix: bytes) -> bool:
    return prefix.startswith(MAGIC)


def _save(image: Image.Image, file: IO[bytes], filename: str | bytes) -> None:
    """Write an image; options are ``quality``, ``target_size`` or ``lossless``, and ``icc_profile``, ``exif``, ``xmp``.

    Metadata that are not given are those of the image; empty ones are left out.
    """
    options: dict[str, Any] = cast(Any, image).encoderinfo
    metadata = {name: _content(options[name]) for name in _METADATA if name in options}
    target_size = options.get("target_size")
    lossless = bool(options.get("lossless", False))
    if (target_size is not None) + ("quality" in options) + lossless > 1:
        raise ValueError("Give only one of quality, target_size and lossless.")
    with _pillow_errors():
        settings = EncodeSettings(options.get("quality", DEFAULT_QUALITY), lossless=lossless)
        picture = picture_from_image(image, metadata)
        codec = shared_codec(default_package())
        if target_size is None:
            data = codec.encode(picture, settings)
        else:
            result = encode_to_target(codec, picture, TargetSize(target_size), settings)
            if not result.reached:
                raise OSError(
                    f"The picture takes {len(result.data)} bytes at least, more than the {target_size} allowed."
                )
            data = result.data
    for note in picture.source_notes:
        warnings.warn(note, stacklevel=4)  # at the caller of Image.save
    file.write(data)


def _content(value: bytes | str | Image.Exif | None) -> bytes | None:
    if isinstance(value, Image.Exif):
        return value.tobytes()
    return value.encode() if isinstance(value, str) else value


@contextmanager
def _pillow_errors() -> Iterator[None]:
    """Errors of the kinds that users of Pillow expect."""
    try:
        yield
    except SettingsError as error:
        raise ValueError(str(error)) from error
    except QresError as error:
        raise OSError(str(error)) from error
