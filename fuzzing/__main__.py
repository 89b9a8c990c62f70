"""python -m fuzzing [TARGET ..]: fuzz each target for some time; needs atheris, which is there for Linux on x86-64."""

import argparse
import subprocess
import sys
from pathlib import Path

from fuzzing.targets import TARGETS

CORPUS = Path(__file__).parents[1] / "tests" / "data" / "corpus"
_LIMITS = ["-rss_limit_mb=2048", "-malloc_limit_mb=1024", "-timeout=10", "-max_len=16384"]
# atheris never frees the frames of instrumented functions that raise (with Python 3.11), so no process lives long.
_PROCESS_SECONDS = 100


def main() -> int:
    """Exit code 0 if nothing was found, else 1; the input that did it stands in the work folder."""
    parser = argparse.ArgumentParser(prog="python -m fuzzing", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target; default %(default)s")
    parser.add_argument("--work", type=Path, default=Path("build/fuzzing"), help="where inputs are kept between runs")
    options = parser.parse_args()
    if unknown := set(options.targets) - TARGETS.keys():
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    found = []
    for target in options.targets or TARGETS:
        work = options.work / target
        work.mkdir(parents=True, exist_ok=True)
        files = [f"-artifact_prefix={options.work}/{target}-", str(work), str(CORPUS / target)]
        command = [sys.executable, "-m", "fuzzing.one_target", target, *_LIMITS, "-print_final_stats=1"]
        for left in range(options.seconds, 0, -_PROCESS_SECONDS):
            times = [f"-max_total_time={min(left, _PROCESS_SECONDS)}"]
            if subprocess.run([*command, *times, *files], check=False).returncode != 0:
                found.append(target)
                break
    print(f"Findings: {', '.join(found) or 'none'}.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
