"""The one family of exceptions that this library raises on purpose.

Every message is a complete sentence that says what is wrong, where, and what can be done about it. The exit code of
the command line belongs to the class, so that the command line needs no table of its own.
"""

from typing import ClassVar


class QresError(Exception):
    """Base of the family; catch this to catch everything that the library reports."""

    exit_code: ClassVar[int] = 1


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
        model_id: the first 16 bytes of the identity of the missing package.
    """

    exit_code: ClassVar[int] = 6

    def __init__(self, model_id: bytes) -> None:
        self.model_id = model_id
        super().__init__(
            f"The file needs the model package {model_id.hex()}, which is not installed; "
            "install that .qresmodel file, or name it explicitly, and try again."
        )

    def __reduce__(self) -> tuple[type["ModelMissingError"], tuple[bytes]]:
        # The default would rebuild the exception from its message; errors cross process boundaries.
        return type(self), (self.model_id,)


class IntegrityError(QresError):
    """The decoded symbols do not match the checksum in the file, so the picture would be wrong."""

    exit_code: ClassVar[int] = 7


class OutputError(QresError):
    """The target cannot be written: no permission, no such folder, or no space."""

    exit_code: ClassVar[int] = 8


class CancelledError(QresError):
    """The caller cancelled the operation."""

    exit_code: ClassVar[int] = 9
