"""Python's garbage is collected in the window's thread alone."""

import gc

from PySide6.QtCore import QObject, QTimer

_INTERVAL_MS = 1000


class GarbageCollector(QObject):
    """Collects reference cycles in the thread that made it, in place of Python's own collector.

    Python collects in whichever thread happens to allocate. Closed windows and dialogs are cycles of Python and Qt
    objects, and Qt's must be destroyed in the thread they belong to: in a worker thread their destructors crash or
    wait for a lock for ever.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        # What the start has made stays to the end; leaving it out keeps a full collection short.
        gc.collect()
        gc.freeze()
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect the generations that are due by Python's own thresholds."""
        # The oldest first: collecting it collects the younger ones too and sets their counts back.
        for generation, (count, threshold) in reversed(
            list(enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)))
        ):
            if threshold and count > threshold:
                gc.collect(generation)
                return
