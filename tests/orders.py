"""Whether one order tells another, as a statistic."""

from __future__ import annotations

from pathlib import Path


def spearman(xs: list[float], ys: list[float]) -> float:
    """The rank correlation of two orders: 0 for none, 1 or -1 for the same."""
    ranks = [{value: rank for rank, value in enumerate(sorted(order))} for order in (xs, ys)]
    pairs = [(ranks[0][x], ranks[1][y]) for x, y in zip(xs, ys, strict=True)]
    n = len(pairs)
    return 1 - 6 * sum((a - b) ** 2 for a, b in pairs) / (n * (n * n - 1))


def telling(values: list[float]) -> bool:
    """Whether an order is that of casting, beyond what chance does once in 10,000."""
    unique = [value + index * 1e-9 for index, value in enumerate(values)]
    if len(unique) < 20:
        return False
    order = [float(index) for index in range(len(unique))]
    return abs(spearman(order, unique)) > 3.9 / (len(unique) - 1) ** 0.5


def tells_the_order(instance: Path, keys: list[bytes]) -> bool:
    """Whether a file of the instance's database has the keys in the order in which they came."""
    files = [path.read_bytes() for path in instance.glob("piaojue.db*")]
    places = [[float(data.find(key)) for key in keys if key in data] for data in files]
    return any(telling(found) for found in places)
