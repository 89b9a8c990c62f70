"""Sections 2 to 4: the structure of a file."""

from dataclasses import dataclass, field

MAGIC = bytes.fromhex("89 51 52 53 0D 0A 1A 0A")
METADATA = "ipAfexl"
BEHIND = "exl"


Stream = tuple[int | None, bytes]


class InvalidError(Exception):
    """The file is not valid."""


class NewerVersionError(Exception):
    """The file has something that version 5 does not know."""


@dataclass
class File:
    width: int
    height: int
    quality_index: int
    block_count: int
    model_id: bytes
    version: int
    orientation: int
    grey: bool
    band_height: int
    # Per latent block and band: symbol checksum (None from version 3 on), payload; None for a damaged or missing one.
    blocks: list[list[Stream | None]] = field(default_factory=list)
    metadata: dict[str, bytes] = field(default_factory=dict)
    damaged: bool = False

    @property
    def truncated(self) -> bool:
        return len(self.blocks) < self.block_count or any(None in block for block in self.blocks)

    @property
    def band_count(self) -> int:
        return 1 if self.band_height == 0 else (self.height + self.band_height - 1) // self.band_height


def crc32(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def varint(data: bytes) -> tuple[int, int] | None:
    """Value and length of the varint at the start of data; None if there is no valid one."""
    for length in range(1, min(5, len(data)) + 1):
        if data[length - 1] < 128:
            if length > 1 and data[length - 1] == 0:
                return None
            return sum((byte & 127) << 7 * index for index, byte in enumerate(data[:length])), length
    return None


def split_chunk(data: bytes, version: int) -> tuple[str, bytes, bool, bytes] | str:
    """(type, payload, whether the CRC is right, rest of data), or "cut off" or "no chunk"; data is not empty."""
    letter = chr(data[0])
    if letter not in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz":
        return "no chunk"
    rest = data[1:]
    if len(rest) < 5 and all(byte & 128 for byte in rest):
        return "cut off"
    number = varint(rest)
    if number is None:
        return "no chunk"
    length, taken = number
    size = 2 if letter == "B" and version >= 3 else 4
    if len(rest) < taken + length + size:
        return "cut off"
    end = 1 + taken + length
    crc = crc32(data[:end])
    if size == 2:
        crc = crc >> 16 ^ crc % 2**16
    crc_ok = crc == int.from_bytes(data[end : end + size], "little")
    return letter, data[1 + taken : end], crc_ok, data[end + size :]


def stream(data: bytes, version: int) -> Stream | None:
    """What stands in a stream: checksum and payload; None if it is too short."""
    if version >= 3:
        return None, data
    return (int.from_bytes(data[:2], "little"), data[2:]) if len(data) >= 2 else None


def read_header(payload: bytes) -> File:
    if payload and payload[0] > 5:
        raise NewerVersionError
    if len(payload) < 2 or payload[0] == 0:
        raise InvalidError
    version, flags = payload[0], payload[1]
    if flags > (0 if version == 1 else 15):
        raise NewerVersionError
    rest = payload[2:]
    sides = []
    for _ in range(2):
        number = varint(rest)
        if number is None or not 1 <= number[0] <= 2**20:
            raise InvalidError
        sides.append(number[0])
        rest = rest[number[1] :]
    if len(rest) < 10 or sides[0] * sides[1] > 2**28 or not 1 <= rest[1] <= 64:
        raise InvalidError
    band_height, taken = 0, 0
    if version >= 2:
        number = varint(rest[2:])
        if number is None or number[0] >= sides[1]:
            raise InvalidError
        band_height, taken = number
    model_id = rest[2 + taken :]
    if len(model_id) != (8 if version >= 3 else 16):
        raise InvalidError
    file = File(sides[0], sides[1], rest[0], rest[1], model_id, version, flags % 8 + 1, flags >= 8, band_height)
    if file.band_count > 1024:
        raise InvalidError
    return file


def read_bands(chunk: bytes, band_count: int, version: int) -> list[Stream | None] | None:
    """The bands of a latent block of several bands, damaged or cut off or not; None without a sound index."""
    number = varint(chunk[1:])
    if chunk[:1] != b"B" or number is None:
        return None
    end = 1 + number[1] + number[0]
    at = 1 + number[1]
    lengths, crcs = [], []
    for _ in range(band_count):
        entry = varint(chunk[at:])
        if entry is None:
            return None
        lengths.append(entry[0])
        crcs.append(chunk[at + entry[1] : at + entry[1] + 4])
        at += entry[1] + 4
    index_crc = chunk[at : at + 4]
    if len(index_crc) < 4 or crc32(chunk[:at]).to_bytes(4, "little") != index_crc or at + 4 + sum(lengths) != end:
        return None
    at += 4
    bands: list[Stream | None] = []
    for length, crc in zip(lengths, crcs, strict=True):
        band = chunk[at : at + length]
        sound = at + length <= len(chunk) and crc32(band).to_bytes(4, "little") == crc
        bands.append(stream(band, version) if sound else None)
        at += length
    return bands


def salvage(file: File, chunk: bytes) -> bool:
    """Take what is whole of a damaged or cut-off latent block; False if nothing is."""
    if len(file.blocks) == file.block_count or file.metadata.keys() & set(BEHIND) or file.band_count == 1:
        return False
    bands = read_bands(chunk, file.band_count, file.version)
    if bands is None or not any(bands):
        return False
    file.blocks.append(bands)
    return True


def read_file(data: bytes) -> File:
    if data[:8] != MAGIC or len(data) == 8:
        raise InvalidError
    first = split_chunk(data[8:], 3)
    if isinstance(first, str) or not first[2] or first[0] != "H":
        raise InvalidError
    file = read_header(first[1])
    data = first[3]
    blocks_before_damage = None
    chunks = 1
    while data:
        chunk = split_chunk(data, file.version)
        chunks += 1
        if chunks > 1024:
            raise InvalidError
        if chunk == "cut off" and salvage(file, data):
            # Bands that end in front of the end of the file and are not whole are damaged, the others cut off.
            file.damaged |= not last_band_is_cut_off(data, file)
            break
        if isinstance(chunk, str):
            file.damaged |= chunk == "no chunk" or len(file.blocks) == file.block_count
            break
        letter, payload, crc_ok, rest = chunk
        chunk_bytes, data = data[: len(data) - len(rest)], rest
        known = letter in METADATA and (letter != "A" or file.version >= 2)
        if not crc_ok:
            file.damaged = True
            number = len(file.blocks)
            if salvage(file, chunk_bytes):
                continue
            if letter.isupper() and not known:
                break
            if blocks_before_damage is None:
                blocks_before_damage = number
        elif letter == "B":
            if len(file.blocks) == file.block_count or file.metadata.keys() & set(BEHIND):
                raise InvalidError
            bands: list[Stream | None] | None
            if file.band_count == 1:
                bands = [stream(payload, file.version)]
            else:
                bands = read_bands(chunk_bytes, file.band_count, file.version)
            if bands is None or None in bands:
                raise InvalidError
            file.blocks.append(bands)
        elif known:
            misplaced = letter in "ipA" and (file.blocks or file.metadata.keys() & set(BEHIND))
            limit = {"p": 2**16, "A": 2**28, "f": 2**10, "l": 2**31}.get(letter, 2**24)
            if letter in file.metadata or misplaced or len(payload) > limit:
                raise InvalidError
            file.metadata[letter] = payload
        elif letter == "H":
            raise InvalidError
        elif letter.isupper():
            raise NewerVersionError
    if blocks_before_damage is not None and len(file.blocks) < file.block_count:
        file.blocks = file.blocks[:blocks_before_damage]
    return file


def last_band_is_cut_off(chunk: bytes, file: File) -> bool:
    """Whether all bands of a cut-off chunk that stand in front of the end of the file are whole, and one is not."""
    bands = file.blocks[-1]
    number = varint(chunk[1:])
    assert number is not None
    ends = []
    at = 1 + number[1]
    for _ in bands:
        entry = varint(chunk[at:])
        assert entry is not None
        ends.append(entry[0])
        at += entry[1] + 4
    at += 4
    for index, length in enumerate(ends):
        at += length
        ends[index] = at
    missing = [end for end, band in zip(ends, bands, strict=True) if band is None]
    return bool(missing) and all(end > len(chunk) for end in missing)
