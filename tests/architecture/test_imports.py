"""Who may import whom: the contracts of pyproject.toml, and the rules an import graph cannot express."""

import ast
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# fmt: off
NETWORK_MODULES = frozenset({
    "aiohttp", "ftplib", "http", "httpx", "imaplib", "poplib", "requests", "smtplib", "socket", "socketserver",
    "ssl", "urllib", "urllib3", "webbrowser", "websockets", "xmlrpc", "PySide6.QtNetwork", "PySide6.QtNetworkAuth",
    "PySide6.QtWebEngineCore", "PySide6.QtWebSockets",
})
# fmt: on
# A socket that is a file of the user: how a second start reaches the first. Nothing else of that module is allowed.
LOCAL_SOCKETS = {
    "desktop/single_instance.py": [
        "PySide6.QtNetwork",
        "PySide6.QtNetwork.QLocalServer",
        "PySide6.QtNetwork.QLocalSocket",
    ]
}


def python_files(package: str) -> list[Path]:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files, f"{package} holds no Python file, so nothing would be checked"
    return files


def imported_names(source: str) -> Iterator[str]:
    """Every dotted name that the source imports, at any depth: `from a import b` gives a and a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def forbidden_imports(source: str, forbidden: frozenset[str]) -> list[str]:
    """The imported names that are one of the forbidden modules or lie inside one."""
    return sorted(
        name for name in imported_names(source) if any(name == bad or name.startswith(f"{bad}.") for bad in forbidden)
    )


def test_import_contracts_hold() -> None:
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as main; main()",
            "--no-logo",
            "--no-cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


@pytest.mark.parametrize("package", ["codec_format", "desktop"])
def test_every_module_loads_without_pytorch(package: str) -> None:
    """None in sys.modules makes `import torch` fail, as it does where PyTorch is not installed."""
    program = textwrap.dedent(f"""
        import importlib, pkgutil, sys
        for name in ("torch", "onnx", "onnxscript", "tensorboard", "matplotlib", "tqdm", "pytorch_msssim"):
            sys.modules[name] = None
        package = importlib.import_module({package!r})
        names = [module.name for module in pkgutil.walk_packages(package.__path__, "{package}.")]
        for name in names:
            if not name.endswith(".__main__"):
                importlib.import_module(name)
        print(len(names))
    """)
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) > 1


@pytest.mark.parametrize("package", ["codec_format", "desktop"])
def test_no_network_code(package: str) -> None:
    found = {
        file.relative_to(ROOT).as_posix(): names
        for file in python_files(package)
        if (names := forbidden_imports(file.read_text(encoding="utf-8"), NETWORK_MODULES))
    }
    assert found == {file: names for file, names in LOCAL_SOCKETS.items() if file.startswith(package)}


def test_the_network_check_sees_every_form_of_import() -> None:
    source = "import os\ndef f():\n    import urllib.request\nfrom PySide6 import QtNetwork\nfrom http import client\n"
    assert forbidden_imports(source, NETWORK_MODULES) == [
        "PySide6.QtNetwork",
        "http",
        "http.client",
        "urllib.request",
    ]


def test_container_and_errors_need_the_standard_library_only() -> None:
    """A reader of the container in another language, or in a sandbox, needs nothing else."""
    for name in ("container.py", "errors.py"):
        source = (ROOT / "codec_format" / name).read_text(encoding="utf-8")
        outside = {
            imported.split(".")[0]
            for imported in imported_names(source)
            if imported.split(".")[0] not in sys.stdlib_module_names and not imported.startswith("codec_format.errors")
        }
        assert outside == set(), name
