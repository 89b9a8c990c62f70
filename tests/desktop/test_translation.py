"""Every text of the window exists in German, and the compiled file is up to date."""

import ast
import re
import string
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from desktop.app import translate_application
from desktop.controller import Controller
from desktop.resources.update_translation import (
    COMPILED,
    TRANSLATION,
    collect_texts,
    compile_texts,
    library_sentences,
    library_sources,
    message_calls,
)
from desktop.views.main_window import MainWindow

Key = tuple[str, str]


def messages(path: Path) -> dict[Key, ElementTree.Element]:
    """The entries of a translation file by context and English text."""
    return {
        (context.findtext("name", ""), message.findtext("source", "")): message
        for context in ElementTree.parse(path).iter("context")
        for message in context.iter("message")
    }


def translated(message: ElementTree.Element) -> list[str]:
    translation = message.find("translation")
    assert translation is not None
    forms = [form.text or "" for form in translation.findall("numerusform")]
    return forms or [translation.text or ""]


def test_no_text_of_the_window_is_left_untranslated(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.ts"
    collect_texts(fresh)
    used, known = messages(fresh), messages(TRANSLATION)
    assert len(used) > 500
    assert {("Library", sentence) for sentence in library_sentences()} <= used.keys()
    assert used.keys() - known.keys() == set(), "not in the translation file"
    assert known.keys() - used.keys() == set(), "not used any more"
    unfinished = [key for key, message in known.items() if message.find("translation[@type]") is not None]
    assert unfinished == []
    assert [key for key, message in known.items() if not all(translated(message))] == []


def test_translations_keep_the_places_for_values_and_keys() -> None:
    for (_, source), message in messages(TRANSLATION).items():
        for text in translated(message):
            for pattern in (r"\{[^}]+\}", r"%n", r"…$", r"\*\.\w+"):
                assert sorted(re.findall(pattern, text)) == sorted(re.findall(pattern, source)), text
            assert text.count("&") == source.count("&"), text


def test_the_compiled_file_is_that_of_the_texts(tmp_path: Path) -> None:
    compiled = tmp_path / "qres_de.qm"
    compile_texts(TRANSLATION, compiled)
    assert compiled.read_bytes() == COMPILED.read_bytes()


@pytest.mark.parametrize("path", library_sources(), ids=lambda path: path.stem)
def test_the_library_says_nothing_that_cannot_be_translated(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    literals = set()
    for call in message_calls(tree):
        template = call.args[0]
        if not isinstance(template, ast.Constant):
            # The message of another error is passed on; anything put together here could not be found.
            assert isinstance(template, ast.Name | ast.Attribute), ast.unparse(call)
            continue
        literals.add(template)
        places = {name for _, name, _, _ in string.Formatter().parse(template.value) if name is not None}
        assert {value.arg for value in call.keywords} == places, ast.unparse(call)
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node not in literals | docstrings:
            text = ast.unparse(node).strip("f'\"")
            assert not re.match(r"[A-Z].* .*\.$", text, re.DOTALL), f"a sentence that is no Message: {text}"


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    before = qapp.findChildren(QTranslator)
    translate_application(qapp, QLocale("de_DE"))
    yield
    for translator in qapp.findChildren(QTranslator):
        if translator not in before:
            qapp.removeTranslator(translator)


def test_the_window_speaks_german(german: None, qtbot: QtBot, controller: Controller, picture_file: Path) -> None:
    window = MainWindow(controller)
    qtbot.addWidget(window)
    window.show()
    controller.open_file(picture_file)
    qtbot.waitUntil(lambda: controller.state.coded is not None, timeout=60_000)
    titles = [action.text() for action in window.menuBar().actions()]
    assert titles == ["&Datei", "&Bearbeiten", "&Ergebnis", "&Ansicht", "&Hilfe"]
    assert window.side_panel.save.text().startswith(("Speichern", "1", "2", "3", "4", "5", "6", "7", "8", "9"))
    assert "Mit Qualität 60 kodiert." in window.status_line.message.text()
    assert "Originaldatei" in window.side_panel.figures.share.text()
    words = {label.text() for label in window.findChildren(QLabel)}
    assert {"Kleinere Datei", "Besseres Bild", "Kodieren", "Bit pro Pixel"} <= words
    controller.open_file(picture_file.with_name("missing.png"))
    qtbot.waitUntil(lambda: window.banner.isVisible(), timeout=60_000)
    assert window.banner.sentence.text() == (
        f"{picture_file.with_name('missing.png')} lässt sich nicht öffnen: eine solche Datei oder einen solchen Ordner "
        "gibt es nicht; eine andere Datei wählen."
    )
    # What the library says, with a reason that is a sentence of its own.
    controller.save(picture_file.parent / "nowhere" / "a.qres")
    qtbot.waitUntil(lambda: "nowhere" in window.banner.sentence.text(), timeout=60_000)
    assert "lässt sich nicht schreiben: den Ordner gibt es nicht; ihn anlegen" in window.banner.sentence.text()


def test_a_second_language_of_the_user_does_not_win_over_english(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Bilingual(QLocale):
        def uiLanguages(self, *_: object) -> list[str]:  # noqa: N802
            return ["en-GB", "de-DE"]

    before = len(qapp.findChildren(QTranslator))
    translate_application(qapp, Bilingual())
    assert qapp.translate("MainWindow", "Status") == "Status"
    assert qapp.translate("MainWindow", "Save") == "Save"
    assert len(qapp.findChildren(QTranslator)) >= before
