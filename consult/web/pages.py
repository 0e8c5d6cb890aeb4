"""Pages that say nothing about the person who reads them, kept as they were rendered for the next one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

__all__ = ["KeptPages"]

_MOST = 500  # about five megabytes


class KeptPages:
    """The pages used last, by what they were made of. In memory of one worker; safe to use from several threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._pages: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = Lock()

    def page(self, made_of: Hashable, make: Callable[[], bytes]) -> bytes:
        """The page made of this, rendered now if it is not here. Whatever `make` looks at is in `made_of`."""
        with self._lock:
            found = self._pages.get(made_of)
            if found is not None:
                self._pages.move_to_end(made_of)
                return found
        made = make()
        with self._lock:
            self._pages[made_of] = made
            if len(self._pages) > self._most:
                self._pages.popitem(last=False)
        return made
