"""ONNX Runtime sessions: the only module that imports onnxruntime."""

import contextlib
import functools
import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from codec_format.errors import CancelledError, Message, ModelError, SettingsError, UnsupportedError
from codec_format.lanes import usable_cores

Device = Literal["auto", "cpu", "cuda"]
DEVICES: tuple[str, ...] = get_args(Device)

_CPU = "CPUExecutionProvider"
_CUDA = "CUDAExecutionProvider"
_SILENT = 4  # fatal errors only; what matters arrives as an exception
_CANCEL_POLL_SECONDS = 0.05
_AS_REQUESTED = 1  # kSameAsRequested
_MOST_LANES = 2  # each takes the memory of a run


def load_runtime() -> Any:
    """ONNX Runtime, loaded when first asked for, so that commands that run no network do without.

    The first call takes some tenths of a second, in part without letting any other Python thread run.
    """
    import onnxruntime

    return onnxruntime


class Graph(Protocol):
    """An ONNX model and the weights it takes from outside, by name."""

    @property
    def model(self) -> bytes:
        """The serialised ONNX model."""

    @property
    def weights(self) -> Mapping[str, NDArray[Any]]:
        """External initialisers, in the types and shapes that the model declares."""


class _Loaded(NamedTuple):
    """A session and what its graph declares; asking it takes longer than starting a small run."""

    session: Any
    inputs: frozenset[str]
    outputs: list[str]


