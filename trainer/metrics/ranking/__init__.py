"""Ranking metrics: ranks, AUC, NDCG, beyond-accuracy metrics, bootstrap."""
