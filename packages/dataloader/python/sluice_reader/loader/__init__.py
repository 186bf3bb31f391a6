"""Batches and samples, for numpy, PyTorch and Hugging Face."""
