"""Write the vectors anew."""

from tests.conformance.vectors import FOLDER, vectors

for name, content in vectors().items():
    (FOLDER / name).write_bytes(content)
