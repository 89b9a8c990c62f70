"""The paper's ablations: presets that are what its tables say, and a command that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.small_model import picture_folder
from training.ablation import TABLES, Row, Trained, full_size, main, narrowed, table
from training.preset import load_preset

ROWS = {row.preset: row for _, rows in TABLES.values() for row in rows}
# What the paper leaves open in a network makes its cost differ from the printed one by no more than this share.
UNDETERMINED = {"qres17m-n4": 0.03, "qres17m-n6": 0.015, "qres17m-n8": 0.015, "qres17m-n10": 0.01, "qres17m-swin": 0.07}


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.preset)
def test_parameters_are_those_that_the_paper_prints(row: Row) -> None:
    parameters, operations = full_size(load_preset(row.preset))
    assert round(parameters / 1e6, 1) == row.parameters
    if row.preset in UNDETERMINED:
        assert operations / 1e9 == pytest.approx(row.operations, rel=UNDETERMINED[row.preset])
    else:
        assert round(operations / 1e9, 2) == row.operations


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.preset)
def test_number_of_latent_elements_is_the_same_in_all(row: Row) -> None:
    """The paper: "we adjust the latent variable dimensions [...] to keep the same total number"."""
    stages = load_preset(row.preset).model["top_down"]
    assert sum(stage["blocks"] * stage["channels"] * (64 // stage["stride"]) ** 2 for stage in stages) == 6928
    blocks = sum(stage["blocks"] for stage in stages)
    assert blocks == (int(row.label) if row.label.isdigit() else 12)


def test_narrowed_networks_have_widths_that_their_blocks_can_have() -> None:
    stages = narrowed(load_preset("qres17m"), 1 / 3).model["top_down"]
    assert [stage["width"] for stage in stages] == [96, 96, 96, 48]
    stages = narrowed(load_preset("qres17m-swin"), 0.1).model["bottom_up"]
    assert [stage["width"] for stage in stages] == [32, 32, 32, 32]


def test_table_has_our_figures_beside_those_of_the_paper() -> None:
    results = {(row.preset, 32.0): Trained(2_000_000, 0.5 + number, 0.25) for number, row in enumerate(TABLES[2][1])}
    header, _, first, *_, last = table(2, results).splitlines()
    assert header.split(" | ")[3:] == ["parameters as trained", "loss, lambda 32", "seconds, 256x256 |"]
    assert first == "| 4 | 16.7 M (16.7 M) | 1.09 (1.12) | 2.00 M | 0.5000 (0.2368) | 0.250 |"
    assert last == "| 12 | 16.7 M (16.7 M) | 1.26 (1.26) | 2.00 M | 4.5000 (0.2078) | 0.250 |"


def test_command_trains_every_network_and_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = picture_folder(tmp_path, count=2, side=64)
    (pictures / "picture-1.png").rename(pictures / "picture-27.png")  # one that is held out
    options = ["--steps", "1", "--batch", "1", "--width", "0.01", "--device", "cpu", "--threads", "1"]
    assert main(["--table", "3", "--data", str(pictures), *options]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].startswith("Table 3")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[4:7]]
    assert [row[0] for row in rows] == ["convolutions", "Swin", "ConvNeXt"]
    for row in rows:
        losses = [float(cell.split()[0]) for cell in row[4:6]]
        assert 0 < losses[0] < losses[1]  # the price of an error is eight times as high
    assert captured.err.count("loss") == 6


def test_without_held_out_pictures_the_command_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = picture_folder(tmp_path, count=1, side=64)
    assert main(["--table", "2", "--data", str(pictures), "--steps", "1", "--device", "cpu"]) == 1
    assert "held out" in capsys.readouterr().err
