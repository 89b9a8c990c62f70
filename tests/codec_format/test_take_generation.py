"""The figures of docs/generation.md, with a small model."""

import subprocess
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]


def test_every_figure_can_be_made(tmp_path: Path, tiny_package_file: Path) -> None:
    command = [sys.executable, ROOT / "docs" / "images" / "take_generation.py"]
    subprocess.run([*command, "--model", tiny_package_file, "-o", tmp_path], check=True, capture_output=True, cwd=ROOT)
    documented = sorted((ROOT / "docs" / "images").glob("generation-*.webp"))
    assert [path.name for path in documented] == sorted(path.name for path in tmp_path.iterdir())
    text = (ROOT / "docs" / "generation.md").read_text(encoding="utf-8")
    for path in documented:
        assert f"images/{path.name}" in text
        with Image.open(path) as shown, Image.open(tmp_path / path.name) as made:
            assert shown.size == made.size
