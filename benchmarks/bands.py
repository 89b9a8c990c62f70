"""What dividing costs and changes: `python -m benchmarks.bands -o bands.json`.

A generated picture is encoded undivided, in tiles of 1/16 of its area, and in bands of several heights. Reported are
the symbols and pixels that tiles change, the bytes that bands add, and how much faster several threads decode the
symbols of bands than one.
"""

import argparse
import json
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.pictures import generated_picture
from benchmarks.speed import measure as measure_time
from codec_format import Codec, EncodeSettings, ModelPackage, Picture, bands, default_package, sections
from codec_format.lanes import usable_cores

_UNLIMITED = 2**40


def encode(codec: Codec, picture: Picture, quality: int, tile_pixels: int, band_rows: int) -> bytes:
    """Encode with tiles of about that many pixels and bands of that many rows; 0 for a single band."""
    finest = codec.package.manifest.section_strides[-1]
    with ExitStack() as stack:
        for module, name, value in (
            (sections, "_TILE_POSITIONS", tile_pixels // finest**2),
            (bands, "_UNDIVIDED_PIXELS", 0 if band_rows else _UNLIMITED),
            (bands, "_BAND_PIXELS", band_rows * picture.width),
        ):
            stack.enter_context(patch.object(module, name, value))
        return codec.encode(picture, EncodeSettings(quality, preview_share=0))


def decode(codec: Codec, data: bytes, tile_pixels: int) -> Any:
    """Pixels of a file, decoded in tiles of about that many pixels, as int16."""
    positions = tile_pixels // codec.package.manifest.section_strides[-1] ** 2
    with patch.object(sections, "_TILE_POSITIONS", positions):
        return codec.decode(data).picture.pixels.astype(np.int16)


def measure(codec: Codec, picture: Picture, quality: int, band_rows: list[int]) -> dict[str, Any]:
    """All comparisons at one quality."""
    whole = encode(codec, picture, quality, _UNLIMITED, 0)
    tile = picture.width * picture.height // 16
    tiled = encode(codec, picture, quality, tile, 0)
    symbols, tiled_symbols = codec.read_symbols(whole).blocks, codec.read_symbols(tiled).blocks
    pixels = decode(codec, whole, _UNLIMITED)
    costs = {rows: len(encode(codec, picture, quality, _UNLIMITED, rows)) / len(whole) - 1 for rows in band_rows}
    return {
        "quality": quality,
        "bytes": len(whole),
        "symbols": sum(block.size for block in symbols),
        "symbols_not_zero": sum(int((block != 0).sum()) for block in symbols),
        "symbols_changed_by_tiles": sum(int((a != b).sum()) for a, b in zip(symbols, tiled_symbols, strict=True)),
        "largest_pixel_change_decoding_in_tiles": int(np.abs(decode(codec, whole, tile) - pixels).max()),
        "largest_pixel_change_both_in_tiles": int(np.abs(decode(codec, tiled, tile) - pixels).max()),
        "cost_of_bands_by_rows": costs,
    }


def measure_threads(codec: Codec, picture: Picture, quality: int, rows: int) -> dict[str, float]:
    """Seconds for the symbols of all bands of `rows` rows, with one thread and with all that the codec takes."""
    data = encode(codec, picture, quality, _UNLIMITED, rows)
    seconds = {}
    for name, lanes in (("one", 1), ("all", bands._MOST_LANES)):
        with patch.object(bands, "_MOST_LANES", lanes):
            seconds[name] = measure_time(partial(codec.read_symbols, data), repeats=5).seconds
    return {
        "cores": usable_cores(),
        "bands": -(-picture.height // rows),
        **seconds,
        "ratio": seconds["one"] / seconds["all"],
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bands", description=__doc__)
    parser.add_argument("--model", type=Path, help="model package (default: the shipped one)")
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--height", type=int, default=1536)
    parser.add_argument("--qualities", type=int, nargs="+", default=[20, 60, 90])
    parser.add_argument("--rows", type=int, nargs="+", default=[128, 256, 512, 768], help="heights of bands")
    parser.add_argument("-o", "--output", type=Path, help="report (JSON)")
    options = parser.parse_args()
    package = ModelPackage.load(options.model) if options.model else default_package()
    codec = Codec(package, "cpu")
    picture = Picture(generated_picture(options.width, options.height))
    cases = [measure(codec, picture, quality, options.rows) for quality in options.qualities]
    threads = measure_threads(codec, picture, options.qualities[0], options.rows[0])
    content = {"model": package.manifest.name, "width": picture.width, "cases": cases, "threads": threads}
    report = json.dumps(content, indent=1)
    print(report)
    if options.output:
        options.output.write_text(report + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
