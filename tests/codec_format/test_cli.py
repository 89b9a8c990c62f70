"""The command line, run as users run it: as a process of its own."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from codec_format import cli
from codec_format.codec import Codec
from codec_format.container import list_chunks, read_container
from codec_format.imaging import load_picture
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture
from codec_format.settings import EncodeSettings
from tests.codec_format.packages import with_manifest

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def run(tmp_path: Path, tiny_package_file: Path) -> Run:
    """Run `qres` in a folder of its own, with the tiny package installed."""
    environment = os.environ | {"QRES_MODELS": str(tiny_package_file), "XDG_DATA_HOME": str(tmp_path / "data")}

    def run_qres(
        *arguments: str | Path, data: bytes = b"", environment: dict[str, str] = environment
    ) -> "subprocess.CompletedProcess[bytes]":
        command = [sys.executable, "-m", "codec_format.cli", *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, input=data, capture_output=True, env=environment, check=False)

    return run_qres


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    y, x = np.mgrid[0:90, 0:120]
    path = tmp_path / "photo.png"
    Image.fromarray(np.stack([2 * x, 2 * y, x + y], axis=-1).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def encoded(tmp_path: Path, tiny_package: ModelPackage) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    path = tmp_path / "encoded.qres"
    path.write_bytes(Codec(tiny_package, "cpu").encode(Picture(pixels), EncodeSettings(100)))
    return path


def assert_fails(result: "subprocess.CompletedProcess[bytes]", code: int) -> str:
    """The exit code, and exactly one sentence on standard error; gives that sentence."""
    error = result.stderr.decode()
    assert result.returncode == code, error
    assert result.stdout == b""
    assert error.startswith("qres: error: ")
    assert error.count("\n") == 1
    assert error.endswith(".\n")
    return error


def test_round_trip_with_default_names(run: Run, photo: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    result = run("encode", photo, "--model", "tiny", "--quality", "90")
    assert result.returncode == 0, result.stderr
    assert result.stderr == b""
    assert b"120x90" in result.stdout
    moved = (tmp_path / "photo.qres").rename(tmp_path / "out" / "photo.qres")
    assert run("decode", moved).returncode == 0
    assert load_picture(tmp_path / "out" / "photo.png").pixels.shape == (90, 120, 3)


def test_the_command_gives_the_bytes_of_the_library(run: Run, photo: Path, tiny_package: ModelPackage) -> None:
    assert run("encode", photo, "-o", "a.qres", "--model", "tiny", "-q", "70", "--device", "cpu").returncode == 0
    expected = Codec(tiny_package, "cpu").encode(load_picture(photo), EncodeSettings(70))
    assert (photo.parent / "a.qres").read_bytes() == expected


@pytest.mark.parametrize(("height", "width"), [(1, 1), (300, 1), (63, 65), (7, 1000)])
def test_odd_sizes_through_pipes(run: Run, tiny_package_file: Path, height: int, width: int) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "orange").save(buffer, "PNG")
    coded = run("encode", "-", "--model", tiny_package_file, data=buffer.getvalue())
    assert coded.returncode == 0, coded.stderr
    assert (coded.stdout[:4], coded.stderr) == (b"\x89QRS", b"")
    decoded = run("decode", "-", "-o", "-", data=coded.stdout)
    assert decoded.returncode == 0, decoded.stderr
    assert Image.open(io.BytesIO(decoded.stdout)).size == (width, height)


@pytest.mark.parametrize("extension", [".jpg", ".webp", ".avif", ".tif"])
def test_the_extension_chooses_the_file_type(run: Run, encoded: Path, extension: str) -> None:
    target = encoded.with_suffix(extension)
    assert run("decode", encoded, "-o", target).returncode == 0
    assert load_picture(target).pixels.shape == (90, 120, 3)


def test_json_reports(run: Run, photo: Path) -> None:
    report = json.loads(run("encode", photo, "-o", "a.qres", "--model", "tiny", "--json").stdout)
    size = (photo.parent / "a.qres").stat().st_size
    assert (report["width"], report["height"], report["bytes"]) == (120, 90, size)
    assert report["bits_per_pixel"] == pytest.approx(8 * size / (120 * 90))
    assert report["device"].startswith(("cpu", "cuda"))
    report = json.loads(run("decode", "a.qres", "-o", "b.png", "--blocks", "2", "--json").stdout)
    assert (report["blocks_decoded"], report["block_count"], report["warnings"]) == (2, 3, [])
    report = json.loads(run("info", "a.qres", "--json").stdout)
    assert (report["blocks_present"], report["truncated"], report["model"]) == (3, False, "tiny")
    assert [chunk["type"] for chunk in report["chunks"]] == ["H", "B", "B", "B"]
    report = json.loads(run("verify", "a.qres", "--json").stdout)
    assert (report["whole"], report["blocks_verified"]) == (True, 3)
    assert [model["name"] for model in json.loads(run("models", "--json").stdout) if "name" in model].count("tiny") == 1


def test_info_needs_no_package(run: Run, encoded: Path) -> None:
    result = run("info", encoded, environment=dict(os.environ) | {"QRES_MODELS": ""})
    assert result.returncode == 0
    assert b"not installed" in result.stdout


def test_damaged_packages_are_listed_with_the_reason(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.qresmodel").write_bytes(b"nothing")
    result = run("models", environment=dict(os.environ) | {"QRES_MODELS": str(tmp_path)})
    assert result.returncode == 0
    assert b"broken.qresmodel is not a valid model package" in result.stdout


def test_what_the_source_cannot_keep_is_said(run: Run, tmp_path: Path) -> None:
    Image.new("RGBA", (9, 9), (1, 2, 3, 4)).save(tmp_path / "clear.png")
    result = run("encode", "clear.png", "--model", "tiny")
    assert result.returncode == 0
    assert result.stderr.startswith(b"qres: note: The transparency")


def test_metadata_can_be_left_out(run: Run, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    Image.new("RGB", (9, 9)).save(tmp_path / "a.jpg", exif=exif)
    assert run("encode", "a.jpg", "-o", "with.qres", "--model", "tiny").returncode == 0
    assert run("encode", "a.jpg", "-o", "without.qres", "--model", "tiny", "--no-metadata").returncode == 0
    assert read_container((tmp_path / "with.qres").read_bytes()).exif is not None
    assert read_container((tmp_path / "without.qres").read_bytes()).exif is None


def test_version_and_help(run: Run) -> None:
    assert run("--version").stdout.startswith(b"qres ")
    help_text = run("--help").stdout.decode()
    assert "exit codes" in help_text
    assert " 10 " in help_text


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("sharpen", "photo.png"),
        ("encode", "photo.png", "--quality", "101"),
        ("encode", "photo.png", "--quality", "high"),
        ("encode", "photo.png", "--device", "tpu"),
        ("encode", "photo.png", "-o", "photo.png"),
        ("encode", "photo.png", "-o", "-", "--json"),
        ("decode", "encoded.qres", "-o", "picture.bmp"),
        ("decode", "encoded.qres", "-o", "picture.png", "--blocks", "0"),
        ("decode", "encoded.qres", "-o", "picture.png", "--blocks", "4"),
    ],
)
def test_wrong_usage_exits_with_2(run: Run, photo: Path, encoded: Path, arguments: tuple[str, ...]) -> None:
    before = photo.read_bytes()
    assert_fails(run(*arguments, *(["--model", "tiny"] if "photo.png" in arguments[1:2] else [])), 2)
    assert photo.read_bytes() == before
    assert sorted(path.name for path in photo.parent.iterdir()) == ["encoded.qres", "photo.png"]


def test_unreadable_input_exits_with_3(run: Run, tmp_path: Path, encoded: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").write_bytes(b"")
    for name in ("missing.png", "text.png", "empty.png", ".", "encoded.qres"):
        assert_fails(run("encode", name, "-o", "out.qres", "--model", "tiny"), 3)
    assert_fails(run("encode", "-", "--model", "tiny"), 3)
    for command in ("decode", "info", "verify"):
        assert_fails(run(command, "missing.qres"), 3)
        assert_fails(run(command, "empty.png"), 3)
    assert not (tmp_path / "out.qres").exists()


def test_invalid_file_exits_with_4(run: Run, photo: Path, encoded: Path, tmp_path: Path) -> None:
    data = encoded.read_bytes()
    (tmp_path / "header.qres").write_bytes(data[:20])
    (tmp_path / "flipped.qres").write_bytes(data[:12] + bytes([data[12] ^ 1]) + data[13:])
    (tmp_path / "no_block.qres").write_bytes(data[: list_chunks(data)[0].end])
    for command in ("decode", "verify"):
        for name in ("photo.png", "header.qres", "flipped.qres", "no_block.qres"):
            arguments = ["-o", "out.png"] if command == "decode" else []
            assert_fails(run(command, name, *arguments), 4)
    assert not (tmp_path / "out.png").exists()


def test_unsupported_content_exits_with_5(run: Run, tmp_path: Path) -> None:
    Image.fromarray(np.ones((2, 2), np.float32)).save(tmp_path / "float.tif")
    assert_fails(run("encode", "float.tif", "--model", "tiny"), 5)


def test_model_trouble_exits_with_6(
    run: Run, photo: Path, encoded: Path, tiny_package_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "other.qresmodel").write_bytes(with_manifest(tiny_package_file.read_bytes(), name="other"))
    (tmp_path / "broken.qresmodel").write_bytes(tiny_package_file.read_bytes()[:1000])
    assert_fails(run("decode", encoded, "-o", "out.png", environment=dict(os.environ) | {"QRES_MODELS": ""}), 6)
    for name in ("broken.qresmodel", "missing.qresmodel", "no such name"):
        assert_fails(run("encode", photo, "-o", "out.qres", "--model", name), 6)
    assert_fails(run("decode", encoded, "-o", "out.png", "--model", "other.qresmodel"), 6)


def test_symbols_that_do_not_match_exit_with_7(run: Run, encoded: Path) -> None:
    from codec_format.container import BlockStream, Container, write_container

    container = read_container(encoded.read_bytes())
    first, *rest = container.blocks
    forged = Container(container.header, (BlockStream(first.symbol_checksum ^ 1, first.payload), *rest))
    encoded.write_bytes(write_container(forged))
    assert_fails(run("verify", encoded), 7)
    assert_fails(run("decode", encoded), 7)
    assert not encoded.with_suffix(".png").exists()


def test_unwritable_target_exits_with_8(run: Run, photo: Path, encoded: Path, tmp_path: Path) -> None:
    assert "folder" in assert_fails(run("encode", photo, "-o", "none/out.qres", "--model", "tiny"), 8)
    assert_fails(run("decode", encoded, "-o", "none/out.png"), 8)
    (tmp_path / "folder.png").mkdir()
    assert_fails(run("decode", encoded, "-o", "folder.png"), 8)
    if Path("/dev/full").exists():
        assert "full" in assert_fails(run("encode", photo, "-o", "/dev/full", "--model", "tiny"), 8)


def test_a_name_of_the_programs_own_making_replaces_nothing(run: Run, photo: Path, encoded: Path) -> None:
    target = photo.with_suffix(".qres")
    target.write_bytes(b"precious")
    assert "--force" in assert_fails(run("encode", photo, "--model", "tiny"), 8)
    assert target.read_bytes() == b"precious"
    assert run("encode", photo, "--model", "tiny", "--force").returncode == 0
    assert target.read_bytes() != b"precious"
    target.write_bytes(b"named on purpose")
    assert run("encode", photo, "--model", "tiny", "-o", target).returncode == 0
    assert target.read_bytes() != b"named on purpose"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
def test_interrupt_exits_with_9_and_leaves_nothing(tmp_path: Path, tiny_package_file: Path) -> None:
    Image.fromarray(np.zeros((6000, 6000, 3), np.uint8)).save(tmp_path / "large.bmp")
    command = [sys.executable, "-m", "codec_format.cli", "encode", "large.bmp", "--model", str(tiny_package_file)]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 9, error
    assert error == b"qres: error: The work was cancelled.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["large.bmp"]


def test_truncated_file_is_decoded_as_far_as_it_goes_and_exits_with_10(run: Run, encoded: Path, tmp_path: Path) -> None:
    data = encoded.read_bytes()
    for count, chunk in enumerate([chunk for chunk in list_chunks(data) if chunk.type == "B"][:-1], start=1):
        (tmp_path / "cut.qres").write_bytes(data[: chunk.end + 3])
        result = run("decode", "cut.qres", "-o", "cut.png")
        assert result.returncode == 10
        assert f"Only {count} of 3".encode() in result.stderr
        assert load_picture(tmp_path / "cut.png").pixels.shape == (90, 120, 3)
        assert run("decode", encoded, "-o", "whole.png", "--blocks", str(count)).returncode == 0
        assert (tmp_path / "cut.png").read_bytes() == (tmp_path / "whole.png").read_bytes()
        assert run("verify", "cut.qres").returncode == 10
        assert run("info", "cut.qres").returncode == 0


def test_an_unexpected_error_exits_with_1_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(cli.model_package, "installed_packages", fail)
    monkeypatch.delenv("QRES_DEBUG", raising=False)
    assert cli.main(["models"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("qres: error: Unexpected ZeroDivisionError: division by zero;")
    assert captured.err.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="closing a pipe is reported differently")
def test_a_reader_that_went_away_is_an_output_error(run: Run, encoded: Path, tiny_package_file: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    environment = os.environ | {"QRES_MODELS": str(tiny_package_file)}
    command = [sys.executable, "-m", "codec_format.cli", "decode", str(encoded), "-o", "-"]
    result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=environment, check=False)
    os.close(writing)
    assert result.returncode == 8
    assert result.stderr.count(b"\n") == 1
