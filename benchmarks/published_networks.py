"""How fast a machine is: the networks of a published model in PyTorch, `python -m benchmarks.published_networks`.

Seconds that the networks alone take to encode and to decode a random picture, without entropy coding, with random
weights (the time of a network does not depend on its weights); medians. By it, times on two machines can be compared.
"""

import argparse
import sys

import torch
from torch import Tensor

from benchmarks.speed import measure
from training.fit_scale_network import residual_symbols
from training.preset import load_preset
from training.published import PublishedQResVAE


def decode(model: PublishedQResVAE, symbols: list[Tensor]) -> Tensor:
    """The picture [1, 3, H, W] that the symbols of every latent block [1, z, h, w] stand for."""
    feature = model.initial_feature(None, *symbols[0].shape[2:])
    for block, residual in zip(model.blocks, symbols, strict=True):
        feature, prior_mean, _ = block.prior(feature)
        feature = block.merge(feature, prior_mean + residual)
    return model.synthesis(feature)


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.published_networks", description=__doc__)
    parser.add_argument("--preset", default="qres34m")
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--height", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(argv)
    model = load_preset(options.preset).build_model()
    if not isinstance(model, PublishedQResVAE):
        parser.error(f"{options.preset} is not the preset of a published QRes-VAE")
    model.eval()
    picture = torch.rand(1, 3, options.height, options.width)
    index = torch.zeros(1)
    with torch.inference_mode():
        symbols = residual_symbols(model, picture, index)
        encoding = measure(lambda: residual_symbols(model, picture, index), options.repeats).seconds
        decoding = measure(lambda: decode(model, symbols), options.repeats).seconds
    threads = torch.get_num_threads()
    print(f"{options.preset}, {options.width} x {options.height}, {threads} threads: ", end="")
    print(f"encoding {encoding:.2f} s, decoding {decoding:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
