"""Picture files <-> Picture, through Pillow.

Reading takes any file that Pillow reads and gives upright 8-bit RGB pixels. Whatever that cannot keep (transparency,
more than 8 bits, further frames, a colour space other than RGB) is named in ``Picture.source_notes``.
"""

import io
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps, PngImagePlugin, TiffImagePlugin

from codec_format.errors import InputError, SettingsError, UnsupportedError
from codec_format.picture import Picture
from codec_format.safe_write import safe_write

_EXIF_PREFIX = b"Exif\x00\x00"
_XMP_TAG = 700
_ORIENTATION_TAG = int(ExifTags.Base.Orientation)

# Tags of a TIFF file that describe how its own pixels are stored, or that travel separately (ICC, XMP).
_TIFF_STORAGE_TAGS = frozenset(
    (254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281, 284, 288, 289, 290, 291, 292,
     293, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 330, 332, 333, 334, 336, 337, 338, 339, 340, 341, 342, 347,
     512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, _XMP_TAG, 33723, 34377, 34675)
)  # fmt: skip
# A TIFF file always has these; alone they are no metadata worth keeping.
_TIFF_COMMON_TAGS = frozenset((_ORIENTATION_TAG, 282, 283, 296))

_WIDE_TRANSFERS = {8: "linear", 16: "PQ", 18: "HLG"}


@dataclass(frozen=True)
class ImageFile:
    """The bytes of a picture file.

    Attributes:
        content: the whole file.
        notes: one sentence for each part of the picture that this file format could not hold.
    """

    content: bytes
    notes: tuple[str, ...] = ()


