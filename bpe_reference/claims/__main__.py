"""`python -m bpe_reference.claims FILE...`"""

import sys

from . import main

if __name__ == "__main__":
    if len(sys.argv) < 2:
        print("usage: python -m bpe_reference.claims FILE...", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1:]))
