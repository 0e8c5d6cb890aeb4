"""The command `consult`, also as `python -m consult`; where files of its own are damaged it names them."""

import sys

from consult.resources import damage

try:
    from consult.cli import main
except Exception:
    if not (found := damage()):
        raise
    sys.exit("\n".join(f"consult: {each}" for each in found))

if __name__ == "__main__":
    sys.exit(main())
