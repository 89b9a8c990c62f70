"""Training pictures: where they are found, which are taken, and that crops depend on the generator alone."""

import io
import multiprocessing
import os
import signal
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from training.data import Augmentation, Batches, PictureSet
from training.errors import TrainingError

PLAIN = Augmentation(downscale=0.5, drawn=0.0, recoloured=0.0)


def encoded(seed: int, height: int, width: int, kind: str = "PNG") -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def crops(pictures: PictureSet, step: int, batch: int = 16) -> Tensor:
    return pictures.batch(np.random.Generator(np.random.Philox(key=1, counter=[0, 0, 0, step])), batch, 32, PLAIN)


def everything(pictures: PictureSet) -> list[NDArray[np.uint8]]:
    return [*pictures.training, *pictures.validation]


def test_folders_shards_and_single_pictures_hold_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "folder" / "nested"
    folder.mkdir(parents=True)
    with tarfile.open(tmp_path / "shard.tar", "w") as archive:
        for seed in range(4):
            (folder / f"{seed}.png").write_bytes(encoded(seed, 40, 50))
            add(archive, f"any/where/{seed}.png", encoded(seed, 40, 50))
        add(archive, "any/where/index.csv", b"not a picture")
    (folder / "notes.txt").write_text("not a picture")
    from_folder = PictureSet([tmp_path / "folder"], smallest_side=32)
    from_shard = PictureSet([tmp_path / "shard.tar"], smallest_side=32)
    from_files = PictureSet(sorted(folder.glob("*.png")), smallest_side=32)
    assert len(everything(from_folder)) == 4
    for other in (from_shard, from_files):
        assert all(map(np.array_equal, everything(from_folder), everything(other)))
    expected = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    assert any(np.array_equal(picture, expected) for picture in everything(from_shard))


def test_grey_palette_and_transparent_pictures_become_rgb(tmp_path: Path) -> None:
    picture = Image.open(io.BytesIO(encoded(0, 40, 40)))
    for mode in ("L", "P", "RGBA", "CMYK"):
        picture.convert(mode).save(tmp_path / f"{mode}.tif")
    assert [pixels.shape for pixels in everything(PictureSet([tmp_path], smallest_side=32))] == 4 * [(40, 40, 3)]


def test_small_pictures_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(encoded(0, 33, 32))
    (tmp_path / "low.png").write_bytes(encoded(0, 31, 90))
    (tmp_path / "narrow.png").write_bytes(encoded(0, 90, 31))
    assert [picture.shape for picture in everything(PictureSet([tmp_path], smallest_side=32))] == [(33, 32, 3)]


def test_nothing_to_train_on_is_an_error_that_says_what_to_give(tmp_path: Path) -> None:
    (tmp_path / "small.png").write_bytes(encoded(0, 31, 31))
    for paths in ([], [tmp_path]):
        with pytest.raises(TrainingError, match=r"at least 32 pixels in .*(nothing|test_nothing).*smaller --crop"):
            PictureSet(paths, smallest_side=32)
    with pytest.raises(TrainingError, match="absent does not exist"):
        PictureSet([tmp_path / "absent"], smallest_side=32)


@pytest.mark.parametrize("content", [b"", b"no picture at all", encoded(1, 40, 40)[:2000]])
def test_broken_pictures_are_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "good.png").write_bytes(encoded(0, 40, 40))
    (tmp_path / "torn.png").write_bytes(content)
    with pytest.raises(TrainingError, match=r"torn\.png cannot be read"):
        PictureSet([tmp_path], smallest_side=32)


@pytest.mark.parametrize("length", [0, 300, 700, 2000])
def test_broken_shards_are_named(tmp_path: Path, length: int) -> None:
    with tarfile.open(tmp_path / "shard.tar", "w") as archive:
        add(archive, "0.png", encoded(0, 40, 40))
    content = (tmp_path / "shard.tar").read_bytes()
    (tmp_path / "shard.tar").write_bytes(content[:length])
    with pytest.raises(TrainingError, match=r"shard\.tar cannot be read"):
        PictureSet([tmp_path / "shard.tar"], smallest_side=32)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> PictureSet:
    folder = tmp_path_factory.mktemp("pictures")
    for seed in range(60):
        (folder / f"picture-{seed}.png").write_bytes(encoded(seed, 34 + seed % 5, 50))
    return PictureSet([folder], smallest_side=32)


def test_a_batch_depends_on_the_generator_alone(pictures: PictureSet) -> None:
    first = crops(pictures, 7)
    crops(pictures, 8)
    assert torch.equal(crops(pictures, 7), first)
    assert not torch.equal(crops(pictures, 8), first)
    assert first.shape == (16, 3, 32, 32)
    assert first.dtype == torch.uint8


