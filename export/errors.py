"""Errors of the exporter."""

from __future__ import annotations


class ExportError(Exception):
    """What cannot be exported, why, and what to do, in one sentence."""
