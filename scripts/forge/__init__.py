"""The local forge: a bare repository whose hooks are gate and promoter, and how one begins."""
