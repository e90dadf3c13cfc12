"""Trellis generates FastAPI services in which every combination of features is proven."""
