"""Pictures as they come in the real world: every mode, file type and oddity, from the file to the decoded picture."""

import io
import struct
import sys
import warnings
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw, ImageFont, ImageOps, PngImagePlugin, TiffImagePlugin

from codec_format.codec import Codec, decode, encode
from codec_format.errors import InputError, UnsupportedError
from codec_format.imaging import format_picture, image_from_picture, parse_picture, picture_from_image
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture, is_grey
from codec_format.settings import EncodeSettings

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def colours(height: int = 40, width: int = 60) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([255 * x / width, 255 * y / height, 128 + 100 * np.sin(x / 9)], axis=-1).astype(np.uint8)


def ramp(height: int = 40, width: int = 60) -> np.ndarray:
    """Alpha from transparent to opaque, from left to right."""
    return np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1))


def file_of(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def difference(picture: Picture, expected: np.ndarray) -> int:
    """Largest difference of a channel."""
    assert picture.pixels.shape == expected.shape
    return int(np.abs(picture.pixels.astype(int) - expected).max())


@pytest.fixture(scope="module")
def through_a_file(tiny_package: ModelPackage) -> Callable[[Picture], Picture]:
    """Encode and decode with a small model; whatever is not a matter of the model is checked."""
    codec = Codec(tiny_package, "cpu")

    def run(picture: Picture) -> Picture:
        result = codec.decode(codec.encode(picture, EncodeSettings(30)))
        decoded = result.picture
        assert result.warnings == ()
        assert decoded.pixels.shape == picture.pixels.shape
        assert (decoded.icc, decoded.exif, decoded.xmp) == (picture.icc, picture.exif, picture.xmp)
        np.testing.assert_array_equal(decoded.alpha, picture.alpha)
        assert decoded.is_grey or not picture.is_grey
        return decoded

    return run


# -------------------------------------------------------------------------------------------------------------- modes

GREY_MODES = {"1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N"}
ALPHA_MODES = {"LA", "La", "PA", "RGBA", "RGBa"}
# What the conversion to the mode itself costs.
TOLERANCE = {"1": 255, "P": 60, "PA": 60, "HSV": 8, "YCbCr": 4, "LAB": 35, "RGBa": 2, "La": 2}


def image_of_mode(mode: str) -> Image.Image:
    """The colours, with alpha where the mode has it, in any of Pillow's modes."""
    image = Image.fromarray(colours())
    if mode in ALPHA_MODES:
        image.putalpha(Image.fromarray(np.maximum(ramp(), 128)))
    if mode.startswith("I"):
        samples = np.asarray(image.convert("L")).astype(np.uint16) * 257
        if mode == "I":
            return Image.fromarray(samples.astype(np.int32))
        order = {"I;16B": ">u2", "I;16N": "=u2"}.get(mode, "<u2")
        return Image.frombytes(mode, image.size, samples.astype(order).tobytes())
    if mode == "LAB":
        lab = ImageCms.profileToProfile(
            image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        )
        assert lab is not None
        return lab
    if mode == "La":
        return image.convert("LA").convert("La")
    return image.convert(mode)


@pytest.mark.parametrize("mode", Image.MODES)
def test_every_mode(mode: str, through_a_file: Callable[[Picture], Picture]) -> None:
    if mode == "F":
        with pytest.raises(UnsupportedError, match="floating-point"):
            picture_from_image(image_of_mode(mode))
        return
    image = image_of_mode(mode)
    assert image.mode == mode
    picture = picture_from_image(image)
    expected = to_grey_as_pillow(colours()) if mode in GREY_MODES else colours()
    if mode != "CMYK":
        assert difference(picture, expected) <= TOLERANCE.get(mode, 0)
        assert mode in ("1", "P", "PA") or np.abs(picture.pixels.astype(int) - expected).mean() < 10
    assert picture.is_grey == (mode in GREY_MODES)
    if mode in ALPHA_MODES:
        np.testing.assert_array_equal(picture.alpha, np.maximum(ramp(), 128))
    else:
        assert picture.alpha is None
    reported = {"CMYK": "CMYK", "LAB": "Lab", "I": "32 bits"} | dict.fromkeys(
        ("I;16", "I;16B", "I;16L", "I;16N"), "16 bits"
    )
    assert len(picture.source_notes) == (mode in reported)
    assert all(reported[mode] in note for note in picture.source_notes)
    through_a_file(picture)


def to_grey_as_pillow(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).convert("L").convert("RGB"))


