"""Picture files <-> Picture, through Pillow.

Reading takes any file that Pillow reads, with HEIC and JPEG XL where their plugins are installed, and gives upright
8-bit RGB pixels and alpha. Whatever that cannot keep (more than 8 bits, further frames, a colour space other than RGB)
is named in ``Picture.source_notes``.
"""

import io
import math
import re
import struct
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageOps, PngImagePlugin, TiffImagePlugin

from codec_format.colour import HDR_TRANSFERS, is_srgb, profile_from_cicp
from codec_format.container import DEFAULT_LIMITS, Limits
from codec_format.errors import InputError, Message, SettingsError, UnsupportedError, system_reason
from codec_format.picture import Picture
from codec_format.safe_write import safe_write

_FITTING = Image.Resampling.LANCZOS
_EXIF_PREFIX = b"Exif\x00\x00"
_XMP_TAG = 700
_ORIENTATION_TAG = int(ExifTags.Base.Orientation)

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What programs write when there is nothing to say about the size on paper.
_USUAL_DOTS_PER_INCH = frozenset((0, 1, 72, 96))

# Text fields of a PNG file that hold what is kept.
_TEXTS_WITH_METADATA = frozenset(("XML:com.adobe.xmp", "Raw profile type exif"))

# Tags of a TIFF file that describe how its own pixels are stored, or that travel separately (ICC, XMP).
_TIFF_STORAGE_TAGS = frozenset(
    (254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281, 284, 288, 289, 290, 291, 292,
     293, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 330, 332, 333, 334, 336, 337, 338, 339, 340, 341, 342, 347,
     512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, _XMP_TAG, 33723, 34377, 34675)
)  # fmt: skip
# A TIFF file always has these; alone they are no metadata worth keeping.
_TIFF_COMMON_TAGS = frozenset((_ORIENTATION_TAG, 282, 283, 296))

# A picture is better kept without loss if a sample of it takes fewer bits per pixel than this: a drawing takes 1 to 4
# in a .qres file of middle quality, and a photograph 6 to 14 without loss.
_LOSSLESS_ADVICE_BITS = 1.5
_SAMPLE_TILES = 4
_SAMPLE_TILE_SIDE = 128


@dataclass(frozen=True)
class ImageFile:
    """The bytes of a picture file.

    Attributes:
        content: the whole file.
        notes: one sentence for each part of the picture that this file format could not hold.
    """

    content: bytes
    notes: tuple[str, ...] = ()


@cache
def register_optional_formats() -> None:
    """Teach Pillow the formats of those plugins that are installed (HEIC, JPEG XL)."""
    for plugin in _PLUGINS:
        try:
            module = import_module(plugin.module)
        except ImportError:
            continue
        if plugin.module == "pillow_heif":  # the other one registers itself
            module.register_heif_opener()


