"""The pictures that a benchmark of compression is run on: those of a folder, or drawings made from seeds."""

import argparse
from pathlib import Path

import numpy as np

from codec_format import Picture, load_picture
from training.augmentation import drawn_crop
from training.evaluate import find_pictures

_DRAWING_SIDE = 512
_FIRST_SEED = 1_000_000  # far from those of any run


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add the options `--data` and `--drawings`, of which one must be given."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, help="folder of pictures")
    source.add_argument("--drawings", type=int, metavar="N", help="so many drawings of 512 x 512 pixels")


def pictures_of(arguments: argparse.Namespace) -> list[Picture]:
    """The pictures that these options ask for.

    Raises:
        InputError: there is no such folder, or no picture in it.
    """
    if arguments.data:
        return [load_picture(path) for path in find_pictures(arguments.data)]
    generators = [np.random.default_rng(_FIRST_SEED + number) for number in range(arguments.drawings)]
    return [Picture(drawn_crop(generator, _DRAWING_SIDE)) for generator in generators]
