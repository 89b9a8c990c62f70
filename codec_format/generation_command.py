"""The commands ``qres sample``, ``interpolate`` and ``inpaint``: their options, and the pictures they make."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from codec_format.codec import Cancel, Codec, Progress
from codec_format.errors import SettingsError
from codec_format.generation import inpaint, interpolate, sample
from codec_format.imaging import fitted
from codec_format.picture import Picture
from codec_format.sampling import Sampling
from codec_format.settings import DEFAULT_QUALITY, HIGHEST_QUALITY, LOWEST_QUALITY

_DEFAULT_SIZE = 512, 512
_MOST_PICTURES = 1000


@dataclass(frozen=True)
class Command:
    """One of the commands.

    Attributes:
        text: what it does, for the help.
        add_arguments: declares the options that it does not share with other commands.
        count: how many pictures the options ask for.
        make: the pictures, from the options, the codec, and the pictures named as inputs.
    """

    text: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    count: Callable[[argparse.Namespace], int]
    make: Callable[[argparse.Namespace, Codec, Sequence[Picture], Progress, Cancel], list[Picture]]


def add_sampling(command: argparse.ArgumentParser, temperature: float | None) -> None:
    """Declare the options that say how latent blocks are drawn; with a temperature of None they are not by default."""
    command.add_argument(
        "--temperature",
        type=float,
        default=temperature,
        metavar="T",
        help="draw the latent blocks that are not coded at a temperature of 0 (the mean of the prior) to 1 (a sample "
        f"of it); default {'the mean' if temperature is None else temperature}",
    )
    command.add_argument(
        "--seed", type=int, metavar="N", help="the same seed draws the same symbols; default: one at random, reported"
    )


def chosen_sampling(options: argparse.Namespace) -> Sampling | None:
    """What the options of `add_sampling` say.

    Raises:
        SettingsError: a value is out of range, or a seed stands without a temperature.
    """
    if options.temperature is None:
        if options.seed is not None:
            raise SettingsError("A seed decides nothing without a temperature; add --temperature.")
        return None
    return Sampling(options.temperature) if options.seed is None else Sampling(options.temperature, options.seed)


def output_names(output: str, count: int) -> list[str]:
    """The names of so many outputs: the one given, or for several with their numbers behind the stem."""
    if count == 1:
        return [output]
    path, digits = Path(output), len(str(count))
    return [str(path.with_name(f"{path.stem}-{number:0{digits}}{path.suffix}")) for number in range(1, count + 1)]


def _add_shared(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", metavar="OUTPUT", required=True, help="replaced if it exists")
    command.add_argument(
        "-q",
        "--quality",
        type=int,
        default=DEFAULT_QUALITY,
        metavar="N",
        help=f"the quality whose latents are meant, {LOWEST_QUALITY} to {HIGHEST_QUALITY}; default %(default)s",
    )


def _add_sample_arguments(command: argparse.ArgumentParser) -> None:
    command.set_defaults(inputs=[])
    _add_shared(command)
    command.add_argument("--size", type=_size, default=_DEFAULT_SIZE, metavar="WxH", help="in pixels; default 512x512")
    command.add_argument(
        "--count",
        type=int,
        default=1,
        metavar="N",
        help="make several, of the seeds that follow; outputs are numbered",
    )
    add_sampling(command, 1.0)


def _sample(
    options: argparse.Namespace, codec: Codec, _: Sequence[Picture], progress: Progress, cancel: Cancel
) -> list[Picture]:
    width, height = options.size
    pictures: list[Picture] = []
    for number in range(options.count):

        def report(done: float, number: int = number) -> None:
            progress((number + done) / options.count)

        sampling = replace(options.sampling, seed=options.sampling.seed + number)
        pictures.append(sample(codec, width, height, sampling, options.quality, report, cancel))
    return pictures


def _sample_count(options: argparse.Namespace) -> int:
    return _checked_count(options.count, 1, "--count")


def _add_interpolate_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("inputs", metavar="INPUT", nargs=2, help="two pictures or .qres files; the first has the size")
    _add_shared(command)
    where = command.add_mutually_exclusive_group()
    where.add_argument(
        "--position", type=float, default=0.5, metavar="P", help="0 (the first) to 1 (the second); default %(default)s"
    )
    where.add_argument(
        "--steps", type=int, metavar="N", help="make so many, from the first to the second; outputs are numbered"
    )


def _interpolate(
    options: argparse.Namespace, codec: Codec, inputs: Sequence[Picture], progress: Progress, cancel: Cancel
) -> list[Picture]:
    first, second = inputs
    positions = [options.position] if options.steps is None else np.linspace(0, 1, options.steps).tolist()
    second = fitted(second, first.width, first.height)
    notes = first.source_notes + second.source_notes
    pictures = interpolate(codec, first, second, positions, options.quality, progress, cancel)
    return [replace(picture, source_notes=notes + picture.source_notes) for picture in pictures]


def _interpolate_count(options: argparse.Namespace) -> int:
    return 1 if options.steps is None else _checked_count(options.steps, 2, "--steps")


def _add_inpaint_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("inputs", metavar="INPUT", nargs=1, help="a picture, or a .qres file")
    _add_shared(command)
    command.add_argument(
        "--region",
        type=parse_region,
        required=True,
        metavar="X,Y,W,H",
        help="what is filled in, in pixels",
    )
    command.add_argument(
        "--blocks",
        type=int,
        metavar="K",
        help="draw the latent blocks behind the first K; default: those of the finest stride",
    )
    add_sampling(command, 0.7)


def _inpaint(
    options: argparse.Namespace, codec: Codec, inputs: Sequence[Picture], progress: Progress, cancel: Cancel
) -> list[Picture]:
    (picture,) = inputs
    sampling, blocks = options.sampling, options.blocks
    return [inpaint(codec, picture, options.region, sampling, options.quality, blocks, progress, cancel)]


def parse_region(text: str) -> tuple[int, int, int, int]:
    """Read "x,y,width,height".

    Raises:
        argparse.ArgumentTypeError: it is something else.
    """
    try:
        x, y, width, height = (int(number) for number in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'"{text}" is not four whole numbers, x,y,width,height') from error
    return x, y, width, height


def _checked_count(count: int, least: int, name: str) -> int:
    if not least <= count <= _MOST_PICTURES:
        raise SettingsError(f"{name} must be between {least} and {_MOST_PICTURES}, not {count}.")
    return count


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(number) for number in text.lower().split("x"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'"{text}" is not a width and a height in pixels, such as 640x480') from error
    return width, height


COMMANDS: Mapping[str, Command] = {
    "sample": Command(
        "make a picture of random latents, to see what the model expects of pictures",
        _add_sample_arguments,
        _sample_count,
        _sample,
    ),
    "interpolate": Command(
        "make pictures between two, by the mean of their latents",
        _add_interpolate_arguments,
        _interpolate_count,
        _interpolate,
    ),
    "inpaint": Command(
        "fill a rectangle of a picture with what the model expects there",
        _add_inpaint_arguments,
        lambda options: 1,
        _inpaint,
    ),
}
