"""Training pictures: folders and tar shards, decoded once into memory; random crops that depend on the step alone."""

from __future__ import annotations

import io
import multiprocessing
import signal
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from codec_format.lanes import Lanes, usable_cores
from training.augmentation import Pixels, dithered, drawn_crop, recoloured
from training.errors import TrainingError

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".avif"}
_THREADS = min(usable_cores(), 16)
_VALIDATION_SHARE = 40  # one picture in 40 is held out


def _encoded_pictures(paths: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        if path.is_dir():
            yield from _encoded_pictures(sorted(path.iterdir()))
        elif path.suffix == ".tar":
            try:
                with tarfile.open(path) as archive:
                    for member in archive:
                        if member.isfile() and Path(member.name).suffix.lower() in _SUFFIXES:
                            stream = archive.extractfile(member)
                            assert stream is not None
                            yield member.name, stream.read()
            except (tarfile.TarError, EOFError) as error:
                raise TrainingError(f"Training shard {path} cannot be read ({error}); get it anew.") from error
        elif path.suffix.lower() in _SUFFIXES:
            yield path.name, path.read_bytes()


def _decoded(name: str, encoded: bytes) -> tuple[str, Pixels]:
    try:
        return name, np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise TrainingError(f"Training picture {name} cannot be read ({error}); remove it.") from error


@dataclass(frozen=True)
class Augmentation:
    """How crops are made.

    Attributes:
        downscale: smallest factor of the random downscaling of half of the photographed crops.
        drawn: share of crops that are drawings instead of photographs.
        recoloured: share of the photographed crops that are treated as a camera or its owner may have done it.
        dithered: share of the others that are in few colours, dithered.
    """

    downscale: float = 1.0
    drawn: float = 0.0
    recoloured: float = 0.0
    dithered: float = 0.0


def augmentation_of(settings: Mapping[str, Any]) -> Augmentation:
    """The augmentation that a preset's [training] table asks for."""
    return Augmentation(
        **{field.name: settings[field.name] for field in fields(Augmentation) if field.name in settings}
    )


class PictureSet:
    """Pictures in memory, uint8 [H, W, 3] each, split by a hash of their names into training and validation.

    Raises TrainingError when a path does not exist, a picture or shard is damaged, or no picture has sides of at least
    `smallest_side` pixels.
    """

    def __init__(self, paths: Sequence[Path], *, smallest_side: int) -> None:
        self.training: list[Pixels] = []
        self.validation: list[Pixels] = []
        for path in paths:
            if not path.exists():
                raise TrainingError(f"Training data {path} does not exist; give a folder, a picture or a .tar shard.")
        # Threads do here: Pillow's decoders do not hold Python's lock.
        with Lanes(_THREADS) as lanes:
            for name, pixels in lanes.in_order(partial(_decoded, *picture) for picture in _encoded_pictures(paths)):
                if min(pixels.shape[:2]) < smallest_side:
                    continue
                held_out = zlib.crc32(Path(name).stem.encode()) % _VALIDATION_SHARE == 0
                (self.validation if held_out else self.training).append(pixels)
        if not self.training:
            listed = ", ".join(map(str, paths)) or "nothing"
            raise TrainingError(
                f"No training picture with sides of at least {smallest_side} pixels in {listed}; "
                "give --data folders or tar shards of pictures, or a smaller --crop."
            )
        self._areas = np.cumsum([pixels.shape[0] * pixels.shape[1] for pixels in self.training])

    def batch(self, generator: np.random.Generator, batch: int, crop: int, augmentation: Augmentation) -> Tensor:
        """Random crops, uint8 [batch, 3, crop, crop], half of them scaled down, half flipped.

        Pictures are drawn in proportion to their area. The result depends on the generator's state alone.
        """
        crops = np.empty((batch, crop, crop, 3), np.uint8)
        for position in range(batch):
            if generator.random() < augmentation.drawn:
                crops[position] = drawn_crop(generator, crop)
                continue
            window = self._photographed_crop(generator, crop, augmentation.downscale)
            if generator.random() < augmentation.recoloured:
                window = recoloured(generator, window)
            elif generator.random() < augmentation.dithered:
                window = dithered(generator, window)
            crops[position] = window
        return torch.from_numpy(crops).permute(0, 3, 1, 2)

    def _photographed_crop(self, generator: np.random.Generator, crop: int, downscale: float) -> Pixels:
        place = np.searchsorted(self._areas, generator.integers(self._areas[-1]), side="right")
        pixels = self.training[place]
        scale = generator.uniform(downscale, 1.0) if generator.random() < 0.5 else 1.0
        side = min(round(crop / scale), *pixels.shape[:2])
        top = generator.integers(pixels.shape[0] - side + 1)
        left = generator.integers(pixels.shape[1] - side + 1)
        window = pixels[top : top + side, left : left + side]
        if side != crop:
            window = np.asarray(Image.fromarray(window).resize((crop, crop), Image.Resampling.LANCZOS))
        return window[:, ::-1] if generator.random() < 0.5 else window

    def validation_crops(self, crop: int) -> Tensor:
        """Centre crops of the held-out pictures, uint8 [N, 3, crop, crop]; pictures smaller than that are left out."""
        crops = []
        for pixels in self.validation:
            height, width = pixels.shape[:2]
            if min(height, width) >= crop:
                top, left = (height - crop) // 2, (width - crop) // 2
                crops.append(pixels[top : top + crop, left : left + crop])
        if not crops:
            return torch.zeros((0, 3, crop, crop), dtype=torch.uint8)
        return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)


@dataclass(frozen=True)
class Batches(Dataset[Tensor]):
    """The batch of every step, uint8 [batch, 3, crop, crop]; it depends on the seed, the step and the rank alone."""

    pictures: PictureSet
    batch: int
    crop: int
    augmentation: Augmentation
    seed: int
    rank: int = 0

    def __getitem__(self, step: int) -> Tensor:
        """The batch of a step."""
        generator = np.random.Generator(np.random.Philox(key=self.seed, counter=[0, 0, self.rank, step]))
        return self.pictures.batch(generator, self.batch, self.crop, self.augmentation)

    def made_ahead(self, steps: range, workers: int) -> Iterator[Tensor]:
        """The batches of these steps in their order, made ahead by so many processes; without any, when asked for.

        Threads would not do: what draws and cuts holds Python's lock, for which the thread that trains would wait.
        """
        # Forked processes share the pictures; where there is no fork, each gets a copy.
        context = "fork" if workers and "fork" in multiprocessing.get_all_start_methods() else None
        return iter(
            DataLoader(
                self,
                batch_size=None,
                sampler=steps,
                num_workers=workers,
                multiprocessing_context=context,
                worker_init_fn=_leave_interrupts_to_the_run,
            )
        )


def _leave_interrupts_to_the_run(_worker: int) -> None:
    """The terminal sends SIGINT to every process of a command; the run still wants its batches."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
