"""A set of byte strings of one length that remembers their order, in little memory.

A dict of a million bytes objects takes 140 MB, this one 8 MB beside the bytes themselves.
"""

from mmap import mmap


class Index:
    """An open hash table over up to `most` strings, which stand end to end."""

    def __init__(self, width: int, most: int) -> None:
        self._width, self._size = width, 0
        # Mapped pages take no memory until they are written: a file full of empty lines gets none.
        self._values = mmap(-1, max(1, width * most))
        # Place in order plus one; zero is a free slot, and at least half of them are.
        slots = 1 << (2 * most).bit_length()
        self._slots, self._mask = memoryview(mmap(-1, 4 * slots)).cast("I"), slots - 1

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: int) -> bytes:
        return self._values[place * self._width : (place + 1) * self._width]

    def find(self, value: bytes) -> int | None:
        """The place of a value from 0, or None."""
        place = self._slots[self._slot(value)]
        return place - 1 if place else None

    def add(self, value: bytes) -> bool:
        """Append a value; False, and nothing changes, if it is there already."""
        slot = self._slot(value)
        if self._slots[slot]:
            return False
        self._values[self._size * self._width : (self._size + 1) * self._width] = value
        self._size += 1
        self._slots[slot] = self._size
        return True

    def _slot(self, value: bytes) -> int:
        # hash() of bytes is keyed afresh in each process: nobody can prepare collisions.
        slots, mask = self._slots, self._mask
        slot = hash(value) & mask
        while (place := slots[slot]) and self[place - 1] != value:
            slot = (slot + 1) & mask
        return slot
