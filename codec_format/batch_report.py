"""The report on a run, as JSON for programs and as CSV for spreadsheets."""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from codec_format.batch_plan import Conversion, FileState, Outcome, Plan
from codec_format.errors import Message, SettingsError

REPORT_EXTENSIONS = (".csv", ".json")
_COLUMNS = ("input", "output", "state", "input_bytes", "output_bytes", "seconds", "messages")


def batch_report(plan: Plan, outcomes: Mapping[int, Outcome]) -> dict[str, Any]:
    """What became of every file of a plan, ready for JSON.

    Args:
        plan: the plan of the run.
        outcomes: by position in the plan; a file without one is still waiting.
    """
    files = [_row(conversion, outcomes.get(position)) for position, conversion in enumerate(plan.conversions)]
    converted = [row for row in files if row["state"] == FileState.DONE]
    target = plan.settings.target if plan.settings.output.encodes else None
    is_quality_given = plan.settings.output.encodes and target is None
    return {
        "summary": {
            **{state.value: 0 for state in FileState if state is not FileState.WORKING},
            **Counter(row["state"] for row in files),
            "input_bytes": sum(row["input_bytes"] for row in converted),
            "output_bytes": sum(row["output_bytes"] for row in converted),
            "seconds": round(sum(row["seconds"] for row in files), 3),
        },
        "settings": {
            "extension": plan.settings.output.extension,
            "quality": plan.settings.encode.quality if is_quality_given else None,
            "target": None if target is None else asdict(target),
            "keep_metadata": plan.settings.encode.keep_metadata,
        },
        "files": files,
    }


def format_report(plan: Plan, outcomes: Mapping[int, Outcome], extension: str) -> bytes:
    """The content of a report file; ``extension`` is ".csv" or ".json".

    Raises:
        SettingsError: the extension is neither.
    """
    report = batch_report(plan, outcomes)
    if extension.lower() == ".json":
        return json.dumps(report, indent=2).encode()
    if extension.lower() != ".csv":
        raise SettingsError(
            "A report is a .csv or a .json file, not {extension}.",
            extension=extension or Message("one without extension"),
        )
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    for row in report["files"]:
        writer.writerow(row | {"messages": " ".join(row["messages"])})
    # Spreadsheets take a file for UTF-8 by its byte order mark. The name of a file may be no text.
    return text.getvalue().encode("utf-8-sig", errors="backslashreplace")


def _row(conversion: Conversion, outcome: Outcome | None) -> dict[str, Any]:
    known = outcome or Outcome(FileState.WAITING)
    source = conversion.source
    return {
        "input": str(source.path),
        "output": None if known.target is None else str(known.target),
        "state": known.state.value,
        "input_bytes": source.byte_count,
        "output_bytes": known.byte_count,
        "seconds": round(known.seconds, 3),
        "messages": list(known.messages),
    }
