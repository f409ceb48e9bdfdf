"""`python -m launcher`: what dev.py becomes once the virtual environment stands."""

import sys

from launcher.commands import main_inside

if __name__ == "__main__":
    sys.exit(main_inside(sys.argv[1:]))
