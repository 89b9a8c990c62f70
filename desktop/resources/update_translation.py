"""Brings the translation to the texts as they are now: ``python -m desktop.resources.update_translation``.

The texts are those that the window marks, and the sentences of the library, which knows nothing of Qt: they are found
in its source, and go into the context "Library". What is new is left empty in ``qres_de.ts``; fill it in, and run this
again for the compiled file.
"""

import ast
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import codec_format
from codec_format import errors
from desktop.resources import FOLDER

TRANSLATION = FOLDER / "qres_de.ts"
COMPILED = TRANSLATION.with_suffix(".qm")
# What these say is said on a terminal, or to programs.
_NEVER_IN_THE_WINDOW = {"cli", "batch_command", "generation_command", "pillow_plugin", "terminal"}
_SPEAKING = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.QresError | errors.Message)
}


def library_sources() -> list[Path]:
    """The modules of the library whose sentences may be shown in the window."""
    folder = Path(codec_format.__file__).parent
    return [path for path in sorted(folder.glob("*.py")) if path.stem not in _NEVER_IN_THE_WINDOW]


def library_sentences() -> list[str]:
    """The templates of all messages, each once."""
    arguments = (
        call.args[0] for path in library_sources() for call in message_calls(ast.parse(path.read_text("utf-8")))
    )
    return list(
        dict.fromkeys(
            argument.value
            for argument in arguments
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        )
    )


def message_calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Wherever a message or an error is made from something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            function = node.func
            is_named = isinstance(function, ast.Name) and function.id in _SPEAKING
            is_base = isinstance(function, ast.Attribute) and function.attr == "__init__"
            if is_named or is_base:
                yield node


def collect_texts(translation: Path) -> None:
    """Make or update a translation file; what nobody says any more is left out."""
    window = FOLDER.parent
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library.py"
        lines = (f'QT_TRANSLATE_NOOP("Library", {_quoted(sentence)})\n' for sentence in library_sentences())
        library.write_text("".join(lines), "utf-8")
        sources = [str(path) for path in (*sorted(window.rglob("*.py")), library)]
        options = ["-no-obsolete", "-locations", "none"]
        _run("pyside6-lupdate", *sources, "-ts", str(translation), *options)


def compile_texts(translation: Path, compiled: Path) -> None:
    """Make the file that the window reads."""
    _run("pyside6-lrelease", "-silent", str(translation), "-qm", str(compiled))


def _quoted(sentence: str) -> str:
    escaped = sentence.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _run(tool: str, *arguments: str) -> None:
    subprocess.run([Path(sysconfig.get_path("scripts")) / tool, *arguments], check=True, capture_output=True)


if __name__ == "__main__":
    collect_texts(TRANSLATION)
    compile_texts(TRANSLATION, COMPILED)
