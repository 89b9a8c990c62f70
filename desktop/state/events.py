"""What the work in the background reports. The window's state changes by these and by what the user does."""

from dataclasses import dataclass
from pathlib import Path

from desktop.state.batch import BatchEvent
from desktop.state.documents import CodedFile, Decoded, Glimpse, Model, Similarity, Source
from desktop.state.laboratory import LaboratoryEvent
from desktop.state.text import Text


@dataclass(frozen=True)
class Progress:
    """The work goes on.

    Attributes:
        label: what is being done, for the status line.
        fraction: 0..1, or None where nobody knows.
    """

    label: Text
    fraction: float | None = None


@dataclass(frozen=True, eq=False)
class PictureOpened:
    """A picture was read."""

    source: Source


@dataclass(frozen=True, eq=False)
class PreviewRead:
    """A large `.qres` file was opened, and its preview is there before the picture."""

    glimpse: Glimpse


@dataclass(frozen=True, eq=False)
class CodedFileOpened:
    """A `.qres` file was read and its first picture decoded."""

    coded: CodedFile
    first: Decoded
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Encoded:
    """The source was encoded, and exactly these bytes were decoded again."""

    coded: CodedFile
    complete: Decoded
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class BlocksDecoded:
    """One more picture of the coded file that is shown."""

    decoded: Decoded


@dataclass(frozen=True, eq=False)
class Measured:
    """A decoded picture was compared with its source."""

    decoded: Decoded
    similarity: Similarity


@dataclass(frozen=True, eq=False)
class Saved:
    """A coded file was written, or its first latent blocks as a file of their own."""

    coded: CodedFile
    path: Path
    blocks: int


@dataclass(frozen=True)
class Exported:
    """A decoded picture was written as an ordinary picture file; notes say what that file could not hold."""

    path: Path
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelsFound:
    """The model packages that can be chosen."""

    models: tuple[Model, ...]


@dataclass(frozen=True)
class Failed:
    """The work ended with an error; the sentence says what is wrong and what to do."""

    sentence: str


Event = (
    Progress
    | PictureOpened
    | PreviewRead
    | CodedFileOpened
    | Encoded
    | BlocksDecoded
    | Measured
    | Saved
    | Exported
    | ModelsFound
    | BatchEvent
    | LaboratoryEvent
    | Failed
)