def test_crops_come_from_the_training_pictures_unscaled_or_scaled_down(pictures: PictureSet) -> None:
    """Noise tells: a crop that was not scaled stands in a picture, as it is or flipped; the others are duller."""
    batch = crops(pictures, 0, 60).permute(0, 2, 3, 1).numpy()
    rows = {
        row.tobytes()
        for p in pictures.training
        for row in np.lib.stride_tricks.sliding_window_view(p[:, :, 0], 32, 1).reshape(-1, 32)
    }
    plain = [crop[5, :, 0].tobytes() in rows for crop in batch]
    flipped = [crop[5, ::-1, 0].tobytes() in rows for crop in batch]
    assert 5 < sum(plain) < 35
    assert 5 < sum(flipped) < 35
    scaled = batch[[not (p or f) for p, f in zip(plain, flipped, strict=True)]]
    assert 15 < len(scaled) < 45
    assert np.std(scaled.astype(float)) < 0.95 * np.std(batch[plain].astype(float))


def test_large_pictures_are_drawn_more_often(tmp_path: Path) -> None:
    Image.new("RGB", (320, 32), (255, 0, 0)).save(tmp_path / "large.png")
    Image.new("RGB", (32, 32), (0, 0, 255)).save(tmp_path / "small.png")
    red = crops(PictureSet([tmp_path], smallest_side=32), 0, 400)[:, 0, 0, 0] == 255
    assert 340 < int(red.sum()) < 385  # ten in eleven


def test_held_out_pictures_are_the_same_whatever_else_is_there(tmp_path: Path) -> None:
    names = [f"photo-{number}.png" for number in range(80)]
    for folder, chosen in (("all", names), ("half", names[40:])):
        (tmp_path / folder).mkdir()
        for name in chosen:
            (tmp_path / folder / name).write_bytes(encoded(names.index(name), 36, 40))
    whole, half = (PictureSet([tmp_path / name], smallest_side=32) for name in ("all", "half"))
    assert 0 < len(half.validation) <= len(whole.validation) < 12
    assert len(whole.training) + len(whole.validation) == 80
    assert {p.tobytes() for p in half.validation} <= {p.tobytes() for p in whole.validation}
    centre = whole.validation_crops(32)
    assert centre.shape == (len(whole.validation), 3, 32, 32)
    assert np.array_equal(centre[0].permute(1, 2, 0).numpy(), whole.validation[0][2:34, 4:36])
    assert whole.validation_crops(64).shape == (0, 3, 64, 64)


def test_augmentation_replaces_its_share_of_the_crops(pictures: PictureSet) -> None:
    """Drawings are flatter than noise, and recoloured noise has other moments: uniform noise has a deviation of 74."""
    generator = np.random.Generator(np.random.Philox(key=1))
    drawings = pictures.batch(generator, 200, 32, Augmentation(1.0, drawn=0.5, recoloured=0.0)).double()
    flatness = drawings.diff(dim=3).abs().mean(dim=(1, 2, 3))
    assert 70 < int((flatness < 60).sum()) < 130
    recoloured = pictures.batch(generator, 200, 32, Augmentation(1.0, drawn=0.0, recoloured=0.5)).double()
    uniform = (recoloured.flatten(1).std(dim=1) - 73.9).abs() < 3
    assert 70 < int((~uniform).sum()) < 130


def batches(folder: Path, **changed: Any) -> Batches:
    (folder / "0.png").write_bytes(encoded(0, 80, 90))
    settings: dict[str, Any] = {"batch": 4, "crop": 32, "augmentation": PLAIN, "seed": 1} | changed
    return Batches(PictureSet([folder], smallest_side=32), **settings)


def test_a_batch_depends_on_seed_step_and_rank_alone(tmp_path: Path) -> None:
    first, again = batches(tmp_path), batches(tmp_path)
    assert first[7].shape == (4, 3, 32, 32)
    assert torch.equal(first[7], again[7])
    others = [first[8], batches(tmp_path, seed=2)[7], batches(tmp_path, rank=1)[7]]
    assert not any(torch.equal(first[7], other) for other in others)


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_what_is_made_ahead_comes_in_order_and_does_not_depend_on_the_workers(tmp_path: Path, workers: int) -> None:
    made = batches(tmp_path)
    ahead = list(made.made_ahead(range(5, 14), workers))
    assert len(ahead) == 9
    assert all(torch.equal(batch, made[step]) for step, batch in zip(range(5, 14), ahead, strict=True))


def test_an_interrupt_of_the_terminal_leaves_the_processes_at_work(tmp_path: Path) -> None:
    ahead = batches(tmp_path).made_ahead(range(1000), 2)
    for _ in range(2):  # one of each process
        next(ahead)
    children = multiprocessing.active_children()
    assert len(children) == 2
    for child in children:
        assert child.pid is not None
        os.kill(child.pid, signal.SIGINT)
    for _ in range(40):  # more than were made already
        next(ahead)
    del ahead
    for child in children:
        child.join(60)
        assert not child.is_alive()


def test_an_error_ahead_arrives_as_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="negative dimensions"):
        next(batches(tmp_path, batch=-1).made_ahead(range(9), 2))