def test_an_image_given_by_a_caller_is_left_as_it_is() -> None:
    image = Image.open(io.BytesIO(file_of(Image.fromarray(colours()), "TIFF", compression="tiff_lzw")))
    tags = dict(image.getexif())
    picture_from_image(image)
    assert dict(image.getexif()) == tags


# --------------------------------------------------------------------------------------------------------- file types


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("BMP", {}),
        ("BMP", {"compression": 0}),
        ("DDS", {}),
        ("DIB", {}),
        ("JPEG2000", {"irreversible": False}),
        ("PCX", {}),
        ("PNG", {}),
        ("PPM", {}),
        ("QOI", {}),
        ("SGI", {}),
        ("SPIDER", None),
        ("TGA", {}),
        ("TGA", {"compression": "tga_rle"}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", {"compression": "packbits"}),
        ("TIFF", {"big_tiff": True}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_lossless_file_types(kind: str, options: dict[str, object] | None) -> None:
    pixels = colours(128, 128)
    if options is None:  # a file type of floating-point samples
        with pytest.raises(UnsupportedError, match="floating-point"):
            parse_picture(file_of(Image.fromarray(pixels).convert("F"), kind))
        return
    picture = parse_picture(file_of(Image.fromarray(pixels), kind, **options))
    assert difference(picture, pixels) == 0
    # Pillow writes a comment into every JPEG 2000 file and a print resolution into every PCX file.
    harmless = ("This looks like a drawing", "The comment", "The print resolution of 100")
    assert [note for note in picture.source_notes if not note.startswith(harmless)] == []


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("JPEG", {"quality": 95, "restart_marker_blocks": 3, "optimize": True}),
        ("MPO", {"quality": 95}),
        ("WEBP", {"quality": 95}),
        ("AVIF", {"quality": 95}),
        ("AVIF", {"quality": 95, "subsampling": "4:2:0"}),
    ],
)
def test_lossy_file_types(kind: str, options: dict[str, object]) -> None:
    picture = parse_picture(file_of(Image.fromarray(colours()), kind, **options))
    assert difference(picture, colours()) < 40
    assert np.abs(picture.pixels.astype(int) - colours()).mean() < 4
    assert picture.source_notes == ()


