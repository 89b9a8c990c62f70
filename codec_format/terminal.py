"""What commands share on a terminal: remarks, a progress bar, and work that Ctrl-C reaches at once."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from codec_format.codec import Cancel

_BAR_WIDTH = 40

Result = TypeVar("Result")


class ProgressBar:
    """One line on standard error that is drawn again and again; nothing where that is no terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._length = 0  # of what stands on the line

    def draw(self, fraction: float, text: str = "") -> None:
        """Show how much is done, 0..1, and a few words behind it."""
        filled = round(fraction * _BAR_WIDTH)
        self._write(f"[{'#' * filled}{'.' * (_BAR_WIDTH - filled)}] {fraction:4.0%}{'  ' if text else ''}{text}")

    def clear(self) -> None:
        """Make room for another line."""
        self._write("")
        if self._shown:
            sys.stderr.write("\r")
            sys.stderr.flush()

    def _write(self, line: str) -> None:
        if self._shown:
            sys.stderr.write(f"\r{line}{' ' * (self._length - len(line))}")
            sys.stderr.flush()
            self._length = len(line)


def run_interruptibly(work: Callable[[Cancel], Result]) -> Result:
    """Do the work in a thread, so that Ctrl-C reaches it at once; it is told through the function that it polls."""
    cancelled, begun = threading.Event(), threading.Event()
    outcome: Future[Result] = Future()

    def run() -> None:
        begun.wait()
        try:
            outcome.set_result(work(cancelled.is_set))
        except BaseException as error:
            outcome.set_exception(error)

    # An interrupt while the thread starts finds it idle, and it ends with the process; later ones find the handler.
    threading.Thread(target=run, daemon=True).start()
    try:
        begun.set()
        return outcome.result()
    finally:
        cancelled.set()
        wait([outcome])


def say(kind: str, sentence: str) -> None:
    """A remark on standard error. Words of files may be part of it, and must not steer the terminal."""
    visible = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in sentence)
    print(f"qres: {kind}: {visible}", file=sys.stderr)