def load_picture(path: Path) -> Picture:
    """Read a picture file.

    Raises:
        InputError: there is no such file, it cannot be read, or it is not a picture.
        UnsupportedError: it is a picture of a kind that cannot be converted faithfully enough.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            "The input {path} cannot be read: {reason}; check the path and its permissions.",
            path=path,
            reason=system_reason(error),
        ) from error
    return parse_picture(data, str(path))


def accept_pixels(limits: Limits = DEFAULT_LIMITS) -> None:
    """Let Pillow open pictures of as many pixels as the limits allow.

    Without this it refuses pictures above 179 megapixels. The setting is one of the whole process, so it belongs to a
    program; the library by itself leaves it alone.
    """
    # Pillow refuses pictures above twice this number, and only warns of those above it.
    Image.MAX_IMAGE_PIXELS = limits.pixels // 2
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def parse_picture(data: bytes, name: str = "the input") -> Picture:
    """Read a picture from the bytes of a file; ``name`` stands for it in messages.

    Raises:
        InputError: the bytes are empty, or not a picture, or cut short.
        UnsupportedError: it is a picture of a kind that cannot be converted faithfully enough.
    """
    if not data:
        raise InputError("{name} is empty; choose a picture file.", name=name)
    register_optional_formats()
    try:
        image = Image.open(io.BytesIO(data))
        if image.format == "EPS":
            # Pillow would start an external interpreter for the program that such a file is.
            raise UnsupportedError("{name} is a PostScript program, not a picture; convert it to PNG first.", name=name)
        notes = _storage_notes(image, data)
        cicp = _coded_colour(image, data)
        image.load()
        return _to_picture(image, cicp, {}, notes, name)
    except Image.DecompressionBombError as error:
        raise UnsupportedError(
            "{name} declares too many pixels to be read safely; scale it down first.", name=name
        ) from error
    except (InputError, UnsupportedError, MemoryError):
        raise
    except Exception as error:  # Pillow raises many types for damaged files: OSError, SyntaxError, ...
        plugin = _missing_plugin(data)
        if plugin is not None:
            raise UnsupportedError(
                "{name} is a {kind} picture; install qres-codec[{extra}] to read it.",
                name=name,
                kind=plugin.kind,
                extra=plugin.extra,
            ) from error
        raise InputError(
            "{name} is not a readable picture; it may be damaged or of an unknown type.", name=name
        ) from error


def fitted(picture: Picture, width: int, height: int) -> Picture:
    """The picture in another size: scaled, and cut evenly at two sides where the proportions differ.

    A note tells of it, unless the picture has this size.
    """
    if (picture.width, picture.height) == (width, height):
        return picture
    pixels, alpha = (
        None if values is None else np.array(ImageOps.fit(Image.fromarray(values), (width, height), _FITTING))
        for values in (picture.pixels, picture.alpha)
    )
    assert pixels is not None
    note = Message(
        "A picture of {width} x {height} pixels was scaled and cut to {new_width} x {new_height}.",
        width=picture.width,
        height=picture.height,
        new_width=width,
        new_height=height,
    )
    return replace(picture, pixels=pixels, alpha=alpha, source_notes=(*picture.source_notes, note))


def picture_from_image(image: Image.Image, metadata: Mapping[str, bytes | None] | None = None) -> Picture:
    """A picture from an image that Pillow holds, with the metadata in its ``info``.

    Args:
        image: an image of any mode.
        metadata: "icc_profile", "exif" and "xmp" that replace those of the image; None for none.

    Raises:
        UnsupportedError: it has a mode that cannot be converted faithfully enough.
        OSError: the image is read from its file only now, and that fails.
    """
    no_file = b""  # some of what a file says Pillow does not pass on; the rest is found before the pixels are loaded
    notes = _depth_notes(_bits_per_sample(image, no_file))
    cicp = _coded_colour(image, no_file)
    image.load()
    return _to_picture(image, cicp, metadata or {}, notes, Message("The image"))


def image_from_picture(picture: Picture) -> Image.Image:
    """The pixels as a Pillow image of mode L, LA, RGB or RGBA, whichever holds no more than there is.

    A grey picture with a colour profile gives RGB: the profile describes three channels.
    """
    grey = picture.is_grey and picture.icc is None
    image = Image.fromarray(np.ascontiguousarray(picture.pixels[..., 0]) if grey else picture.pixels)
    if picture.alpha is None:
        return image
    return Image.merge("LA" if grey else "RGBA", (*image.split(), Image.fromarray(picture.alpha)))


def file_extensions() -> tuple[str, ...]:
    """File name extensions that ``save_picture`` understands, lower case with the dot."""
    return tuple(_WRITERS)


def check_extension(extension: str) -> None:
    """Learn before a long decoding whether a picture can be written under this extension.

    Raises:
        SettingsError: the extension is not one of ``file_extensions()``.
    """
    if extension.lower() not in _WRITERS:
        known = ", ".join(file_extensions())
        if not extension:
            raise SettingsError(
                "The output has no extension that names its file type; use one of {known}.", known=known
            )
        raise SettingsError(
            'The extension "{extension}" of the output is not one that can be written; use one of {known}.',
            extension=extension,
            known=known,
        )


def save_picture(picture: Picture, path: Path) -> tuple[str, ...]:
    """Write a picture file; the extension chooses PNG, JPEG, WebP, AVIF or TIFF.

    PNG, WebP and TIFF are written without loss; JPEG and AVIF at high quality with full colour resolution.

    Returns:
        One sentence for each part of the picture that the file format could not hold.

    Raises:
        SettingsError: the extension is not one of ``file_extensions()``.
        UnsupportedError: this file format cannot hold so large a picture.
        OutputError: the target cannot be written.
    """
    image_file = format_picture(picture, path.suffix)
    safe_write(path, image_file.content)
    return image_file.notes


def format_picture(picture: Picture, extension: str) -> ImageFile:
    """The bytes of a picture file of the type that the extension names, for instance ".png".

    Raises:
        SettingsError: the extension is not one of ``file_extensions()``.
        UnsupportedError: this file format cannot hold so large a picture.
    """
    check_extension(extension)
    writer = _WRITERS[extension.lower()]
    exif_notes: tuple[str, ...] = ()
    if picture.exif and not _is_readable_exif(picture.exif):
        picture = replace(picture, exif=None)
        exif_notes = (Message("The EXIF block is damaged and is not kept."),)
    buffer = io.BytesIO()
    try:
        notes = exif_notes + writer(image_from_picture(picture), picture, buffer)
    except (OSError, ValueError) as error:
        raise UnsupportedError(
            "A {width}x{height} picture cannot be stored as {extension}: {error}; use .png or .tiff.",
            width=picture.width,
            height=picture.height,
            extension=extension,
            error=error,
        ) from error
    return ImageFile(buffer.getvalue(), notes)


# ---------------------------------------------------------------------------------------------------------- reading


@dataclass(frozen=True)
class _Plugin:
    """A Pillow plugin that is not part of Pillow.

    Attributes:
        kind: what its files are called.
        module: its import name.
        extra: the extra of this distribution that installs it.
        signature: what its files start with.
    """

    kind: str
    module: str
    extra: str
    signature: re.Pattern[bytes]


_PLUGINS = (
    _Plugin(
        "HEIC", "pillow_heif", "heic", re.compile(rb"....ftyp(heic|heix|heim|heis|hevc|hevx|mif1|msf1)", re.DOTALL)
    ),
    _Plugin("JPEG XL", "pillow_jxl", "jxl", re.compile(rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n")),
)


def _missing_plugin(data: bytes) -> _Plugin | None:
    """The plugin that would be needed for these bytes and is not installed."""
    for plugin in _PLUGINS:
        if plugin.signature.match(data) and plugin.module not in sys.modules:
            return plugin
    return None


def _to_picture(
    image: Image.Image,
    cicp: tuple[int, int] | None,
    replaced: Mapping[str, bytes | None],
    notes: list[str],
    name: str,
) -> Picture:
    icc, exif, xmp = _metadata(image, replaced, notes)
    image = _upright(image, exif if "exif" in replaced else None)
    if exif is not None:
        exif = _set_upright(exif)
    if xmp is not None:
        xmp = re.sub(rb'(tiff:Orientation(?:="|=\'|>))[0-9]', rb"\g<1>1", xmp)
    image, alpha = _split_alpha(_to_eight_bits(image, name))
    if icc is None and cicp is not None:
        icc = _profile_from_cicp(cicp, notes)
    image, icc = _to_rgb(image, icc, notes)
    pixels = np.asarray(image)
    if _is_better_without_loss(pixels):
        notes.append(
            Message(
                "This looks like a drawing or a screenshot; PNG or lossless WebP would keep it exactly in few bytes."
            )
        )
    return Picture(pixels, icc, exif, xmp, tuple(notes), alpha)


def _metadata(
    image: Image.Image, replaced: Mapping[str, bytes | None], notes: list[str]
) -> tuple[bytes | None, bytes | None, bytes | None]:
    """ICC profile, EXIF and XMP of an open image, each None when absent."""
    info: dict[Any, Any] = {**image.info, **replaced}
    icc = info.get("icc_profile") or None
    try:
        exif = (info["exif"] or b"").removeprefix(_EXIF_PREFIX) or None if "exif" in replaced else _exif(image)
        readable = exif is None or _is_readable_exif(exif)
    except Exception:  # as for _is_readable_exif
        readable = False
    if not readable:
        notes.append(Message("The EXIF block is damaged and is not kept."))
        exif = None
    xmp = info.get("xmp")
    if isinstance(xmp, str):
        xmp = xmp.encode()
    if info.get("photoshop"):
        notes.append(Message("The Photoshop/IPTC block is not kept."))
    if info.get("comment"):
        notes.append(Message("The comment is not kept."))
    dots_per_inch = {round(value) for value in map(float, info.get("dpi", ())) if math.isfinite(value)}
    if exif is None and not dots_per_inch <= _USUAL_DOTS_PER_INCH:
        notes.append(
            Message("The print resolution of {resolution} dots per inch is not kept.", resolution=max(dots_per_inch))
        )
    texts = [key for key in getattr(image, "text", ()) if key not in _TEXTS_WITH_METADATA]
    if texts:
        notes.append(Message("The text fields of the file are not kept: {texts}.", texts=", ".join(texts)))
    return icc, exif, xmp or None


def _exif(image: Image.Image) -> bytes | None:
    """The EXIF block without the prefix of JPEG files, None when there is none."""
    exif: bytes | None
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        tags = image.getexif()
        storage = {tag: tags.pop(tag) for tag in _TIFF_STORAGE_TAGS.intersection(tags)}
        exif = tags.tobytes() if set(tags) - _TIFF_COMMON_TAGS else None
        tags.update(storage)  # the image may be the caller's
    else:
        exif = image.info.get("exif")
        if exif is None and "Raw profile type exif" in image.info:
            exif = image.getexif().tobytes()
    return (exif.removeprefix(_EXIF_PREFIX) or None) if exif else None


def _upright(image: Image.Image, exif: bytes | None) -> Image.Image:
    """The image turned as its metadata ask for, or the EXIF block that is given instead of its own."""
    if image.format == "JXL" and not getattr(image, "jpeg", False):
        return image  # a JPEG XL decoder turns the picture itself; what EXIF says does not count
    try:
        tags = image.getexif()
        if exif is not None:
            tags = Image.Exif()
            tags.load(exif)
        method = _TURNS.get(tags.get(_ORIENTATION_TAG, 1))
    except Exception:  # as for _is_readable_exif; what a damaged block says is nothing to go by
        return image
    return image if method is None else image.transpose(method)


def _storage_notes(image: Image.Image, data: bytes) -> list[str]:
    """What can only be seen before Pillow has converted the pixels to its own modes."""
    notes = _depth_notes(_bits_per_sample(image, data))
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        notes.insert(0, Message("Only the first of {frames} frames is kept.", frames=frames))
    return notes


def _depth_notes(bits: int) -> list[str]:
    return [Message("The {bits} bits per sample are reduced to 8.", bits=bits)] if bits > 8 else []


def _bits_per_sample(image: Image.Image, data: bytes) -> int:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return int(max(image.tag_v2.get(258, (8,))))
    if image.format == "AVIF":
        # AV1CodecConfigurationRecord: bit 6 of the third byte says "more than 8", bit 5 "12".
        at = data.find(b"av1C")
        flags = data[at + 6] if 0 <= at < len(data) - 6 else 0
        return (12 if flags & 0x20 else 10) if flags & 0x40 else 8
    if image.format == "HEIF":
        return int(image.info.get("bit_depth", 8))
    if image.format == "JPEG2000":
        # SIZ segment: the depth of the first component stands 42 bytes after the start of the code stream.
        at = data.find(b"\xff\x4f\xff\x51")
        return (data[at + 42] & 0x7F) + 1 if 0 <= at < len(data) - 42 else 8
    for tile in getattr(image, "tile", ()):
        arguments = tile.args if isinstance(tile.args, tuple) else (tile.args,)
        if any(isinstance(argument, str) and ";16" in argument for argument in arguments):
            return 16
        if tile.codec_name.startswith("ppm") and isinstance(arguments[-1], int) and arguments[-1] > 255:
            return arguments[-1].bit_length()
    return _bits_of_mode(image.mode)


def _bits_of_mode(mode: str) -> int:
    if mode.startswith("I;16"):
        return 16
    return 32 if mode in ("I", "F") else 8


def _coded_colour(image: Image.Image, data: bytes) -> tuple[int, int] | None:
    """CICP colour primaries and transfer characteristics that the file declares."""
    if image.format == "AVIF":
        at = data.find(b"colrnclx") + 8
        return struct.unpack_from(">HH", data, at) if 8 <= at <= len(data) - 4 else None
    if image.format == "PNG":
        at = data.find(b"cICP", 0, data.find(b"IDAT")) + 4
        return (data[at], data[at + 1]) if 4 <= at <= len(data) - 2 else None
    if image.format == "HEIF" and image.info.get("nclx_profile"):
        nclx = image.info["nclx_profile"]
        return int(nclx["color_primaries"]), int(nclx["transfer_characteristics"])
    return None


def _profile_from_cicp(cicp: tuple[int, int], notes: list[str]) -> bytes | None:
    primaries, transfer = cicp
    if is_srgb(primaries, transfer):
        return None
    profile = profile_from_cicp(primaries, transfer)
    if profile is None:
        notes.append(
            Message(
                "The colour space (CICP {primaries}/{transfer}) is not known; the colours are taken as sRGB.",
                primaries=primaries,
                transfer=transfer,
            )
        )
    elif transfer in HDR_TRANSFERS:
        notes.append(
            Message(
                "This is an HDR picture ({kind}); in 8 bits its dark and bright tones may show steps.",
                kind=HDR_TRANSFERS[transfer],
            )
        )
    return profile


def _set_upright(exif: bytes) -> bytes:
    """The same EXIF block with its orientation tag, if it has one, set to 1.

    The two bytes are changed in place: writing the whole block anew would lose maker notes.
    """
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None or len(exif) < 8:
        return exif
    (directory,) = struct.unpack_from(f"{order}I", exif, 4)
    if directory + 2 > len(exif):
        return exif
    (count,) = struct.unpack_from(f"{order}H", exif, directory)
    for entry in range(directory + 2, min(directory + 2 + 12 * count, len(exif) - 11), 12):
        (tag,) = struct.unpack_from(f"{order}H", exif, entry)
        if tag == _ORIENTATION_TAG:
            return exif[: entry + 8] + struct.pack(f"{order}H", 1) + exif[entry + 10 :]
    return exif


def _to_eight_bits(image: Image.Image, name: str) -> Image.Image:
    """Scale 16-bit grey to 8 bits, which Pillow's own conversion would clip."""
    if image.mode == "F":
        raise UnsupportedError("{name} holds floating-point samples; convert it to 8 or 16 bits first.", name=name)
    if not image.mode.startswith("I"):
        return image
    samples = np.asarray(image)
    if samples.min() < 0 or samples.max() > 65535:
        raise UnsupportedError(
            "{name} holds 32-bit samples of no fixed range; convert it to 8 or 16 bits first.", name=name
        )
    eight_bits = np.empty(samples.shape, np.uint8)
    for row, values in enumerate(samples):  # row by row: the wider integers take little memory
        eight_bits[row] = (values.astype(np.uint32) * 255 + 32767) // 65535
    grey = Image.fromarray(eight_bits)
    if "transparency" not in image.info:
        return grey
    # One of the 65536 values stands for "transparent".
    opaque = samples != image.info["transparency"]
    return Image.merge("LA", (grey, Image.fromarray(np.where(opaque, 255, 0).astype(np.uint8))))


