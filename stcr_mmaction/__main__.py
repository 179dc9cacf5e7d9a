"""``python -m stcr_mmaction`` is the command line ``stcr``."""

import sys

from stcr_cli import main

if __name__ == '__main__':
    sys.exit(main())
