"""Symbols drawn from the prior: what a decoder shows in place of latent blocks that it does not read.

The paper draws a latent as ``z = mean + t (sigma w + u)`` with ``w ~ N(0, 1)`` and ``u ~ U(-1/2, 1/2)`` (Eq. 5). Here
the latent stays the prior mean and an integer, as in every decoded picture (Eq. 8), because that is what the networks
expect: the scale network takes integers only, and the shipped decoder was trained on rounded residuals. The frequency
table that codes an element is its discretised Gaussian (Eq. 9), so

    r = round(t (n + u)),    n from the table,  u ~ U(-1/2, 1/2)

where ``n + u`` stands for ``sigma w``, of which n is the rounded value. At t = 1, r is n: exactly a draw from the
distribution with which the element would be coded. At t = 0 it is 0, the prior mean.

All is integer arithmetic but for one product of doubles, and the generator is one whose stream NumPy guarantees, so a
seed gives the same symbols with every version and on every computer.
"""

import secrets
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from codec_format.errors import ModelError, SettingsError
from codec_format.frequency_tables import PRECISION, FrequencyTables

MAX_SEED = 2**63 - 1

_FRACTION_BITS = 32  # of u; with the bits of n they are part of one number of 64 bits
_RANDOM_SEED_BITS = 32  # enough to never meet one twice, and short enough to be typed


@dataclass(frozen=True)
class Sampling:
    """How latent blocks are drawn from the prior.

    Attributes:
        temperature: t of the paper's Eq. 5, 0 (the prior mean) to 1 (an unbiased sample).
        seed: 0..2**63-1; one at random if none is given.

    Raises:
        SettingsError: a value is out of its range.
    """

    temperature: float = 1.0
    seed: int = field(default_factory=lambda: secrets.randbits(_RANDOM_SEED_BITS))

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= 1:
            raise SettingsError(
                "The temperature must be between 0 and 1, not {temperature}.", temperature=self.temperature
            )
        if not 0 <= self.seed <= MAX_SEED:
            raise SettingsError("The seed must be between 0 and {limit}, not {seed}.", limit=MAX_SEED, seed=self.seed)


def draw_symbols(
    table_index: NDArray[np.uint8], tables: FrequencyTables, sampling: Sampling, *place: int
) -> NDArray[np.int32]:
    """Symbols of one latent block, or of one of its bands, drawn from the prior.

    The escapes of a table count as its limit: their share is that of a Gaussian beyond six standard deviations.

    Args:
        table_index: uint8, usually [channels, h, w], the table of each element.
        tables: the tables of the model package.
        sampling: temperature and seed.
        place: numbers, 0 or more, of what is drawn; the draws for different places are independent.

    Returns:
        int32 of the shape of ``table_index``.

    Raises:
        ModelError: a table does not exist.
    """
    if int(table_index.max(initial=0)) >= len(tables.limits):
        raise ModelError("The model package refers to a frequency table that it does not have; use another package.")
    bits = np.random.PCG64(np.random.SeedSequence((sampling.seed, *place))).random_raw(table_index.size)
    uniform = (bits >> np.uint64(64 - PRECISION)).astype(np.int64)
    fraction = (bits & np.uint64(2**_FRACTION_BITS - 1)).astype(np.float64) / 2**_FRACTION_BITS
    values = (fraction - 0.5) + 0.5 / 2**_FRACTION_BITS  # never a half, which could round away from n
    flat = table_index.reshape(-1)
    for table in np.unique(flat):
        members = np.flatnonzero(flat == table)
        cumulative = np.cumsum(tables.frequencies[table], dtype=np.int64)
        values[members] += np.searchsorted(cumulative, uniform[members], side="right") - tables.limits[table]
    symbols: NDArray[np.int32] = np.rint(sampling.temperature * values).astype(np.int32)
    return symbols.reshape(table_index.shape)