def png(header: bytes, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file from its parts."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    middle = b"".join(chunk(name, content) for name, content in chunks)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + middle
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


# First row and column, and the steps between rows and columns, of each pass.
ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


@pytest.mark.parametrize(("height", "width"), [(40, 60), (1, 1), (2, 9), (9, 1)])
def test_interlaced_png(height: int, width: int) -> None:
    pixels = colours(height, width)
    rows = b""
    for top, left, down, across in ADAM7:
        part = pixels[top::down, left::across]
        if part.size:
            rows += b"".join(b"\0" + row.tobytes() for row in part)
    data = png(struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1), rows)
    assert Image.open(io.BytesIO(data)).info["interlace"] == 1
    assert difference(parse_picture(data), pixels) == 0


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_png_of_few_bits(bits: int) -> None:
    values = np.arange(16) % 2**bits
    packed = bytes(
        sum(int(value) << (8 - bits - bits * place) for place, value in enumerate(group))
        for group in values.reshape(-1, 8 // bits)
    )
    picture = parse_picture(png(struct.pack(">IIBBBBB", 16, 1, bits, 0, 0, 0, 0), b"\0" + packed))
    assert picture.pixels[0, :, 0].tolist() == [255 * value // (2**bits - 1) for value in values]
    assert picture.is_grey


@pytest.mark.parametrize(
    ("depth", "colour_type", "row", "transparent", "expected"),
    [
        (8, 0, bytes([7, 8]), struct.pack(">H", 7), [[7] * 3, [8] * 3]),
        (8, 2, bytes([7, 8, 9, 1, 2, 3]), struct.pack(">3H", 7, 8, 9), [[7, 8, 9], [1, 2, 3]]),
        (16, 0, struct.pack(">2H", 0x1234, 0x1235), struct.pack(">H", 0x1234), [[0x12] * 3, [0x12] * 3]),
        (
            16,
            2,
            struct.pack(">6H", 0x1234, 0x5678, 0xFFFF, 0x1234, 0x5678, 0xFE00),
            struct.pack(">3H", 0x1234, 0x5678, 0xFFFF),
            [[0x12, 0x56, 0xFF], [0x12, 0x56, 0xFE]],
        ),
        (1, 0, bytes([0b01000000]), struct.pack(">H", 0), [[0] * 3, [255] * 3]),
    ],
)
def test_a_transparent_colour_in_png(
    depth: int, colour_type: int, row: bytes, transparent: bytes, expected: list[list[int]]
) -> None:
    header = struct.pack(">IIBBBBB", 2, 1, depth, colour_type, 0, 0, 0)
    picture = parse_picture(png(header, b"\0" + row, (b"tRNS", transparent)))
    assert picture.pixels[0].tolist() == expected
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[0, 255]]


def test_colour_under_transparent_pixels_is_kept_until_it_is_encoded() -> None:
    image = Image.fromarray(colours())
    image.putalpha(Image.fromarray(ramp()))
    for kind, options in (("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True, "exact": True})):
        picture = parse_picture(file_of(image, kind, **options))
        assert difference(picture, colours()) == 0
        np.testing.assert_array_equal(picture.alpha, ramp())


def test_text_fields_are_reported() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Title", "A picture")
    texts.add_itxt("Author", "Somebody")
    texts.add_itxt("XML:com.adobe.xmp", "<x/>")
    picture = parse_picture(file_of(Image.new("RGB", (4, 4)), "PNG", pnginfo=texts))
    assert picture.source_notes == ("The text fields of the file are not kept: Title, Author.",)
    assert picture.xmp == b"<x/>"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP"])
@pytest.mark.parametrize(("dpi", "reported"), [(300, True), (72, False), (96, False)])
def test_print_resolution_is_reported_unless_it_says_nothing(kind: str, dpi: int, reported: bool) -> None:
    picture = parse_picture(file_of(Image.new("RGB", (4, 4)), kind, dpi=(dpi, dpi)))
    expected = ("The print resolution of 300 dots per inch is not kept.",) if reported else ()
    assert picture.source_notes == expected


def test_print_resolution_that_is_no_number_is_no_obstacle() -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[282] = tags[283] = TiffImagePlugin.IFDRational(0, 0)
    tags[296] = 2
    data = file_of(Image.new("RGB", (4, 4)), "TIFF", tiffinfo=tags)
    assert str(Image.open(io.BytesIO(data)).info["dpi"][0]) == "nan"
    assert parse_picture(data).source_notes == ()


def test_print_resolution_in_exif_is_kept() -> None:
    exif = Image.Exif()
    exif[0x011A] = 300.0
    picture = parse_picture(file_of(Image.new("RGB", (4, 4)), "JPEG", dpi=(300, 300), exif=exif))
    assert picture.source_notes == ()
    kept = Image.Exif()
    assert picture.exif is not None
    kept.load(picture.exif)
    assert kept[0x011A] == 300


def test_palette_with_half_transparent_entries() -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "P")
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    picture = parse_picture(file_of(image, "PNG", transparency=bytes([0, 128, 255])))
    assert picture.pixels[0, 1:].tolist() == [[40, 50, 60], [70, 80, 90]]
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[0, 128, 255]]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF", "AVIF", "MPO"])
def test_first_of_several_frames(kind: str) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "lime", "blue")]
    picture = parse_picture(file_of(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert difference(picture, np.full((64, 64, 3), (255, 0, 0))) < 6
    assert picture.source_notes == ("Only the first of 3 frames is kept.",)


def test_transparent_gif() -> None:
    image = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    image.putpalette([1, 2, 3, 4, 5, 6])
    picture = parse_picture(file_of(image, "GIF", transparency=0))
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[0, 255]]
    assert picture.pixels[0, 1].tolist() == [4, 5, 6]


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_fax(compression: str) -> None:
    page = Image.fromarray(colours()[..., 0] > 99)
    picture = parse_picture(file_of(page, "TIFF", compression=compression))
    np.testing.assert_array_equal(picture.pixels[..., 0] > 0, colours()[..., 0] > 99)
    assert picture.is_grey


# ------------------------------------------------------------------------------------------------------------- colour


def cmyk_profile() -> bytes:
    """A printer profile: a table from the 16 corners of CMYK to Lab."""
    inks = np.array([[(corner >> (3 - channel)) & 1 for channel in range(4)] for corner in range(16)])
    cyan, magenta, yellow, black = inks.T
    lightness = 100 * (1 - 0.4 * cyan) * (1 - 0.5 * magenta) * (1 - 0.1 * yellow) * (1 - 0.9 * black)
    a = 60 * (magenta - 0.6 * cyan) * (1 - 0.9 * black)
    b = 70 * (yellow - 0.6 * cyan) * (1 - 0.9 * black)
    lab = np.stack([lightness * 2.55, a + 128, b + 128], axis=-1).round().clip(0, 255).astype(np.uint8)
    identity = bytes(range(256))
    table = (
        b"mft1"
        + bytes(4)
        + bytes((4, 3, 2, 0))
        + struct.pack(">9i", *[65536 * (place % 4 == 0) for place in range(9)])
        + identity * 4
        + lab.tobytes()
        + identity * 3
    )
    text = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"desc": text, b"wtpt": white, b"A2B0": table}
    body, directory = b"", struct.pack(">I", len(tags))
    for signature, content in tags.items():
        place = 128 + 4 + 12 * len(tags) + len(body)
        directory += signature + struct.pack(">II", place, len(content))
        body += content + bytes(-len(content) % 4)
    size = 128 + len(directory) + len(body)
    header = struct.pack(">I", size) + bytes(4) + b"\x02\x10\0\0prtrCMYKLab " + bytes(12) + b"acsp" + bytes(28)
    return (header + struct.pack(">3i", 63190, 65536, 54061)).ljust(128, b"\0") + directory + body


