"""The command line, run as users run it: as a process of its own."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from codec_format import cli
from codec_format.codec import Codec
from codec_format.container import (
    BandStream,
    BlockStream,
    Container,
    Header,
    list_chunks,
    read_container,
    write_container,
)
from codec_format.imaging import load_picture
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture
from codec_format.settings import EncodeSettings
from tests.codec_format.packages import with_manifest

CHECKED = "their checksums\n"

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
    assert [chunk["type"] for chunk in report["chunks"]] == ["H", "f", "B", "B", "B"]
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
    Image.new("CMYK", (9, 9), (1, 2, 3, 4)).save(tmp_path / "printed.tif")
    result = run("encode", "printed.tif", "--model", "tiny")
    assert result.returncode == 0
    assert result.stderr.startswith(b"qres: note: The CMYK colours")


def test_metadata_can_be_left_out(run: Run, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    Image.new("RGB", (9, 9)).save(tmp_path / "a.jpg", exif=exif)
    assert run("encode", "a.jpg", "-o", "with.qres", "--model", "tiny").returncode == 0
    assert run("encode", "a.jpg", "-o", "without.qres", "--model", "tiny", "--no-metadata").returncode == 0
    assert read_container((tmp_path / "with.qres").read_bytes()).exif is not None
    assert read_container((tmp_path / "without.qres").read_bytes()).exif is None


def test_a_preview_can_be_asked_for(run: Run, photo: Path, tmp_path: Path) -> None:
    for share, wanted in (("1", True), ("0", False)):
        assert run("encode", photo, "-o", "out.qres", "-q", "100", "--preview-share", share).returncode == 0
        assert (read_container((tmp_path / "out.qres").read_bytes()).preview is not None) == wanted
    assert run("encode", photo, "--preview-share", "1.5").returncode == 2


def test_a_target_size_or_psnr_finds_the_quality(run: Run, photo: Path, tmp_path: Path) -> None:
    full = json.loads(run("encode", photo, "-q", "100", "--json").stdout)
    output = tmp_path / "target.qres"
    for size, limit in ((str(full["bytes"] // 2), full["bytes"] // 2), ("300%", 3 * photo.stat().st_size)):
        report = json.loads(run("encode", photo, "-o", output, "--target-size", size, "--json").stdout)
        assert output.stat().st_size == report["bytes"] <= limit
        # The quality that is told gives this very file.
        same = run("encode", photo, "-o", tmp_path / "same.qres", "-q", str(report["quality"]))
        assert same.returncode == 0
        assert (tmp_path / "same.qres").read_bytes() == output.read_bytes()
    low = json.loads(run("encode", photo, "-o", output, "--target-psnr", "12", "--json").stdout)
    assert low["bytes"] < full["bytes"]
    result = run("encode", photo, "-o", output, "--target-psnr", "90")
    assert result.returncode == 0
    assert b"out of reach" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [("--target-size", "big"), ("--target-psnr", "-3"), ("--target-size", "0"), ("-q", "5", "--target-size", "9")],
)
def test_senseless_targets_exit_with_2(run: Run, photo: Path, arguments: tuple[str, ...]) -> None:
    assert_fails(run("encode", photo, *arguments), 2)


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
    container = read_container(encoded.read_bytes())
    first, *rest = container.blocks
    (band,) = first.bands
    assert band is not None
    forged = Container(
        container.header, (BlockStream((BandStream(None, bytes([band.payload[0] ^ 1]) + band.payload[1:]),)), *rest)
    )
    encoded.write_bytes(write_container(forged))
    assert_fails(run("verify", encoded), 7)
    assert_fails(run("decode", encoded), 7)
    assert not encoded.with_suffix(".png").exists()


def test_unwritable_target_exits_with_8(run: Run, photo: Path, encoded: Path, tmp_path: Path) -> None:
    assert "folder" in assert_fails(run("encode", photo, "-o", "none/out.qres", "--model", "tiny"), 8)
    assert_fails(run("decode", encoded, "-o", "none/out.png"), 8)
    (tmp_path / "text.png").write_text("no picture")  # the target is judged first, before any long work
    assert "not a folder" in assert_fails(run("encode", "text.png", "-o", photo / "out.qres", "--model", "tiny"), 8)
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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no terminals of this kind")
def test_interrupt_exits_with_9_and_leaves_nothing(tmp_path: Path, tiny_package_file: Path) -> None:
    """On a terminal, which also shows a progress bar: its first drawing tells when the work has begun."""
    Image.fromarray(np.zeros((6000, 6000, 3), np.uint8)).save(tmp_path / "large.bmp")
    command = [sys.executable, "-m", "codec_format.cli", "encode", "large.bmp", "--model", str(tiny_package_file)]
    terminal, its_side = os.openpty()
    # Where the tests run as a background job, SIGINT is ignored, and programs inherit that.
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stderr=its_side,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(its_side)
    shown = b""
    while b"0%" not in shown:
        shown += os.read(terminal, 1000)
    process.send_signal(signal.SIGINT)
    while not shown.endswith(b".\r\n"):
        shown += os.read(terminal, 1000)
    os.close(terminal)
    assert process.wait() == 9
    assert shown.startswith(b"\r[....")
    assert shown.endswith(b" \rqres: error: The work was cancelled.\r\n")
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
        result = run("verify", "cut.qres")
        assert result.returncode == 10
        summary, _, _, *listing = result.stdout.decode().splitlines()
        assert summary == f"cut.qres: truncated; the symbols of {count} of 3 latent blocks match {CHECKED}".rstrip()
        assert [line.split()[2:] for line in listing] == [
            ["header"],
            ["post-filter"],
            *(["latent", "block", str(n)] for n in range(count)),
        ]
        report = json.loads(run("info", "cut.qres", "--json").stdout)
        assert (report["blocks_present"], report["truncated"], report["damage"]) == (count, True, [])
        result = run("info", "cut.qres")
        assert result.returncode == 0
        assert f"{count} of 3 latent blocks: the file is truncated".encode() in result.stdout


def test_truncation_and_damage_are_told_apart(run: Run, encoded: Path) -> None:
    """Whatever is missing or wrong is in the reports of info and verify, each under its own name."""
    data = encoded.read_bytes()
    middle = [chunk for chunk in list_chunks(data) if chunk.type == "B"][1]
    flipped = data[: middle.end - 6] + bytes([data[middle.end - 6] ^ 0x10]) + data[middle.end - 5 :]
    for content, truncated, damaged, words in (
        (data, False, False, "whole"),
        (data + b"?", False, True, "damaged"),
        (flipped, True, True, "truncated and damaged"),
    ):
        encoded.write_bytes(content)
        result = run("verify", encoded, "--json")
        report = json.loads(result.stdout)
        assert result.returncode == (10 if damaged else 0)
        assert (report["truncated"], report["damage"] != [], report["whole"]) == (truncated, damaged, not damaged)
        assert f" {words}; ".encode() in run("verify", encoded).stdout
        report = json.loads(run("info", encoded, "--json").stdout)
        assert (report["truncated"], report["damage"] != []) == (truncated, damaged)
    text = run("info", encoded).stdout.decode()
    assert "latent block 1, damaged" in text
    assert "all from it on was dropped" in text


@pytest.mark.parametrize("part", ["magic", "header", "block"])
def test_a_changed_byte_through_the_command_line(run: Run, encoded: Path, part: str) -> None:
    data = encoded.read_bytes()
    position = {"magic": 5, "header": 12, "block": len(data) - 20}[part]
    encoded.write_bytes(data[:position] + bytes([data[position] ^ 0xFF]) + data[position + 1 :])
    result = run("decode", encoded, "-o", "out.png")
    if part != "block":
        assert_fails(result, 4)
        return
    assert result.returncode == 10
    encoded.write_bytes(data)
    assert run("decode", encoded, "-o", "coarse.png", "--blocks", "2").returncode == 0
    assert (encoded.parent / "out.png").read_bytes() == (encoded.parent / "coarse.png").read_bytes()


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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [("--json",), ()])
def test_a_report_that_cannot_be_printed_is_an_output_error(
    run: Run, encoded: Path, arguments: tuple[str, ...]
) -> None:
    command = [sys.executable, "-m", "codec_format.cli", "info", str(encoded), *arguments]
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert result.returncode == 8
    assert result.stderr.startswith(b"qres: error: Standard output cannot be written: ")
    assert result.stderr.count(b"\n") == 1


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are text there")
def test_a_name_that_is_no_text_can_be_printed(run: Run, encoded: Path) -> None:
    name = os.fsdecode(b"\xff.qres")
    encoded.rename(encoded.with_name(name))
    result = run("info", name)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(b"\\udcff.qres: 120x90")


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="memory is limited on Linux only")
def test_a_small_file_of_a_huge_picture_cannot_exhaust_the_memory(
    run: Run, tmp_path: Path, tiny_package: ModelPackage
) -> None:
    """The limit of a process is inherited, so a small one stands in for a small computer."""
    header = Header(2**14, 2**14, 0, len(tiny_package.manifest.blocks), tiny_package.model_id[:8])
    data = write_container(Container(header, (BlockStream((BandStream(None, b""),)),)))
    assert len(data) < 100
    (tmp_path / "huge.qres").write_bytes(data)
    limited = "import resource, sys; resource.setrlimit(resource.RLIMIT_DATA, (2**30, 2**30)); "
    program = limited + "from codec_format.cli import main; sys.exit(main())"
    environment = os.environ | {"QRES_MODELS": str(tiny_package.path)}
    command = [sys.executable, "-c", program, "decode", "huge.qres", "-o", "huge.png"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, env=environment, check=False)
    assert "memory" in assert_fails(result, 5)
    assert not (tmp_path / "huge.png").exists()


def test_the_memory_limit_is_the_free_memory_and_ends_with_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    resource = pytest.importorskip("resource")
    if not Path("/proc/meminfo").exists():
        pytest.skip("memory is limited on Linux only")
    seen = []
    monkeypatch.setattr(
        cli.model_package, "installed_packages", lambda: seen.append(resource.getrlimit(resource.RLIMIT_DATA)) or ()
    )
    before = resource.getrlimit(resource.RLIMIT_DATA)
    assert cli.main(["models"]) == 0
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert 0 < seen[0][0] < 2**44
    assert capsys.readouterr().out.startswith("No model package")


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
