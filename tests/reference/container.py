"""Sections 2 to 4: the structure of a file."""

from dataclasses import dataclass, field

MAGIC = bytes.fromhex("89 51 52 53 0D 0A 1A 0A")
METADATA = "ipex"


class InvalidError(Exception):
    """The file is not valid."""


class NewerVersionError(Exception):
    """The file has something that version 1 does not know."""


@dataclass
class File:
    width: int
    height: int
    quality_index: int
    block_count: int
    model_id: bytes
    blocks: list[tuple[int, bytes]] = field(default_factory=list)  # symbol checksum, payload
    metadata: dict[str, bytes] = field(default_factory=dict)
    damaged: bool = False

    @property
    def truncated(self) -> bool:
        return len(self.blocks) < self.block_count


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


def split_chunk(data: bytes) -> tuple[str, bytes, bool, bytes] | str:
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
    if len(rest) < taken + length + 4:
        return "cut off"
    end = 1 + taken + length
    crc_ok = crc32(data[:end]) == int.from_bytes(data[end : end + 4], "little")
    return letter, data[1 + taken : end], crc_ok, data[end + 4 :]


def read_header(payload: bytes) -> File:
    if payload and payload[0] > 1:
        raise NewerVersionError
    if len(payload) < 2 or payload[0] == 0:
        raise InvalidError
    if payload[1] != 0:
        raise NewerVersionError
    rest = payload[2:]
    sides = []
    for _ in range(2):
        number = varint(rest)
        if number is None or not 1 <= number[0] <= 2**20:
            raise InvalidError
        sides.append(number[0])
        rest = rest[number[1] :]
    if len(rest) != 18 or sides[0] * sides[1] > 2**28 or not 1 <= rest[1] <= 64:
        raise InvalidError
    return File(sides[0], sides[1], rest[0], rest[1], rest[2:])


def read_file(data: bytes) -> File:
    if data[:8] != MAGIC or len(data) == 8:
        raise InvalidError
    first = split_chunk(data[8:])
    if isinstance(first, str) or not first[2] or first[0] != "H":
        raise InvalidError
    file = read_header(first[1])
    data = first[3]
    blocks_before_damage = None
    chunks = 1
    while data:
        chunk = split_chunk(data)
        if isinstance(chunk, str):
            file.damaged |= chunk == "no chunk" or not file.truncated
            break
        chunks += 1
        if chunks > 1024:
            raise InvalidError
        letter, payload, crc_ok, data = chunk
        if not crc_ok:
            file.damaged = True
            if letter.isupper():
                break
            if blocks_before_damage is None:
                blocks_before_damage = len(file.blocks)
        elif letter == "B":
            if not file.truncated or "e" in file.metadata or "x" in file.metadata or len(payload) < 2:
                raise InvalidError
            file.blocks.append((int.from_bytes(payload[:2], "little"), payload[2:]))
        elif letter in METADATA:
            misplaced = letter in "ip" and (file.blocks or "e" in file.metadata or "x" in file.metadata)
            too_large = len(payload) > (2**16 if letter == "p" else 2**24)
            if letter in file.metadata or misplaced or too_large:
                raise InvalidError
            file.metadata[letter] = payload
        elif letter == "H":
            raise InvalidError
        elif letter.isupper():
            raise NewerVersionError
    if blocks_before_damage is not None and file.truncated:
        file.blocks = file.blocks[:blocks_before_damage]
    return file
