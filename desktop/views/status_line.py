"""The line at the foot of the window: what happened, what is being done, model and device."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar

from desktop.resources import SAMPLE_PICTURE
from desktop.state.window_state import WindowState
from desktop.views import texts

_PROGRESS_DELAY_MS = 200  # shorter work does not make the line flicker


class StatusLine(QStatusBar):
    """Shows the message, the work and the device of a state."""

    def __init__(self) -> None:
        super().__init__()
        self.message = QLabel()
        self.message.setAccessibleName(self.tr("Status"))
        self.running_on = QLabel()
        self.running_on.setAccessibleName(self.tr("Model and device"))
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(180)
        self.progress.setAccessibleName(self.tr("Progress"))
        self.cancel = QPushButton(self.tr("Cancel"))
        self._delay = QTimer(self, singleShot=True, interval=_PROGRESS_DELAY_MS)
        self._delay.timeout.connect(self._show_progress)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(14, 2, 14, 2)
        self.addWidget(self.message, 1)
        self.addPermanentWidget(self.running_on)
        self.addPermanentWidget(self.progress)
        self.addPermanentWidget(self.cancel)
        # The line keeps its height when the button comes and goes.
        self.setMinimumHeight(self.cancel.sizeHint().height() + 10)
        self.progress.hide()
        self.cancel.hide()

    def show_state(self, state: WindowState) -> None:
        """Show what there is to say."""
        self._show_device(state)
        if state.activity is not None:
            text = f"{texts.spoken(state.activity.label)} …"
        elif _is_untouched_sample(state):
            text = self.tr("This is a sample. Drop a picture of your own into the window, or choose Open.")
        else:
            text = texts.spoken(state.message)
        self.message.setText(text)
        if state.activity is None:
            self._delay.stop()
            self.progress.hide()
            self.cancel.hide()
            return
        fraction = state.activity.fraction
        self.progress.setRange(0, 0 if fraction is None else 1000)
        self.progress.setValue(0 if fraction is None else round(1000 * fraction))
        if self.progress.isHidden() and not self._delay.isActive():
            self._delay.start()

    def _show_device(self, state: WindowState) -> None:
        if state.coded is None:
            self.running_on.setText("")
            self.running_on.setToolTip("")
        else:
            self.running_on.setText(f"{state.coded.model} · {texts.device(state.coded.device)}")
            tip = self.tr("The model {model} runs on {device}")
            self.running_on.setToolTip(tip.format(model=state.coded.model, device=state.coded.device))

    def _show_progress(self) -> None:
        self.progress.show()
        self.cancel.show()


def _is_untouched_sample(state: WindowState) -> bool:
    """The sample is shown, and nothing was done with it yet that there would be something to say about."""
    is_sample = state.document_path == SAMPLE_PICTURE
    return is_sample and not state.chosen and state.target is None and not state.encode_paused