INKS = {(0, 0, 0, 0): (255, 255, 255), (0, 255, 255, 0): (255, 0, 0), (0, 0, 0, 255): (0, 0, 0)}


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
@pytest.mark.parametrize("with_profile", [False, True])
def test_cmyk(kind: str, with_profile: bool, through_a_file: Callable[[Picture], Picture]) -> None:
    image = Image.new("CMYK", (48, 16))
    for place, inks in enumerate(INKS):
        image.paste(inks, (16 * place, 0, 16 * place + 16, 16))
    options: dict[str, object] = {"quality": 100} if kind == "JPEG" else {}
    if with_profile:
        options["icc_profile"] = cmyk_profile()
    picture = parse_picture(file_of(image, kind, **options))
    assert picture.icc is None
    white, red, black = (picture.pixels[8, 16 * place + 8].astype(int) for place in range(3))
    assert white.min() > 250
    assert black.max() < 40
    assert red[0] > red[1:].max() + 100
    if with_profile:
        assert picture.source_notes == ("The CMYK colours are converted to sRGB.",)
        assert red.tolist() != [255, 0, 0]  # the ink of the profile, not the ideal one
    else:
        assert picture.source_notes == ("The CMYK colours are converted to sRGB without a usable colour profile.",)
    through_a_file(picture)


def test_cmyk_with_a_profile_that_is_none() -> None:
    data = file_of(Image.new("CMYK", (16, 16)), "TIFF", icc_profile=b"x" * 16 + b"CMYK" + b"x" * 200)
    picture = parse_picture(data)
    assert picture.icc is None
    assert any("without a usable colour profile" in note for note in picture.source_notes)
    assert picture.pixels.min() == 255


