"""Whether a passphrase of one's own is as strong as six generated words: asked of the estimator zxcvbn.

zxcvbn (D. L. Wheeler, USENIX Security 2016) counts the guesses of somebody who knows dictionaries, names, keyboard
walks, dates and repetitions. Its words are English; a sentence in another language looks stronger to it than it is.
"""

import math
from collections.abc import Iterable

from consult.sealing.identity import GENERATED_BITS, normalised

__all__ = ["is_strong_enough"]

#: zxcvbn looks at no more; what follows can only make a passphrase stronger.
_MOST_LETTERS = 72


def is_strong_enough(passphrase: str, about: Iterable[str] = ()) -> bool:
    """Whether guessing takes at least as many tries as for six generated words (`GENERATED_BITS`).

    `about`: the person's name, address and the like, which a guesser tries first. Case counts for nothing, as it does
    at sign-in.
    """
    from zxcvbn import zxcvbn  # noqa: PLC0415 - twelve megabytes of dictionaries, for those who choose a passphrase

    plain = normalised(passphrase)[:_MOST_LETTERS]
    if not plain:
        return False
    hints = [part for text in about for part in (text.casefold(), *text.casefold().replace("@", " ").split())]
    return math.log2(zxcvbn(plain, user_inputs=hints)["guesses"]) >= GENERATED_BITS
