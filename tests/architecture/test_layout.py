"""The folders and the documents tell the same story."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("codec_format", "training", "export", "desktop")


def documented_layout() -> dict[str, set[str]]:
    """The `Layout` code block of docs/architecture.md: folder -> names of the entries listed under it."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split("## Layout", 1)[1]
    block = section.split("```text\n", 1)[1].split("```", 1)[0]
    layout: dict[str, set[str]] = {}
    folder = ""
    for line in block.splitlines():
        match = re.match(r"(?P<indent> *)(?P<name>[\w.\-]+)(?P<slash>/?)(  |$)", line)
        if match is None:
            continue  # the continuation of a description
        if match["indent"] == "":
            folder = match["name"] if match["slash"] else ""
            if folder:
                layout[folder] = set()
        elif len(match["indent"]) == 2:
            layout[folder].add(match["name"])
    return layout


def test_documented_layout_is_the_real_one() -> None:
    layout = documented_layout()
    for package in PACKAGES:
        real = {
            entry.name
            for entry in (ROOT / package).iterdir()
            if not entry.name.startswith((".", "__")) and entry.name != "py.typed"
        }
        assert layout[package] == real, f"docs/architecture.md, Layout, {package}/"
    for folder in layout.keys() - set(PACKAGES):
        assert (ROOT / folder).is_dir(), folder


def test_every_folder_with_python_in_it_is_a_package() -> None:
    """setuptools leaves out folders without __init__.py, and the installed program would then lack them."""
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            assert (file.parent / "__init__.py").is_file(), file.parent


def test_every_data_file_is_declared_as_package_data() -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = configuration["tool"]["setuptools"]["package-data"]
    for package in PACKAGES:
        patterns = declared.get(package, [])
        covered = {file for pattern in patterns for file in (ROOT / package).glob(pattern)}
        data = {
            file
            for file in (ROOT / package).rglob("*")
            if file.is_file() and file.suffix not in {".py", ".pyc"} and "__pycache__" not in file.parts
        }
        assert data <= covered, f"{package}: in the repository, but not installed: {sorted(data - covered)}"
