"""Reproducible values for the parameters of the published networks, and a picture to feed them."""

import zlib

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.import_published import import_published, published_names
from training.preset import load_preset
from training.published import PublishedQResVAE


def published_value(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A value for the parameter that a published checkpoint calls `name`.

    Standard normal numbers from a generator seeded by the name, moved and scaled so that features and latents of all
    blocks stay in the range of a trained network.
    """
    numbers = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode()))).standard_normal(shape)
    if name.endswith(".norm.weight"):
        return (1 + 0.1 * numbers).astype(np.float32)
    if name.endswith(".gamma"):
        return (0.1 + 0.05 * numbers).astype(np.float32)
    if name == "decoder.bias":
        return (0.5 * numbers).astype(np.float32)
    if name.endswith(".bias"):
        return (0.05 * numbers).astype(np.float32)
    numbers /= np.sqrt(np.prod(shape[1:]))
    module = name.removesuffix(".weight")
    if module.endswith("posterior.c4"):
        numbers *= 30
    elif module.endswith("prior.c4"):
        numbers *= 5
    elif module.endswith("z_proj.2"):
        numbers *= 0.2
    elif module.startswith("decoder.dec_blocks.") and module.endswith(".0") and "z_proj" not in module:
        numbers *= 0.7  # pixel-shuffle upsampling and the output layer
    return numbers.astype(np.float32)


def published_checkpoint(preset: str) -> dict[str, Tensor]:
    """All parameters of a published network, under their published names."""
    with torch.device("meta"):
        model = PublishedQResVAE(load_preset(preset).model)
    names = published_names(model)
    return {
        names[name]: torch.from_numpy(published_value(names[name], tuple(parameter.shape)))
        for name, parameter in model.state_dict().items()
    }


def synthetic_picture(height: int, width: int) -> Tensor:
    """Waves, a chequerboard and a little noise: float32 [1, 3, height, width], multiples of 1/255 in 0..1."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    chequers = 0.15 * ((x // 16 + y // 16) % 2)
    planes = [0.5 + 0.3 * np.sin(x / (7 + 3 * c) + c) * np.cos(y / (11 - 2 * c)) + chequers for c in range(3)]
    noise = np.random.Generator(np.random.PCG64(1000)).standard_normal((height, width, 3))
    pixels = np.round(np.clip(np.stack(planes, axis=-1) + 0.05 * noise, 0, 1) * 255)
    return torch.from_numpy((pixels / 255).astype(np.float32)).permute(2, 0, 1)[None]


def published_model(preset: str) -> PublishedQResVAE:
    """A published network with these parameters, imported from such a checkpoint."""
    found, weights, _ = import_published(published_checkpoint(preset))
    model = PublishedQResVAE(found.model)
    model.load_state_dict(weights)
    return model