def _split_alpha(image: Image.Image) -> tuple[Image.Image, NDArray[np.uint8] | None]:
    """The image without transparency, and its alpha channel if anything is transparent."""
    if not image.has_transparency_data:
        return image, None
    key = image.info.get("transparency")
    if image.mode == "RGB" and isinstance(key, tuple) and max(key) > 255:
        # Pillow has reduced the pixels to 8 bits, but not the colour that stands for "transparent".
        image = image.copy()
        image.info["transparency"] = tuple(value >> 8 for value in key)
    grey = image.mode in ("1", "L", "LA", "La")
    layered = image.convert("LA" if grey else "RGBA")
    alpha = np.asarray(layered.getchannel("A"))
    return layered.convert("L" if grey else "RGB"), None if alpha.min() == 255 else alpha


def _to_rgb(image: Image.Image, icc: bytes | None, notes: list[str]) -> tuple[Image.Image, bytes | None]:
    """8-bit RGB and the profile that still describes it."""
    profile_space = icc[16:20] if icc else None
    if image.mode == "RGB" and profile_space in (None, b"RGB "):
        return image, icc
    profile = _matching_profile(image.mode, icc)
    if profile is not None:
        # CMYK, grey or Lab values with a profile of their own: RGB pixels cannot keep it, so apply it.
        converted = _to_srgb(image, profile)
        if converted is not None:
            notes.append(Message("The {space} colours are converted to sRGB.", space=_space_name(image.mode)))
            return converted, None
    if image.mode == "CMYK":
        notes.append(Message("The CMYK colours are converted to sRGB without a usable colour profile."))
    if icc is not None and profile_space != b"RGB ":
        notes.append(Message("The colour profile does not fit RGB pixels and is not kept."))
        icc = None
    return image.convert("RGB"), icc


