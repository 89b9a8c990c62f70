"""Sentences that are translated where they are shown: the state and the worker side know no Qt."""

from codec_format.errors import Message


def QT_TRANSLATE_NOOP(context: str, source: str) -> str:
    """Mark a text for translation; gives it back unchanged. The tool that collects the texts knows it by this name."""
    return source


class Text(Message):
    """A sentence of the window itself; its template is marked with ``QT_TRANSLATE_NOOP("State", ...)``.

    Where a sentence is expected, a ``str`` that is no Message is shown as it is.
    """
