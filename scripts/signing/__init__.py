"""Who signs what: keys, the people they belong to, decisions to countersign, numbers recomputed before."""
