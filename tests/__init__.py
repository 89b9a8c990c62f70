"""Tests of all packages, one folder per package."""
