#!/usr/bin/env bash
# Train on a GPU that is there for some minutes only, and leave the outcome in pieces of 15 MiB, which mail, chat and
# job runners still carry. From the root of the repository:
#
#     training/train_for_minutes.sh START MINUTES RESULTS DATA...
#     cat RESULTS/model.part-* > CHECKPOINT
#
# START: a checkpoint, compact or not, whose scale network was fitted (`training.fit_scale_network`). Twice, half-way and
# at the end, RESULTS gets a compact checkpoint. More options for `training.train` can be given in the variable OPTIONS.
set -euo pipefail

start=$1 minutes=$2 results=$3
shift 3
run=$(mktemp -d)
mkdir -p "$results"

bring_back() {
  if [ -f "$run/last.safetensors" ]; then
    python3 -m training.checkpoint "$run/last.safetensors" -o "$run/compact.safetensors"
    split -b 15M "$run/compact.safetensors" "$results/model.part-"
  fi
  cp "$run/log.jsonl" "$results/" 2>/dev/null || true
}

preset=$(python3 - "$start" <<'PYTHON'
import sys
from pathlib import Path
from training.checkpoint import load_checkpoint
print(load_checkpoint(Path(sys.argv[1])).preset.name)
PYTHON
)
trap bring_back EXIT
(sleep "$(awk "BEGIN { print 30 * $minutes }")" && bring_back) &
# shellcheck disable=SC2086 # options are words
python3 -m training.train --preset "$preset" --from "$start" --data "$@" --output "$run" --minutes "$minutes" \
  --batch 64 --crop 256 --learning-rate 2e-3 --hierarchy-warm-up 0 --integer-scales --save-every 60 --validate-every 1500 \
  ${OPTIONS:-}
