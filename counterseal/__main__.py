"""The program's one entry point; everything a person can type lives in ``scripts``."""

import sys

from scripts.main import main

if __name__ == "__main__":
    sys.exit(main())