def load_picture(path: Path) -> Picture:
    """Read a picture file.

    Raises:
        InputError: there is no such file, it cannot be read, or it is not a picture.
        UnsupportedError: it is a picture of a kind that cannot be converted faithfully enough.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"The input {path} cannot be read: {reason}; check the path and its permissions.") from error
    return parse_picture(data, str(path))


def parse_picture(data: bytes, name: str = "the input") -> Picture:
    """Read a picture from the bytes of a file; ``name`` stands for it in messages.

    Raises:
        InputError: the bytes are empty, or not a picture, or cut short.
        UnsupportedError: it is a picture of a kind that cannot be converted faithfully enough.
    """
    if not data:
        raise InputError(f"{name} is empty; choose a picture file.")
    try:
        image = Image.open(io.BytesIO(data))
        if image.format == "EPS":
            # Pillow would start an external interpreter for the program that such a file is.
            raise UnsupportedError(f"{name} is a PostScript program, not a picture; convert it to PNG first.")
        notes = _storage_notes(image, data)
        image.load()
        return _to_picture(image, notes, name)
    except Image.DecompressionBombError as error:
        raise UnsupportedError(f"{name} declares too many pixels to be read safely; scale it down first.") from error
    except (InputError, UnsupportedError, MemoryError):
        raise
    except Exception as error:  # Pillow raises many types for damaged files: OSError, SyntaxError, ...
        raise InputError(f"{name} is not a readable picture; it may be damaged or of an unknown type.") from error


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
        what = (
            f'The extension "{extension}" of the output is not one that can be written'
            if extension
            else ("The output has no extension that names its file type")
        )
        raise SettingsError(f"{what}; use one of {known}.")


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
        exif_notes = ("The EXIF block is damaged and is not kept.",)
    buffer = io.BytesIO()
    try:
        notes = exif_notes + writer(Image.fromarray(picture.pixels), picture, buffer)
    except (OSError, ValueError) as error:
        raise UnsupportedError(
            f"A {picture.width}x{picture.height} picture cannot be stored as {extension}: {error}; use .png or .tiff."
        ) from error
    return ImageFile(buffer.getvalue(), notes)


# ---------------------------------------------------------------------------------------------------------- reading


def _to_picture(image: Image.Image, notes: list[str], name: str) -> Picture:
    icc, exif, xmp = _metadata(image, notes)
    orientation = image.getexif().get(_ORIENTATION_TAG, 1)
    if orientation in range(2, 9):
        image = ImageOps.exif_transpose(image)
    if exif is not None:
        exif = _set_upright(exif)
    if xmp is not None:
        xmp = re.sub(rb'(tiff:Orientation(?:="|=\'|>))[0-9]', rb"\g<1>1", xmp)
    image, icc = _to_rgb(image, icc, notes, name)
    return Picture(np.asarray(image), icc, exif, xmp, tuple(notes))


def _metadata(image: Image.Image, notes: list[str]) -> tuple[bytes | None, bytes | None, bytes | None]:
    """ICC profile, EXIF and XMP of an open image, each None when absent."""
    info = image.info
    icc = info.get("icc_profile") or None
    exif: bytes | None
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        tags = image.getexif()
        for tag in _TIFF_STORAGE_TAGS.intersection(tags):
            del tags[tag]
        exif = tags.tobytes() if set(tags) - _TIFF_COMMON_TAGS else None
    else:
        exif = info.get("exif")
        if exif is None and "Raw profile type exif" in info:
            exif = image.getexif().tobytes()
    xmp = info.get("xmp")
    if isinstance(xmp, str):
        xmp = xmp.encode()
    if info.get("photoshop"):
        notes.append("The Photoshop/IPTC block is not kept.")
    if info.get("comment"):
        notes.append("The comment is not kept.")
    return icc, exif.removeprefix(_EXIF_PREFIX) if exif else None, xmp or None


def _storage_notes(image: Image.Image, data: bytes) -> list[str]:
    """What can only be seen before Pillow has converted the pixels to its own modes."""
    notes = []
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        notes.append(f"Only the first of {frames} frames is kept.")
    bits = _bits_per_sample(image, data)
    if bits > 8:
        notes.append(f"The {bits} bits per sample are reduced to 8.")
    colour = _coded_colour(image, data)
    if colour is not None and "icc_profile" not in image.info:
        primaries, transfer = colour
        if primaries not in (1, 2) or transfer in _WIDE_TRANSFERS:
            kind = _WIDE_TRANSFERS.get(transfer, "wide-gamut")
            notes.append(f"The {kind} colour space (CICP {primaries}/{transfer}) is not kept; taken as sRGB.")
    return notes


def _bits_per_sample(image: Image.Image, data: bytes) -> int:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return int(max(image.tag_v2.get(258, (8,))))
    if image.format == "AVIF":
        # AV1CodecConfigurationRecord: bit 6 of the third byte says "more than 8", bit 5 "12".
        at = data.find(b"av1C")
        flags = data[at + 6] if 0 <= at < len(data) - 6 else 0
        return (12 if flags & 0x20 else 10) if flags & 0x40 else 8
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
    return 32 if image.mode in ("I", "F") else 8


def _coded_colour(image: Image.Image, data: bytes) -> tuple[int, int] | None:
    """CICP colour primaries and transfer characteristics that the file declares."""
    if image.format == "AVIF":
        at = data.find(b"colrnclx") + 8
        return struct.unpack_from(">HH", data, at) if 8 <= at <= len(data) - 4 else None
    if image.format == "PNG":
        at = data.find(b"cICP", 0, data.find(b"IDAT")) + 4
        return (data[at], data[at + 1]) if 4 <= at <= len(data) - 2 else None
    return None


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


def _to_rgb(image: Image.Image, icc: bytes | None, notes: list[str], name: str) -> tuple[Image.Image, bytes | None]:
    """8-bit RGB and the profile that still describes it."""
    image = _to_eight_bits(image, name)
    image = _without_alpha(image, notes)
    profile_space = icc[16:20] if icc else None
    if image.mode == "RGB" and profile_space in (None, b"RGB "):
        return image, icc
    profile = _matching_profile(image.mode, icc)
    if profile is not None:
        # CMYK, grey or Lab values with a profile of their own: RGB pixels cannot keep it, so apply it.
        try:
            srgb = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, profile, srgb, outputMode="RGB")
        except ImageCms.PyCMSError:
            converted = None
        if converted is not None:
            notes.append(f"The {_space_name(image.mode)} colours are converted to sRGB.")
            return converted, None
    if image.mode == "CMYK":
        notes.append("The CMYK colours are converted to sRGB without a usable colour profile.")
    if icc is not None and profile_space != b"RGB ":
        notes.append("The colour profile does not fit RGB pixels and is not kept.")
        icc = None
    return image.convert("RGB"), icc


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
    return {"CMYK": "CMYK", "L": "grey-scale", "LAB": "Lab"}[mode]


def _to_eight_bits(image: Image.Image, name: str) -> Image.Image:
    """Scale 16-bit grey to 8 bits, which Pillow's own conversion would clip."""
    if image.mode == "F":
        raise UnsupportedError(f"{name} holds floating-point samples; convert it to 8 or 16 bits first.")
    if not image.mode.startswith("I"):
        return image
    samples = np.asarray(image).astype(np.int64)
    if samples.min() < 0 or samples.max() > 65535:
        raise UnsupportedError(f"{name} holds 32-bit samples of no fixed range; convert it to 8 or 16 bits first.")
    return Image.fromarray(((samples * 255 + 32767) // 65535).astype(np.uint8))


def _without_alpha(image: Image.Image, notes: list[str]) -> Image.Image:
    if not image.has_transparency_data:
        return image
    layered = image.convert("RGBA")
    if layered.getchannel("A").getextrema() != (255, 255):
        notes.append("The transparency is not kept; the picture is placed on white.")
        layered = Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered)
    return layered.convert("RGB")


# ---------------------------------------------------------------------------------------------------------- writing


def _write_png(image: Image.Image, picture: Picture, target: io.BytesIO) -> tuple[str, ...]:
    texts = PngImagePlugin.PngInfo()
    notes: tuple[str, ...] = ()
    if picture.xmp:
        try:
            texts.add_itxt("XML:com.adobe.xmp", picture.xmp.decode())
        except UnicodeDecodeError:
            notes = ("The XMP packet is not UTF-8 and does not fit into a PNG file.",)
    image.save(target, "PNG", pnginfo=texts, **_present(icc_profile=picture.icc, exif=picture.exif))
    return notes


def _write_jpeg(image: Image.Image, picture: Picture, target: io.BytesIO) -> tuple[str, ...]:
    # Each block has to fit into one JPEG segment of 65533 bytes, after its own label.
    notes = []
    exif = _EXIF_PREFIX + picture.exif if picture.exif else None
    if exif and len(exif) > 65533:
        exif = None
        notes.append("The EXIF block is too long for a JPEG file and is not kept.")
    xmp = picture.xmp
    if xmp and len(xmp) > 65533 - 29:
        xmp = None
        notes.append("The XMP packet is too long for a JPEG file and is not kept.")
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