def test_an_rgb_profile_is_kept(through_a_file: Callable[[Picture], Picture]) -> None:
    picture = parse_picture(file_of(Image.fromarray(colours()), "JPEG", quality=100, icc_profile=SRGB))
    assert picture.icc == SRGB
    through_a_file(picture)


def test_grey_with_an_rgb_profile_stays_grey_and_keeps_it(through_a_file: Callable[[Picture], Picture]) -> None:
    picture = parse_picture(file_of(Image.fromarray(colours()).convert("L"), "JPEG", icc_profile=SRGB))
    assert picture.is_grey
    assert picture.icc == SRGB
    through_a_file(picture)


def grey_profile(gamma: float) -> bytes:
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    body = white + curve
    directory = struct.pack(">I", 2) + b"wtpt" + struct.pack(">II", 156, 20) + b"kTRC" + struct.pack(">II", 176, 14)
    header = (
        struct.pack(">I", 156 + len(body)) + bytes(4) + b"\x02\x10\0\0mntrGRAYXYZ " + bytes(12) + b"acsp" + bytes(28)
    )
    return (header + struct.pack(">3i", 63190, 65536, 54061)).ljust(128, b"\0") + directory + body


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_profile_is_applied(mode: str) -> None:
    image = Image.new("L", (4, 4), 128)
    if mode == "LA":
        image.putalpha(77)
    picture = parse_picture(file_of(image, "PNG", icc_profile=grey_profile(1.0)))
    assert picture.is_grey
    assert picture.icc is None
    assert abs(int(picture.pixels[0, 0, 0]) - 188) <= 1  # linear light 128 / 255 as sRGB
    assert picture.source_notes == ("The grey-scale colours are converted to sRGB.",)
    assert (picture.alpha is not None) == (mode == "LA")


# ---------------------------------------------------------------------------------------------------------- metadata


def tiff_block(*entries: tuple[int, int, int, bytes], order: str = "<", next_directory: int = 0) -> bytes:
    """An EXIF block of one directory."""
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    directory = b"".join(struct.pack(f"{order}HHI", tag, kind, count) + value for tag, kind, count, value in entries)
    return start + struct.pack(f"{order}H", len(entries)) + directory + struct.pack(f"{order}I", next_directory)


