"""Sentences that are translated where they are shown: the state and the worker side know no Qt."""

from dataclasses import dataclass

from codec_format.errors import QresError


def QT_TRANSLATE_NOOP(context: str, source: str) -> str:
    """Mark a text for translation; gives it back unchanged. The tool that collects the texts knows it by this name."""
    return source


@dataclass(frozen=True)
class Text:
    """A sentence in English with places for values.

    Attributes:
        source: marked with ``QT_TRANSLATE_NOOP("State", ...)``; values stand in braces.
        values: what goes into the places, by name.
    """

    source: str
    values: tuple[tuple[str, object], ...] = ()

    @classmethod
    def of(cls, source: str, **values: object) -> "Text":
        """A sentence with its values."""
        return cls(source, tuple(values.items()))

    def __str__(self) -> str:
        return self.source.format(**dict(self.values))


Sentence = str | Text
"""What is said to the user: a text of the window, or a sentence of the library, which is English."""


class WindowError(QresError):
    """Something that the window itself refuses to do.

    Attributes:
        text: what is wrong and what to do.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(str(text))
