"""Devices, blocks, threads and random draws: how to compute, and not what."""
