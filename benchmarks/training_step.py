"""Time of a training step, and where it goes: `python -m benchmarks.training_step --preset qres11m-sliced --batch 64`.

Forward and backward of one batch of smooth random pictures, then the update of the weights, each by itself; medians.
With --operators also the operators of PyTorch that take most of the forward and backward pass.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import torch
from torch.nn import functional
from torch.profiler import ProfilerActivity, profile

from training.preset import load_preset
from training.train import Recipe, Run, training_device

_WARM_UP = 5  # calls: recording and compiling are over
_SHOWN = 20


def seconds(function: Callable[[], object], repeats: int, device: torch.device) -> float:
    """Median time of a call in seconds, after a few that do not count."""
    times = []
    for _ in range(_WARM_UP + repeats):
        begin = time.perf_counter()
        function()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - begin)
    return statistics.median(times[_WARM_UP:])


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_step", description=__doc__)
    parser.add_argument("--preset", default="qres11m-sliced")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--crop", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--operators", action="store_true")
    parser.add_argument("--float32", action="store_true", help="no bfloat16 autocast")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args(argv)
    device = training_device(options.device)
    preset = load_preset(options.preset)
    settings = {name: value for name, value in preset.training.items() if name != "decay"}
    recipe = Recipe(steps=10**6, decay_steps=0, rounded=False, integer_scales=True, **settings)
    run = Run(preset, replace(recipe, batch=options.batch, crop=options.crop), device, bfloat16=not options.float32)
    pixels = functional.interpolate(torch.rand(options.batch, 3, 16, 16), options.crop, mode="bicubic")
    crops = (255 * pixels.clamp(0, 1)).to(torch.uint8).to(device)
    inputs = [crops, torch.linspace(0, run.model.quality_count - 1, options.batch, device=device)]
    gradients = run.replayed or run._gradients
    forward = seconds(lambda: gradients(inputs), options.repeats, device)
    update = seconds(lambda: run._update(run.recipe), options.repeats, device)
    print(f"{options.batch} crops of {options.crop} on {device}: gradients {1e3 * forward:.1f} ms, ", end="")
    print(f"update {1e3 * update:.1f} ms")
    if options.operators:
        activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * (device.type == "cuda")
        with profile(activities=activities) as profiled:
            run._gradients(inputs)
        order = "self_cuda_time_total" if device.type == "cuda" else "self_cpu_time_total"
        print(profiled.key_averages().table(sort_by=order, row_limit=_SHOWN, max_name_column_width=60))
    return 0


if __name__ == "__main__":
    sys.exit(main())