ORIENTATION_6 = (0x0112, 3, 1, b"\x06\0\0\0")
BROKEN_EXIF = {
    "no TIFF structure": b"what is this?",
    "empty": b"",
    "byte order only": b"II",
    "header only": b"II*\0\x08\0\0\0",
    "directory outside": b"II*\0\xff\xff\0\0",
    "directory at the very end": b"II*\0\x0c\0\0\0" + bytes(4) + b"\x05",
    "too many entries": b"II*\0\x08\0\0\0\xff\xff" + bytes(30),
    "value outside": tiff_block((0x010F, 2, 4000, b"\xff\xff\xff\x7f"), ORIENTATION_6),
    "unknown type": tiff_block((0x010F, 99, 1, bytes(4)), ORIENTATION_6),
    "huge count": tiff_block((0x010F, 12, 0xFFFFFFFF, bytes(4)), ORIENTATION_6),
    "loop of directories": tiff_block((0x8769, 4, 1, struct.pack("<I", 8)), ORIENTATION_6, next_directory=8),
    "orientation 0": tiff_block((0x0112, 3, 1, bytes(4))),
    "orientation 9": tiff_block((0x0112, 3, 1, b"\x09\0\0\0")),
    "orientation as text": tiff_block((0x0112, 2, 4, b"six\0")),
    "orientation without a value": tiff_block((0x0112, 3, 0, bytes(4))),
    "orientation twice": tiff_block(ORIENTATION_6, ORIENTATION_6),
    "big-endian with a little-endian value": tiff_block((0x0112, 3, 1, b"\x06\0\0\0"), order=">"),
    "cut in the middle": tiff_block(ORIENTATION_6, (0x010F, 2, 2, bytes(4)))[:30],
    "bad offset of the Exif directory": tiff_block((0x8769, 4, 1, b"\xff\xff\xff\xff"), ORIENTATION_6),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("what", BROKEN_EXIF)
def test_broken_exif(kind: str, what: str, through_a_file: Callable[[Picture], Picture]) -> None:
    """The picture is read, turned or not; what is not kept is said; what is kept can be written to every file type."""
    exif = BROKEN_EXIF[what]
    data = file_of(Image.fromarray(colours()), kind, exif=b"Exif\0\0" + exif if kind == "JPEG" else exif)
    picture = parse_picture(data)
    assert picture.pixels.shape in ((40, 60, 3), (60, 40, 3))
    if exif and picture.exif is None:
        assert picture.source_notes == ("The EXIF block is damaged and is not kept.",)
    if picture.exif is not None:
        assert len(picture.exif) == len(exif)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tags = Image.Exif()
            tags.load(picture.exif)
            assert tags.get(0x0112, 1) not in range(2, 9)
        for extension in (".png", ".jpg", ".webp", ".avif", ".tiff"):
            again = parse_picture(format_picture(picture, extension).content)
            assert again.pixels.shape == picture.pixels.shape
    through_a_file(picture)


@pytest.mark.parametrize("mode", ["RGB", "L", "LA", "RGBA", "P", "1", "I;16", "CMYK"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_in_every_mode(mode: str, orientation: int) -> None:
    image = image_of_mode(mode)
    kind = "TIFF" if mode == "CMYK" else "PNG"
    plain = parse_picture(file_of(image, kind))
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = parse_picture(file_of(image, kind, exif=exif))
    upright = Image.fromarray(plain.pixels)
    upright.getexif()[0x0112] = orientation
    assert difference(picture, np.asarray(ImageOps.exif_transpose(upright))) == 0
    if plain.alpha is not None:
        alpha = Image.fromarray(plain.alpha)
        alpha.getexif()[0x0112] = orientation
        np.testing.assert_array_equal(picture.alpha, np.asarray(ImageOps.exif_transpose(alpha)))


# -------------------------------------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 2), (2, 1), (1, 700), (700, 1), (3, 65000), (65000, 2), (1, 65535)]
)
@pytest.mark.parametrize("mode", ["RGB", "LA"])
def test_extreme_sizes(mode: str, height: int, width: int, through_a_file: Callable[[Picture], Picture]) -> None:
    image = Image.fromarray(colours(height, width))
    if mode == "LA":
        image.putalpha(Image.fromarray(ramp(height, width)))
    image = image.convert(mode)
    picture = parse_picture(file_of(image, "PNG"))
    np.testing.assert_array_equal(
        np.asarray(image_from_picture(picture)), np.asarray(image.convert(image_mode(picture)))
    )
    if max(height, width) < 1000 or mode == "LA":
        through_a_file(picture)


def image_mode(picture: Picture) -> str:
    return ("L" if picture.is_grey else "RGB") + ("" if picture.alpha is None else "A")


# ------------------------------------------------------------------------------------------------- drawings and photos


def screenshot() -> Image.Image:
    image = Image.new("RGB", (640, 480), (245, 245, 245))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 640, 40), fill=(40, 90, 160))
    draw.rectangle((0, 40, 160, 480), fill=(225, 228, 235))
    for line in range(25):
        draw.text(
            (180, 60 + 16 * line),
            "All work and no play makes Jack a dull boy " * 2,
            (20, 20, 20),
            ImageFont.load_default(12),
        )
    return image


def photograph() -> Image.Image:
    """Grain on soft shapes: what no lossless codec makes small."""
    y, x = np.mgrid[0:480, 0:640]
    shapes = 128 + 60 * np.sin(x / 50) + 50 * np.cos(y / 70 + x / 200)
    grain = np.random.default_rng(0).normal(0, 3, (480, 640, 3))
    return Image.fromarray((shapes[..., None] + grain).clip(0, 255).astype(np.uint8))


def advises_lossless(data: bytes) -> bool:
    return any("lossless WebP" in note for note in parse_picture(data).source_notes)


