"""How a picture shall be encoded, as it is chosen in the window, and named collections of such choices."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from codec_format.settings import (
    DEFAULT_QUALITY,
    HIGHEST_QUALITY,
    LOWEST_QUALITY,
    PRESETS,
    EncodeSettings,
    Target,
    TargetPsnr,
    TargetShare,
    TargetSize,
)
from desktop.state.text import QT_TRANSLATE_NOOP

_KILOBYTE = 1000


class Aim(StrEnum):
    """What the encoder has to keep to."""

    QUALITY = "quality"
    KILOBYTES = "kilobytes"
    PERCENT = "percent"
    DECIBELS = "decibels"


LIMITS: dict[Aim, tuple[float, float]] = {
    Aim.QUALITY: (LOWEST_QUALITY, HIGHEST_QUALITY),
    Aim.KILOBYTES: (1, 999_999),
    Aim.PERCENT: (0.1, 100),
    Aim.DECIBELS: (10, 60),
}
"""Lowest and highest value of each aim."""


@dataclass(frozen=True)
class Goal:
    """An aim and its value.

    Attributes:
        aim: what the value means.
        value: quality 0..100; or at most so many kilobytes (1000 bytes); or at most so many per cent of the source
            file; or at least so many dB of PSNR.

    Raises:
        ValueError: the value is outside the limits of its aim.
    """

    aim: Aim = Aim.QUALITY
    value: float = DEFAULT_QUALITY

    def __post_init__(self) -> None:
        low, high = LIMITS[self.aim]
        if not low <= self.value <= high:
            raise ValueError(f"{self.aim} must be in {low}..{high}, not {self.value}")

    @classmethod
    def of(cls, quality: int, target: Target | None) -> "Goal":
        """The goal of a quality, or of the target that goes before it."""
        match target:
            case TargetSize(byte_count):
                return cls(Aim.KILOBYTES, byte_count / _KILOBYTE)
            case TargetShare(percent):
                return cls(Aim.PERCENT, percent)
            case TargetPsnr(decibels):
                return cls(Aim.DECIBELS, decibels)
            case None:
                return cls(Aim.QUALITY, quality)

    @property
    def target(self) -> Target | None:
        """What the encoding has to reach, None if the quality is given."""
        match self.aim:
            case Aim.QUALITY:
                return None
            case Aim.KILOBYTES:
                return TargetSize(round(self.value * _KILOBYTE))
            case Aim.PERCENT:
                return TargetShare(self.value)
            case Aim.DECIBELS:
                return TargetPsnr(self.value)


@dataclass(frozen=True)
class Choice:
    """Everything that decides about the bytes of a file.

    Attributes:
        goal: the quality, or a target; of no effect if `lossless`.
        keep_metadata: store EXIF and XMP.
        lossless: keep every pixel bit for bit.
        model: the file of the model package, None for the one that the program came with or was started with.
        device: "auto", "cpu" or "cuda".
    """

    goal: Goal = field(default_factory=Goal)
    keep_metadata: bool = True
    lossless: bool = False
    model: Path | None = None
    device: str = "auto"


@dataclass(frozen=True)
class Preset:
    """A goal and what becomes of the metadata, under a name."""

    name: str
    goal: Goal
    keep_metadata: bool = True


def _built_in(name: str, settings: EncodeSettings) -> Preset:
    return Preset(name, Goal(Aim.QUALITY, settings.quality), settings.keep_metadata)


BUILT_IN_PRESETS = (
    _built_in(QT_TRANSLATE_NOOP("State", "Web: small, without metadata"), PRESETS["web"]),
    _built_in(QT_TRANSLATE_NOOP("State", "Balanced"), PRESETS["balanced"]),
    _built_in(QT_TRANSLATE_NOOP("State", "Archive: best picture"), PRESETS["archive"]),
)
"""What everybody has; their names are translated where they are shown."""


def presets_to_text(presets: Iterable[Preset]) -> str:
    """The user's presets as they are kept between two starts."""
    return json.dumps([asdict(preset) for preset in presets])


def presets_from_text(text: str) -> tuple[Preset, ...]:
    """The inverse of ``presets_to_text``; an entry that is not valid is left out."""
    try:
        entries = json.loads(text)
    except ValueError:
        return ()
    presets = []
    for entry in entries if isinstance(entries, list) else ():
        try:
            goal = Goal(Aim(entry["goal"]["aim"]), float(entry["goal"]["value"]))
            presets.append(Preset(str(entry["name"]), goal, bool(entry["keep_metadata"])))
        except (ValueError, KeyError, TypeError):
            continue
    return tuple(presets)
