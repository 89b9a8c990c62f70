"""qres sample, interpolate and inpaint, and qres decode with drawn latent blocks."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from codec_format import cli
from codec_format.codec import Codec
from codec_format.generation import inpaint, interpolate, sample
from codec_format.imaging import fitted, load_picture
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture
from codec_format.sampling import Sampling
from codec_format.settings import EncodeSettings

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, tiny_package_file: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command that makes pictures, with the tiny package on the CPU, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QRES_MODELS", str(tiny_package_file))

    def run_qres(*arguments: str | Path) -> int:
        return cli.main([*map(str, arguments), "--model", str(tiny_package_file), "--device", "cpu"])

    return run_qres


@pytest.fixture
def codec(tiny_package: ModelPackage) -> Codec:
    return Codec(tiny_package, "cpu")


def noise(path: Path, height: int, width: int, seed: int = 0) -> Picture:
    """A picture, and the file of it."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return load_picture(path)


def test_sample_writes_the_picture_of_the_library(run: Run, tmp_path: Path, codec: Codec) -> None:
    assert run("sample", "-o", "s.png", "--size", "70x50", "--temperature", "0.8", "--seed", "5", "-q", "90") == 0
    expected = sample(codec, 70, 50, Sampling(0.8, 5), 90).pixels
    np.testing.assert_array_equal(load_picture(tmp_path / "s.png").pixels, expected)


def test_several_samples_have_numbers_and_the_seeds_that_follow(
    run: Run, tmp_path: Path, codec: Codec, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sample", "-o", "s.webp", "--size", "20x30", "--seed", "8", "--count", "10") == 0
    assert "s-10.webp: 20x30, seed 17" in capsys.readouterr().out
    assert len(list(tmp_path.glob("s-??.webp"))) == 10
    expected = sample(codec, 20, 30, Sampling(1.0, 9)).pixels
    np.testing.assert_array_equal(load_picture(tmp_path / "s-02.webp").pixels, expected)


def test_a_random_seed_is_reported_and_repeats_the_sample(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sample", "-o", "a.png", "--size", "20x30", "--json") == 0
    seed = json.loads(capsys.readouterr().out)["sampling"]["seed"]
    assert run("sample", "-o", "b.png", "--size", "20x30", "--seed", str(seed)) == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_interpolate_scales_the_second_picture_and_says_so(
    run: Run, tmp_path: Path, codec: Codec, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = noise(tmp_path / "a.png", 40, 50, 1), noise(tmp_path / "b.png", 90, 100, 2)
    assert run("interpolate", "a.png", "b.png", "-o", "m.png", "--position", "0.3", "-q", "80") == 0
    assert "100 x 90 pixels was scaled" in capsys.readouterr().err
    (expected,) = interpolate(codec, first, fitted(second, 50, 40), [0.3], 80)
    np.testing.assert_array_equal(load_picture(tmp_path / "m.png").pixels, expected.pixels)


def test_interpolate_in_steps_begins_and_ends_with_the_pictures(run: Run, tmp_path: Path, codec: Codec) -> None:
    first, second = noise(tmp_path / "a.png", 40, 50, 1), noise(tmp_path / "b.png", 40, 50, 2)
    assert run("interpolate", "a.png", "b.png", "-o", "m.png", "--steps", "3", "-q", "80") == 0
    for name, picture in (("m-1.png", first), ("m-3.png", second)):
        plain = codec.decode(codec.encode(picture, EncodeSettings(80))).picture.pixels
        np.testing.assert_array_equal(load_picture(tmp_path / name).pixels, plain)


def test_inpaint_takes_a_qres_file_too(run: Run, tmp_path: Path, codec: Codec) -> None:
    data = codec.encode(noise(tmp_path / "a.png", 40, 50, 1))
    (tmp_path / "a.qres").write_bytes(data)
    options = ("--region", "10,5,20,16", "--temperature", "1", "--seed", "4", "--blocks", "0")
    assert run("inpaint", "a.qres", "-o", "i.png", *options) == 0
    picture = codec.decode(data).picture
    expected = inpaint(codec, picture, (10, 5, 20, 16), Sampling(1.0, 4), blocks=0).pixels
    np.testing.assert_array_equal(load_picture(tmp_path / "i.png").pixels, expected)


def test_decode_draws_the_blocks_behind_the_first(
    run: Run, tmp_path: Path, codec: Codec, capsys: pytest.CaptureFixture[str]
) -> None:
    data = codec.encode(noise(tmp_path / "a.png", 40, 50, 1))
    (tmp_path / "a.qres").write_bytes(data)
    for blocks in (0, 1):
        options = ("--blocks", str(blocks), "--temperature", "0.9", "--seed", "4")
        assert run("decode", "a.qres", "-o", "d.png", *options) == 0
        assert f"{blocks} of 3 latent blocks, the others drawn with seed 4" in capsys.readouterr().out
        expected = codec.decode(data, blocks, sampling=Sampling(0.9, 4)).picture.pixels
        np.testing.assert_array_equal(load_picture(tmp_path / "d.png").pixels, expected)
    assert run("decode", "a.qres", "-o", "d.png", "--temperature", "0.9") == 0
    assert capsys.readouterr().out == "d.png: 50x40, 3 of 3 latent blocks\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("sample", "-o", "s.png", "--temperature", "1.5"), 2, "temperature"),
        (("sample", "-o", "s.png", "--size", "0x5"), 2, "pixels"),
        (("sample", "-o", "s.png", "--count", "0"), 2, "--count"),
        (("sample", "-o", "s.txt"), 2, ".txt"),
        (("sample", "-o", "-", "--count", "2"), 2, "standard output"),
        (("sample", "-o", "missing/s.png"), 8, "missing"),
        (("interpolate", "a.png", "a.png", "-o", "a.png"), 2, "input itself"),
        (("interpolate", "a.png", "none.png", "-o", "m.png"), 3, "none.png"),
        (("interpolate", "a.png", "a.png", "-o", "m.png", "--steps", "1"), 2, "--steps"),
        (("inpaint", "a.png", "-o", "i.png", "--region", "0,0,99,5"), 2, "within the picture"),
        (("decode", "a.qres", "-o", "d.png", "--seed", "4"), 2, "--temperature"),
        (("decode", "a.qres", "-o", "d.png", "--blocks", "0"), 2, "between 1 and 3"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(
    run: Run,
    tmp_path: Path,
    codec: Codec,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    picture = noise(tmp_path / "a.png", 40, 50)
    (tmp_path / "a.qres").write_bytes(codec.encode(picture))
    before = sorted(tmp_path.iterdir())
    assert run(*arguments) == code
    error = capsys.readouterr().err
    assert error.startswith("qres: error: ")
    assert words in error
    assert error.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("option", [("--size", "12"), ("--size", "axb")])
def test_a_size_that_is_none_is_wrong_usage(run: Run, option: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run("sample", "-o", "s.png", *option)
    assert stopped.value.code == 2


def test_fitting_keeps_alpha_and_what_has_the_size_already() -> None:
    picture = Picture(np.zeros((20, 40, 3), np.uint8), icc=b"p", alpha=np.full((20, 40), 9, np.uint8))
    assert fitted(picture, 40, 20) is picture
    small = fitted(picture, 10, 10)
    assert (small.width, small.height, small.icc) == (10, 10, b"p")
    assert small.alpha is not None
    assert np.all(small.alpha == 9)
    assert len(small.source_notes) == 1
