"""Measurements of speed, memory and exactness."""
