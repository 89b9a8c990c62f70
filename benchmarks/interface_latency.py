"""How long the window keeps the user waiting while it opens, encodes, decodes and measures a large picture, and while
it opens the coded file and refines it block by block.

    python -m benchmarks.interface_latency                       # a 12-megapixel picture
    python -m benchmarks.interface_latency --megapixels 24

The real window runs without a screen. A timer wants to tick every 5 ms; a tick that comes late is the time for which a
click or a key would have had to wait. Whatever else the computer does counts too, so let it be idle.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from benchmarks.pictures import generated_picture

TICK_MS = 5
LIMIT_MS = 100


def main() -> int:
    """Measure, print a table; the exit code is 1 if one wait was longer than the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, default=12.0, help="default: %(default)s")
    parser.add_argument("--model", type=Path, help="a model package instead of the shipped one")
    parser.add_argument(
        "--seconds", type=float, default=1800.0, help="stop after so long, also amid the work; default: %(default)s"
    )
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        width = round((arguments.megapixels * 1e6 * 4 / 3) ** 0.5)
        path = Path(folder) / "picture.png"
        Image.fromarray(generated_picture(width, round(width * 3 / 4))).save(path, compress_level=1)
        waits = _measure(path, arguments.model, Path(folder), arguments.seconds)
    print(f"{arguments.megapixels:g} megapixels; longest waits in milliseconds\n")
    print(f"{'phase':<34}{'seconds':>9}{'median':>9}{'99 %':>9}{'longest':>9}")
    for phase, values in waits.items():
        ordered = sorted(values)
        shares = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1]
        seconds = sum(values) / 1000
        print(f"{phase:<34}{seconds:9.1f}" + "".join(f"{share:9.1f}" for share in shares))
    longest = max(max(values) for values in waits.values())
    print(f"\nlongest wait {longest:.0f} ms; the limit is {LIMIT_MS} ms")
    return 0 if longest <= LIMIT_MS else 1


def _measure(path: Path, model: Path | None, folder: Path, seconds: float) -> dict[str, list[float]]:
    """Times between two ticks in milliseconds, by what the window was doing."""
    from PySide6.QtCore import QEventLoop, QSettings, Qt, QTimer

    from codec_format.process_memory import return_large_arrays
    from desktop.app import make_application
    from desktop.controller import Controller
    from desktop.views.main_window import MainWindow

    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder))
    return_large_arrays()  # as the program does
    application = make_application()
    controller = Controller(model)
    window = MainWindow(controller)
    window.show()
    loop = QEventLoop()
    waits: dict[str, list[float]] = {}
    begin = last = time.perf_counter()

    coded_file = path.with_suffix(".qres")

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        state = controller.state
        if state.activity is not None:
            phase = re.sub(r"\d+ of \d+", "some", str(state.activity.label).replace(path.name, "the picture"))
        else:
            phase = "Measuring" if state.to_measure is not None else "At rest"
        waits.setdefault(phase, []).append((now - last) * 1000)
        last = now
        coded = state.coded
        is_whole = coded is not None and state.shown is not None and state.shown.blocks == coded.blocks
        done = is_whole and state.activity is None and state.to_measure is None and not state.refining
        if done and coded is not None and state.source is not None:
            coded_file.write_bytes(coded.data)
            controller.open_file(coded_file)
            last = time.perf_counter()
        elif done or state.error is not None or now - begin > seconds:
            loop.quit()
        # Somebody moves the divider meanwhile, so that the pictures are drawn again and again.
        window.comparison.move_divider(0.5 + 0.4 * ((now - begin) % 1))

    timer = QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start()
    controller.open_file(path)
    loop.exec()
    timer.stop()
    state = controller.state
    controller.close()
    application.processEvents()
    if state.error is not None:
        sys.exit(str(state.error))
    if state.activity is not None:
        print(f"Stopped after {seconds:g} seconds, amid the work: {state.activity.label}.\n")
    return waits


if __name__ == "__main__":
    sys.exit(main())
