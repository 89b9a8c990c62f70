"""Conversion of many files: names, policies, failures, interruptions."""

import csv
import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from codec_format import Codec, EncodeSettings, ModelPackage, SettingsError, load_picture
from codec_format.batch import run_batch
from codec_format.batch_plan import (
    BatchSettings,
    FileState,
    FileUpdate,
    InputFile,
    Outcome,
    Plan,
    RunProgress,
    find_files,
    plan_batch,
)
from codec_format.batch_report import batch_report, format_report
from codec_format.container import MAGIC, read_container, read_header
from codec_format.rate_control import encode_to_target
from codec_format.settings import (
    ExistingFile,
    OutputPolicy,
    Target,
    TargetPsnr,
    TargetShare,
    TargetSize,
    target_for,
)
from tests.codec_format.golden import LOSSLESS_PACKAGE

DONE, SKIPPED, FAILED = FileState.DONE, FileState.SKIPPED, FileState.FAILED


def draw(path: Path, width: int = 96, height: int = 64, mode: str = "RGB") -> Path:
    """A picture that differs from those of other names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([2 * x, 2 * y, x + y + sum(path.name.encode())], -1).astype(np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)
    return path


@pytest.fixture(scope="module")
def codec(tiny_package: ModelPackage) -> Codec:
    return Codec(tiny_package, "cpu")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Good and broken files, mixed and nested."""
    root = tmp_path / "tree"
    for name in ("img10.png", "img2.jpg", "a/sunset.webp", "a/b/deep.tiff"):
        draw(root / name)
    (root / "a" / "cut.png").write_bytes((root / "img10.png").read_bytes()[:100])
    (root / "a" / "empty.jpg").touch()
    (root / "notes.txt").write_text("no picture")
    draw(root / ".hidden" / "x.png")
    draw(root / ".x.png")
    return root


