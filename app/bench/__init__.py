"""Measuring and hurting the product: benchmarks beside their floor, and what is left after parts are killed."""
