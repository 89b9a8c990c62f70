"""Tests of the repository as a whole: imports, dependencies, layout."""
