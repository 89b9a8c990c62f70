"""Errors that a person who trains or exports can act on."""

from __future__ import annotations


class TrainingError(Exception):
    """What is wrong, where, and what to do, in one sentence."""
