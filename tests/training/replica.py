"""One of several processes of a training run, started by torchrun: keeps what each of them ends with."""

import os
import sys
from pathlib import Path

from training.checkpoint import save_checkpoint
from training.train import main, train


def run() -> int:
    """Arguments: those of `training.train`, the last of which is the output folder."""
    import training.train

    def keep_all(run: training.train.Run, *arguments: object, **settings: object) -> None:
        train(run, *arguments, **settings)  # type: ignore[arg-type]
        save_checkpoint(run.checkpoint(), Path(sys.argv[-1]) / f"replica-{os.environ['RANK']}.safetensors")

    training.train.train = keep_all  # type: ignore[assignment]
    return main()


if __name__ == "__main__":
    sys.exit(run())
