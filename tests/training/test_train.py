"""The training command: it learns, resumes with identical results, and says what is wrong."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tests.training.small_model import picture_folder, preset_file, small_preset, wide_model
from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from training.checkpoint import main as checkpoint_main
from training.data import Augmentation, PictureSet
from training.errors import TrainingError
from training.train import LossStatistics, Recipe, Run, main, random_places


def run(folder: Path, steps: int, *extra: str, **training: object) -> int:
    pictures = picture_folder(folder.parent / "pictures")
    arguments = ["--preset", str(preset_file(folder.parent, **training)), "--data", str(pictures)]
    arguments += ["--output", str(folder), "--steps", str(steps), "--device", "cpu", "--threads", "1"]
    return main([*arguments, *extra])


def assert_same_checkpoint(first: Path, second: Path) -> None:
    whole, parts = (load_checkpoint(folder / "last.safetensors") for folder in (first, second))
    assert whole.step == parts.step
    assert whole.statistics == parts.statistics
    for group in ("model", "ema", "optimisers"):
        expected, actual = getattr(whole, group), getattr(parts, group)
        assert expected
        assert expected.keys() == actual.keys()
        for name, value in expected.items():
            assert torch.equal(value, actual[name]), name


def test_interrupted_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    assert run(tmp_path / "whole", 6, "--decay-steps", "2") == 0
    for step in (1, 4):
        parts = tmp_path / f"parts-{step}"
        assert run(parts, step, "--decay-steps", "0") == 0
        assert run(parts, 6, "--decay-steps", "2") == 0
        assert_same_checkpoint(tmp_path / "whole", parts)


@pytest.mark.skipif(shutil.which(os.environ.get("CXX", "g++")) is None, reason="needs a C++ compiler")
def test_a_compiled_step_is_the_same_step(tmp_path: Path) -> None:
    for folder, options in (("plain", ()), ("compiled", ("--compile",))):
        # Rounded, because a compiled network draws other noise.
        assert run(tmp_path / folder, 1, "--rounded", "--float32", *options, hierarchy_warm_up=0, warm_up=0) == 0
    plain, compiled = (load_checkpoint(tmp_path / folder / "last.safetensors") for folder in ("plain", "compiled"))
    assert plain.statistics["mean"] == pytest.approx(compiled.statistics["mean"], rel=1e-4)
    for name, value in plain.optimisers.items():
        if name.endswith("momentum"):
            assert torch.allclose(value, compiled.optimisers[name], rtol=1e-2, atol=1e-5), name


def command(folder: Path, steps: int, *extra: str) -> list[str]:
    pictures = picture_folder(folder.parent / "pictures")
    preset = preset_file(folder.parent)
    arguments = ["--preset", str(preset), "--data", str(pictures), "--output", str(folder), "--steps", str(steps)]
    options = ["--device", "cpu", "--threads", "1", "--decay-steps", "0"]
    return [sys.executable, "-m", "training.train", *arguments, *options, *extra]


def test_a_signal_ends_a_run_with_a_checkpoint_from_which_it_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "stopped"
    with subprocess.Popen(command(folder, 1_000_000, "--validate-every", "1")) as process:
        try:
            deadline = time.monotonic() + 120
            while not (folder / "log.jsonl").exists():
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) == 0
        finally:
            process.kill()
    step = load_checkpoint(folder / "last.safetensors").step
    assert 1 <= step < 1000
    assert run(folder, step + 2, "--decay-steps", "0") == 0
    assert run(tmp_path / "whole", step + 2, "--decay-steps", "0") == 0
    assert_same_checkpoint(tmp_path / "whole", folder)


def test_signals_are_left_as_they_were(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    assert run(tmp_path / "run", 1) == 0
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_no_space_for_a_checkpoint_ends_in_a_sentence(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    assert run(tmp_path / "run", 2, "--decay-steps", "0") == 0
    older = (tmp_path / "run" / "last.safetensors").read_bytes()
    limit = len(older) // 2  # files cannot grow beyond it, as on a full disk

    result = subprocess.run(
        command(tmp_path / "run", 4),
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert result.returncode == 1
    assert "error: Cannot write the checkpoint" in result.stderr
    assert "free some space" in result.stderr
    assert "Traceback" not in result.stderr
    assert (tmp_path / "run" / "last.safetensors").read_bytes() == older
    assert not (tmp_path / "run" / "last.safetensors.part").exists()


def small_run(tmp_path: Path) -> tuple[Run, PictureSet]:
    preset = small_preset()
    settings = dict(preset.training)
    del settings["decay"]
    recipe = Recipe(steps=10, decay_steps=2, rounded=False, **settings)
    run = Run(preset, recipe, torch.device("cpu"), bfloat16=False)
    return run, PictureSet([picture_folder(tmp_path / "pictures")], smallest_side=64)


def test_a_gradient_that_is_not_finite_changes_nothing(tmp_path: Path) -> None:
    run, pictures = small_run(tmp_path)
    crops = pictures.batch(np.random.default_rng(0), 2, 64, Augmentation())
    assert run.train_step(crops)["skipped"] == 0
    before = {name: value.clone() for name, value in run.model.state_dict().items()}
    average = {name: value.clone() for name, value in run.ema.items()}
    weight = run.model.blocks[0].prior_mean.weight  # type: ignore[union-attr]
    handle = weight.register_hook(lambda gradient: gradient * torch.inf)
    figures = run.train_step(crops)
    assert figures["skipped"] == 1
    assert math.isfinite(figures["loss"])
    assert run.step == 2
    assert all(torch.equal(value, before[name]) for name, value in run.model.state_dict().items())
    assert all(torch.equal(value, average[name]) for name, value in run.ema.items())
    handle.remove()
    assert run.train_step(crops)["skipped"] == 0
    assert not torch.equal(run.model.state_dict()["initial.linear.bias"], before["initial.linear.bias"])


def test_validation_leaves_the_run_as_it_was(tmp_path: Path) -> None:
    run, pictures = small_run(tmp_path)
    crops = pictures.batch(np.random.default_rng(0), 2, 64, Augmentation())
    for _ in range(3):
        run.train_step(crops)
    before = {name: value.clone() for name, value in run.model.state_dict().items()}
    figures = run.validate(crops)
    assert all(torch.equal(value, before[name]) for name, value in run.model.state_dict().items())
    assert figures["bpp/0.10"] < figures["bpp/0.85"]
    assert figures == run.validate(crops)
    assert all(math.isfinite(value) for value in figures.values())


def test_learning_rate_warms_up_stays_and_decays_to_zero(tmp_path: Path) -> None:
    recipe = dataclasses.replace(small_run(tmp_path)[0].recipe, steps=100, decay_steps=20, warm_up=10)
    factors = [recipe.learning_rate_factor(step) for step in range(100)]
    assert factors[:10] == pytest.approx([0.1 * (step + 1) for step in range(10)])
    assert factors[10:80] == [1.0] * 70
    assert factors[80:] == pytest.approx([1 - step / 20 for step in range(20)])


def test_the_command_line_sets_the_rates_of_both_optimisers(tmp_path: Path) -> None:
    assert run(tmp_path / "run", 1, warm_up=0) == 0
    start = ("--decay-steps", "0", "--from", str(tmp_path / "run" / "last.safetensors"))
    changed = []
    for name, rates in (("neither", ("0", "0")), ("muon", ("1e-2", "0")), ("adam", ("0", "1e-2"))):
        options = ("--learning-rate", rates[0], "--adam-learning-rate", rates[1], *start)
        assert run(tmp_path / name, 3, *options, warm_up=0) == 0
        before, after = (load_checkpoint(tmp_path / each / "last.safetensors").model for each in ("run", name))
        changed.append({key for key, value in before.items() if not torch.equal(value, after[key])})
    neither, muon, adam = changed
    assert not neither
    assert muon
    assert adam
    assert not muon & adam


def test_by_the_clock_the_learning_rate_falls_from_the_start_to_the_end(tmp_path: Path) -> None:
    recipe = dataclasses.replace(small_run(tmp_path)[0].recipe, minutes=2.0, decay_steps=0, warm_up=10)
    assert recipe.learning_rate_factor(0, 0.0) == pytest.approx(0.1)
    assert [recipe.learning_rate_factor(10_000, seconds) for seconds in (0, 30, 120, 130)] == [1.0, 0.75, 0.0, 0.0]
    assert [recipe.ended(10_000, seconds) for seconds in (119.9, 120.0)] == [False, True]


def test_a_run_ends_by_the_clock_with_a_checkpoint_and_a_validation(tmp_path: Path) -> None:
    pictures = picture_folder(tmp_path / "pictures")
    arguments = ["--preset", str(preset_file(tmp_path)), "--data", str(pictures), "--output", str(tmp_path / "run")]
    assert main([*arguments, "--minutes", "0.03", "--device", "cpu", "--threads", "1"]) == 0
    step = load_checkpoint(tmp_path / "run" / "last.safetensors").step
    assert step > 0
    last = json.loads((tmp_path / "run" / "log.jsonl").read_text().splitlines()[-1])
    assert last["step"] == step


def test_scales_can_be_trained_as_the_integers_that_are_exported(tmp_path: Path) -> None:
    recipe = dataclasses.replace(small_run(tmp_path)[0].recipe, integer_scales=True, hierarchy_warm_up=0)
    trained = Run(small_preset(), recipe, torch.device("cpu"), bfloat16=False)
    network = trained.model.scale_network
    assert network is not None
    before = [head.weight.clone() for head in network.heads]
    crops = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    assert all(trained.train_step(crops)["skipped"] == 0 for _ in range(2))
    assert not any(torch.equal(head.weight, weight) for head, weight in zip(network.heads, before, strict=True))
    symbols = [torch.ones(2, shape.channels, 64 // shape.stride, 64 // shape.stride) for shape in network.shapes]
    for index in network(torch.tensor([20.0, 50.0]), symbols):
        assert torch.equal(index, index.round())


def test_integer_scales_are_trained_for_the_tables_that_were_counted(tmp_path: Path) -> None:
    recipe = dataclasses.replace(small_run(tmp_path)[0].recipe, integer_scales=True, hierarchy_warm_up=0)
    run = Run(small_preset(), recipe, torch.device("cpu"), bfloat16=False)
    network = run.model.scale_network
    assert network is not None
    crops = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    counts = torch.zeros(network.table_count, 9, dtype=torch.int32)
    plain = run.validate(crops)["loss"]
    for counted, expected in ((counts, True), (counts[1:], False)):
        run.restore(dataclasses.replace(run.checkpoint(), symbol_counts=counted), tmp_path)
        assert (network.costs is not None) == expected
        kept = run.checkpoint().symbol_counts
        assert kept is not None
        assert torch.equal(kept, counts)
        network.costs = None
    counts[:, 0] = 10**6  # tables that find nothing but zeros likely
    run.restore(dataclasses.replace(run.checkpoint(), symbol_counts=counts), tmp_path)
    assert run.validate(crops)["loss"] > plain
    assert run.train_step(crops)["skipped"] == 0


def test_scales_of_a_model_that_has_none_cannot_be_trained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = picture_folder(tmp_path / "pictures")
    arguments = ["--preset", "hyperprior", "--data", str(pictures), "--output", str(tmp_path / "run"), "--steps", "1"]
    assert main([*arguments, "--crop", "64", "--device", "cpu", "--integer-scales"]) == 1
    assert "no scale network; leave --integer-scales out" in capsys.readouterr().err


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_a_recorded_step_is_the_same_step(tmp_path: Path) -> None:
    recipe = dataclasses.replace(small_run(tmp_path)[0].recipe, hierarchy_warm_up=0)
    recorded, plain = (Run(small_preset(), recipe, torch.device("cuda"), bfloat16=False) for _ in range(2))
    plain.replayed = None
    crops = torch.randint(0, 256, (8, 2, 3, 64, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    for batch in crops:  # the first ones are not recorded yet
        expected, actual = plain.train_step(batch), recorded.train_step(batch)
        assert actual["loss"] == pytest.approx(expected["loss"], rel=1e-3)


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    assert run(tmp_path / "run", 40, "--float32", learning_rate=0.02, adam_learning_rate=0.01, ema=0.9) == 0
    torch.manual_seed(small_preset().seed)
    untrained = small_preset().build_model()
    trained = small_preset().build_model()
    trained.load_state_dict(load_checkpoint(tmp_path / "run" / "last.safetensors").ema)
    picture = torch.linspace(0, 1, 64 * 64).view(1, 1, 64, 64).expand(1, 3, 64, 64)
    quality_index = torch.tensor([32.0])
    losses = []
    for model in (untrained, trained):
        with torch.no_grad():
            result = model(picture, quality_index, rounded=True)
        error = (result.reconstruction - (2 * picture - 1)).square().mean()
        losses.append(float(result.nats.sum() / picture.numel() + model.lambda_of(quality_index) * error))
    assert losses[1] < 0.7 * losses[0]


def test_a_run_from_nothing_can_begin_as_a_transform_coder_but_a_branch_does_not(tmp_path: Path) -> None:
    model = wide_model(finest=16, channels=8, widths={4: 48, 8: 192, 16: 100}, refinement=(8,))
    still = {"model": model, "linear_start": True, "learning_rate": 0.0, "adam_learning_rate": 0.0}
    assert run(tmp_path / "run", 1, **still) == 0
    started = load_checkpoint(tmp_path / "run" / "last.safetensors").ema
    assert torch.equal(started["synthesis_path.output.weight"][:, :, 1, 1], torch.eye(48))
    assert float(started["bottom_up_path.downs.1.weight"][0].abs().max()) > 0
    run(tmp_path / "more", 2, "--from", str(tmp_path / "run" / "last.safetensors"), **still | {"learning_rate": 0.1})
    branch = load_checkpoint(tmp_path / "more" / "last.safetensors")
    assert branch.step == 2
    moved = branch.model["bottom_up_path.downs.0.weight"] - started["bottom_up_path.downs.0.weight"]
    assert 0 < float(moved.abs().max()) < 0.2  # one step from where the other ended


def test_branch_starts_from_the_given_checkpoint(tmp_path: Path) -> None:
    assert run(tmp_path / "trunk", 3, "--decay-steps", "0") == 0
    trunk = tmp_path / "trunk" / "last.safetensors"
    assert run(tmp_path / "branch", 5, "--from", str(trunk)) == 0
    assert load_checkpoint(tmp_path / "branch" / "last.safetensors").step == 5
    assert load_checkpoint(trunk).step == 3


def test_a_branch_forgets_how_large_the_losses_of_the_trunk_were(tmp_path: Path) -> None:
    """Another recipe may have losses of another size, all of which would look like outliers."""
    assert run(tmp_path / "trunk", 2, "--decay-steps", "0") == 0
    checkpoint = load_checkpoint(tmp_path / "trunk" / "last.safetensors")
    checkpoint.statistics.update(mean=1e-6, deviation=1e-9)
    save_checkpoint(checkpoint, tmp_path / "trunk.safetensors")
    assert run(tmp_path / "branch", 4, "--from", str(tmp_path / "trunk.safetensors")) == 0
    statistics = load_checkpoint(tmp_path / "branch" / "last.safetensors").statistics
    assert statistics["skipped_in_a_row"] == 0
    assert statistics["mean"] > 1e-3


def test_a_run_from_a_compact_checkpoint_begins_at_step_0_with_its_weights(tmp_path: Path) -> None:
    assert run(tmp_path / "trunk", 3, "--decay-steps", "0") == 0
    compact = tmp_path / "compact.safetensors"
    assert checkpoint_main([str(tmp_path / "trunk" / "last.safetensors"), "-o", str(compact)]) == 0
    assert compact.stat().st_size < (tmp_path / "trunk" / "last.safetensors").stat().st_size / 4
    assert run(tmp_path / "branch", 1, "--from", str(compact)) == 0
    branch = load_checkpoint(tmp_path / "branch" / "last.safetensors")
    assert branch.step == 1
    before, fresh = load_checkpoint(compact).model, small_run(tmp_path)[0].model.state_dict()
    name = "bottom_up_path.stem.weight"
    moved = (branch.model[name] - before[name]).abs().max()
    assert moved < (branch.model[name] - fresh[name]).abs().max()


def test_compacting_names_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checkpoint_main([str(tmp_path / "none.safetensors"), "-o", str(tmp_path / "out.safetensors")]) == 1
    assert "none.safetensors" in capsys.readouterr().err


def test_ms_ssim_training_runs(tmp_path: Path) -> None:
    pictures = picture_folder(tmp_path / "large", count=2, side=200)
    arguments = [
        "--preset",
        str(preset_file(tmp_path, distortion="ms-ssim", batch=1, crop=192)),
        "--data",
        str(pictures),
    ]
    assert main([*arguments, "--output", str(tmp_path / "run"), "--steps", "1", "--device", "cpu"]) == 0


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        (["--preset", "no-such-preset"], "no preset"),
        (["--data", "/no/such/folder"], "does not exist"),
        (["--crop", "100"], "multiple of 64"),
        (["--crop", "4096"], "No training picture"),
        (["--from", "/no/such/checkpoint"], "cannot be read"),
        (["--device", "abacus"], "no device abacus"),
        (["--lambda", "-1"], "must be positive"),
        (["--output", "/dev/null/run"], "/dev/null"),
    ],
)
def test_bad_arguments_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: list[str], expected: str
) -> None:
    assert run(tmp_path / "run", 1, *extra) == 1
    assert expected in capsys.readouterr().err


def test_no_time_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = picture_folder(tmp_path / "pictures")
    arguments = ["--preset", str(preset_file(tmp_path)), "--data", str(pictures), "--output", str(tmp_path / "run")]
    assert main([*arguments, "--minutes", "0"]) == 1
    assert "--minutes must be positive" in capsys.readouterr().err


def test_wrong_model_settings_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    preset = preset_file(tmp_path)
    preset.write_text(preset.read_text().replace("embedding_width", "embeding_width"))
    pictures = picture_folder(tmp_path / "pictures")
    assert (
        main(["--preset", str(preset), "--data", str(pictures), "--output", str(tmp_path / "r"), "--steps", "1"]) == 1
    )
    assert "embedding_width" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        ({"distortion": "vmaf"}, "known are mse and ms-ssim"),
        ({"optimiser": "sgd"}, "known are muon and adam"),
        ({"distortion": "ms-ssim"}, "too small for ms-ssim"),
        ({"batch": 0}, "--batch positive"),
        ({"momentum": 0.9}, "wrong [training] table"),
        ({"linear_start": True}, "12 channels wide at stride 4"),
    ],
)
def test_wrong_recipes_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], training: dict[str, object], expected: str
) -> None:
    assert run(tmp_path / "run", 1, **training) == 1
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = ", "is not valid TOML"),
        ('name = "x"', "lacks the entry"),
        ('name = "x"\narchitecture = "y"\n[model]\n[training]\ndecay = 0.1', "wrong [training] table"),
    ],
)
def test_wrong_presets_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, expected: str) -> None:
    (tmp_path / "wrong.toml").write_text(text)
    assert run(tmp_path / "run", 1, "--preset", str(tmp_path / "wrong.toml")) == 1
    assert expected in capsys.readouterr().err


def test_unknown_architecture_names_the_known_ones() -> None:
    with pytest.raises(TrainingError, match=r"'vae'; known are hc, hyperprior, published-qres-vae, qres"):
        dataclasses.replace(small_preset(), architecture="vae").build_model()


def test_checkpoint_of_another_model_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = {"weight": torch.zeros(2)}
    save_checkpoint(Checkpoint(small_preset(), 1, other, other), tmp_path / "other.safetensors")
    assert run(tmp_path / "run", 2, "--from", str(tmp_path / "other.safetensors")) == 1
    assert "do not fit the model" in capsys.readouterr().err


def test_diverged_run_stops_with_an_explanation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "run", 500, learning_rate=1e6, adam_learning_rate=1e6) == 1
    assert "diverged" in capsys.readouterr().err


def test_outliers_are_skipped_and_forgotten() -> None:
    statistics = LossStatistics()
    assert all(statistics.accepts(1.0 + 0.01 * (n % 3)) for n in range(300))
    assert not statistics.accepts(5.0)
    assert not statistics.accepts(math.nan)
    assert statistics.accepts(1.02)
    assert statistics.skipped_in_a_row == 0


def test_full_disk_keeps_the_older_checkpoint(tmp_path: Path) -> None:
    weights = {"weight": torch.arange(4.0)}
    checkpoint = Checkpoint(small_preset(), 7, weights, weights)
    target = tmp_path / "last.safetensors"
    save_checkpoint(checkpoint, target)
    (tmp_path / "last.safetensors.part").mkdir()  # nothing can be written there
    checkpoint.step = 8
    with pytest.raises(TrainingError, match="Cannot write"):
        save_checkpoint(checkpoint, target)
    assert load_checkpoint(target).step == 7


def test_compact_checkpoint_holds_the_average_in_half_precision(tmp_path: Path) -> None:
    weights = {"weight": torch.tensor([1.0, 0.1])}
    path = tmp_path / "compact.safetensors"
    save_checkpoint(Checkpoint(small_preset(), 5, {"weight": torch.zeros(2)}, weights), path, compact=True)
    loaded = load_checkpoint(path)
    assert loaded.step == 5
    assert torch.allclose(loaded.model["weight"], weights["weight"], atol=1e-3)


@pytest.mark.parametrize("header", ["{}", "[]", '{"preset": 3, "step": 1, "statistics": {}}', "nonsense"])
def test_checkpoint_with_a_damaged_header_is_named(tmp_path: Path, header: str) -> None:
    path = tmp_path / "bad.safetensors"
    save_file({"model.weight": torch.zeros(2)}, path, metadata={"qres_checkpoint": header})
    with pytest.raises(TrainingError, match=r"cannot be read|lacks the entry"):
        load_checkpoint(path)
    save_file({"model.weight": torch.zeros(2)}, path)
    with pytest.raises(TrainingError, match="not a checkpoint of this project"):
        load_checkpoint(path)


@pytest.mark.parametrize("content", [b"", b"not safetensors", b"\xff" * 64])
def test_damaged_checkpoint_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(TrainingError, match="cannot be read"):
        load_checkpoint(path)


def test_training_for_ms_ssim_lowers_it(tmp_path: Path) -> None:
    preset = small_preset()
    settings = {**preset.training, "distortion": "ms-ssim", "crop": 192, "hierarchy_warm_up": 0}
    del settings["decay"]
    run = Run(preset, Recipe(steps=20, decay_steps=0, rounded=False, **settings), torch.device("cpu"), bfloat16=False)
    crops = PictureSet([picture_folder(tmp_path, count=2, side=192)], smallest_side=192).batch(
        np.random.default_rng(0), 2, 192, Augmentation()
    )
    losses = []
    for _ in range(20):
        torch.manual_seed(0)
        run.step = 5  # the same quality indices and noise every time
        figures = run.train_step(crops)
        assert figures["skipped"] == 0
        losses.append(figures["loss"])
    assert losses[-1] < 0.9 * losses[0]


def test_every_batch_has_all_rates_and_most_of_the_middle() -> None:
    torch.manual_seed(0)
    places = torch.cat([random_places(8, torch.device("cpu")) for _ in range(500)])
    assert 0 <= float(places.min()) < 0.01
    assert 0.99 < float(places.max()) <= 1
    middle = float(((places > 0.45) & (places < 0.55)).float().mean())
    ends = float(((places < 0.05) | (places > 0.95)).float().mean())
    assert middle == pytest.approx(0.265, rel=0.1)  # less than 0.1 / 0.3: the density is a narrow peak
    assert ends == pytest.approx(0.1 / 1.7, rel=0.1)
    for batch in places.view(-1, 8).sort(dim=1).values:
        assert float(batch[0]) < 0.21
        assert float(batch[-1]) > 0.79
