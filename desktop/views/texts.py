"""What is said to the user, in the user's language: sentences of the state, and figures with their units."""

import math

from PySide6.QtCore import QCoreApplication, QLocale

from codec_format.errors import Message
from desktop.state.text import Text

translate = QCoreApplication.translate


def spoken(sentence: str) -> str:
    """A sentence in the language of the window; the messages among its values are translated first."""
    if not isinstance(sentence, Message):
        return sentence
    text = translate("State" if isinstance(sentence, Text) else "Library", sentence.template)
    values = {name: spoken(value) if isinstance(value, str) else value for name, value in sentence.values.items()}
    return text.format(**values) if values else text


def number(value: float, decimals: int) -> str:
    """A number as the user's country writes it."""
    return QLocale().toString(float(value), "f", decimals)


def size(byte_count: int) -> str:
    """A short size in decimal units: ``812 bytes``, ``48.2 KB``, ``1.17 MB``."""
    if byte_count < 1000:
        return translate("Figures", "{count} bytes").format(count=byte_count)
    value, unit = (byte_count / 1e3, "KB") if byte_count < 999_500 else (byte_count / 1e6, "MB")
    return f"{number(value, 2 if value < 9.995 else 1 if value < 99.95 else 0)} {unit}"


def exact_size(byte_count: int) -> str:
    """A size to the byte: ``1,171,300 bytes``."""
    return translate("Figures", "{count} bytes").format(count=QLocale().toString(byte_count))


def share(byte_count: int, whole: int) -> str:
    """How large a part is, as a percentage."""
    percent = 100 * byte_count / whole
    return f"{number(percent, 2 if percent < 0.995 else 1 if percent < 99.95 else 0)} %"


def decibels(value: float) -> str:
    """A PSNR with its unit; equal pictures have no finite one."""
    return translate("Figures", "identical") if math.isinf(value) else f"{number(value, 2)} dB"


def seconds(value: float) -> str:
    """A duration: ``84 ms``, ``1.24 s``, ``18 s``."""
    if value < 0.9995:
        return f"{number(value * 1000, 0)} ms"
    return f"{number(value, 2 if value < 9.995 else 0)} s"


def device(description: str) -> str:
    """The short name of a device: ``CPU``, ``CUDA``."""
    return description.partition(" ")[0].upper()
