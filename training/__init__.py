"""Training and evaluation of QRes models (PyTorch)."""
