"""What other people's verifiers read: one module for each of them, from a promotion that was verified first.

Each returns files, path → bytes, as a function of what is committed, and of a machine's key where something has to be
signed anew. Nothing here judges, and nothing of ours reads these files back.
"""
