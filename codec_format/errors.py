"""What the library says: sentences that can be translated, and the one family of exceptions that it raises on purpose.

Every message is a complete sentence that says what is wrong, where, and what can be done about it. The exit code of
the command line belongs to the class, so that the command line needs no table of its own.
"""

import errno
from typing import ClassVar, Self


class Message(str):
    """A sentence of the library: English text, with what is needed to say it in another language.

    The template identifies the sentence, as in gettext. A program that speaks another language looks its translation up
    and puts the values in; a value that is a Message itself is translated first.

    Attributes:
        template: the sentence in English, values in braces as for ``str.format``.
        values: what goes into the braces, by name: strings, numbers and messages.
    """

    template: str
    values: dict[str, str | int | float]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """The sentence of a literal template; without values its braces are nothing special."""
        plain = {name: _plain(value) for name, value in values.items()}
        message = super().__new__(cls, template.format(**plain) if plain else template)
        message.template = template
        message.values = plain
        return message

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, str | int | float]]:
        return (self.template,), self.values


def _plain(value: object) -> str | int | float:
    """A value without what it refers to; the reason that an exception gives may be a message."""
    if isinstance(value, BaseException) and value.args and isinstance(value.args[0], Message):
        return value.args[0]
    return value if isinstance(value, str | int | float) else str(value)


def system_reason(error: Exception) -> str:
    """Why the system refused something, as a part of a sentence; in its own words where the case is rare."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOENT:
        return Message("there is no such file or folder")
    if number == errno.EISDIR:
        return Message("it is a folder")
    if number in (errno.EACCES, errno.EPERM):
        return Message("permission is denied")
    return (isinstance(error, OSError) and error.strerror) or str(error)


class QresError(Exception):
    """Base of the family; catch this to catch everything that the library reports.

    Attributes:
        message: what is wrong and what can be done about it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, template: str, /, **values: object) -> None:
        """An error that says this: a Message, or the template and the values of one."""
        self.message = template if isinstance(template, Message) else Message(template, **values)
        super().__init__(self.message)


class SettingsError(QresError):
    """An option has a value outside its range."""

    exit_code: ClassVar[int] = 2


class InputError(QresError):
    """The input does not exist, is empty, or is not a readable picture."""

    exit_code: ClassVar[int] = 3


class FormatError(QresError):
    """The bytes are not a valid .qres file: wrong magic, damaged header, a limit exceeded, or inconsistent content."""

    exit_code: ClassVar[int] = 4


class UnsupportedError(QresError):
    """The content is well formed but needs something this version does not have, such as a newer format version."""

    exit_code: ClassVar[int] = 5


class ModelError(QresError):
    """A model package is damaged or not acceptable."""

    exit_code: ClassVar[int] = 6


class ModelMissingError(QresError):
    """The model package that a file names is not installed.

    Attributes:
        model_id: the first 8 or 16 bytes of the identity of the missing package, as the file gives them.
    """

    exit_code: ClassVar[int] = 6

    def __init__(self, model_id: bytes) -> None:
        self.model_id = model_id
        super().__init__(
            "The file needs the model package {model_id}, which is not installed; "
            "install that .qresmodel file, or name it explicitly, and try again.",
            model_id=model_id.hex(),
        )

    def __reduce__(self) -> tuple[type["ModelMissingError"], tuple[bytes]]:
        # The default would rebuild the exception from its message; errors cross process boundaries.
        return type(self), (self.model_id,)


class IntegrityError(QresError):
    """Decoded symbols, or a lossless picture, do not match the checksum in the file: the picture would be wrong."""

    exit_code: ClassVar[int] = 7


class OutputError(QresError):
    """The target cannot be written: no permission, no such folder, or no space."""

    exit_code: ClassVar[int] = 8


class CancelledError(QresError):
    """The caller cancelled the operation."""

    exit_code: ClassVar[int] = 9
