"""Colours and shapes, light and dark. Greys are neutral throughout, so that they do not tint what one sees."""

from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from desktop.resources import icon_file


@dataclass(frozen=True)
class Theme:
    """Colours as #rrggbb.

    Attributes:
        window: background of panels and bars.
        field: background of fields and buttons.
        canvas: background of the pictures.
        line: separators and borders.
        text: ordinary text.
        quiet: secondary text.
        accent: what is active.
        on_accent: text on the accent.
        accent_soft: background of something selected.
        error, error_soft: text and background of an error.
        note, note_soft: text and background of a note.
        success: what went well.
    """

    window: str
    field: str
    canvas: str
    line: str
    text: str
    quiet: str
    accent: str
    on_accent: str
    accent_soft: str
    error: str
    error_soft: str
    note: str
    note_soft: str
    success: str


LIGHT = Theme(
    window="#f7f7f7",
    field="#ffffff",
    canvas="#e4e4e4",
    line="#dadada",
    text="#1d1d1d",
    quiet="#676767",
    accent="#1f6fd1",
    on_accent="#ffffff",
    accent_soft="#dce9f9",
    error="#a4211a",
    error_soft="#fbe6e4",
    note="#6b5312",
    note_soft="#faf1d8",
    success="#2c8a3d",
)
DARK = Theme(
    window="#262626",
    field="#333333",
    canvas="#191919",
    line="#3d3d3d",
    text="#ececec",
    quiet="#a2a2a2",
    accent="#5a9df0",
    on_accent="#0d1a2b",
    accent_soft="#2b3d54",
    error="#ffb1a9",
    error_soft="#4a2320",
    note="#ecd594",
    note_soft="#40371c",
    success="#6cc07a",
)


def current_theme() -> Theme:
    """The theme that the application wears."""
    return DARK if _is_dark(QGuiApplication.palette()) else LIGHT


