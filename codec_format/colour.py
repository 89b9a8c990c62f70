"""ICC profiles for the colour spaces that picture files name by number instead (CICP, ITU-T H.273).

One description of colour is enough for the rest of the program, and every program that reads pictures understands ICC
profiles. The numbers stay readable in the profile: version 4.4 (ICC.1:2022) has a tag for them.
"""

import struct

import numpy as np
from numpy.typing import NDArray

# Chromaticities x, y of red, green, blue and white.
_D65 = (0.3127, 0.3290)
_PRIMARIES = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _D65),  # BT.709, sRGB
    4: ((0.670, 0.330), (0.210, 0.710), (0.140, 0.080), (0.310, 0.316)),  # BT.470 System M
    5: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060), _D65),  # BT.601 625 lines
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),  # BT.601 525 lines
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),  # SMPTE 240M
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),  # BT.2020, BT.2100
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),  # DCI-P3
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),  # Display P3
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),  # EBU 3213
}
_UNSPECIFIED = 2
# Camera curves of video are shown with about the sRGB curve by everything that shows still pictures.
_SRGB_LIKE_TRANSFERS = (1, _UNSPECIFIED, 6, 13, 14, 15)
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
_PQ, _HLG = 16, 18
HDR_TRANSFERS = {_PQ: "PQ", _HLG: "HLG"}

# Brightness in cd/m2 of white in a picture without highlights, and of the brightest highlights (BT.2408).
_REFERENCE_WHITE = 203.0
_PEAK = 1000.0

_D50 = (0.9642, 1.0, 0.8249)  # the white of every ICC profile
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

Matrix = NDArray[np.float64]


def is_srgb(primaries: int, transfer: int) -> bool:
    """Whether pictures of these CICP numbers are what a picture without a profile is anyway."""
    return primaries in (1, _UNSPECIFIED) and transfer in _SRGB_LIKE_TRANSFERS


def profile_from_cicp(primaries: int, transfer: int) -> bytes | None:
    """An ICC profile for RGB pixels of a colour space given by CICP numbers, or None for numbers that are not known.

    HDR transfer functions (PQ, HLG) become a curve that rolls off above reference white, so that programs without HDR
    show a natural picture; those with HDR find the numbers.

    Args:
        primaries: CICP colour primaries.
        transfer: CICP transfer characteristics.
    """
    chromaticities = _PRIMARIES.get(1 if primaries == _UNSPECIFIED else primaries)
    curve = _curve(transfer)
    if chromaticities is None or curve is None:
        return None
    colorants, adaptation = _colorants(*chromaticities)
    name = f"CICP {primaries}/{transfer}"
    tags = {
        b"desc": _text(name),
        b"cprt": _text("No copyright"),
        b"wtpt": _xyz(_D50),
        b"chad": b"sf32" + bytes(4) + _fixed(adaptation.ravel()),
        b"rXYZ": _xyz(colorants[:, 0]),
        b"gXYZ": _xyz(colorants[:, 1]),
        b"bXYZ": _xyz(colorants[:, 2]),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
        b"cicp": b"cicp" + bytes(4) + bytes((primaries, transfer, 0, 1)),
    }
    return _profile(tags)


def _curve(transfer: int) -> bytes | None:
    """The transfer function as an ICC curve."""
    if transfer in _SRGB_LIKE_TRANSFERS:
        return (
            b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed((2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
        )
    if transfer in _GAMMAS:
        return b"para" + bytes(4) + struct.pack(">HH", 0, 0) + _fixed((_GAMMAS[transfer],))
    if transfer not in HDR_TRANSFERS:
        return None
    light = _hdr_light(transfer, np.linspace(0, 1, 256)) / _REFERENCE_WHITE
    peak = _PEAK / _REFERENCE_WHITE
    rolled_off = np.minimum(light * (1 + light / peak**2) / (1 + light), 1.0)  # Reinhard's curve with a white point
    samples = np.round(rolled_off * 65535).astype(">u2")
    return b"curv" + bytes(4) + struct.pack(">I", len(samples)) + samples.tobytes()


def _hdr_light(transfer: int, signal: Matrix) -> Matrix:
    """Brightness in cd/m2 that a signal of 0..1 stands for (BT.2100)."""
    if transfer == _PQ:
        power = signal ** (1 / 78.84375)
        light: Matrix = 10000 * (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (
            1 / 0.1593017578125
        )
        return light
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    display: Matrix = _PEAK * scene**1.2
    return display


def _colorants(*chromaticities: tuple[float, float]) -> tuple[Matrix, Matrix]:
    """XYZ of red, green and blue as columns, adapted to D50, and the matrix of that adaptation."""
    x, y = np.array(chromaticities).T
    xyz = np.stack([x / y, np.ones_like(y), (1 - x - y) / y])
    primaries, white = xyz[:, :3], xyz[:, 3]
    primaries = primaries * np.linalg.solve(primaries, white)
    gain = (_BRADFORD @ np.array(_D50)) / (_BRADFORD @ white)
    adaptation = np.linalg.inv(_BRADFORD) @ np.diag(gain) @ _BRADFORD
    return adaptation @ primaries, adaptation


def _profile(tags: dict[bytes, bytes]) -> bytes:
    position = 128 + 4 + 12 * len(tags)
    table = struct.pack(">I", len(tags))
    places: dict[bytes, int] = {}
    body = b""
    for signature, content in tags.items():
        if content not in places:  # the three channels share one curve
            places[content] = position + len(body)
            body += content + bytes(-len(content) % 4)
        table += signature + struct.pack(">II", places[content], len(content))
    header = (
        struct.pack(">I", position + len(body))
        + bytes(4)
        + bytes((4, 0x40, 0, 0))
        + b"mntrRGB XYZ "
        + struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
        + b"acsp"
        + bytes(28)
        + _fixed(_D50)
    )
    return header.ljust(128, b"\0") + table + body


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II", 1, 12) + b"enUS" + struct.pack(">II", len(encoded), 28) + encoded


def _xyz(values: Matrix | tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(values)


def _fixed(values: Matrix | tuple[float, ...]) -> bytes:
    """Signed fixed-point numbers of 16 + 16 bits."""
    return b"".join(struct.pack(">i", round(float(value) * 65536)) for value in values)
