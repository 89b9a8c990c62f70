"""What the user chooses when a picture is encoded."""

from dataclasses import dataclass

from codec_format.errors import SettingsError

LOWEST_QUALITY = 0
HIGHEST_QUALITY = 100
DEFAULT_QUALITY = 60


@dataclass(frozen=True)
class EncodeSettings:
    """Choices for one encoding.

    Attributes:
        quality: 0 (smallest file) to 100 (best picture).
        keep_metadata: store EXIF and XMP. The ICC profile is always stored: without it the colours would change.

    Raises:
        SettingsError: the quality is outside 0..100.
    """

    quality: int = DEFAULT_QUALITY
    keep_metadata: bool = True

    def __post_init__(self) -> None:
        if not LOWEST_QUALITY <= self.quality <= HIGHEST_QUALITY:
            raise SettingsError(
                f"The quality must be between {LOWEST_QUALITY} and {HIGHEST_QUALITY}, not {self.quality}."
            )


def quality_to_index(quality: int, quality_count: int) -> int:
    """Map a quality of 0..100 monotonically onto the quality indices 0..quality_count-1 of a model.

    The lowest quality gives index 0, the highest the last index; integers only, so the result is the same everywhere.
    """
    return (quality * (quality_count - 1) + HIGHEST_QUALITY // 2) // HIGHEST_QUALITY
