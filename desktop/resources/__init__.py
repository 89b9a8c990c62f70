"""Files that the window ships with: the icons and the sample picture."""

from pathlib import Path

FOLDER = Path(__file__).parent
APPLICATION_ICON = FOLDER / "qres.svg"
SAMPLE_PICTURE = FOLDER / "sample.webp"


def icon_file(name: str) -> Path:
    """The SVG file of a line icon; it is drawn in black and coloured when it is loaded."""
    return FOLDER / f"icon-{name}.svg"
