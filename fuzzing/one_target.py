"""python -m fuzzing.one_target TARGET [LIBFUZZER_OPTION ..] [FOLDER ..]: fuzz one target until something is found."""

import sys

import atheris


def main() -> None:
    """Hand the target to libFuzzer, which ends the process."""
    with atheris.instrument_imports(include=["codec_format", "zipfile"]):
        from fuzzing.targets import TARGETS
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
