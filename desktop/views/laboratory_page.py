# ruff: noqa: D102 (what overrides Qt is documented by Qt)
"""The page on which the model makes pictures up."""

from pathlib import Path

from PySide6.QtCore import QEvent, QStandardPaths, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QWidget

from desktop.laboratory_controller import LaboratoryController
from desktop.state.laboratory import Experiment, LaboratoryState, Recipe
from desktop.state.text import QT_TRANSLATE_NOOP, Text
from desktop.views import dialogs, texts, transfer
from desktop.views.laboratory_panel import LaboratoryPanel
from desktop.views.laboratory_view import LaboratoryView
from desktop.views.theme import current_theme


class LaboratoryPage(QWidget):
    """Shows the state of a laboratory controller and passes on what the user does.

    Signals:
        use_wanted: the user wants to go on with the result on the page of the picture; its name, and a function that
            gives it as the bytes of a file.
    """

    use_wanted = Signal(str, object)

    def __init__(self, controller: LaboratoryController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self.setAcceptDrops(True)
        self.view = LaboratoryView()
        self.hint = QLabel()
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        self.panel = LaboratoryPanel()
        self._pictures = QStackedWidget()
        self._pictures.addWidget(self.hint)
        self._pictures.addWidget(self.view)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._pictures, 1)
        row.addWidget(self.panel)
        controller.changed.connect(self.show_state)
        self.view.region_drawn.connect(lambda region: self._choose(region=region))
        self.panel.recipe_chosen.connect(controller.choose)
        self.panel.other_wanted.connect(self._ask_other)
        self.panel.make_wanted.connect(controller.make)
        self.panel.cancel_wanted.connect(controller.cancel)
        self.panel.export_button.clicked.connect(self._export)
        self.panel.copy_button.clicked.connect(self._copy)
        self.panel.use_button.clicked.connect(self._use)
        self.show_state(controller.state)

    @Slot(object)
    def show_state(self, state: LaboratoryState) -> None:
        """Bring every part of the page to the state."""
        source, creation = state.shown_source, state.creation
        self.panel.show_state(state)
        self.view.show_pictures(
            source.display if source is not None else None,
            creation.display if creation is not None else None,
            (source.name if source is not None else "", _caption(creation.recipe) if creation is not None else ""),
        )
        is_inpainting = state.recipe.experiment is Experiment.INPAINTING
        self.view.show_region(state.recipe.region if is_inpainting else None, is_inpainting)
        self.hint.setText(texts.spoken(state.missing) if state.missing else self.tr("Nothing has been made yet."))
        theme = current_theme()
        self.hint.setStyleSheet(f"background: {theme.canvas}; color: {theme.quiet}")
        self._pictures.setCurrentWidget(self.hint if source is None and creation is None else self.view)

    # ----------------------------------------------------------------------------------------------- what the user does

    def _choose(self, **changes: object) -> None:
        self._controller.choose(Recipe(**(vars(self._controller.state.recipe) | changes)))

    def _ask_other(self) -> None:
        source = self._controller.state.source
        path = dialogs.ask_open_path(self, source.path.parent if source and source.path else _pictures_folder())
        if path is not None:
            self._controller.open_other(path)

    def _export(self) -> None:
        path = dialogs.ask_export_path(self, _pictures_folder() / f"{self._name()}.png")
        if path is not None:
            self._controller.export(path)

    def _copy(self) -> None:
        creation = self._controller.state.creation
        if creation is not None:
            QGuiApplication.clipboard().setImage(transfer.image_of(creation.display))
            self._controller.tell(Text(QT_TRANSLATE_NOOP("State", "Copied the picture.")))

    def _use(self) -> None:
        load = self._controller.result_file()
        if load is not None:
            self.use_wanted.emit(self._name(), load)

    def _name(self) -> str:
        """What a file of the result may be called."""
        names = {
            Experiment.SAMPLE: self.tr("Sample"),
            Experiment.INTERPOLATION: self.tr("Interpolation"),
            Experiment.INPAINTING: self.tr("Inpainting"),
        }
        return names[self._controller.state.recipe.experiment]

    # ---------------------------------------------------------------------------------------------------------- events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        # Elsewhere a file is one to open, which is the window's business.
        wants_other = self._controller.state.recipe.experiment is Experiment.INTERPOLATION
        event.setAccepted(wants_other and transfer.dropped_file(event.mimeData()) is not None)

    def dropEvent(self, event: QDropEvent) -> None:
        path = transfer.dropped_file(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            # After the drop: nothing must hold up the program that the file was dragged from.
            QTimer.singleShot(0, lambda: self._controller.open_other(path))

    def closeEvent(self, event: QCloseEvent) -> None:
        self._controller.close()
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.PaletteChange and hasattr(self, "panel"):
            self.show_state(self._controller.state)
        super().changeEvent(event)


def _caption(recipe: Recipe) -> str:
    """What is written on a result."""
    translate = texts.translate
    match recipe.experiment:
        case Experiment.SAMPLE:
            text = translate("Laboratory", "Sample, temperature {temperature}, seed {seed}")
        case Experiment.INTERPOLATION:
            return translate("Laboratory", "At {share} of the way").format(share=f"{100 * recipe.position:.0f} %")
        case Experiment.INPAINTING:
            text = translate("Laboratory", "Inpainted, temperature {temperature}, seed {seed}")
    return text.format(temperature=texts.number(recipe.temperature, 2), seed=recipe.seed)


def _pictures_folder() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation))