def test_drawings_are_better_kept_without_loss_and_the_user_is_told() -> None:
    assert advises_lossless(file_of(screenshot(), "PNG"))
    assert advises_lossless(file_of(screenshot().convert("1"), "PNG"))
    assert advises_lossless(file_of(screenshot().quantize(16), "GIF"))


def test_photographs_get_no_such_advice() -> None:
    assert not advises_lossless(file_of(photograph(), "PNG"))
    assert not advises_lossless(file_of(photograph().convert("L"), "JPEG", quality=90))
    # A product on white paper: most of it is flat, yet it is a photograph.
    product = Image.new("RGB", (1200, 900), "white")
    product.paste(photograph(), (280, 210))
    assert not advises_lossless(file_of(product, "PNG"))


def test_icons_are_too_small_for_advice() -> None:
    assert not advises_lossless(file_of(Image.new("RGB", (64, 500), "red"), "PNG"))


@pytest.mark.parametrize(
    "colour", [(245, 245, 245), (128, 128, 128), (0, 0, 0), (40, 90, 160), (230, 60, 50), (255, 255, 0)]
)
def test_the_shipped_model_does_not_shift_flat_colours(colour: tuple[int, int, int]) -> None:
    pixels = np.full((192, 192, 3), colour, np.uint8)
    decoded = decode(encode(Picture(pixels), EncodeSettings(60))).pixels
    assert np.abs(decoded.mean(axis=(0, 1)) - colour).max() < 4
    if len(set(colour)) == 1:
        assert is_grey(decoded)


# ----------------------------------------------------------------------------------------------------- optional types


def test_heic() -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Maker"
    image = Image.fromarray(colours(64, 96))
    picture = parse_picture(file_of(image, "HEIF", quality=95, exif=exif.tobytes(), xmp=b"<x/>", icc_profile=SRGB))
    assert difference(picture, np.asarray(image.transpose(Image.Transpose.ROTATE_270))) < 30
    assert picture.exif is not None
    assert b"Maker" in picture.exif
    assert (picture.icc, picture.xmp) == (SRGB, b"<x/>")
    assert picture.source_notes == ()


def test_heic_of_ten_bits_with_alpha() -> None:
    heif = pytest.importorskip("pillow_heif")
    pixels = np.concatenate([colours(64, 96), ramp(64, 96)[..., None]], axis=-1).astype(np.uint16) * 257
    file = heif.from_bytes("RGBA;16", (96, 64), pixels.tobytes())
    buffer = io.BytesIO()
    file.save(buffer, quality=-1)
    picture = parse_picture(buffer.getvalue())
    assert difference(picture, colours(64, 96)) < 12
    assert picture.alpha is not None
    assert np.abs(picture.alpha.astype(int) - ramp(64, 96)).max() < 4
    assert any("bits per sample are reduced to 8" in note for note in picture.source_notes)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
def test_jpeg_xl(mode: str) -> None:
    pytest.importorskip("pillow_jxl")
    image = image_of_mode(mode)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be ignored: a JPEG XL decoder turns pictures itself, by a field of its own
    exif[0x010F] = "Maker"
    picture = parse_picture(file_of(image, "JXL", lossless=True, exif=exif.tobytes()))
    expected = picture_from_image(image)
    assert difference(picture, expected.pixels) == 0
    np.testing.assert_array_equal(picture.alpha, expected.alpha)
    assert picture.exif is not None
    assert b"Maker" in picture.exif
    tags = Image.Exif()
    tags.load(picture.exif)
    assert tags.get(0x0112, 1) == 1


@pytest.mark.parametrize(
    ("data", "extra"),
    [
        (b"\0\0\0\x18ftypheic" + bytes(30), "heic"),
        (b"\xff\x0a" + bytes(30), "jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(30), "jxl"),
    ],
)
def test_a_missing_plugin_is_named(data: bytes, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError):  # with the plugins: a damaged file
        parse_picture(data)
    monkeypatch.delitem(sys.modules, "pillow_heif", raising=False)
    monkeypatch.delitem(sys.modules, "pillow_jxl", raising=False)
    with pytest.raises(UnsupportedError, match=rf"qres-codec\[{extra}\]"):
        parse_picture(data)