class Backend:
    """Runs the graphs of one model package, each in a session that is created at its first use and kept.

    Sessions may be used from several threads.
    """

    def __init__(self, load_graph: Callable[[str], Graph], device: str = "auto", threads: int = 0) -> None:
        """Choose the device; nothing is loaded yet.

        Args:
            load_graph: gives the graph of a name.
            device: "cpu", "cuda", or "auto" for CUDA where it works and the CPU elsewhere.
            threads: threads within one operator; 0 lets ONNX Runtime take one for each physical core.

        Raises:
            SettingsError: the device is unknown.
        """
        if device not in DEVICES:
            raise SettingsError(
                'The device must be one of {devices}, not "{device}".', devices=", ".join(DEVICES), device=device
            )
        onnxruntime = load_runtime()
        onnxruntime.set_default_logger_severity(_SILENT)
        _share_arena()
        self._runtime = onnxruntime
        self._load_graph = load_graph
        self._threads = threads
        self._wanted = device
        self._use_cuda = device != "cpu" and _CUDA in onnxruntime.get_available_providers()
        # By graph, whether it keeps off the GPU that others use, and how many share the cores.
        self._sessions: dict[tuple[str, bool, int], _Loaded] = {}
        self._provider: str | None = None  # that of the last run that counts
        self._lock = threading.Lock()

    @property
    def device_warning(self) -> str | None:
        """Why the device in use is not the one asked for; None while it is. Known once a graph has been loaded."""
        if self._wanted == "cuda" and not self._use_cuda:
            return Message("CUDA was asked for but cannot be used on this computer, so the CPU does the work.")
        return None

    def lanes(self, *, on_cpu: bool = False) -> int:
        """How many runs at once make the best of the processor's cores; a GPU takes them one by one."""
        return 1 if self._use_cuda and not on_cpu else min(_MOST_LANES, self._threads or usable_cores())

    def describe_device(self, name: str) -> str:
        """The device that the last run was on, "cuda (...)" or "cpu (...)".

        Before the first one it is the device of the graph ``name``, which is loaded for that.
        """
        provider = self._provider or self._session(name, on_cpu=False, lanes=1).session.get_providers()[0]
        kind = "cuda" if provider == _CUDA else "cpu"
        return f"{kind} ({provider} of ONNX Runtime {self._runtime.__version__})"

    def run(
        self,
        name: str,
        inputs: Mapping[str, NDArray[Any]],
        *,
        on_cpu: bool = False,
        lanes: int = 1,
        counts: bool = True,
        cancel: Callable[[], bool] | None = None,
    ) -> dict[str, NDArray[Any]]:
        """Run a graph.

        Args:
            name: name of the graph.
            inputs: arrays by input name; those that the graph does not declare are left out.
            on_cpu: run on the CPU whatever the device is.
            lanes: how many runs share the cores; each takes its part of them.
            counts: the run says which device is in use.
            cancel: polled while the graph runs, from another thread.

        Returns:
            The outputs by name.

        Raises:
            ModelError: the graph cannot be loaded or run.
            UnsupportedError: there is not enough memory for a picture of this size, or for the network.
            CancelledError: ``cancel`` returned True.
        """
        session, input_names, output_names = self._session(name, on_cpu, lanes)
        feed = {key: np.ascontiguousarray(value) for key, value in inputs.items() if key in input_names}
        options = self._runtime.RunOptions()
        options.log_severity_level = _SILENT
        with _Watch(cancel, options) as watch:
            try:
                outputs = session.run(output_names, feed, options)
            except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
                if watch.cancelled:
                    raise CancelledError("The work was cancelled.") from None
                _raise_for_memory(error)
                raise ModelError(
                    'The graph "{name}" of the model package failed: {reason}', name=name, reason=_first_line(error)
                ) from error
        if counts:
            self._provider = session.get_providers()[0]
        return dict(zip(output_names, outputs, strict=True))

    def _session(self, name: str, on_cpu: bool, lanes: int) -> _Loaded:
        with self._lock:
            loaded = self._sessions.get((name, on_cpu and self._use_cuda, lanes))
            if loaded is None:
                session = self._create_session(name, self._use_cuda and not on_cpu, lanes)
                inputs = frozenset(node.name for node in session.get_inputs())
                loaded = _Loaded(session, inputs, [node.name for node in session.get_outputs()])
                # Where CUDA is not used, which may have turned out only now, one session serves both.
                self._sessions[name, on_cpu and self._use_cuda, lanes] = loaded
            return loaded

    def _create_session(self, name: str, cuda: bool, lanes: int) -> Any:
        graph = self._load_graph(name)
        options = self._runtime.SessionOptions()
        options.graph_optimization_level = self._runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads = (
            self._threads if lanes == 1 else max(1, (self._threads or usable_cores()) // lanes)
        )
        options.log_severity_level = _SILENT
        options.add_session_config_entry("session.use_env_allocators", "1")  # see _share_arena
        # ONNX Runtime would guess the format from a few bytes, and load as its own what has been checked as ONNX.
        options.add_session_config_entry("session.load_model_format", "ONNX")
        # Threads spin between the operators of a run, which are too short to sleep, but not behind it: there are many
        # sessions, and other programs need the cores too.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        # Planning ahead which buffers share memory takes most of the time that it takes to create a session (0.8 of
        # 0.9 seconds for an encoder of a thousand nodes). Without a plan the runs are as fast, and need less memory.
        options.enable_mem_reuse = False
        options.enable_mem_pattern = False
        try:
            values = [self._runtime.OrtValue.ortvalue_from_numpy(value) for value in graph.weights.values()]
            options.add_external_initializers(list(graph.weights), values)
            session = self._runtime.InferenceSession(graph.model, options, providers=[_CUDA, _CPU] if cuda else [_CPU])
        except Exception as error:  # as above
            _raise_for_memory(error)
            raise ModelError(
                'The graph "{name}" of the model package cannot be loaded: {reason}',
                name=name,
                reason=_first_line(error),
            ) from error
        session.disable_fallback()
        if cuda and _CUDA not in session.get_providers():
            # The GPU build lists CUDA even where no GPU is: only the finished session tells. Do not try again.
            self._use_cuda = False
        return session


@functools.cache
def _share_arena() -> None:
    """Let all sessions of the process take their memory from one arena, which grows by what is asked for.

    Each would have one of its own that doubles when it grows, and keeps a region as long as an output stands in it: a
    quarter more memory for a large picture.
    """
    onnxruntime = load_runtime()
    cpu = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    growth = onnxruntime.OrtArenaCfg({"max_mem": 0, "arena_extend_strategy": _AS_REQUESTED})
    # Where the program around this library has one already that cannot be replaced, the sessions take that.
    with contextlib.suppress(RuntimeError):
        onnxruntime.create_and_register_allocator(cpu, growth)


class _Watch:
    """Polls ``cancel`` from a thread while a graph runs, and stops the run when it says so."""

    def __init__(self, cancel: Callable[[], bool] | None, options: Any) -> None:
        self.cancelled = False
        self._cancel = cancel
        self._options = options
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "_Watch":
        if self._cancel is not None:
            if self._cancel():
                raise CancelledError("The work was cancelled.")
            self._thread = _start_thread(self._poll, self._cancel)
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _poll(self, cancel: Callable[[], bool]) -> None:
        while not self._done.wait(_CANCEL_POLL_SECONDS):
            if cancel():
                self.cancelled = True
                self._options.terminate = True
                return


def _start_thread(work: Callable[[Callable[[], bool]], None], cancel: Callable[[], bool]) -> threading.Thread:
    thread = threading.Thread(target=work, args=(cancel,), daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # there is no room for its stack
        raise _not_enough_memory() from error
    return thread


def _not_enough_memory() -> UnsupportedError:
    return UnsupportedError("There is not enough memory for a picture of this size; use a smaller picture, or the CPU.")


def _raise_for_memory(error: Exception) -> None:
    """Turn ONNX Runtime's many ways to say that an allocation failed into one error; do nothing for other errors."""
    text = str(error).lower()
    if isinstance(error, MemoryError) or "allocate" in text or "bad_alloc" in text or "out of memory" in text:
        raise _not_enough_memory() from error


def _first_line(error: Exception) -> str:
    """The gist of a message of ONNX Runtime, as the end of a sentence."""
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__)[:300].rstrip(".") + "."
