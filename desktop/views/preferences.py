"""What the window remembers between two starts, in the place where the system keeps the settings of programs."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from codec_format.settings import DEFAULT_QUALITY
from desktop.state.choice import LIMITS, Aim, Choice, Goal, Preset, presets_from_text, presets_to_text
from desktop.views.comparison_view import Layout

_RECENT_COUNT = 10


class Preferences(QObject):
    """Reads and writes single values; what cannot be understood is as if it were not there.

    Signals:
        presets_changed: the user has other presets of their own now.
    """

    presets_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._settings = QSettings()

    @property
    def recent_files(self) -> list[Path]:
        """Files that were opened, the last one first."""
        names = self._settings.value("recent_files", [])
        # A list of one comes back as a string from some systems.
        entries = names if isinstance(names, list) else [names]
        return [Path(name) for name in entries if isinstance(name, str)][:_RECENT_COUNT]

    def add_recent_file(self, path: Path) -> None:
        """Put a file at the front."""
        path = path.absolute()
        others = [other for other in self.recent_files if other != path]
        self._settings.setValue("recent_files", [str(file) for file in (path, *others)][:_RECENT_COUNT])

    def clear_recent_files(self) -> None:
        """Forget the files that were opened."""
        self._settings.remove("recent_files")

    @property
    def presets(self) -> tuple[Preset, ...]:
        """The user's own presets."""
        return presets_from_text(self._text("presets"))

    @presets.setter
    def presets(self, presets: tuple[Preset, ...]) -> None:
        self._settings.setValue("presets", presets_to_text(presets))
        self.presets_changed.emit()

    @property
    def choice(self) -> Choice:
        """How to encode at first.

        Model, targets and lossless coding are not remembered: they belong to one picture or one purpose.
        """
        low, high = LIMITS[Aim.QUALITY]
        quality = self._text("quality")
        value = float(quality) if quality.isdecimal() else DEFAULT_QUALITY
        device = self._text("device")
        return Choice(
            Goal(Aim.QUALITY, min(max(value, low), high)),
            keep_metadata=self._text("keep_metadata") != "false",
            device=device if device in ("auto", "cpu", "cuda") else "auto",
        )

    @choice.setter
    def choice(self, choice: Choice) -> None:
        if choice.goal.aim is Aim.QUALITY:
            self._settings.setValue("quality", str(round(choice.goal.value)))
        self._settings.setValue("keep_metadata", "true" if choice.keep_metadata else "false")
        self._settings.setValue("device", choice.device)

    @property
    def geometry(self) -> QByteArray:
        """Place and size of the window, empty at the first start."""
        value = self._settings.value("geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self._settings.setValue("geometry", geometry)

    @property
    def layout(self) -> Layout:
        """How the pictures are arranged."""
        value = self._text("layout")
        return Layout(value) if value in set(Layout) else Layout.DIVIDER

    @layout.setter
    def layout(self, layout: Layout) -> None:
        self._settings.setValue("layout", str(layout))

    @property
    def sharp_pixels(self) -> bool:
        """Whether the pixels of an enlarged picture are drawn as squares."""
        return self._text("sharp_pixels") != "false"

    @sharp_pixels.setter
    def sharp_pixels(self, sharp: bool) -> None:
        self._settings.setValue("sharp_pixels", "true" if sharp else "false")

    @property
    def options_shown(self) -> bool:
        """Whether metadata, model and device are in view."""
        return self._text("options_shown") == "true"

    @options_shown.setter
    def options_shown(self, shown: bool) -> None:
        self._settings.setValue("options_shown", "true" if shown else "false")

    def _text(self, key: str) -> str:
        value = self._settings.value(key, "")
        return value if isinstance(value, str) else ""
