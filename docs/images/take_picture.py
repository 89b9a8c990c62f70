"""Takes the pictures of the window that the documents show.

    python docs/images/take_picture.py                                  # -> docs/images/window.png
    python docs/images/take_picture.py photo.qres --blocks 6 --dark -o blocks.png

No screen is needed: the real window is drawn into memory, at the size and with the fonts of this computer.
"""

import argparse
import os
import sys
import time
from pathlib import Path

DEFAULT_OUTPUT = Path(__file__).parent / "window.png"
_PATIENCE_SECONDS = 300


def main() -> int:
    """Open, set, wait, write; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, help="a picture or a .qres file; without it, the sample picture")
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_OUTPUT, help="default: %(default)s")
    parser.add_argument("-q", "--quality", type=int, help="default: where the window's slider stands at first")
    parser.add_argument("--model", type=Path, help="a model package instead of the shipped one")
    parser.add_argument("--blocks", type=int, help="show so many latent blocks; without it, all")
    parser.add_argument("--divider", type=float, default=0.5, help="its place, 0 (left) to 1; default: %(default)s")
    parser.add_argument("--side-by-side", action="store_true")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--size", default="1240x800", help="of the window; default: %(default)s")
    parser.add_argument(
        "--scale", default="1", help="pixels of the picture for each of the window; default: %(default)s"
    )
    arguments = parser.parse_args()
    # Both have to be known before Qt is loaded.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = arguments.scale

    from PySide6.QtCore import QEventLoop, QTimer

    from desktop.app import make_application
    from desktop.controller import Controller
    from desktop.resources import SAMPLE_PICTURE
    from desktop.views.main_window import MainWindow
    from desktop.views.theme import DARK, LIGHT, apply_theme

    application = make_application()
    apply_theme(application, DARK if arguments.dark else LIGHT)
    controller = Controller(arguments.model)
    window = MainWindow(controller)
    window.resize(*(int(side) for side in arguments.size.split("x")))
    window.show()

    def pause(milliseconds: int) -> None:
        # Not QTest.qWait: it keeps the interpreter's lock, and the work in the other thread takes three times as long.
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def wait() -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        state = controller.state
        while (
            *(state.activity, state.refining, state.needs_encode, state.blocks_to_decode, state.to_measure),
            state.is_empty,
        ) != (None, False, False, None, None, False):
            if state.error or time.monotonic() > end:
                controller.close()
                sys.exit(state.error or "The window did not come to rest.")
            pause(20)
            state = controller.state

    if arguments.quality is not None:
        controller.choose_quality(arguments.quality)
    controller.open_file(arguments.file or SAMPLE_PICTURE)
    wait()
    if arguments.blocks is not None:
        controller.choose_blocks(arguments.blocks)
        wait()
    if arguments.side_by_side:
        window.beside_action.trigger()
    window.comparison.move_divider(arguments.divider)
    pause(100)  # the last changes are laid out
    written = window.grab().save(str(arguments.output))
    controller.close()
    return 0 if written else 1


if __name__ == "__main__":
    sys.exit(main())
