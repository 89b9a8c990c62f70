"""Several processes and threads at once, each with a codec of its own or a shared one: the same bytes and pixels."""

import hashlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from codec_format.codec import Codec
from codec_format.model_package import ModelPackage
from codec_format.picture import Picture
from codec_format.settings import EncodeSettings
from tests.codec_format.golden import SECTIONS_PACKAGE

PROCESSES, THREADS, PICTURES = 2, 3, 2


def work(codec: Codec, number: int) -> str:
    """Encode and decode a picture; a hash of the bytes and the pixels."""
    shape = (70 + 9 * number, 130, 3)
    pixels = np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)
    alpha = np.ascontiguousarray(pixels[:, :, 0]) if number % 2 else None
    data = codec.encode(Picture(pixels, exif=b"exif", alpha=alpha), EncodeSettings(90))
    return hashlib.sha256(data + codec.decode(data).picture.pixels.tobytes()).hexdigest()


def work_in_threads(package: Path, shared: bool) -> list[str]:
    """The hashes of all pictures, each made twice by some thread of this process."""
    loaded = ModelPackage.load(package)
    codec = Codec(loaded, "cpu")
    numbers = [*range(PICTURES), *range(PICTURES)]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda number: work(codec if shared else Codec(loaded, "cpu"), number), numbers))


def test_processes_and_threads_at_once_give_the_same_results() -> None:
    codec = Codec(ModelPackage.load(SECTIONS_PACKAGE), "cpu")
    expected = [work(codec, number) for number in range(PICTURES)]
    assert len(set(expected)) == PICTURES
    # A process that is forked inherits the locks of the threads that run here.
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        others = [pool.submit(work_in_threads, SECTIONS_PACKAGE, shared) for shared in (True, False)]
        here = work_in_threads(SECTIONS_PACKAGE, True)
        assert [here, *(other.result() for other in others)] == [expected * 2] * 3
