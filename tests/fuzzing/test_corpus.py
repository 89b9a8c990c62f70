"""The corpus of the fuzzer, replayed and mutated; the hours of fuzzing are `python -m fuzzing`."""

import importlib.util
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codec_format import container, onnx_graph
from codec_format.model_package import ModelPackage
from fuzzing import targets
from fuzzing.__main__ import CORPUS
from fuzzing.targets import TARGETS

SEEDS = sorted(path for path in CORPUS.rglob("*") if path.is_file())
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_input_of_the_corpus_passes(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


def test_every_target_has_seeds() -> None:
    assert {path.parent.name for path in SEEDS} == TARGETS.keys()


def test_seeds_reach_behind_the_first_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A seed that is refused at once would teach the fuzzer nothing."""
    seen: list[object] = []

    def watch(module: object, name: str) -> None:
        original: Callable[..., object] = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, **named: seen.append(name) or original(*args, **named))

    watch(targets.container, "write_container")
    for seed in ("version1", "version2", "version3", "version4"):
        TARGETS["container"]((CORPUS / "container" / seed).read_bytes())
        TARGETS["header"]((CORPUS / "header" / seed).read_bytes())
    watch(targets.entropy, "encode_symbols")
    watch(targets.entropy, "encode_stream")
    TARGETS["entropy"]((CORPUS / "entropy" / "escape").read_bytes())
    TARGETS["stream"]((CORPUS / "stream" / "three_blocks").read_bytes())
    TARGETS["entropy"]((CORPUS / "entropy" / "groups").read_bytes())
    TARGETS["stream"]((CORPUS / "stream" / "groups").read_bytes())
    assert seen == ["write_container"] * 8 + 2 * ["encode_symbols", "encode_stream"]
    package = ModelPackage((CORPUS / "package" / "sections").read_bytes())
    assert [len(package.graph(name).weights) for name in package.graph_names()] == [1, 1, 1, 1]
    assert len(onnx_graph.external_tensors((CORPUS / "graph" / "external").read_bytes(), "seed")) == 1


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, bytes]:
    """A target, and one of its seeds with a few pieces replaced."""
    path = draw(st.sampled_from(SEEDS))
    data = bytearray(path.read_bytes())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 4))] = draw(st.binary(max_size=6))
    return path.parent.name, bytes(data)


@settings(deadline=None, max_examples=400)
@given(mutations())
def test_mutated_seeds_pass(mutation: tuple[str, bytes]) -> None:
    target, data = mutation
    TARGETS[target](data)


LARGEST = b"\xff\xff\xff\xff\x7f"  # the largest varint
HEADER = container.write_container(container.Container(container.Header(2**14, 2**14, 0, 64, bytes(8)), ()))
BANDED = container.write_container(
    container.Container(container.Header(2**14, 2**14, 0, 64, bytes(8), band_height=16), ())
)


@pytest.mark.parametrize(
    "data",
    [
        *(HEADER + type_ + LARGEST + b"payload" for type_ in (b"B", b"i", b"p", b"A", b"e", b"x", b"z", b"Z")),
        HEADER + b"B\x00" * 10_000,
        HEADER + container._write_chunk("z", b"", 3) * 1024,
        HEADER + b"i" + b"\xff\xff\xff\x07" + bytes(2**16),
        BANDED + container._write_chunk("B", (LARGEST + bytes(4)) * 1024 + bytes(4), 3),
        BANDED + container._write_chunk("B", (b"\2" + bytes(4)) * 1024, 3),
        BANDED + b"B" + LARGEST + (b"\x02" + bytes(4)) * 1024,
        *(container.MAGIC + container._write_chunk("H", b"\2\0" + LARGEST * count, 3) for count in (1, 2, 20)),
    ],
)
@pytest.mark.parametrize("target", ["container", "file"])
def test_declared_sizes_cost_neither_memory_nor_time(data: bytes, target: str) -> None:
    TARGETS[target](b"")  # what is loaded once
    tracemalloc.start()
    try:
        start = time.perf_counter()
        TARGETS[target](data)
        elapsed = time.perf_counter() - start
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20 + 20 * len(data)
    assert elapsed < 5


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is made for Linux on x86-64 alone")
def test_the_fuzzer_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fuzzing", "manifest", "--seconds", "2", "--work", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stdout.splitlines()[-1] == "Findings: none."
    assert "stat::number_of_executed_units" in result.stderr
