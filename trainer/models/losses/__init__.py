"""Ranking losses and L2 penalties."""