class Runner:
    """Runs batches in this thread and keeps what they report."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self.updates: list[FileUpdate] = []

    def run(self, plan: Plan, **options: object) -> list[Outcome]:
        self.updates = []
        run_batch(plan, lambda _: self._codec, self.updates.append, **options)  # type: ignore[arg-type]
        return [update.outcome for update in self.updates if update.outcome is not None]

    def convert(self, *paths: Path, quality: int = 60, **policy: object) -> list[Outcome]:
        settings = BatchSettings(EncodeSettings(quality), OutputPolicy(**policy))  # type: ignore[arg-type]
        return self.run(plan_batch(find_files(paths), settings))


@pytest.fixture
def runner(codec: Codec) -> Runner:
    return Runner(codec)


def states(outcomes: list[Outcome]) -> list[FileState]:
    return [outcome.state for outcome in outcomes]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# ------------------------------------------------------------------------------------------------------ finding files


def test_folders_are_searched_in_natural_order_and_keep_their_structure(tree: Path) -> None:
    found = find_files([tree])
    assert [(file.path.name, str(file.folder)) for file in found] == [
        ("img2.jpg", "tree"),
        ("img10.png", "tree"),
        ("cut.png", "tree/a"),
        ("empty.jpg", "tree/a"),
        ("sunset.webp", "tree/a"),
        ("deep.tiff", "tree/a/b"),
    ]
    assert found[0].byte_count == (tree / "img2.jpg").stat().st_size


def test_a_file_that_is_named_is_taken_whatever_it_is_called_and_every_file_once(tree: Path) -> None:
    link = tree / "again.png"
    link.symlink_to(tree / "img10.png")
    found = find_files([tree / "notes.txt", tree / "img10.png", tree, tree / "missing.png", tree])
    assert [file.path.name for file in found][:2] == ["notes.txt", "img10.png"]
    assert [file.path.name for file in found][-1] == "missing.png"
    assert len(found) == len({os.path.realpath(file.path) for file in found}) == 8


def test_coded_files_are_told_by_their_content_too(tmp_path: Path) -> None:
    disguised = tmp_path / "picture.png"
    disguised.write_bytes(MAGIC + b"...")
    empty = tmp_path / "empty.qres"
    empty.touch()
    assert [file.is_encoded for file in find_files([disguised, empty])] == [True, True]


def test_a_link_to_a_folder_above_does_not_go_round_for_ever(tree: Path) -> None:
    (tree / "a" / "up").symlink_to(tree)
    assert len(find_files([tree])) == 6


# ----------------------------------------------------------------------------------------------------------- planning


def names(plan: Plan) -> list[str | None]:
    return [conversion.target and conversion.target.name for conversion in plan.conversions]


def test_two_inputs_of_one_name_get_two_outputs(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png", "A.webp", "a (2).bmp"):
        draw(tmp_path / name)
    plan = plan_batch(find_files([tmp_path]), BatchSettings())
    assert (
        sorted(filter(None, names(plan))) == ["A (3).qres", "a (2) (2).qres", "a (2).qres", "a.qres"]
        or len({name.casefold() for name in names(plan) if name}) == 4
    )
    assert plan == plan_batch(find_files([tmp_path]), BatchSettings())


def test_the_policy_makes_the_names(tmp_path: Path) -> None:
    file = InputFile(Path("/in/x/holiday.one.jpg"), Path("x"), 1, False)
    beside = plan_batch([file], BatchSettings(output=OutputPolicy(suffix="-small"))).conversions[0].target
    assert beside == Path("/in/x/holiday.one-small.qres")
    below = plan_batch([file], BatchSettings(output=OutputPolicy(folder=tmp_path))).conversions[0].target
    assert below == tmp_path / "x" / "holiday.one.qres"


def test_what_the_direction_does_not_fit_is_left_out_with_a_reason() -> None:
    files = [InputFile(Path("/a.png"), Path(), 1, False), InputFile(Path("/b.qres"), Path(), 1, True)]
    encode, decode = (
        plan_batch(files, BatchSettings(output=OutputPolicy(extension))) for extension in (".qres", ".png")
    )
    assert names(encode) == ["a.qres", None]
    assert names(decode) == [None, "b.png"]
    assert encode.conversions[1].left_out == "It is a .qres file already."
    assert decode.conversions[0].left_out == "It is no .qres file."


@pytest.mark.parametrize("policy", [{"suffix": "a/b"}, {"suffix": "\0"}, {"extension": "png"}, {"extension": "./x"}])
def test_names_that_no_system_takes_are_refused(policy: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        OutputPolicy(**policy)  # type: ignore[arg-type]


def test_an_extension_that_cannot_be_written_is_refused_before_the_run() -> None:
    with pytest.raises(SettingsError, match="gif"):
        plan_batch([], BatchSettings(output=OutputPolicy(".gif")))


NAMES = st.sampled_from(
    ["a.jpg", "A.png", "a.qres", "a (2).png", "a (2).qres", "é.png", "e\u0301.jpg", "b.tif", "a.JPG"]
)
FOLDERS = st.sampled_from(["", "x", "X", "x/y"])


@given(
    files=st.lists(st.tuples(FOLDERS, NAMES), unique=True, max_size=12),
    extension=st.sampled_from([".qres", ".png", ".jpg"]),
    folder=st.sampled_from([None, "/out", "/in"]),
)
def test_no_output_meets_another_or_an_input(files: list[tuple[str, str]], extension: str, folder: str | None) -> None:
    inputs = [InputFile(Path("/in", at, name), Path(at), 1, name.endswith(".qres")) for at, name in files]
    policy = OutputPolicy(extension, (folder and Path(folder)) or None)
    plan = plan_batch(inputs, BatchSettings(output=policy))
    targets = [conversion.target for conversion in plan.conversions if conversion.target is not None]
    assert len({str(target) for target in targets}) == len(targets)
    converted = {row.source.path for row in plan.conversions if row.target is not None}
    assert not converted & set(targets)
    if folder is not None:
        assert len({str(target).casefold() for target in targets}) == len(targets)


# ------------------------------------------------------------------------------------------------------------ running


def test_broken_files_are_reported_and_the_run_goes_on(
    runner: Runner, tree: Path, tmp_path: Path, codec: Codec
) -> None:
    before = contents(tree)
    out = tmp_path / "out"
    outcomes = runner.convert(tree, folder=out)
    assert states(outcomes) == [DONE, DONE, FAILED, FAILED, DONE, DONE]
    assert [update.position for update in runner.updates] == sorted(update.position for update in runner.updates)
    assert "not a readable picture" in outcomes[2].messages[0]
    assert "empty" in outcomes[3].messages[0]
    assert contents(tree) == before
    written = contents(out)
    assert set(written) == {f"tree/{name}.qres" for name in ("img2", "img10", "a/sunset", "a/b/deep")}
    assert written["tree/a/sunset.qres"] == codec.encode(load_picture(tree / "a" / "sunset.webp"), EncodeSettings(60))
    assert outcomes[0].byte_count == len(written["tree/img2.qres"])
    assert all(outcome.seconds > 0 for outcome in outcomes)


def test_coded_files_become_pictures_again(runner: Runner, tree: Path, tmp_path: Path, codec: Codec) -> None:
    runner.convert(tree, folder=tmp_path / "coded")
    (tmp_path / "coded" / "bad.qres").write_bytes(b"nothing")
    outcomes = runner.convert(tmp_path / "coded", folder=tmp_path / "back", extension=".png")
    assert sorted(states(outcomes)) == [DONE] * 4 + [FAILED]
    back = load_picture(tmp_path / "back" / "coded" / "tree" / "img2.png")
    coded = (tmp_path / "coded" / "tree" / "img2.qres").read_bytes()
    assert np.array_equal(back.pixels, codec.decode(coded).picture.pixels)


@pytest.mark.parametrize(
    ("existing", "state", "name"),
    [(ExistingFile.RENAME, DONE, "a (2).qres"), (ExistingFile.SKIP, SKIPPED, "a.qres"), ("overwrite", DONE, "a.qres")],
)
def test_a_file_in_the_way(runner: Runner, tmp_path: Path, existing: ExistingFile, state: FileState, name: str) -> None:
    source, foreign = draw(tmp_path / "a.png"), tmp_path / "a.qres"
    foreign.write_bytes(b"something else")
    (outcome,) = runner.convert(source, existing=ExistingFile(existing))
    assert (outcome.state, outcome.target) == (state, tmp_path / name)
    assert (foreign.read_bytes() == b"something else") == (existing != "overwrite")


@pytest.mark.parametrize("existing", list(ExistingFile))
def test_neither_an_input_nor_what_a_link_points_to_is_ever_overwritten(
    runner: Runner, tmp_path: Path, existing: ExistingFile
) -> None:
    draw(tmp_path / "a.png")
    runner.convert(tmp_path / "a.png")
    linked = draw(tmp_path / "elsewhere" / "original.png")
    draw(tmp_path / "b.png")
    runner.convert(tmp_path / "b.png")
    (tmp_path / "b.png").unlink()
    (tmp_path / "b.png").symlink_to(linked)
    before = {name: content for name, content in contents(tmp_path).items() if name.endswith(".png")}
    runner.convert(
        tmp_path / "a.png",
        tmp_path / "a.qres",
        tmp_path / "b.qres",
        extension=".png",
        existing=existing,
        skip_done=False,
    )
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before
    assert ("a (2).png" in after) == ("b (2).png" in after) == (existing is not ExistingFile.SKIP)


def test_what_is_done_is_left_alone_and_what_has_changed_is_not(runner: Runner, tmp_path: Path) -> None:
    source = draw(tmp_path / "a.png")
    target = tmp_path / "a.qres"

    def again(**options: object) -> FileState:
        (outcome,) = runner.convert(source, existing=ExistingFile.OVERWRITE, **options)  # type: ignore[arg-type]
        return outcome.state

    assert again() is DONE
    assert again() is SKIPPED
    assert again(skip_done=False) is DONE
    assert again(quality=100) is DONE
    whole = target.read_bytes()
    target.write_bytes(whole[:-20])
    assert again(quality=100) is DONE
    assert target.read_bytes() == whole
    newer = target.stat().st_mtime_ns + 10**9
    os.utime(source, ns=(newer, newer))
    assert again(quality=100) is DONE
    draw(source, width=50)
    os.utime(source, ns=(newer, newer))
    assert again(quality=100) is DONE
    assert read_header(target.read_bytes()).width == 50
    # A disk that keeps even seconds only makes the output seem a little older.
    even = newer // (2 * 10**9) * 2 * 10**9
    os.utime(target, ns=(even, even))
    assert again(quality=100) is SKIPPED


@pytest.mark.parametrize("target", [TargetSize(600), TargetShare(200), TargetPsnr(10.2)])
def test_a_target_gives_the_bytes_of_the_search_and_is_done_once(
    runner: Runner, codec: Codec, tmp_path: Path, target: Target
) -> None:
    source = draw(tmp_path / "a.png", width=160)

    def again(target: Target | None) -> Outcome:
        output = OutputPolicy(existing=ExistingFile.OVERWRITE)
        settings = BatchSettings(EncodeSettings(keep_metadata=False), output, target)
        (outcome,) = runner.run(plan_batch(find_files([source]), settings))
        return outcome

    assert again(target).state is DONE
    goal = target_for(target, source.stat().st_size)
    wanted = encode_to_target(codec, load_picture(source), goal, EncodeSettings(keep_metadata=False))
    assert wanted.reached
    assert (tmp_path / "a.qres").read_bytes() == wanted.data
    assert again(target).state is SKIPPED
    assert again(TargetPsnr(60)).state is DONE
    assert again(target).state is DONE


def test_a_lossless_file_is_done_for_lossless_coding_alone(tmp_path: Path) -> None:
    runner = Runner(Codec(ModelPackage.load(LOSSLESS_PACKAGE), "cpu"))
    source = draw(tmp_path / "a.png")

    def again(encode: EncodeSettings) -> FileState:
        output = OutputPolicy(existing=ExistingFile.OVERWRITE)
        (outcome,) = runner.run(plan_batch(find_files([source]), BatchSettings(encode, output)))
        return outcome.state

    lossless, lossy = EncodeSettings(lossless=True), EncodeSettings(32)  # of the same quality index
    assert [again(lossless), again(lossless), again(lossy)] == [DONE, SKIPPED, DONE]
    assert read_container((tmp_path / "a.qres").read_bytes()).lossless is None
    assert [again(lossy), again(lossless)] == [SKIPPED, DONE]
    assert read_container((tmp_path / "a.qres").read_bytes()).lossless is not None


def test_a_target_out_of_reach_is_told_and_keeps_the_original(runner: Runner, tmp_path: Path) -> None:
    source = draw(tmp_path / "a.png")
    settings = BatchSettings(EncodeSettings(), OutputPolicy(trash_originals=True), TargetSize(1))
    (outcome,) = runner.run(plan_batch(find_files([source]), settings))
    assert outcome.state is DONE
    assert "out of reach" in outcome.messages[0]
    assert "original stays" in outcome.messages[1]
    assert source.exists()


def test_a_second_run_over_colliding_names_changes_nothing(runner: Runner, tmp_path: Path) -> None:
    for name in ("a.png", "a.bmp", "a.webp"):
        draw(tmp_path / name)
    assert states(runner.convert(tmp_path)) == [DONE] * 3
    before = contents(tmp_path)
    assert states(runner.convert(tmp_path)) == [SKIPPED] * 6
    assert contents(tmp_path) == before


def test_metadata_that_were_to_be_left_out_make_an_output_undone(runner: Runner, tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    Image.new("RGB", (40, 30)).save(source, exif=exif)
    runner.convert(source)
    settings = BatchSettings(EncodeSettings(60, keep_metadata=False), OutputPolicy(existing=ExistingFile.OVERWRITE))
    (outcome,) = runner.run(plan_batch(find_files([source]), settings))
    assert outcome.state is DONE
    assert b"where I live" not in (tmp_path / "a.qres").read_bytes()


def test_a_file_that_would_grow_is_not_written(runner: Runner, tmp_path: Path) -> None:
    plain = tmp_path / "plain.png"
    Image.new("RGB", (16, 16)).save(plain, optimize=True)
    noise = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(noise)
    outcomes = runner.convert(plain, noise, quality=0, only_if_smaller=True)
    assert states(outcomes) == [SKIPPED, DONE]
    assert "would not be smaller" in outcomes[0].messages[0]
    assert not (tmp_path / "plain.qres").exists()


@pytest.mark.parametrize("keep", [True, False])
def test_file_times(runner: Runner, tmp_path: Path, keep: bool) -> None:
    source = draw(tmp_path / "a.png")
    old = 1_000_000_000_123_456_789
    os.utime(source, ns=(old, old))
    runner.convert(source, keep_times=keep)
    assert ((tmp_path / "a.qres").stat().st_mtime_ns == old) == keep


def test_a_cancelled_run_leaves_nothing_and_goes_on_later(runner: Runner, tree: Path, tmp_path: Path) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    runner.convert(tree, folder=whole)
    plan = plan_batch(find_files([tree]), BatchSettings(output=OutputPolicy(folder=out)))

    def cancelled() -> bool:
        return runner.updates[-1].position == 4 and runner.updates[-1].fraction > 0

    assert states(runner.run(plan, cancel=lambda: bool(runner.updates) and cancelled())) == [DONE, DONE, FAILED, FAILED]
    assert runner.updates[-1] == FileUpdate(4, FileState.WAITING)
    assert set(contents(out)) == {"tree/img2.qres", "tree/img10.qres"}
    assert states(runner.run(plan, positions=[4, 5])) == [DONE, DONE]
    assert contents(out) == contents(whole)


def test_a_pause_holds_the_run_between_two_files(runner: Runner, tree: Path) -> None:
    plan = plan_batch(find_files([tree]), BatchSettings())
    finished: list[int] = []
    runner.run(plan, hold=lambda: finished.append(sum(update.outcome is not None for update in runner.updates)))
    assert finished == [0, 1, 2, 3, 4, 5]


def test_a_full_disk_fails_each_file_and_leaves_no_rest(
    runner: Runner, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        outcomes = runner.convert(tree, folder=out)
    assert states(outcomes) == [FAILED] * 6
    assert "the disk is full" in outcomes[0].messages[0]
    assert contents(out) == {}
    assert states(runner.convert(tree, folder=out)).count(DONE) == 4


def test_a_target_that_cannot_be_a_folder_fails_each_file_before_the_work(runner: Runner, tree: Path) -> None:
    outcomes = runner.convert(tree, folder=tree / "notes.txt")
    assert states(outcomes) == [FAILED] * 6
    assert "cannot be made" in outcomes[0].messages[0]
    assert not any(update.state is FileState.WORKING and update.fraction > 0 for update in runner.updates)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder_fails_each_file(runner: Runner, tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o500)
    outcomes = runner.convert(tree, folder=out)
    assert states(outcomes) == [FAILED] * 6
    assert "ermission" in outcomes[0].messages[0]


def test_a_folder_and_a_pipe_are_no_pictures_and_hold_nothing_up(runner: Runner, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    files = [InputFile(pipe, Path(), 0, False), InputFile(tmp_path, Path(), 0, False)]
    outcomes = runner.run(plan_batch(files, BatchSettings()))
    assert states(outcomes) == [FAILED, FAILED]


def test_progress_counts_bytes_and_time_left_follows_what_was_converted() -> None:
    progress = RunProgress(100)
    assert progress.seconds_left is None
    progress = progress.after(FileUpdate(0, SKIPPED, 1.0, Outcome(SKIPPED, 0.1)), 20)
    assert (progress.fraction, progress.seconds_left) == (0.2, None)
    progress = progress.after(FileUpdate(1, DONE, 1.0, Outcome(DONE, 3.0)), 30)
    progress = progress.after(FileUpdate(2, FileState.WORKING, 0.5), 50)
    assert progress.fraction == 0.75
    assert progress.seconds_left == pytest.approx(2.5)
    assert RunProgress(0).fraction == 0


# ------------------------------------------------------------------------------------------------------------- report


def test_the_report_tells_everything_twice(runner: Runner, tree: Path, tmp_path: Path) -> None:
    plan = plan_batch(find_files([tree]), BatchSettings(output=OutputPolicy(folder=tmp_path / "out")))
    outcomes = dict(enumerate(runner.run(plan, positions=range(4))))
    report = json.loads(format_report(plan, outcomes, ".json"))
    assert report == batch_report(plan, outcomes)
    assert report["summary"] | {"seconds": 0} == {
        "waiting": 2,
        "done": 2,
        "skipped": 0,
        "failed": 2,
        "input_bytes": sum(plan.conversions[at].source.byte_count for at in (0, 1)),
        "output_bytes": sum(outcomes[at].byte_count or 0 for at in (0, 1)),
        "seconds": 0,
    }
    rows = list(csv.DictReader(io.StringIO(format_report(plan, outcomes, ".CSV").decode("utf-8-sig"))))
    assert [row["state"] for row in rows] == [file["state"] for file in report["files"]]
    assert rows[0]["output"] == str(tmp_path / "out" / "tree" / "img2.qres")
    assert rows[2]["messages"] == report["files"][2]["messages"][0]
    with pytest.raises(SettingsError):
        format_report(plan, outcomes, ".txt")


# ------------------------------------------------------------------------------------------------------------ crashes


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be forked")
def test_kills_at_random_moments_leave_whole_files_and_originals(
    tree: Path, tmp_path: Path, tiny_package_file: Path, runner: Runner
) -> None:
    """A process converts the tree and is killed, again and again; what is there afterwards is right every time."""
    expected = tmp_path / "expected"
    runner.convert(tree, folder=expected)
    originals = contents(tree)
    out = tmp_path / "out"
    program = textwrap.dedent(
        """
        import os, random, signal, sys, time
        from pathlib import Path
        import onnxruntime  # loaded before the forks
        from codec_format import Codec, ModelPackage
        from codec_format.batch import run_batch
        from codec_format.batch_plan import BatchSettings, find_files, plan_batch
        from codec_format.settings import OutputPolicy

        tree, out, package = map(Path, sys.argv[1:])
        package = ModelPackage.load(package)

        def convert():
            codec = Codec(package, "cpu")
            plan = plan_batch(find_files([tree]), BatchSettings(output=OutputPolicy(folder=out)))
            run_batch(plan, lambda _: codec, lambda update: None)

        chance = random.Random(5)
        longest, killed = 0.5, 0
        for attempt in range(60):
            child = os.fork()
            if child == 0:
                convert()
                os._exit(0)
            start = time.monotonic()
            time.sleep(chance.uniform(0, longest))
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            killed += os.WIFSIGNALED(status)
            if not os.WIFSIGNALED(status):
                longest = max(0.9 * longest, 0.02)
            finished = sorted(str(path.relative_to(out)) for path in out.rglob("*.qres"))
            print(attempt, finished, flush=True)
            for path in finished:
                content = (out / path).read_bytes()
                assert content == (tree.parent / "expected" / path).read_bytes(), path
            if len(finished) == 4:
                for path in finished:
                    (out / path).unlink()
        print("killed", killed)
        """
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(tree), str(out), str(tiny_package_file)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert int(result.stdout.split()[-1]) >= 20
    assert len(set(result.stdout.splitlines())) > 3
    assert contents(tree) == originals
    assert all(name.endswith((".qres", ".tmp")) for name in contents(out))
    for rest in out.rglob(".*.tmp"):
        rest.unlink()
    runner.convert(tree, folder=out)
    assert contents(out) == contents(expected)


# ------------------------------------------------------------------------------------------------------- command line

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def qres(tmp_path: Path, tiny_package_file: Path) -> Run:
    environment = os.environ | {"XDG_DATA_HOME": str(tmp_path / "data"), "OMP_NUM_THREADS": "1"}

    def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "codec_format.cli", *map(str, arguments), "--model", str(tiny_package_file)]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False, timeout=240
        )

    return run


def test_the_command_gives_the_bytes_of_encode_and_reports_as_json(qres: Run, tree: Path, tmp_path: Path) -> None:
    result = qres("batch", "tree", "-o", "out", "-q", "70", "--json")
    assert result.returncode == 11
    report = json.loads(result.stdout)
    assert report["summary"]["done"] == 4
    assert report["summary"]["failed"] == 2
    assert result.stderr.count("qres: error: ") == 2
    assert qres("encode", "tree/img2.jpg", "-q", "70", "-o", "single.qres").returncode == 0
    assert (tmp_path / "out" / "tree" / "img2.qres").read_bytes() == (tmp_path / "single.qres").read_bytes()


def test_the_command_tells_what_it_does(qres: Run, tree: Path, tmp_path: Path) -> None:
    shutil.rmtree(tree / "a")
    dry = qres("batch", "tree", "-n", "--suffix=-x")
    assert dry.returncode == 0
    assert "tree/img2.jpg -> tree/img2-x.qres" in dry.stdout
    assert not list(tmp_path.rglob("*.qres"))
    result = qres("batch", "tree")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "2 done, 0 skipped, 0 failed" in result.stdout
    again = qres("batch", "tree")
    assert "0 done, 4 skipped, 0 failed" in again.stdout
    back = qres("batch", "tree", "--to", "webp", "-o", "back")
    assert back.returncode == 0
    assert (tmp_path / "back" / "tree" / "img2.webp").is_file()


def test_a_truncated_file_is_decoded_and_told_by_the_exit_code(qres: Run, tree: Path, tmp_path: Path) -> None:
    qres("encode", "tree/img2.jpg", "-o", "cut.qres")
    cut = tmp_path / "cut.qres"
    cut.write_bytes(cut.read_bytes()[:-20])
    result = qres("batch", "cut.qres", "--to", "png", "--trash-originals")
    assert result.returncode == 10
    assert (tmp_path / "cut.png").is_file()
    assert cut.is_file()
    assert "The original stays" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes of this kind")
def test_a_reader_that_goes_away_ends_the_run(tree: Path, tmp_path: Path, tiny_package_file: Path) -> None:
    """As in "qres batch tree | head -0"."""
    shutil.rmtree(tree / "a")
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "codec_format.cli", "batch", "tree", "--model", str(tiny_package_file)]
    result = subprocess.run(command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert result.returncode == 8
    assert result.stderr.startswith("qres: error: Standard output cannot be written")
    assert result.stderr.count("\n") == 1


def test_nothing_to_convert_is_an_error(qres: Run, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    result = qres("batch", "folder")
    assert result.returncode == 3
    assert "no picture" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no terminals of this kind")
def test_an_interrupted_command_tells_what_is_done_and_goes_on_later(
    qres: Run, tmp_path: Path, tiny_package_file: Path
) -> None:
    """On a terminal, where the bar tells how far the run is."""
    draw(tmp_path / "in" / "1.png")
    Image.fromarray(np.zeros((6000, 6000, 3), np.uint8)).save(tmp_path / "in" / "2.bmp")
    draw(tmp_path / "in" / "3.png")
    command = [sys.executable, "-m", "codec_format.cli", "batch", "in", "--model", str(tiny_package_file)]
    terminal, its_side = os.openpty()
    # Where the tests run as a background job, SIGINT is ignored, and programs inherit that.
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stderr=its_side,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(its_side)
    shown = b""
    while b"1 of 3" not in shown:
        shown += os.read(terminal, 1000)
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    told = process.stdout.read().decode()
    assert process.wait() == 9
    os.close(terminal)
    process.stdout.close()
    assert "1 done, 0 skipped, 0 failed, 2 not begun" in told
    assert [path.name for path in (tmp_path / "in").iterdir() if path.suffix in (".qres", ".tmp")] == ["1.qres"]
    (tmp_path / "in" / "2.bmp").unlink()
    again = qres("batch", "in")
    assert "1 done, 2 skipped, 0 failed" in again.stdout


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="looks into the trash of freedesktop.org")
def test_originals_go_to_the_trash_only_when_nothing_else_is_lost(qres: Run, tmp_path: Path) -> None:
    plain = draw(tmp_path / "in" / "plain.png")
    content = plain.read_bytes()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    animation = tmp_path / "in" / "animation.png"
    frames[0].save(animation, save_all=True, append_images=frames[1:])
    result = qres("batch", "in", "-o", "out", "--trash-originals")
    assert result.returncode == 0, result.stderr
    assert not plain.exists()
    assert (tmp_path / "data" / "Trash" / "files" / "plain.png").read_bytes() == content
    assert animation.is_file()
    assert "The original stays" in result.stderr
