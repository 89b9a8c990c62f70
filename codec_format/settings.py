"""What the user chooses when a picture is encoded, and when many files are converted: quality or target, outputs."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from codec_format.errors import Message, SettingsError

LOWEST_QUALITY = 0
HIGHEST_QUALITY = 100
DEFAULT_QUALITY = 60
ENCODED_EXTENSION = ".qres"


@dataclass(frozen=True)
class EncodeSettings:
    """Choices for one encoding.

    Attributes:
        quality: 0 (smallest file) to 100 (best picture); of no effect if `lossless`.
        keep_metadata: store EXIF and XMP. The ICC profile is always stored: without it the colours would change.
        preview_share: store a preview for file managers if it takes at most this share of the file, 0 (never) to 1.
            With the default, files above about 230 KB have one, those of large photographs. Nobody sees 2 % in their
            size, and they are the ones that take long to decode; a small file is decoded faster than it is asked for.
        lossless: store what the decoded picture lacks of the original as well, so that decoding is bit-exact. The model
            package says of which quality the lossy part is, so that the file becomes small.

    Raises:
        SettingsError: the quality is outside 0..100, or the share outside 0..1.
    """

    quality: int = DEFAULT_QUALITY
    keep_metadata: bool = True
    preview_share: float = 0.02
    lossless: bool = False

    def __post_init__(self) -> None:
        if not LOWEST_QUALITY <= self.quality <= HIGHEST_QUALITY:
            raise SettingsError(
                "The quality must be between {lowest} and {highest}, not {quality}.",
                lowest=LOWEST_QUALITY,
                highest=HIGHEST_QUALITY,
                quality=self.quality,
            )
        if not 0 <= self.preview_share <= 1:
            raise SettingsError(
                "The share of the preview must be between 0 and 1, not {preview_share}.",
                preview_share=self.preview_share,
            )


PRESETS = {
    "web": EncodeSettings(30, keep_metadata=False),
    "balanced": EncodeSettings(),
    "archive": EncodeSettings(HIGHEST_QUALITY),
}
"""Settings under a name: small and without metadata, the defaults, the best picture."""


@dataclass(frozen=True)
class TargetSize:
    """The best quality whose file has at most so many bytes.

    Raises:
        SettingsError: the number is below 1.
    """

    byte_count: int

    def __post_init__(self) -> None:
        if self.byte_count < 1:
            raise SettingsError(
                "The target size must be at least 1 byte, not {byte_count}.", byte_count=self.byte_count
            )


@dataclass(frozen=True)
class TargetShare:
    """The best quality whose file has at most so many per cent of the bytes of the source file.

    Raises:
        SettingsError: the number is not positive.
    """

    percent: float

    def __post_init__(self) -> None:
        if not 0 < self.percent < math.inf:
            raise SettingsError(
                "The target must be a positive share of the source file, not {percent} %.", percent=self.percent
            )


@dataclass(frozen=True)
class TargetPsnr:
    """The lowest quality whose picture has at least this PSNR in dB against the source.

    Raises:
        SettingsError: the value is not a positive number.
    """

    decibels: float

    def __post_init__(self) -> None:
        if not 0 < self.decibels < math.inf:
            raise SettingsError(
                "The target PSNR must be a positive number of dB, not {decibels}.", decibels=self.decibels
            )


Target = TargetSize | TargetShare | TargetPsnr
"""What an encoding shall reach, instead of a quality that is given."""


def target_for(target: Target, source_byte_count: int) -> TargetSize | TargetPsnr:
    """A target for a source file of so many bytes: a share becomes the size that it comes to, at least one byte."""
    if isinstance(target, TargetShare):
        return TargetSize(max(1, int(source_byte_count * target.percent / 100)))
    return target


def parse_target_size(text: str) -> TargetSize | TargetShare:
    """A target size as people write it: ``90000``, ``90KB``, ``1.5MB`` (decimal units), or ``12%`` of the source.

    Raises:
        SettingsError: it is written in another way, or is less than 1 byte.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(B|KB|MB|%)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise SettingsError('"{text}" is no target size; write it as in 90000, 90KB, 1.5MB or 12%.', text=text)
    number, unit = float(match[1]), (match[2] or "B").upper()
    if unit == "%":
        return TargetShare(number)
    return TargetSize(round(number * {"B": 1, "KB": 1000, "MB": 1000**2}[unit]))


class ExistingFile(StrEnum):
    """What to do when a file of the output's name is there already."""

    RENAME = "rename"
    SKIP = "skip"
    OVERWRITE = "overwrite"


@dataclass(frozen=True)
class OutputPolicy:
    """Where the outputs of many conversions go, and what becomes of the files around them.

    Attributes:
        extension: file type of the outputs: ".qres" encodes pictures, any other decodes .qres files to this type.
        folder: where the outputs go, with the folder structure of the inputs; None puts each beside its input.
        suffix: what is added to the name, in front of the extension.
        existing: what to do when a file of that name is there already. Pictures among the inputs and outputs of the
            same run are never overwritten.
        skip_done: leave an input out whose output is there already: not older, whole, of the same size, model and
            quality. Whether it is at a target takes one encoding to find out.
        only_if_smaller: write a .qres file only if it is smaller than the picture file.
        keep_times: give an output the modification time of its input.
        trash_originals: move an input to the trash once its output is written without any loss but the intended one.

    Raises:
        SettingsError: the extension or the suffix cannot be part of a file name.
    """

    extension: str = ENCODED_EXTENSION
    folder: Path | None = None
    suffix: str = ""
    existing: ExistingFile = ExistingFile.RENAME
    skip_done: bool = True
    only_if_smaller: bool = False
    keep_times: bool = True
    trash_originals: bool = False

    def __post_init__(self) -> None:
        for part, what in ((self.suffix, Message("suffix")), (self.extension, Message("extension"))):
            # The characters that some system refuses: names made here are valid everywhere.
            wrong = sorted({character for character in part if character in '<>:"/\\|?*' or character < " "})
            if wrong:
                raise SettingsError(
                    "The {what} {part!r} holds {character!r}, which no file name may; leave it out.",
                    what=what,
                    part=part,
                    character=wrong[0],
                )
        if not self.extension.startswith("."):
            raise SettingsError(
                'The extension {extension!r} must begin with a dot, as in ".qres".', extension=self.extension
            )

    @property
    def encodes(self) -> bool:
        """Whether pictures become .qres files, rather than the other way round."""
        return self.extension == ENCODED_EXTENSION


def quality_to_index(quality: int, quality_count: int) -> int:
    """Map a quality of 0..100 monotonically onto the quality indices 0..quality_count-1 of a model.

    The lowest quality gives index 0, the highest the last index; integers only, so the result is the same everywhere.
    """
    return (quality * (quality_count - 1) + HIGHEST_QUALITY // 2) // HIGHEST_QUALITY
