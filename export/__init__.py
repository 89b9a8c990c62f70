"""From a training checkpoint to a model package (ONNX)."""
