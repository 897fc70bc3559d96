"""Ranking metrics: scores, ranks, AUC and NDCG, beyond accuracy, bootstrap."""
