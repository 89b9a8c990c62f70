"""QRes as a part of a freedesktop.org desktop."""

import configparser
import os
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from codec_format import Codec, EncodeSettings, ModelPackage, Picture
from codec_format.cli import main as qres
from codec_format.container import MAGIC, read_container
from desktop import integration
from desktop.app import main
from desktop.integration import Programs

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="for freedesktop.org desktops")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """In a folder with a name that has to be quoted."""
    folder = tmp_path / 'my "apps" 100 %'
    folder.mkdir()
    for name in ("qres", "qres-gui"):
        (folder / name).touch(mode=0o755)
    return Programs(folder / "qres-gui", folder / "qres")


def entry(path: Path, section: str) -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(path.read_text(encoding="utf-8"))
    return dict(parser[section])


def command_of(value: str) -> list[str]:
    """The arguments of an Exec line: escapes of values first, then double quotes, then percent signs."""
    return [part.replace("%%", "%") for part in shlex.split(value.replace("\\\\", "\\"))]


def test_the_command_writes_everything_and_takes_it_away_again(
    home: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [str(programs.window)])
    assert main(["--install-desktop"]) == 0
    written = [Path(line.removeprefix("wrote ")) for line in capsys.readouterr().out.splitlines()]
    assert len(written) == 5
    assert all(path.is_file() and path.is_relative_to(home) for path in written)
    desktop = entry(home / "applications" / "qres.desktop", "Desktop Entry")
    assert command_of(desktop["Exec"]) == [str(programs.window), "%F"]
    assert desktop["TryExec"] == str(programs.window)
    thumbnailer = entry(home / "thumbnailers" / "qres.thumbnailer", "Thumbnailer Entry")
    assert command_of(thumbnailer["Exec"]) == [str(programs.command), "thumbnail", "--size", "%s", "%i", "%o"]
    assert main(["--uninstall-desktop"]) == 0
    assert not any(path.exists() for path in written)


def test_a_path_without_oddities_is_not_quoted(home: Path) -> None:
    integration.install(home, Programs(Path("/opt/qres/qres-gui"), Path("/opt/qres/qres")))
    assert entry(home / "applications" / "qres.desktop", "Desktop Entry")["Exec"] == "/opt/qres/qres-gui %F"


def test_files_are_known_by_their_name_and_by_their_content(home: Path, programs: Programs, tmp_path: Path) -> None:
    integration.install(home, programs)
    (tmp_path / "without-extension").write_bytes(MAGIC + b"H")
    (tmp_path / "other").write_bytes(MAGIC[:6] + b"...")
    (tmp_path / "empty.qres").touch()
    program = textwrap.dedent(
        """
        import sys
        from PySide6.QtCore import QMimeDatabase
        for name in sys.argv[1:]:
            print(QMimeDatabase().mimeTypeForFile(name).name())
        """
    )
    names = ["without-extension", "empty.qres", "other"]
    result = subprocess.run(
        [sys.executable, "-c", program, *names],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    known = result.stdout.split()
    assert known[:2] == ["image/x-qres"] * 2
    assert known[2] != "image/x-qres"


def test_the_thumbnailer_needs_no_model(
    home: Path, tmp_path: Path, tiny_package: ModelPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    y, x = np.mgrid[0:700, 0:900]
    pixels = np.stack([x % 256, y % 256, (x + y) % 256], -1).astype(np.uint8)
    data = Codec(tiny_package, "cpu").encode(Picture(pixels), EncodeSettings(60, preview_share=1))
    assert read_container(data).preview is not None
    source, target = tmp_path / "a picture.qres", tmp_path / "thumbnail"
    source.write_bytes(data)
    program = "import sys; from codec_format.cli import main; code = main(sys.argv[1:]); "
    program += "assert 'onnxruntime' not in sys.modules; sys.exit(code)"
    arguments = ["thumbnail", "--size", "128", str(source), str(target)]
    environment = os.environ | {"QRES_MODELS": str(tmp_path / "nothing")}
    subprocess.run([sys.executable, "-c", program, *arguments], check=True, env=environment, timeout=240)
    with Image.open(target) as image:
        assert image.format == "PNG"
        assert image.size == (128, 100)
        assert image.convert("RGB").getpixel((64, 50)) == pytest.approx((448 % 256, 350 % 256, 798 % 256), abs=30)


def test_a_file_without_a_preview_leaves_no_thumbnail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    golden = Path(__file__).parents[1] / "data" / "golden" / "version1.qres"
    assert qres(["thumbnail", str(golden), str(tmp_path / "t.png")]) == 5
    assert "holds no preview" in capsys.readouterr().err
    assert not (tmp_path / "t.png").exists()
