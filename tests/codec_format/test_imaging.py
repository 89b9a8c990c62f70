"""Picture files <-> Picture: what is kept, what is reported, what is refused."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageCms, ImageOps
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from codec_format.colour import profile_from_cicp
from codec_format.errors import InputError, OutputError, SettingsError, UnsupportedError
from codec_format.imaging import file_extensions, format_picture, load_picture, parse_picture, save_picture
from codec_format.picture import Picture, is_grey, to_grey, turned

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:tiff="t" tiff:Orientation="6">\xc3\xa9</x:xmpmeta>'
LOSSLESS = [".png", ".webp", ".tiff"]


def smooth_pixels(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([2 * x, 3 * y, x + y], axis=-1).astype(np.uint8)


def exif_block(orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x0112] = orientation
    exif.get_ifd(0x8769)[0x927C] = b"maker note"
    return exif.tobytes().removeprefix(b"Exif\0\0")


def file_of(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_of_16_bit_rgb(cicp: bytes | None = None) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    row = b"\0" + struct.pack(">6H", 0, 0x1234, 0xFFFF, 0x8000, 0x00FF, 0x0100)
    colour = chunk(b"cICP", cicp) if cicp else b""
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + colour
        + chunk(b"IDAT", zlib.compress(row))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("extension", file_extensions())
def test_saving_keeps_pixels_and_metadata(extension: str, tmp_path: Path) -> None:
    picture = Picture(smooth_pixels(33, 50), SRGB, exif_block(), XMP.replace(b'"6"', b'"1"'))
    path = tmp_path / f"picture{extension}"
    assert save_picture(picture, path) == ()
    back = load_picture(path)
    difference = np.abs(back.pixels.astype(int) - picture.pixels)
    assert difference.max() <= (0 if extension in LOSSLESS else 12)
    assert back.icc == SRGB
    assert back.xmp == picture.xmp
    assert back.exif is not None
    assert b"maker note" in back.exif
    assert b"Maker" in back.exif
    assert back.source_notes == ()


SIDES = st.tuples(st.integers(1, 9), st.integers(1, 9))


@settings(deadline=None, max_examples=200)
@given(st.data(), st.sampled_from(LOSSLESS), SIDES, st.booleans(), st.booleans())
def test_any_picture_survives_lossless_files(
    draw: st.DataObject, extension: str, sides: tuple[int, int], grey: bool, transparent: bool
) -> None:
    pixels = draw.draw(arrays(np.uint8, (*sides, 3)))
    alpha = draw.draw(arrays(np.uint8, sides)) if transparent else None
    picture = Picture(to_grey(pixels) if grey else pixels, alpha=alpha)
    back = parse_picture(format_picture(picture, extension).content)
    if alpha is None or alpha.min() == 255:
        assert back.alpha is None
        visible = np.ones(sides, bool)
    else:
        np.testing.assert_array_equal(back.alpha, alpha)
        visible = alpha > 0
    np.testing.assert_array_equal(back.pixels[visible], picture.pixels[visible])
    assert back.source_notes == ()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("orientation", [1, 2, 3, 4, 5, 6, 7, 8])
def test_orientation_is_applied_and_reset(kind: str, orientation: int) -> None:
    image = Image.fromarray(smooth_pixels(20, 30))
    options: dict[str, object] = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}.get(kind, {})
    data = file_of(
        image,
        kind,
        exif=exif_block(orientation) if kind != "JPEG" else b"Exif\0\0" + exif_block(orientation),
        **options,
    )
    picture = parse_picture(data)
    tagged = Image.fromarray(smooth_pixels(20, 30))
    tagged.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(tagged))
    assert picture.pixels.shape == expected.shape
    assert np.abs(picture.pixels.astype(int) - expected).max() <= 16
    assert picture.exif is not None
    tags = Image.Exif()
    tags.load(picture.exif)
    assert tags.get(0x0112, 1) == 1


def test_resetting_the_orientation_changes_two_bytes_only() -> None:
    exif = exif_block(6)
    picture = parse_picture(file_of(Image.new("RGB", (4, 2)), "PNG", exif=exif))
    assert picture.exif is not None
    assert len(picture.exif) == len(exif)
    assert [i for i, (a, b) in enumerate(zip(exif, picture.exif, strict=True)) if a != b] != []
    assert picture.exif == exif_block(1)


def test_orientation_in_xmp_alone_is_applied_and_reset() -> None:
    picture = parse_picture(file_of(Image.fromarray(smooth_pixels(20, 30)), "WEBP", xmp=XMP, lossless=True))
    assert picture.pixels.shape == (30, 20, 3)
    assert picture.xmp == XMP.replace(b'"6"', b'"1"')


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparency_is_kept(mode: str) -> None:
    image = Image.new("RGBA", (2, 1), (10, 10, 10, 255))
    image.putpixel((0, 0), (10, 10, 10, 0))
    picture = parse_picture(file_of(image.convert(mode), "TIFF" if mode == "PA" else "PNG"))
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[0, 255]]
    assert picture.pixels[0, 1].tolist() == [10, 10, 10]
    assert picture.source_notes == ()
    np.testing.assert_array_equal(picture.on_background(255), [[[255] * 3, [10] * 3]])


def test_transparent_palette_entry_is_kept() -> None:
    palette = Image.new("P", (3, 1), 1)
    palette.putpixel((2, 0), 0)
    palette.putpalette([7, 8, 9, 10, 11, 12])
    picture = parse_picture(file_of(palette, "PNG", transparency=1))
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[0, 0, 255]]
    assert picture.pixels[0, 2].tolist() == [7, 8, 9]
    assert picture.source_notes == ()


def test_opaque_alpha_loses_nothing_and_is_not_reported() -> None:
    picture = parse_picture(file_of(Image.new("RGBA", (2, 2), (1, 2, 3, 255)), "PNG"))
    assert picture.source_notes == ()
    assert picture.alpha is None
    assert picture.pixels[0, 0].tolist() == [1, 2, 3]


def test_16_bit_grey_is_scaled_not_clipped() -> None:
    samples = np.array([[0, 128, 257 * 100, 65535]], np.uint16)
    for kind in ("PNG", "TIFF"):
        picture = parse_picture(file_of(Image.fromarray(samples), kind))
        assert picture.pixels[0, :, 0].tolist() == [0, 0, 100, 255]
        assert picture.source_notes == ("The 16 bits per sample are reduced to 8.",)


def test_16_bit_colour_is_reported() -> None:
    picture = parse_picture(png_of_16_bit_rgb())
    assert picture.pixels[0].tolist() == [[0, 0x12, 0xFF], [0x80, 0, 1]]
    assert picture.source_notes == ("The 16 bits per sample are reduced to 8.",)


def test_hdr_colour_is_reported_and_described_by_a_profile() -> None:
    picture = parse_picture(png_of_16_bit_rgb(cicp=bytes([9, 16, 0, 1])))
    assert any("PQ" in note for note in picture.source_notes)
    assert picture.icc == profile_from_cicp(9, 16)
    assert picture.pixels[0].tolist() == [[0, 0x12, 0xFF], [0x80, 0, 1]]


def test_wide_gamut_given_by_numbers_becomes_a_profile() -> None:
    picture = parse_picture(png_of_16_bit_rgb(cicp=bytes([12, 13, 0, 1])))
    assert picture.icc == profile_from_cicp(12, 13)
    assert len(picture.source_notes) == 1  # the bit depth


def test_srgb_given_by_numbers_needs_no_profile() -> None:
    picture = parse_picture(png_of_16_bit_rgb(cicp=bytes([1, 13, 0, 1])))
    assert picture.icc is None
    assert len(picture.source_notes) == 1


def test_unknown_colour_numbers_are_reported() -> None:
    picture = parse_picture(png_of_16_bit_rgb(cicp=bytes([10, 17, 0, 1])))
    assert picture.icc is None
    assert any("CICP 10/17" in note for note in picture.source_notes)


def test_cmyk_is_converted_and_reported() -> None:
    picture = parse_picture(file_of(Image.new("CMYK", (3, 2), (0, 255, 255, 0)), "TIFF"))
    red, green, blue = picture.pixels[0, 0].tolist()
    assert red > 200
    assert max(green, blue) < 60
    assert any("CMYK" in note for note in picture.source_notes)


def test_lab_is_converted_and_reported() -> None:
    picture = parse_picture(file_of(Image.new("LAB", (3, 2), (255, 128, 128)), "TIFF"))
    assert picture.pixels.min() > 250
    assert picture.source_notes == ("The Lab colours are converted to sRGB.",)


def test_profile_of_another_colour_space_is_dropped_and_reported() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    picture = parse_picture(file_of(Image.new("RGB", (2, 2)), "PNG", icc_profile=lab))
    assert picture.icc is None
    assert picture.source_notes == ("The colour profile does not fit RGB pixels and is not kept.",)


def test_only_the_first_frame_is_kept_and_that_is_reported() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "green", "blue")]
    picture = parse_picture(file_of(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True))
    assert picture.source_notes == ("Only the first of 3 frames is kept.",)
    assert picture.pixels[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("mode", ["1", "L", "P", "YCbCr"])
def test_other_modes_become_rgb_without_a_note(mode: str) -> None:
    kind = "TIFF" if mode == "YCbCr" else "PNG"
    picture = parse_picture(file_of(Image.new("RGB", (3, 2), "white").convert(mode), kind))
    assert picture.pixels.shape == (2, 3, 3)
    assert picture.pixels.min() >= 254
    assert picture.source_notes == ()


def test_tiff_metadata_leaves_out_how_the_file_stored_its_pixels() -> None:
    tags = ImageFileDirectory_v2()
    tags[271] = "Maker"
    picture = parse_picture(file_of(Image.new("RGB", (40, 30)), "TIFF", tiffinfo=tags))
    exif = Image.Exif()
    assert picture.exif is not None
    exif.load(picture.exif)
    assert exif[271] == "Maker"
    assert not {256, 257, 258, 273, 279}.intersection(exif)
    assert parse_picture(file_of(Image.new("RGB", (40, 30)), "TIFF")).exif is None


@pytest.mark.parametrize("data", [b"", b"hello, I am text", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        parse_picture(data)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_every_cut_of_a_picture_file_is_refused_or_whole(kind: str) -> None:
    data = file_of(Image.fromarray(smooth_pixels(24, 24)), kind)
    for length in range(0, len(data), max(1, len(data) // 60)):
        try:
            picture = parse_picture(data[:length])
        except InputError:
            continue
        assert picture.pixels.shape == (24, 24, 3)  # the end of the file held no pixels


def test_kinds_that_cannot_be_converted_faithfully_are_refused() -> None:
    with pytest.raises(UnsupportedError):
        parse_picture(file_of(Image.fromarray(np.ones((2, 2), np.float32)), "TIFF"))
    with pytest.raises(UnsupportedError):
        parse_picture(file_of(Image.fromarray(np.full((2, 2), 2**20, np.int32)), "TIFF"))
    with pytest.raises(UnsupportedError):
        parse_picture(file_of(Image.new("RGB", (2, 2)), "EPS"))


def test_too_many_pixels_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(UnsupportedError):
        parse_picture(file_of(Image.new("RGB", (20, 20)), "PNG"))


def test_missing_file_and_folder_are_input_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.png", tmp_path):
        with pytest.raises(InputError):
            load_picture(path)


def test_unknown_extension_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"\.png"):
        format_picture(Picture(smooth_pixels(2, 2)), ".bmp")


def test_saving_into_a_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        save_picture(Picture(smooth_pixels(2, 2)), tmp_path / "no" / "picture.png")


def test_picture_too_large_for_the_file_format_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="16384x1"):
        format_picture(Picture(np.zeros((1, 16384, 3), np.uint8)), ".webp")


def test_metadata_that_jpeg_cannot_hold_is_reported() -> None:
    exif = exif_block() + bytes(70000)
    image_file = format_picture(Picture(smooth_pixels(2, 2), exif=exif, xmp=b"x" * 70000), ".jpg")
    assert len(image_file.notes) == 2
    back = parse_picture(image_file.content)
    assert back.exif is None
    assert back.xmp is None


@pytest.mark.parametrize("extension", file_extensions())
@pytest.mark.parametrize("grey", [False, True])
def test_saving_keeps_alpha_and_grey(extension: str, grey: bool) -> None:
    pixels = smooth_pixels(40, 30)
    if grey:
        pixels = to_grey(pixels)
    alpha = np.tile(np.arange(0, 240, 8, dtype=np.uint8), (40, 1))
    image_file = format_picture(Picture(pixels, alpha=alpha), extension)
    back = parse_picture(image_file.content)
    if extension in (".jpg", ".jpeg"):
        assert image_file.notes == ("A JPEG file has no transparency; the picture is placed on white.",)
        assert back.alpha is None
        expected = Picture(pixels, alpha=alpha).on_background()
        assert np.abs(back.pixels.astype(int) - expected).max() < 20
    else:
        assert image_file.notes == ()
        assert back.alpha is not None
        assert np.abs(back.alpha.astype(int) - alpha).max() <= (0 if extension in LOSSLESS else 4)
    if grey:  # AVIF has no grey with alpha: its colours may be a step apart
        assert np.ptp(back.pixels, axis=2).max() <= (1 if extension == ".avif" else 0)


def test_grey_pictures_are_written_with_one_channel() -> None:
    pixels = to_grey(smooth_pixels(8, 8))
    assert Image.open(io.BytesIO(format_picture(Picture(pixels), ".png").content)).mode == "L"
    alpha = np.zeros((8, 8), np.uint8)
    assert Image.open(io.BytesIO(format_picture(Picture(pixels, alpha=alpha), ".png").content)).mode == "LA"
    with_profile = format_picture(Picture(pixels, icc=SRGB), ".png").content
    assert Image.open(io.BytesIO(with_profile)).mode == "RGB"
    assert parse_picture(with_profile).icc == SRGB


@pytest.mark.parametrize("extension", file_extensions())
def test_damaged_exif_is_left_out_and_reported(extension: str) -> None:
    image_file = format_picture(Picture(smooth_pixels(8, 8), exif=b"no EXIF at all"), extension)
    assert image_file.notes == ("The EXIF block is damaged and is not kept.",)
    assert parse_picture(image_file.content).pixels.shape == (8, 8, 3)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((2, 2), np.uint8),
        np.zeros((0, 2, 3), np.uint8),
        np.zeros((2, 2, 3), np.float32),
        np.zeros((2, 2, 4), np.uint8),
    ],
)
def test_picture_refuses_other_arrays(pixels: np.ndarray) -> None:
    with pytest.raises(InputError):
        Picture(pixels)


@pytest.mark.parametrize(
    "alpha", [np.zeros((2, 3), np.uint8), np.zeros((3, 2, 1), np.uint8), np.zeros((3, 2), np.float32)]
)
def test_picture_refuses_alpha_that_does_not_fit(alpha: np.ndarray) -> None:
    with pytest.raises(InputError, match="alpha"):
        Picture(np.zeros((3, 2, 3), np.uint8), alpha=alpha)


def test_background_shows_through_in_exact_proportion() -> None:
    pixels = np.full((300, 256, 3), 100, np.uint8)
    alpha = np.tile(np.arange(256, dtype=np.uint8), (300, 1))
    expected = np.floor((100.0 * alpha + 255.0 * (255 - alpha)) / 255 + 0.5)
    np.testing.assert_array_equal(Picture(pixels, alpha=alpha).on_background(255)[..., 1], expected)
    assert Picture(pixels).on_background() is pixels


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_means_what_exif_means(orientation: int) -> None:
    image = Image.fromarray(smooth_pixels(5, 7))
    image.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(turned(smooth_pixels(5, 7), orientation), expected)
    np.testing.assert_array_equal(turned(smooth_pixels(5, 7)[..., 0], orientation), expected[..., 0])


def test_grey_is_the_rounded_mean_of_the_channels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (300, 5, 3), dtype=np.uint8)
    grey = to_grey(pixels)
    np.testing.assert_array_equal(grey[..., 0], np.floor(pixels.mean(axis=2) + 0.5))
    assert is_grey(grey)
    grey[-1, -1, 2] ^= 1
    assert not is_grey(grey)
