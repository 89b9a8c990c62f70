"""Encoding to a target: the best picture within a file size, or the smallest file of at least some PSNR.

Size and PSNR rise with the quality index, so the index where the target is crossed is searched for: the file found
meets the target, and that of the next index does not. (Where the curve of a model has dents, there may be several such
places.) Each attempt is a whole encoding; interpolating between the attempts finds the place in about four of them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from codec_format.codec import Codec
from codec_format.container import read_header
from codec_format.errors import SettingsError
from codec_format.metrics import psnr
from codec_format.picture import Picture
from codec_format.settings import (
    HIGHEST_QUALITY,
    LOWEST_QUALITY,
    EncodeSettings,
    TargetPsnr,
    TargetSize,
    quality_to_index,
)

Progress = Callable[[float], None]
Cancel = Callable[[], bool]

_EXPECTED_ATTEMPTS = 5  # for the progress only
_INTERPOLATED_ATTEMPTS = 6  # a curve that interpolation does not follow is halved from then on
# How much a step of the quality index changes the logarithm of the size, and the PSNR in dB, until two attempts tell.
_FIRST_SLOPE = {"size": 0.04, "psnr": 0.2}


@dataclass(frozen=True)
class TargetResult:
    """The file that comes closest to a target on its right side.

    Attributes:
        data: the bytes of the .qres file; those that ``Codec.encode`` gives for ``quality``.
        quality: 0..100, the setting that was found.
        reached: False if not even the lowest (for a size) or the highest quality (for a PSNR) meets the target; the
            file is then that of this quality.
        attempts: encodings that it took.
    """

    data: bytes
    quality: int
    reached: bool
    attempts: int


def encode_to_target(
    codec: Codec,
    picture: Picture,
    target: TargetSize | TargetPsnr,
    settings: EncodeSettings | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> TargetResult:
    """Encode a picture to a target; everything but the quality is taken from ``settings``.

    Raises:
        SettingsError: ``settings`` ask for lossless coding, which has no quality to choose.
        UnsupportedError: the picture or its metadata are larger than the format or the memory allows.
        CancelledError: ``cancel`` returned True.
    """
    if settings is not None and settings.lossless:
        raise SettingsError("A lossless file has the size it has; leave out either the target or lossless coding.")
    search = _Search(codec, picture, target, settings or EncodeSettings(), progress, cancel)
    return search.run()


def is_at_target(
    codec: Codec,
    picture: Picture,
    target: TargetSize | TargetPsnr,
    data: bytes,
    settings: EncodeSettings | None = None,
    cancel: Cancel | None = None,
) -> bool:
    """Whether a file of a picture is one that ``encode_to_target`` may end with, which takes one encoding to find out.

    Args:
        codec: of the model of the file.
        picture: the source of the file.
        target: what the file is judged by.
        data: the .qres file, encoded with ``settings`` at any quality.
        settings: everything but the quality.
        cancel: polled.

    Raises:
        FormatError: ``data`` is no .qres file.
        CancelledError: ``cancel`` returned True.
    """
    search = _Search(codec, picture, target, settings or EncodeSettings(), None, cancel)
    return search.ends_with(data)


class _Search:
    """Bisection over the distinct qualities of a model, with interpolated guesses.

    A quality is *low* while one step more may still meet a size, or while its PSNR is too small: the boundary lies
    between the highest low and the lowest high one.
    """

    def __init__(
        self,
        codec: Codec,
        picture: Picture,
        target: TargetSize | TargetPsnr,
        settings: EncodeSettings,
        progress: Progress | None,
        cancel: Cancel | None,
    ) -> None:
        self._codec = codec
        self._picture = picture
        self._seen = picture.on_background()  # what is transparent has no colour to get wrong
        self._target = target
        self._settings = settings
        self._progress = progress
        self._cancel = cancel
        self._quality_count = codec.package.manifest.quality_count
        self._qualities = _distinct_qualities(self._quality_count)
        self._by_size = isinstance(target, TargetSize)
        self._wanted = math.log(target.byte_count) if isinstance(target, TargetSize) else target.decibels
        self._measured: dict[int, float] = {}  # by position in the list of qualities
        self._best: tuple[int, bytes] | None = None

    def run(self) -> TargetResult:
        low, high = -1, len(self._qualities)
        while high - low > 1:
            position = self._next_position(low, high)
            data = self._try(position)
            if self._is_low(position):
                low = position
                self._keep(position, data, meets=self._by_size)
            else:
                high = position
                self._keep(position, data, meets=not self._by_size)
        assert self._best is not None  # the loop has tried at least one quality
        position, data = self._best
        reached = self._is_low(position) if self._by_size else not self._is_low(position)
        if self._progress is not None:
            self._progress(1.0)
        return TargetResult(data, self._qualities[position], reached, len(self._measured))

    def ends_with(self, data: bytes) -> bool:
        """Whether a file lies at the boundary, or at the end of the qualities if the target is out of reach."""
        index = read_header(data).quality_index
        indices = [quality_to_index(quality, self._quality_count) for quality in self._qualities]
        if index not in indices:
            return False
        position = indices.index(index)
        self._measure(position, data)
        better = 1 if self._by_size else -1  # towards where the target is missed
        neighbour = position + (better if self._meets(position) else -better)
        if not 0 <= neighbour < len(self._qualities):
            return True
        if not self._meets(position):
            return False
        self._try(neighbour)
        return not self._meets(neighbour)

    def _keep(self, position: int, data: bytes, *, meets: bool) -> None:
        """Remember the newest file that meets the target, or the nearest one as long as none does."""
        if meets or self._best is None or not self._meets(self._best[0]):
            self._best = (position, data)

    def _meets(self, position: int) -> bool:
        return self._is_low(position) is self._by_size

    def _is_low(self, position: int) -> bool:
        value = self._measured[position]
        # A file of exactly the wanted size still is low, a picture of exactly the wanted PSNR is enough.
        return value <= self._wanted if self._by_size else value < self._wanted

    def _next_position(self, low: int, high: int) -> int:
        if not self._measured or len(self._measured) >= _INTERPOLATED_ATTEMPTS:
            return (low + high) // 2
        positions = sorted(self._measured, key=lambda position: abs(self._measured[position] - self._wanted))
        nearest = positions[0]
        slope = _FIRST_SLOPE["size" if self._by_size else "psnr"]
        if len(positions) > 1 and math.isfinite(self._measured[nearest]):
            rise = self._measured[positions[1]] - self._measured[nearest]
            slope = max(rise / (positions[1] - nearest), slope / 10) if math.isfinite(rise) else slope
        if not math.isfinite(self._measured[nearest]):
            return (low + high) // 2
        crossing = nearest + (self._wanted - self._measured[nearest]) / slope
        guess = math.floor(crossing) if self._by_size else math.ceil(crossing)
        return min(max(guess, low + 1), high - 1)

    def _try(self, position: int) -> bytes:
        attempt = len(self._measured)

        def report(fraction: float) -> None:
            if self._progress is not None:
                # Nobody knows how many attempts it will be: the share of those to come shrinks with each of them.
                self._progress(1 - (1 - 1 / _EXPECTED_ATTEMPTS) ** (attempt + fraction))

        settings = replace(self._settings, quality=self._qualities[position])
        data = self._codec.encode(self._picture, settings, report, self._cancel)
        self._measure(position, data)
        return data

    def _measure(self, position: int, data: bytes) -> None:
        if self._by_size:
            self._measured[position] = math.log(len(data))
        else:
            decoded = self._codec.decode(data, cancel=self._cancel).picture
            self._measured[position] = psnr(self._seen, decoded.on_background(), self._cancel)


def _distinct_qualities(quality_count: int) -> list[int]:
    """The lowest quality of each quality index, rising: further ones would give the same files."""
    indices: dict[int, int] = {}
    for quality in range(LOWEST_QUALITY, HIGHEST_QUALITY + 1):
        indices.setdefault(quality_to_index(quality, quality_count), quality)
    return list(indices.values())
