"""ONNX Runtime sessions: device, caching, cancel, errors."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from codec_format.backend import Backend
from codec_format.errors import CancelledError, ModelError, SettingsError
from codec_format.model_package import Graph, ModelPackage

QUALITY = np.array([40], np.int64)


def picture(side: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (1, side, side, 3), dtype=np.uint8)


def test_loading_the_library_does_not_load_onnx_runtime() -> None:
    program = "import sys, codec_format.cli; print('onnxruntime' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


def test_unknown_device_is_refused(tiny_package: ModelPackage) -> None:
    with pytest.raises(SettingsError, match="tpu"):
        Backend(tiny_package.graph, "tpu")


def test_each_graph_is_loaded_once_and_only_when_used(tiny_package: ModelPackage) -> None:
    loaded = []

    def load(name: str) -> Graph:
        loaded.append(name)
        return tiny_package.graph(name)

    backend = Backend(load, "cpu")
    assert loaded == []
    for _ in range(2):
        backend.run("scale_00", {"grid_shape": np.array([2, 3]), "quality_index": QUALITY})
    assert loaded == ["scale_00"]


def test_inputs_that_a_graph_does_not_declare_are_left_out(tiny_package: ModelPackage) -> None:
    inputs = {"grid_shape": np.array([2, 3]), "quality_index": QUALITY, "other": np.zeros(1)}
    outputs = Backend(tiny_package.graph, "cpu").run("scale_00", inputs)
    assert outputs["table_index"].shape == (1, 4, 2, 3)
    assert outputs["table_index"].dtype == np.uint8


def test_the_device_reported_is_the_one_in_use(tiny_package: ModelPackage, capfd: pytest.CaptureFixture[str]) -> None:
    """Also where the GPU build of ONNX Runtime lists CUDA without a GPU: it must fall back, say so, and keep quiet."""
    backend = Backend(tiny_package.graph, "cuda")
    device = backend.describe_device("synthesis")
    if device.startswith("cuda (CUDAExecutionProvider"):
        assert backend.device_warning is None
    else:
        assert device.startswith("cpu (CPUExecutionProvider")
        assert backend.device_warning is not None
        assert "CUDA" in backend.device_warning
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_nothing_is_warned_of_when_no_device_was_demanded(tiny_package: ModelPackage, device: str) -> None:
    backend = Backend(tiny_package.graph, device)
    backend.describe_device("synthesis")
    assert backend.device_warning is None


def test_the_scale_network_is_the_same_with_any_number_of_threads(tiny_package: ModelPackage) -> None:
    generator = np.random.default_rng(0)
    backends = [Backend(tiny_package.graph, "cpu", threads) for threads in (1, 2)]
    state = generator.integers(0, 256, (1, 8, 40, 30)).astype(np.float32)
    symbols = generator.integers(-300, 300, (1, 4, 40, 30)).astype(np.int32)
    inputs = {"state": state, "symbols": symbols, "quality_index": QUALITY}
    first, second = (backend.run("scale_01", inputs, on_cpu=True) for backend in backends)
    assert len(np.unique(first["table_index"])) > 1
    for name in ("state_out", "table_index"):
        np.testing.assert_array_equal(first[name], second[name])


def test_cancel_before_a_run(tiny_package: ModelPackage) -> None:
    with pytest.raises(CancelledError):
        Backend(tiny_package.graph, "cpu").run("encoder", {}, cancel=lambda: True)


def test_cancel_stops_a_run_that_is_under_way(tiny_package: ModelPackage) -> None:
    polled = threading.Event()

    def cancel() -> bool:
        already = polled.is_set()
        polled.set()
        return already

    backend = Backend(tiny_package.graph, "cpu", threads=1)
    backend.run("encoder", {"picture": picture(64), "quality_index": QUALITY})
    with pytest.raises(CancelledError):
        backend.run("encoder", {"picture": picture(2048), "quality_index": QUALITY}, cancel=cancel)
    assert backend.run("encoder", {"picture": picture(64), "quality_index": QUALITY}).keys() >= {"symbols_00"}


def test_a_graph_that_cannot_run_is_a_model_error(
    tiny_package: ModelPackage, capfd: pytest.CaptureFixture[str]
) -> None:
    backend = Backend(tiny_package.graph, "cpu")
    with pytest.raises(ModelError, match="encoder"):
        backend.run("encoder", {"picture": picture(64)})
    with pytest.raises(ModelError, match="synthesis"):
        backend.run("synthesis", {"feature": np.zeros((1, 3, 4, 4), np.float32), "quality_index": QUALITY})
    assert capfd.readouterr().err == ""


def test_a_graph_that_cannot_be_loaded_is_a_model_error(capfd: pytest.CaptureFixture[str]) -> None:
    backend = Backend(lambda _: Graph(b"no model", {}), "cpu")
    with pytest.raises(ModelError, match="decoder"):
        backend.run("decoder", {})
    assert capfd.readouterr().err == ""


def test_what_was_checked_as_onnx_is_loaded_as_onnx(tiny_package: ModelPackage) -> None:
    """Left to itself, ONNX Runtime would see its own format in the name of this model's producer."""
    graph = tiny_package.graph("scale_00")
    disguised = Graph(b"\x12\x08\0\0ORTM\0\0" + graph.model, graph.weights)
    inputs = {"grid_shape": np.array([2, 3]), "quality_index": QUALITY}
    expected = Backend(tiny_package.graph, "cpu").run("scale_00", inputs)
    outputs = Backend(lambda _: disguised, "cpu").run("scale_00", inputs)
    np.testing.assert_array_equal(outputs["table_index"], expected["table_index"])


NO_THREAD = """
import resource, sys, threading
from pathlib import Path
import numpy as np
from codec_format.backend import Backend
from codec_format.errors import UnsupportedError
from codec_format.model_package import ModelPackage

backend = Backend(ModelPackage.load(Path(sys.argv[1])).graph, "cpu", threads=1)
inputs = {"grid_shape": np.array([2, 3]), "quality_index": np.array([40], np.int64)}
backend.run("scale_00", inputs)
threading.stack_size(2**30)
in_use = int(Path("/proc/self/status").read_text().split("VmData:")[1].split()[0]) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (in_use + 2**26, resource.RLIM_INFINITY))
try:
    backend.run("scale_00", inputs, cancel=lambda: False)
except UnsupportedError as error:
    print(error)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to limit the memory")
def test_a_thread_without_room_is_a_lack_of_memory(tiny_package_file: Path) -> None:
    program = [sys.executable, "-c", NO_THREAD, str(tiny_package_file)]
    result = subprocess.run(program, capture_output=True, text=True, check=False)
    assert "not enough memory" in result.stdout, result.stderr