def _to_srgb(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image | None:
    """The colours as sRGB, or None where the profile does not serve that."""
    grey = image.mode == "L"
    try:
        converted = ImageCms.profileToProfile(
            image,
            profile,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except ImageCms.PyCMSError:
        return None
    assert converted is not None  # as always without inPlace
    # Grey stays grey exactly, whatever the rounding of the three channels.
    return converted.getchannel("G").convert("RGB") if grey else converted


def _matching_profile(mode: str, icc: bytes | None) -> ImageCms.ImageCmsProfile | None:
    """The profile to convert from, when the mode is not RGB and the profile is for that mode."""
    if mode == "LAB":
        return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    if icc is None or (mode, icc[16:20]) not in (("CMYK", b"CMYK"), ("L", b"GRAY")):
        return None
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(icc))
    except (OSError, ImageCms.PyCMSError):
        return None


def _space_name(mode: str) -> str:
    return {"CMYK": "CMYK", "L": Message("grey-scale"), "LAB": "Lab"}[mode]


def _is_better_without_loss(pixels: NDArray[np.uint8]) -> bool:
    """Whether lossless compression takes so few bits that a lossy codec has nothing to win.

    Measured on a few tiles from all over the picture, put together, with the fastest lossless WebP.
    """
    height, width = pixels.shape[:2]
    side = _SAMPLE_TILE_SIDE
    if height < side or width < side:
        return False  # an icon: too few bytes either way to talk about
    tops = np.linspace(0, height - side, min(_SAMPLE_TILES, height // side)).astype(int)
    lefts = np.linspace(0, width - side, min(_SAMPLE_TILES, width // side)).astype(int)
    sample = np.block([[[pixels[top : top + side, left : left + side]] for left in lefts] for top in tops])
    buffer = io.BytesIO()
    Image.fromarray(sample).save(buffer, "WEBP", lossless=True, method=0, quality=0)
    return bool(8 * len(buffer.getvalue()) < _LOSSLESS_ADVICE_BITS * sample.shape[0] * sample.shape[1])


# ---------------------------------------------------------------------------------------------------------- writing


def _write_png(image: Image.Image, picture: Picture, target: io.BytesIO) -> tuple[str, ...]:
    texts = PngImagePlugin.PngInfo()
    notes: tuple[str, ...] = ()
    if picture.xmp:
        try:
            texts.add_itxt("XML:com.adobe.xmp", picture.xmp.decode())
        except UnicodeDecodeError:
            notes = (Message("The XMP packet is not UTF-8 and does not fit into a PNG file."),)
    image.save(target, "PNG", pnginfo=texts, **_present(icc_profile=picture.icc, exif=picture.exif))
    return notes


def _write_jpeg(image: Image.Image, picture: Picture, target: io.BytesIO) -> tuple[str, ...]:
    notes = []
    if picture.alpha is not None:
        image = Image.fromarray(picture.on_background())
        notes.append(Message("A JPEG file has no transparency; the picture is placed on white."))
    # Each block has to fit into one JPEG segment of 65533 bytes, after its own label.
    exif = _EXIF_PREFIX + picture.exif if picture.exif else None
    if exif and len(exif) > 65533:
        exif = None
        notes.append(Message("The EXIF block is too long for a JPEG file and is not kept."))
    xmp = picture.xmp
    if xmp and len(xmp) > 65533 - 29:
        xmp = None
        notes.append(Message("The XMP packet is too long for a JPEG file and is not kept."))
    metadata = _present(icc_profile=picture.icc, exif=exif, xmp=xmp)
    image.save(target, "JPEG", quality=95, subsampling=0, optimize=True, **metadata)
    return tuple(notes)


def _write_webp(image: Image.Image, picture: Picture, target: io.BytesIO) -> tuple[str, ...]:
    metadata = _present(icc_profile=picture.icc, exif=picture.exif, xmp=picture.xmp)
    image.save(target, "WEBP", lossless=True, **metadata)
    return ()


def _write_avif(image: Image.Image, picture: Picture, target: io.BytesIO) -> tuple[str, ...]:
    metadata = _present(icc_profile=picture.icc, exif=picture.exif, xmp=picture.xmp)
    image.save(target, "AVIF", quality=90, subsampling="4:4:4", **metadata)
    return ()


def _write_tiff(image: Image.Image, picture: Picture, target: io.BytesIO) -> tuple[str, ...]:
    tags = Image.Exif()
    if picture.exif:
        tags.load(picture.exif)
    if picture.xmp:
        tags[_XMP_TAG] = picture.xmp
    # Uncompressed: with compression Pillow hands the tags to libtiff, which refuses the EXIF directory.
    image.save(target, "TIFF", exif=tags, compression="raw", **_present(icc_profile=picture.icc))
    return ()


def _is_readable_exif(exif: bytes) -> bool:
    """Whether Pillow can take the block apart, as some of its writers do."""
    tags = Image.Exif()
    try:
        tags.load(exif)
        tags.tobytes()
    except Exception:  # Pillow raises SyntaxError, struct.error, KeyError and others for damaged blocks
        return False
    return True


def _present(**metadata: bytes | None) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if value}


_WRITERS: dict[str, Callable[[Image.Image, Picture, io.BytesIO], tuple[str, ...]]] = {
    ".png": _write_png,
    ".jpg": _write_jpeg,
    ".jpeg": _write_jpeg,
    ".webp": _write_webp,
    ".avif": _write_avif,
    ".tif": _write_tiff,
    ".tiff": _write_tiff,
}
