"""What a coded file says about itself."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontDatabase
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.state.documents import CodedFile
from desktop.state.window_state import WindowState
from desktop.views import controls, texts
from desktop.views.texts import translate
from desktop.views.theme import current_theme


class InformationPanel(QWidget):
    """What the coded file says about itself: version, model, parts with sizes and checksums, metadata."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: CodedFile | None = None
        self.facts = QGridLayout()
        self.facts.setVerticalSpacing(6)
        self.facts.setHorizontalSpacing(12)
        self.facts.setColumnStretch(1, 1)
        self.empty = controls.label(self.tr("There is no coded file yet."), "quiet")
        self.parts = QTableWidget(0, 3)
        self.parts.setAccessibleName(self.tr("Parts of the file"))
        self.parts.setHorizontalHeaderLabels([self.tr("Part"), self.tr("Bytes"), self.tr("CRC-32")])
        self.parts.verticalHeader().hide()
        self.parts.setShowGrid(False)
        self.parts.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.parts.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.parts.setTabKeyNavigation(False)
        self.parts.verticalHeader().setDefaultSectionSize(24)
        self.parts.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight)
        first = self.parts.horizontalHeaderItem(0)
        if first is not None:
            first.setTextAlignment(Qt.AlignmentFlag.AlignLeft)
        self.parts.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            self.parts.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.parts.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.parts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.parts.setToolTip(self.tr("The parts of the file in their order; every one has a checksum of its own"))
        self._parts_heading = controls.label(self.tr("Parts of the file"), "heading")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(controls.label(self.tr("File"), "heading"))
        layout.addWidget(self.empty)
        layout.addLayout(self.facts)
        layout.addSpacing(8)
        layout.addWidget(self._parts_heading)
        layout.addWidget(self.parts)

    def show_state(self, state: WindowState) -> None:
        """Show the facts of the coded file; nothing is built anew while it stays the same."""
        coded = state.coded
        self.setEnabled(state.is_current or coded is None)
        self.empty.setVisible(coded is None)
        for widget in (self.parts, self._parts_heading):
            widget.setVisible(coded is not None)
        if coded is None or (self._shown is not None and self._shown.data is coded.data):
            return
        self._shown = coded
        self._show_facts(coded)
        self._show_parts(coded)

    def _show_facts(self, coded: CodedFile) -> None:
        while (item := self.facts.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        facts = coded.facts
        rows = [
            (self.tr("Format version"), str(facts.format_version)),
            (self.tr("Picture"), f"{coded.width} {controls.TIMES} {coded.height}"),
            (self.tr("Model"), coded.model),
            (self.tr("Model identity"), facts.model_id),
            (self.tr("Quality index"), str(facts.quality_index)),
            (self.tr("Latent blocks"), self._blocks(coded)),
            (self.tr("Device in use"), texts.device(coded.device)),
            (self.tr("Colours"), facts.profile or "sRGB"),
            (self.tr("EXIF"), texts.size(facts.exif_bytes) if facts.exif_bytes else self.tr("none")),
            (self.tr("XMP"), texts.size(facts.xmp_bytes) if facts.xmp_bytes else self.tr("none")),
            *((_exif_name(tag), value) for tag, value in facts.metadata),
        ]
        for row, (name, value) in enumerate(rows):
            label = controls.label(value, "figure")
            label.setWordWrap(True)
            label.setAccessibleName(name)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            if len(value) > 24 and " " not in value:
                # Nowhere to break the line.
                label.setToolTip(value)
                label.setText(f"{value[:16]}…")
            self.facts.addWidget(controls.label(name, "quiet"), row, 0, Qt.AlignmentFlag.AlignTop)
            self.facts.addWidget(label, row, 1)

    def _blocks(self, coded: CodedFile) -> str:
        text = self.tr("{blocks} of {count}")
        return text.format(blocks=coded.blocks, count=coded.block_count) if coded.is_cut_short else str(coded.blocks)

    def _show_parts(self, coded: CodedFile) -> None:
        chunks = coded.facts.chunks
        self.parts.setRowCount(len(chunks))
        block = 0
        for row, chunk in enumerate(chunks):
            if chunk.type == "B":
                block += 1
                name = self.tr("Latent block {number}").format(number=block)
            else:
                name = _chunk_name(chunk.type)
            check = chunk.crc if chunk.sound else self.tr("damaged")
            for column, text in enumerate((name, texts.number(chunk.byte_count, 0), check)):
                item = QTableWidgetItem(text)
                if column == 2 and chunk.sound:
                    item.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if not chunk.sound:
                    item.setForeground(QColor(current_theme().error))
                self.parts.setItem(row, column, item)
        height = self.parts.horizontalHeader().sizeHint().height() + 24 * len(chunks) + 4
        self.parts.setFixedHeight(height)


def _chunk_name(chunk_type: str) -> str:
    names = {
        "H": translate("InformationPanel", "Header"),
        "i": translate("InformationPanel", "Colour profile"),
        "p": translate("InformationPanel", "Preview"),
        "A": translate("InformationPanel", "Transparency"),
        "e": translate("InformationPanel", "EXIF"),
        "x": translate("InformationPanel", "XMP"),
        "f": translate("InformationPanel", "Post-filter"),
        "l": translate("InformationPanel", "Lossless part"),
    }
    unknown = translate("InformationPanel", "Unknown part {type}").format(type=chunk_type)
    return names.get(chunk_type, unknown)


def _exif_name(tag: str) -> str:
    names = {
        "Make": translate("InformationPanel", "Camera maker"),
        "Model": translate("InformationPanel", "Camera"),
        "DateTimeOriginal": translate("InformationPanel", "Taken"),
        "LensModel": translate("InformationPanel", "Lens"),
        "FocalLength": translate("InformationPanel", "Focal length, mm"),
        "FNumber": translate("InformationPanel", "Aperture, f/"),
        "ExposureTime": translate("InformationPanel", "Exposure, s"),
        "ISOSpeedRatings": translate("InformationPanel", "ISO"),
        "Artist": translate("InformationPanel", "Artist"),
        "Copyright": translate("InformationPanel", "Copyright"),
    }
    return names[tag]
