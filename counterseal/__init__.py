"""The kernel: bytes and a time in, verdicts out.

Four floors, each importing only those above it (held by ``tests/test_floors.py``):

* ``values``        findings and verdicts, digests, instants, strict YAML and JSON
* ``crypto``        SSH signatures by people, DSSE signatures by machines
* ``documents``     every document of the repository as a frozen value that round-trips
* ``verification``  Git objects, evidence, policy, quorum; ``admit`` decides whether a merge promotes

Only ``verification/objects.py`` and ``verification/git.py`` touch disk, and no module reads a clock.
The kernel imports no other package of ours; ``__main__`` alone hands over to ``scripts``.
"""