def system_theme(system_palette: QPalette) -> Theme:
    """The theme that the system's setting asks for; where the system has none, the one like its own palette."""
    scheme = QGuiApplication.styleHints().colorScheme()
    if scheme is Qt.ColorScheme.Unknown:
        return DARK if _is_dark(system_palette) else LIGHT
    return DARK if scheme is Qt.ColorScheme.Dark else LIGHT


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Colour the whole application."""
    application.setPalette(_palette(theme))
    application.setStyleSheet(_style_sheet(theme))


def line_icon(name: str, colour: str, side: int = 20) -> QIcon:
    """A line icon in the given colour, dimmed where its action is disabled."""
    icon = QIcon()
    for mode, opacity in ((QIcon.Mode.Normal, 1.0), (QIcon.Mode.Disabled, 0.32)):
        for factor in (1, 2, 3):
            icon.addPixmap(_line_drawing(name, colour, side * factor, opacity), mode)
    return icon


def _line_drawing(name: str, colour: str, side: int, opacity: float) -> QPixmap:
    """Kept by Qt once drawn: the same icons are asked for at every change of what the window shows."""
    key = f"{name} {colour} {side} {opacity}"
    pixmap = QPixmap()
    if not QPixmapCache.find(key, pixmap):
        svg = icon_file(name).read_bytes().replace(b"#000000", colour.encode())
        pixmap = _drawn(svg, side, opacity)
        QPixmapCache.insert(key, pixmap)
    return pixmap


def _drawn(svg: bytes, side: int, opacity: float) -> QPixmap:
    pixmap = QPixmap(QSize(side, side))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setOpacity(opacity)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return pixmap


def _is_dark(palette: QPalette) -> bool:
    return palette.window().color().lightness() < palette.windowText().color().lightness()


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for target, colour in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.field),
        (role.AlternateBase, theme.window),
        (role.Text, theme.text),
        (role.Button, theme.field),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.error),
        (role.Mid, theme.line),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.ToolTipBase, theme.field),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.quiet),
        (role.Link, theme.accent),
    ):
        palette.setColor(target, QColor(colour))
    for target in (role.WindowText, role.Text, role.ButtonText):
        faded = QColor(theme.quiet)
        faded.setAlphaF(0.6)
        palette.setColor(QPalette.ColorGroup.Disabled, target, faded)
    return palette


_ARROW = icon_file("chevron").as_posix()


def _style_sheet(theme: Theme) -> str:
    check = icon_file("check-dark" if theme == DARK else "check-light").as_posix()
    return f"""
    QMainWindow, QStatusBar {{ background: {theme.window}; }}
    QToolTip {{ color: {theme.text}; background: {theme.field}; border: 1px solid {theme.line}; padding: 4px 6px; }}
    QMenuBar {{ background: {theme.window}; padding: 2px 6px; }}
    QMenuBar::item {{ padding: 4px 9px; border-radius: 5px; background: transparent; }}
    QMenuBar::item:selected {{ background: {theme.accent_soft}; }}
    QMenu {{ background: {theme.field}; border: 1px solid {theme.line}; padding: 5px; }}
    QMenu::item {{ padding: 5px 26px 5px 12px; border-radius: 5px; }}
    QMenu::item:selected {{ background: {theme.accent_soft}; }}
    QMenu::item:disabled {{ color: {theme.quiet}; }}
    QMenu::separator {{ height: 1px; background: {theme.line}; margin: 5px 8px; }}

    QToolBar {{ background: {theme.window}; border: none; border-bottom: 1px solid {theme.line};
                padding: 6px 12px; spacing: 4px; }}
    QToolBar::separator {{ width: 1px; background: {theme.line}; margin: 6px 8px; }}
    QToolBar QToolButton, QToolButton#iconOnly {{ border: 1px solid transparent; border-radius: 7px;
                                                  padding: 5px 10px; }}
    QToolBar QToolButton:hover:enabled, QToolButton#iconOnly:hover:enabled {{ background: {theme.accent_soft}; }}
    QToolBar QToolButton:pressed, QToolButton#iconOnly:pressed {{ background: {theme.line}; }}
    QToolBar QToolButton:checked {{ background: {theme.accent_soft}; color: {theme.accent}; }}
    QToolBar QToolButton:focus, QToolButton#iconOnly:focus {{ border-color: {theme.accent}; }}
    QToolBar QToolButton:disabled, QToolButton#iconOnly:disabled {{ color: {theme.quiet}; }}
    QToolBar QToolButton#iconOnly, QToolButton#iconOnly {{ padding: 5px 6px; }}
    QLabel#zoom {{ color: {theme.quiet}; padding: 0 4px; }}

    QPushButton {{ background: {theme.field}; border: 1px solid {theme.line}; border-radius: 7px; padding: 5px 14px; }}
    QPushButton:hover:enabled {{ border-color: {theme.accent}; }}
    QPushButton:focus {{ border-color: {theme.accent}; }}
    QPushButton:disabled {{ color: {theme.quiet}; }}
    QPushButton#primary {{ background: {theme.accent}; color: {theme.on_accent}; border-color: {theme.accent};
                           font-weight: 600; padding: 8px 14px; }}
    QPushButton#primary:focus {{ border: 1px solid {theme.text}; }}
    QPushButton#primary:disabled {{ background: {theme.line}; color: {theme.quiet}; border-color: {theme.line}; }}

    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}

    QFrame#panel {{ background: {theme.window}; border: none; border-left: 1px solid {theme.line}; }}
    QFrame#rule {{ background: {theme.line}; border: none; max-height: 1px; min-height: 1px; }}
    QLabel#heading {{ font-weight: 600; }}
    QLabel#quiet {{ color: {theme.quiet}; }}
    QLabel:disabled {{ color: {theme.quiet}; }}
    QLabel#figure {{ font-weight: 600; }}

    Banner {{ border: none; border-bottom: 1px solid {theme.line}; }}
    Banner[kind="error"] {{ background: {theme.error_soft}; }}
    Banner[kind="note"] {{ background: {theme.note_soft}; }}
    Banner QLabel[kind="error"] {{ color: {theme.error}; }}
    Banner QLabel[kind="note"] {{ color: {theme.note}; }}

    QTabBar#panel {{ qproperty-drawBase: 0; }}
    QTabBar#panel::tab {{ padding: 8px 4px 7px 4px; margin: 0 18px 0 0; color: {theme.quiet}; background: transparent;
                          border: none; border-bottom: 2px solid transparent; }}
    QTabBar#panel::tab:selected {{ color: {theme.text}; border-bottom-color: {theme.accent}; }}
    QTabBar#panel::tab:hover:!selected {{ color: {theme.text}; }}
    QTabBar#panel::tab:focus {{ color: {theme.accent}; }}

    QToolButton#disclosure {{ border: none; border-radius: 5px; padding: 3px 4px; color: {theme.text}; }}
    QToolButton#disclosure:hover:enabled {{ background: {theme.accent_soft}; }}
    QToolButton#disclosure:focus {{ color: {theme.accent}; }}
    QToolButton#disclosure:disabled {{ color: {theme.quiet}; }}
    QToolButton::menu-indicator {{ image: none; width: 0; }}

    QComboBox {{ background: {theme.field}; border: 1px solid {theme.line}; border-radius: 7px;
                 padding: 4px 8px 4px 10px; }}
    QComboBox:hover:enabled, QComboBox:focus {{ border-color: {theme.accent}; }}
    QComboBox:disabled {{ color: {theme.quiet}; background: {theme.window}; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow {{ image: url("{_ARROW}"); width: 12px; height: 12px; }}
    QComboBox QAbstractItemView {{ background: {theme.field}; border: 1px solid {theme.line}; padding: 4px;
                                   selection-background-color: {theme.accent_soft};
                                   selection-color: {theme.text}; outline: none; }}

    QCheckBox {{ spacing: 8px; }}
    QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {theme.quiet}; border-radius: 4px;
                            background: {theme.field}; }}
    QCheckBox::indicator:hover, QCheckBox::indicator:focus {{ border-color: {theme.accent}; }}
    QCheckBox::indicator:checked {{ background: {theme.accent}; border-color: {theme.accent};
                                    image: url("{check}"); }}
    QCheckBox::indicator:disabled {{ border-color: {theme.line}; background: {theme.window}; }}
    QCheckBox::indicator:checked:disabled {{ background: {theme.quiet}; border-color: {theme.quiet}; }}
    QCheckBox:disabled {{ color: {theme.quiet}; }}
    QCheckBox:focus {{ color: {theme.accent}; }}

    QTableWidget {{ background: {theme.window}; border: none; selection-background-color: {theme.accent_soft};
                    selection-color: {theme.text}; }}
    QHeaderView::section {{ background: {theme.window}; color: {theme.quiet}; border: none;
                            border-bottom: 1px solid {theme.line}; padding: 4px 6px; }}

    QLineEdit {{ background: {theme.field}; border: 1px solid {theme.line}; border-radius: 7px; padding: 4px 8px; }}
    QLineEdit:focus {{ border-color: {theme.accent}; }}

    QSpinBox, QDoubleSpinBox {{ background: {theme.field}; border: 1px solid {theme.line}; border-radius: 7px;
                                padding: 3px 6px; }}
    QSpinBox::up-button, QSpinBox::down-button,
    QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {{ width: 0; border: none; }}
    QSpinBox:focus, QDoubleSpinBox:focus {{ border-color: {theme.accent}; }}
    QSpinBox:disabled, QDoubleSpinBox:disabled {{ color: {theme.quiet}; background: {theme.window}; }}

    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {theme.line}; }}
    QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {theme.accent}; }}
    QSlider::sub-page:horizontal:disabled {{ background: {theme.line}; }}
    QSlider::handle:horizontal {{ width: 16px; height: 16px; margin: -7px 0; border-radius: 9px;
                                  background: {theme.field}; border: 1px solid {theme.accent}; }}
    QSlider::handle:horizontal:hover {{ background: {theme.accent_soft}; }}
    QSlider::handle:horizontal:focus {{ border: 2px solid {theme.accent}; }}
    QSlider::handle:horizontal:disabled {{ border-color: {theme.line}; background: {theme.window}; }}

    QTableView#batch {{ background: {theme.field}; selection-background-color: {theme.accent_soft};
                        selection-color: {theme.text}; outline: none; }}
    QTableView#batch::item {{ border-bottom: 1px solid {theme.window}; padding: 0 6px; }}
    QTableView#batch QHeaderView {{ background: {theme.window}; border: none; }}
    QTableView#batch QHeaderView::section {{ padding: 6px 9px; }}
    QFrame#foot {{ background: {theme.window}; border: none; border-top: 1px solid {theme.line}; }}

    QScrollBar:vertical {{ background: transparent; border: none; width: 10px; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {theme.line}; border-radius: 3px; min-height: 28px; margin: 2px; }}
    QScrollBar::handle:vertical:hover {{ background: {theme.quiet}; }}
    QScrollBar:horizontal {{ background: transparent; border: none; height: 10px; margin: 0; }}
    QScrollBar::handle:horizontal {{ background: {theme.line}; border-radius: 3px; min-width: 28px; margin: 2px; }}
    QScrollBar::handle:horizontal:hover {{ background: {theme.quiet}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: none; background: transparent; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

    QStatusBar {{ border-top: 1px solid {theme.line}; }}
    QStatusBar::item {{ border: none; }}
    QStatusBar QLabel {{ color: {theme.quiet}; padding: 0 4px; }}
    QProgressBar {{ border: none; border-radius: 2px; background: {theme.line}; max-height: 4px; min-height: 4px; }}
    QProgressBar::chunk {{ border-radius: 2px; background: {theme.accent}; }}
    """
