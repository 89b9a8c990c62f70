"""The command ``qres batch``: its options, what it shows while it runs, and its exit code."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from codec_format.batch import CodecFor, run_batch
from codec_format.batch_plan import (
    BatchSettings,
    FileState,
    FileUpdate,
    Outcome,
    Plan,
    RunProgress,
    find_files,
    plan_batch,
)
from codec_format.batch_report import batch_report
from codec_format.codec import Cancel
from codec_format.errors import CancelledError, InputError
from codec_format.imaging import file_extensions
from codec_format.settings import ENCODED_EXTENSION, EncodeSettings, ExistingFile, OutputPolicy, Target
from codec_format.terminal import ProgressBar, run_interruptibly, say

EXIT_INCOMPLETE = 10
EXIT_SOME_FAILED = 11

_DEFAULTS = OutputPolicy()


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options, but for those that it shares with other commands."""
    types = [extension.removeprefix(".") for extension in (ENCODED_EXTENSION, *file_extensions())]
    command.add_argument("inputs", metavar="INPUT", nargs="+", type=Path, help="a file, or a folder with all in it")
    command.add_argument(
        "--to",
        choices=types,
        default=types[0],
        metavar="TYPE",
        help=f"what to make: {', '.join(types)}; default {types[0]}, all others decode .qres files",
    )
    command.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where the outputs go, in the same folder structure; default: each beside its input",
    )
    command.add_argument("--suffix", default=_DEFAULTS.suffix, metavar="TEXT", help="what to add to the names")
    command.add_argument(
        "--existing",
        type=ExistingFile,
        choices=list(ExistingFile),
        default=_DEFAULTS.existing,
        metavar="WHAT",
        help=f"what to do where a file exists: {', '.join(ExistingFile)}; default {_DEFAULTS.existing}",
    )
    for name, default, text in (
        ("skip-done", _DEFAULTS.skip_done, "leave out what is done already"),
        ("keep-times", _DEFAULTS.keep_times, "give the outputs the modification times of the inputs"),
    ):
        command.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=default, help=text)
    command.add_argument("--only-if-smaller", action="store_true", help="write no .qres file larger than its picture")
    command.add_argument(
        "--trash-originals", action="store_true", help="move inputs to the trash when their output is written"
    )
    command.add_argument("-n", "--dry-run", action="store_true", help="show the names of the outputs and do nothing")


def run(
    options: argparse.Namespace, codec_for: CodecFor, encode: EncodeSettings, target: Target | None
) -> tuple[dict[str, Any], int]:
    """Do what the options say; gives the report and the exit code.

    Args:
        options: those of ``add_arguments``.
        codec_for: gives the codecs.
        encode: how pictures are encoded.
        target: what each encoding shall reach.

    Raises:
        SettingsError: the options cannot be met.
        InputError: there is nothing to convert.
    """
    settings = BatchSettings(
        encode,
        OutputPolicy(
            extension=f".{options.to}",
            folder=options.output,
            suffix=options.suffix,
            existing=options.existing,
            skip_done=options.skip_done,
            only_if_smaller=options.only_if_smaller,
            keep_times=options.keep_times,
            trash_originals=options.trash_originals,
        ),
        target,
    )
    files = run_interruptibly(lambda cancel: find_files(options.inputs, cancel))
    if not files:
        names = ", ".join(map(str, options.inputs))
        raise InputError(f"There is no picture and no .qres file in {names}; name other folders.")
    plan = plan_batch(files, settings)
    if options.dry_run:
        if not options.json:
            for conversion in plan.conversions:
                print(f"{conversion.source.path} -> {conversion.target or conversion.left_out}")
        return batch_report(plan, {}), 0
    display = _Display(plan, quiet=options.json)
    code = 0
    try:
        run_interruptibly(lambda cancel: display.follow(codec_for, cancel))
    except KeyboardInterrupt:
        code = CancelledError.exit_code
    display.finish()
    return batch_report(plan, display.outcomes), code or _exit_code(list(display.outcomes.values()))


def _exit_code(outcomes: Sequence[Outcome]) -> int:
    if any(outcome.state is FileState.FAILED for outcome in outcomes):
        return EXIT_SOME_FAILED
    return EXIT_INCOMPLETE if any(outcome.truncated for outcome in outcomes) else 0


class _Display:
    """A line for each file that is finished, and below them a bar for the whole run."""

    def __init__(self, plan: Plan, quiet: bool) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self._plan = plan
        self._files = [conversion.source for conversion in plan.conversions]
        self._progress = RunProgress(sum(file.byte_count for file in self._files))
        self._quiet = quiet
        self._bar = ProgressBar()
        self._start = time.monotonic()

    def follow(self, codec_for: CodecFor, cancel: Cancel) -> None:
        """Run the batch and show how it gets on."""
        run_batch(self._plan, codec_for, self._show, cancel)

    def finish(self) -> None:
        """The last line."""
        self._bar.clear()
        if self._quiet:
            return
        states = [outcome.state for outcome in self.outcomes.values()]
        counts = [f"{states.count(state)} {state}" for state in (FileState.DONE, FileState.SKIPPED, FileState.FAILED)]
        waiting = len(self._files) - len(states)
        if waiting:
            counts.append(f"{waiting} not begun")
        before, after = self._sizes()
        sizes = f"; {before} bytes became {after}, {_percent(after, before)}" if before else ""
        print(f"{', '.join(counts)}{sizes}; {_duration(time.monotonic() - self._start)}", flush=True)

    def _sizes(self) -> tuple[int, int]:
        done = [(self._files[at], outcome) for at, outcome in self.outcomes.items() if outcome.state is FileState.DONE]
        return sum(file.byte_count for file, _ in done), sum(outcome.byte_count or 0 for _, outcome in done)

    def _show(self, update: FileUpdate) -> None:
        if update.outcome is not None:
            self.outcomes[update.position] = update.outcome
            self._bar.clear()
            self._tell(self._plan.conversions[update.position].source.path, update.outcome)
        self._progress = self._progress.after(update, self._files[update.position].byte_count)
        self._draw()

    def _tell(self, source: Path, outcome: Outcome) -> None:
        if outcome.state is FileState.FAILED:
            for message in outcome.messages:
                say("error", f"{source}: {' '.join(message.split())}")
            return
        if outcome.state is FileState.DONE:
            for message in outcome.messages:
                say("note", f"{source}: {message}")
        if self._quiet:
            return
        if outcome.state is FileState.DONE:
            print(f"{source} -> {outcome.target}, {outcome.byte_count} bytes", flush=True)
        else:
            print(f"{source}: {' '.join(outcome.messages)}", flush=True)

    def _draw(self) -> None:
        text = f"{len(self.outcomes)} of {len(self._files)}"
        left = self._progress.seconds_left
        self._bar.draw(self._progress.fraction, text if left is None else f"{text}, {_duration(left)} left")


def _percent(after: int, before: int) -> str:
    return f"{100 * after / before:.1f} %"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
