"""QRes in the menu, in the file types and in the thumbnails of a freedesktop.org desktop, for one user."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from codec_format.errors import InputError
from codec_format.safe_write import safe_write
from desktop.resources import APPLICATION_ICON, FOLDER

_DATABASES = (
    ("update-mime-database", "mime"),
    ("update-desktop-database", "applications"),
    ("gtk-update-icon-cache", "icons/hicolor"),
)


@dataclass(frozen=True)
class Programs:
    """The commands that the desktop starts.

    Attributes:
        window: qres-gui.
        command: qres.
    """

    window: Path
    command: Path


def installed_programs() -> Programs:
    """Those that belong to the running program: of its environment, or of its frozen build.

    Raises:
        InputError: the program does not run as one of them.
    """
    for folder in (Path(sys.argv[0]).absolute().parent, Path(sys.executable).parent):
        programs = Programs(folder / "qres-gui", folder / "qres")
        if programs.window.is_file() and programs.command.is_file():
            return programs
    raise InputError("The commands qres and qres-gui are not installed; install the package with pip first.")


def data_home() -> Path:
    """The user's folder for such files."""
    folder = os.environ.get("XDG_DATA_HOME", "")
    return Path(folder) if os.path.isabs(folder) else Path.home() / ".local" / "share"


def install(home: Path, programs: Programs) -> tuple[Path, ...]:
    """Write the files and tell the desktop; gives the files.

    Raises:
        OutputError: a file cannot be written.
    """
    files = _files(home)
    for target, source in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        content = source.read_bytes()
        for place, program in ((b"qres-gui", programs.window), (b"qres", programs.command)):
            content = content.replace(b"@%b@" % place, _quoted(program).encode())
            content = content.replace(b"@%b path@" % place, str(program).encode())
        safe_write(target, content)
    _update_databases(home)
    return tuple(files)


def uninstall(home: Path) -> tuple[Path, ...]:
    """Remove the files that ``install`` writes, and tell the desktop; gives those that were there."""
    removed = tuple(target for target in _files(home) if target.exists())
    for target in removed:
        target.unlink()
    _update_databases(home)
    return removed


def _quoted(program: Path) -> str:
    """A program in the Exec line of a desktop entry, where double quotes alone are understood."""
    text = str(program).replace("%", "%%")
    if re.fullmatch(r"[\w./%+,:@=-]+", text, re.ASCII):
        return text
    quoted = re.sub(r'(["`$\\])', r"\\\1", text)
    # In every value of such a file a backslash is written twice.
    return '"{}"'.format(quoted.replace("\\", r"\\"))


def _files(home: Path) -> dict[Path, Path]:
    """Where each file goes, and what it is made of."""
    icons = home / "icons" / "hicolor" / "scalable"
    return {
        home / "applications" / "qres.desktop": FOLDER / "qres.desktop",
        home / "mime" / "packages" / "qres.xml": FOLDER / "qres-mime.xml",
        home / "thumbnailers" / "qres.thumbnailer": FOLDER / "qres.thumbnailer",
        icons / "apps" / "qres.svg": APPLICATION_ICON,
        icons / "mimetypes" / "image-x-qres.svg": APPLICATION_ICON,
    }


def _update_databases(home: Path) -> None:
    """Desktops that have no such database look at the files themselves."""
    for program, folder in _DATABASES:
        found = shutil.which(program)
        if found is not None and (home / folder).is_dir():
            options = ["--force", "--ignore-theme-index"] if program == "gtk-update-icon-cache" else []
            subprocess.run([found, *options, str(home / folder)], capture_output=True, check=False)
