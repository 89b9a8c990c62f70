"""The .qres container: bytes <-> header, latent-block bitstreams, alpha channel and metadata.

FORMAT.md, sections 2 to 4, is the specification of what is read and written here. The parser is total: any bytes give
a Container, a FormatError or an UnsupportedError, in time and memory proportional to their length. No length that the
bytes declare is ever allocated; a chunk is a slice of bytes that are present.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO

from codec_format.errors import FormatError, Message, UnsupportedError

MAGIC = b"\x89QRS\r\n\x1a\n"
VERSION = 5
SHIFTS_VERSION = 4  # the first in which a latent block may shift the tables of its channels
PREDICTORS_VERSION = 5  # the first in which the tiles of the lossless part have predictors
MODEL_ID_BYTES = 8
MAX_QUALITY_INDEX = 255

_JOINED_VERSION = 3  # the first in which the bitstreams of a band are one stream, and CRCs and model ids are short
_LONG_MODEL_ID_BYTES = 16
_MAX_VARINT_BYTES = 5
_CRC_BYTES = 4
_SHORT_CRC_BYTES = 2
_CHECKSUM_BYTES = 2
_SHORTEST_CHUNK = 2 + _SHORT_CRC_BYTES
_PIECE_BYTES = 2**16
_GREY_FLAG = 8
_ORIENTATION_FLAGS = 7
_BEFORE_BLOCKS = "ipAf"
_AFTER_BLOCKS = "exl"  # the lossless part last, so that a prefix of a file lacks nothing else
_EXTRA_FIELDS = {
    "i": "icc",
    "p": "preview",
    "A": "alpha",
    "f": "post_filter",
    "e": "exif",
    "x": "xmp",
    "l": "lossless",
}
_EXTRA_NAMES = {
    "i": Message("colour profile"),
    "p": Message("preview"),
    "A": Message("alpha channel"),
    "f": Message("post-filter"),
    "e": Message("EXIF data"),
    "x": Message("XMP data"),
    "l": Message("lossless part"),
}


@dataclass(frozen=True)
class Limits:
    """What a reader accepts and a writer writes; the defaults are the format's own limits.

    Attributes:
        pixels: largest width * height.
        side: largest width and largest height.
        block_count: largest number of latent blocks.
        metadata_bytes: largest payload of a colour profile, EXIF or XMP chunk.
        preview_bytes: largest payload of a preview chunk.
        alpha_bytes: largest payload of an alpha chunk.
        post_filter_bytes: largest payload of a post-filter chunk.
        lossless_bytes: largest payload of a lossless chunk.
        band_count: largest number of bands.
        symbols: largest number of symbols of all latent blocks together.
        chunk_count: largest number of chunks in a file.
    """

    pixels: int = 2**28
    side: int = 2**20
    block_count: int = 64
    metadata_bytes: int = 16 * 2**20
    preview_bytes: int = 64 * 2**10
    alpha_bytes: int = 2**28
    post_filter_bytes: int = 2**10
    lossless_bytes: int = 2**31
    band_count: int = 1024
    symbols: int = 2**30
    chunk_count: int = 1024


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Header:
    """What is needed to know before any latent block is decoded.

    Attributes:
        width: width of the picture in pixels, at least 1.
        height: height of the picture in pixels, at least 1.
        quality_index: 0..255; its meaning and its range belong to the model package.
        block_count: number of latent blocks of the whole file, 1..64.
        model_id: first 8 bytes of the identity of the model package; first 16 in versions 1 and 2.
        orientation: 1..8, how the stored pixels are turned for display, with the meaning of the EXIF tag.
        grey: the three channels of the picture are equal, so that a decoder may give one.
        band_height: rows of pixels in every band but the last, which may have fewer; less than `height`, or 0 where
            the whole picture is one band. The model package's alignment divides it.
        version: format version, 1 to 5. Version 1 knows neither orientation nor grey pictures nor bands nor alpha; in
            versions 1 and 2 every bitstream is coded by itself, in version 3 without shifts of tables; the tiles of a
            lossless part have no predictors before version 5.
    """

    width: int
    height: int
    quality_index: int
    block_count: int
    model_id: bytes
    orientation: int = 1
    grey: bool = False
    band_height: int = 0
    version: int = VERSION

    @property
    def band_count(self) -> int:
        """Number of bands, at least 1."""
        return -(-self.height // self.band_height) if self.band_height else 1

    def band_rows(self, band: int) -> tuple[int, int]:
        """First row of pixels of a band, and the row behind its last one."""
        if not self.band_height:
            return 0, self.height
        return band * self.band_height, min((band + 1) * self.band_height, self.height)


@dataclass(frozen=True)
class BandStream:
    """The bitstream of one band of one latent block.

    Attributes:
        symbol_checksum: 0..65535, checksum of the symbols that the payload decodes to; None from version 3 on, where
            the pieces have one together.
        payload: the entropy-coded symbols; empty when all of them are zero. From version 3 on the piece that this
            block needs besides those of the blocks before.
    """

    symbol_checksum: int | None
    payload: bytes


@dataclass(frozen=True)
class BlockStream:
    """The bitstream of one latent block.

    Attributes:
        bands: the bands from top to bottom; None for one that is damaged or was cut off.
    """

    bands: tuple[BandStream | None, ...]

    @property
    def byte_count(self) -> int:
        """Bytes of the payloads that are there."""
        return sum(len(band.payload) for band in self.bands if band is not None)


@dataclass(frozen=True)
class Container:
    """The content of a file.

    Attributes:
        header: the header.
        blocks: the latent blocks that are present, from block 0 on; fewer than `header.block_count` in a truncated
            file. At least one band of each is whole.
        icc: ICC colour profile.
        exif: EXIF data.
        xmp: XMP data.
        preview: a small JPEG or WebP picture.
        alpha: the alpha channel, losslessly coded.
        post_filter: how the decoded picture is corrected.
        lossless: what the decoded picture lacks of the original, in tiles.
        damage: one sentence for each thing in the file that had to be dropped; empty for a whole file and for one
            that merely ends early. Not written.
    """

    header: Header
    blocks: tuple[BlockStream, ...]
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    preview: bytes | None = None
    alpha: bytes | None = None
    post_filter: bytes | None = None
    lossless: bytes | None = None
    damage: tuple[str, ...] = ()

    @property
    def truncated(self) -> bool:
        """Whether latent blocks or bands are missing, so that the picture is coarser than the one that was encoded."""
        return len(self.blocks) < self.header.block_count or any(None in block.bands for block in self.blocks)

    def band_depth(self, band: int) -> int:
        """Number of latent blocks, from block 0 on, that a band can be decoded from."""
        depth = 0
        while depth < len(self.blocks) and self.blocks[depth].bands[band] is not None:
            depth += 1
        return depth

    def band(self, band: int, blocks: int) -> list[BandStream]:
        """The bitstreams of a band, those of at most its first so many latent blocks."""
        present = self.blocks[: min(blocks, self.band_depth(band))]
        return [stream for block in present if (stream := block.bands[band]) is not None]

    def first_blocks(self, k: int) -> "Container":
        """The same file with only its first k latent blocks (all that are present, if fewer are).

        It has no lossless part, and no post-filter if a latent block is missing: these are for the whole picture.

        Raises:
            ValueError: k is negative.
        """
        if k < 0:
            raise ValueError("the number of latent blocks must not be negative")
        post_filter = self.post_filter if k >= self.header.block_count else None
        return replace(self, blocks=self.blocks[:k], post_filter=post_filter, lossless=None)


@dataclass(frozen=True)
class ChunkInfo:
    """Where a chunk stands in a file.

    Attributes:
        type: one ASCII letter.
        offset: position of the type byte from the start of the file.
        length: number of payload bytes.
        crc_ok: whether the chunk's CRC is right.
        payload_offset: position of the payload from the start of the file.
        end: position just behind the chunk.
    """

    type: str
    offset: int
    length: int
    crc_ok: bool
    payload_offset: int
    end: int


@dataclass(frozen=True)
class BandInfo:
    """Where the bitstream of a band stands in a file.

    Attributes:
        offset: position of the bitstream from the start of the file.
        length: number of its bytes.
        crc_ok: whether it is there in full and its CRC-32 is right.
    """

    offset: int
    length: int
    crc_ok: bool


def write_container(container: Container) -> bytes:
    """Serialise a container. Missing trailing latent blocks are allowed and give a truncated, valid file.

    Raises:
        FormatError: a value is outside the format's limits.
        UnsupportedError: the header asks for another format version.
    """
    header = container.header
    if len(container.blocks) > header.block_count:
        raise FormatError(
            "There are {blocks} latent blocks but the header announces {block_count}; build the "
            "header for the blocks that are written.",
            blocks=len(container.blocks),
            block_count=header.block_count,
        )
    if container.alpha is not None and header.version == 1:
        raise FormatError("Version 1 of the format has no alpha channel; write version 2.")
    parts = [MAGIC, _write_chunk("H", _write_header(header), header.version)]
    parts += _write_extras(container, _BEFORE_BLOCKS)
    parts += [_write_block(block, header) for block in container.blocks]
    parts += _write_extras(container, _AFTER_BLOCKS)
    return b"".join(parts)


def read_header(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Header:
    """Read the header alone. `data` may be any prefix of a file that holds the magic and the header chunk.

    Raises:
        FormatError: this is no .qres file, or its header is damaged, incomplete, or outside the limits.
        UnsupportedError: the file needs a newer format version.
    """
    return _read_header_chunk(data, limits)[0]


def read_container(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Container:
    """Parse a whole or truncated file; damage behind the header is dropped and reported in `Container.damage`.

    Raises:
        FormatError: this is no .qres file, its header is damaged, or undamaged chunks contradict the format.
        UnsupportedError: the file needs a newer format version.
    """
    header, position = _read_header_chunk(data, limits)
    blocks: list[BlockStream] = []
    extras: dict[str, bytes] = {}
    damage: list[str] = []
    certain_blocks: int | None = None  # blocks in front of the first damaged chunk of unknown content
    for chunk in _chunks_from(data, position, limits, header.version):
        number = len(blocks)
        complete = number == header.block_count or bool(extras.keys() & set(_AFTER_BLOCKS))
        if isinstance(chunk, _Rest):
            block = None if complete else _salvage_block(data, chunk.offset, number, header, damage)
            if not chunk.cut_off:
                damage.append(
                    Message(
                        "The bytes from position {position} on are not a chunk; they were dropped.",
                        position=chunk.offset,
                    )
                )
            elif block is not None:
                blocks.append(block)
            elif number == header.block_count:
                damage.append(
                    Message(
                        "The file ends inside the chunk at position {position}, which was dropped.",
                        position=chunk.offset,
                    )
                )
            break
        if not chunk.crc_ok:
            block = None if complete else _salvage_block(data, chunk.offset, number, header, damage)
            if block is not None:
                blocks.append(block)
                continue
            certain_blocks = number if certain_blocks is None else certain_blocks
            name = _EXTRA_NAMES.get(chunk.type, Message("chunk '{type}'", type=chunk.type))
            if chunk.type.isupper() and not _is_extra(chunk.type, header):
                damage.append(
                    Message(
                        "The {name} at position {position} is damaged; all from it on was dropped.",
                        name=name,
                        position=chunk.offset,
                    )
                )
                break
            damage.append(
                Message(
                    "The {name} at position {position} is damaged and was dropped.", name=name, position=chunk.offset
                )
            )
            continue
        if chunk.type == "B":
            _check_block_place(chunk, extras, len(blocks), header)
            blocks.append(_read_block(data, chunk, header))
        elif _is_extra(chunk.type, header):
            _check_extra_place(chunk, extras, bool(blocks))
            _check_extra_size(chunk.type, chunk.length, limits)
            extras[chunk.type] = data[chunk.payload_offset : chunk.payload_offset + chunk.length]
        elif chunk.type == "H":
            raise FormatError(
                "The file has a second header at position {position}; it is not valid.", position=chunk.offset
            )
        elif chunk.type.isupper():
            raise UnsupportedError(
                "The file needs the unknown chunk '{type}' at position {position}; open it with a newer "
                "version of QRes.",
                type=chunk.type,
                position=chunk.offset,
            )
    if certain_blocks is not None and certain_blocks < len(blocks) < header.block_count:
        # The type of a damaged chunk is in doubt as well: it may have been a latent block, and the blocks behind it
        # would be taken for their predecessors. They are certain only when every block of the file was found.
        damage.append(
            Message(
                "The latent blocks from {certain_blocks} on stand behind damage and were dropped.",
                certain_blocks=certain_blocks,
            )
        )
        del blocks[certain_blocks:]
    return Container(
        header=header,
        blocks=tuple(blocks),
        icc=extras.get("i"),
        exif=extras.get("e"),
        xmp=extras.get("x"),
        preview=extras.get("p"),
        alpha=extras.get("A"),
        post_filter=extras.get("f"),
        lossless=extras.get("l"),
        damage=tuple(damage),
    )


def read_metadata(stream: IO[bytes], limits: Limits = DEFAULT_LIMITS) -> Container:
    """What a file holds besides its latent blocks and its lossless part, which are passed over without being read.

    Args:
        stream: a seekable binary file; read from its current position on.
        limits: what is accepted.

    Raises:
        FormatError: as `read_container` does.
        UnsupportedError: as `read_container` does.
    """
    parts = [stream.read(len(MAGIC))]
    if parts[0] == MAGIC:
        parts += _chunks_but_blocks(stream, limits)
    return read_container(b"".join(parts), limits)


def list_chunks(data: bytes, limits: Limits = DEFAULT_LIMITS) -> list[ChunkInfo]:
    """The chunks that are present in full, in file order, up to the first bytes that form none.

    No payload is interpreted, so this also shows what stands in a file that `read_container` refuses.

    Raises:
        FormatError: this is no .qres file, or it has more chunks than the limit.
    """
    _check_magic(data)
    version = _declared_version(data[len(MAGIC) :])
    return [chunk for chunk in _chunks_from(data, len(MAGIC), limits, version) if isinstance(chunk, ChunkInfo)]


def list_bands(data: bytes, chunk: ChunkInfo, header: Header) -> list[BandInfo]:
    """Where the bands of a latent-block chunk stand, as its index says; empty if it has none, or a damaged one."""
    return _read_index(data, chunk.offset, header) or []


@dataclass(frozen=True)
class _Rest:
    """Bytes up to the end of the file that hold no whole chunk.

    Attributes:
        offset: where they start.
        cut_off: whether they can be the start of a chunk; otherwise they cannot be one, however many bytes follow.
    """

    offset: int
    cut_off: bool


def _chunks_from(data: bytes, position: int, limits: Limits, version: int) -> Iterator[ChunkInfo | _Rest]:
    """Whole chunks one after the other and, if bytes remain behind the last of them, one _Rest at the end."""
    count = 0
    while position < len(data):
        chunk = _read_chunk(data, position, version)
        count += 1
        if count > limits.chunk_count:
            raise FormatError(
                "The file has more than {limit} chunks; no QRes encoder writes such a file.", limit=limits.chunk_count
            )
        yield chunk
        if isinstance(chunk, _Rest):
            return
        position = chunk.end


def _chunks_but_blocks(stream: IO[bytes], limits: Limits) -> Iterator[bytes]:
    """The bytes of the chunks that are neither latent blocks nor lossless; the last may be cut off."""
    version = 0
    for _ in range(limits.chunk_count):
        start = stream.read(_SHORTEST_CHUNK)
        varint = _read_varint(start, 1)
        if varint is None:
            if len(start) == _SHORTEST_CHUNK:  # a longer varint
                start += stream.read(1 + _MAX_VARINT_BYTES - _SHORTEST_CHUNK)
                varint = _read_varint(start, 1)
            if varint is None:
                return
        version = version or _declared_version(start)
        length, payload_offset = varint
        rest = payload_offset + length + _crc_bytes(chr(start[0]), version) - len(start)
        if start[:1] in (b"B", b"l"):
            stream.seek(rest, os.SEEK_CUR)
        else:
            yield start
            # In pieces: reading reserves memory for all that is asked for, and the length may be a lie.
            while rest and (piece := stream.read(min(rest, _PIECE_BYTES))):
                yield piece
                rest -= len(piece)


def _declared_version(start: bytes) -> int:
    """The format version that the start of a header chunk gives; the newest where it gives none."""
    length = _read_varint(start, 1)
    return start[length[1]] if start[:1] == b"H" and length and length[0] and length[1] < len(start) else VERSION


def _model_id_bytes(version: int) -> int:
    return MODEL_ID_BYTES if version >= _JOINED_VERSION else _LONG_MODEL_ID_BYTES


def _crc_bytes(type_: str, version: int) -> int:
    """Size of the CRC of a chunk: there are many latent blocks, and small ones."""
    return _SHORT_CRC_BYTES if type_ == "B" and version >= _JOINED_VERSION else _CRC_BYTES


def _crc(body: bytes | memoryview, size: int) -> bytes:
    """CRC-32 of a chunk up to it; as 16 bits, its upper half XORed onto its lower half."""
    crc = zlib.crc32(body)
    return struct.pack("<I", crc) if size == _CRC_BYTES else struct.pack("<H", crc >> 16 ^ crc & 0xFFFF)


def _read_chunk(data: bytes, offset: int, version: int) -> ChunkInfo | _Rest:
    if offset >= len(data):
        return _Rest(offset, cut_off=True)
    type_ = chr(data[offset])
    if not (type_.isascii() and type_.isalpha()):
        return _Rest(offset, cut_off=False)
    varint = _read_varint(data, offset + 1)
    if varint is None:
        rest = data[offset + 1 : offset + 1 + _MAX_VARINT_BYTES]
        return _Rest(offset, cut_off=len(rest) < _MAX_VARINT_BYTES and all(byte >= 0x80 for byte in rest))
    length, payload_offset = varint
    crc_offset = payload_offset + length
    crc_bytes = _crc_bytes(type_, version)
    end = crc_offset + crc_bytes
    if end > len(data):
        return _Rest(offset, cut_off=True)
    crc_ok = data[crc_offset:end] == _crc(memoryview(data)[offset:crc_offset], crc_bytes)
    return ChunkInfo(type_, offset, length, crc_ok, payload_offset, end)


def _read_varint(data: bytes, position: int) -> tuple[int, int] | None:
    """Read a LEB128 number: (value, position behind it), or None if none stands here in full and in shortest form."""
    value = 0
    for index, byte in enumerate(data[position : position + _MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            shortest = byte != 0 or index == 0
            return (value, position + index + 1) if shortest else None
    return None


def _write_varint(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _write_chunk(type_: str, payload: bytes, version: int) -> bytes:
    body = type_.encode("ascii") + _write_varint(len(payload)) + payload
    return body + _crc(body, _crc_bytes(type_, version))


def _write_extras(container: Container, types: str) -> list[bytes]:
    chunks = []
    for type_ in types:
        payload: bytes | None = getattr(container, _EXTRA_FIELDS[type_])
        if payload is not None:
            _check_extra_size(type_, len(payload), DEFAULT_LIMITS)
            chunks.append(_write_chunk(type_, payload, container.header.version))
    return chunks


def _check_extra_size(type_: str, length: int, limits: Limits) -> None:
    limit = {
        "p": limits.preview_bytes,
        "A": limits.alpha_bytes,
        "f": limits.post_filter_bytes,
        "l": limits.lossless_bytes,
    }.get(type_, limits.metadata_bytes)
    if length > limit:
        raise FormatError(
            "The {name} takes {length} bytes, more than the {limit} that the format allows; leave it "
            "out or make it smaller.",
            name=_EXTRA_NAMES[type_],
            length=length,
            limit=limit,
        )


def _check_block_place(chunk: ChunkInfo, extras: dict[str, bytes], block: int, header: Header) -> None:
    if block == header.block_count:
        raise FormatError(
            "The file has more latent blocks than the {block} that its header announces; it is not valid.", block=block
        )
    if extras.keys() & set(_AFTER_BLOCKS):
        raise FormatError(
            "A latent block at position {position} stands behind metadata; the file is not valid.",
            position=chunk.offset,
        )


def _check_extra_place(chunk: ChunkInfo, extras: dict[str, bytes], behind_block: bool) -> None:
    name = _EXTRA_NAMES[chunk.type]
    if chunk.type in extras:
        raise FormatError(
            "The file has a second {name} at position {position}; it is not valid.", name=name, position=chunk.offset
        )
    if chunk.type in _BEFORE_BLOCKS and (behind_block or extras.keys() & set(_AFTER_BLOCKS)):
        raise FormatError(
            "The {name} at position {position} stands behind a latent block; the file is not valid.",
            name=name,
            position=chunk.offset,
        )


def _check_magic(data: bytes) -> None:
    if data.startswith(MAGIC):
        return
    if not data:
        raise FormatError("The file is empty; copy or download it again.")
    if data.startswith(MAGIC[:4]):
        raise FormatError(
            "The start of the .qres file is damaged, as by a transfer that changes line ends; "
            "copy or download it again in binary form."
        )
    raise FormatError("This is not a .qres file, since it does not start with the QRes signature; choose another file.")


def _read_header_chunk(data: bytes, limits: Limits) -> tuple[Header, int]:
    """The header and the position of the chunk that follows it."""
    _check_magic(data)
    chunk = _read_chunk(data, len(MAGIC), VERSION)
    if isinstance(chunk, _Rest) or not chunk.crc_ok:
        if isinstance(chunk, _Rest) and chunk.cut_off:
            raise FormatError("The header of the .qres file is cut off; copy or download the file again.")
        raise FormatError("The header of the .qres file is damaged; copy or download the file again.")
    if chunk.type != "H":
        raise FormatError(
            "The first chunk of the .qres file is '{type}' and not the header; it is not valid.", type=chunk.type
        )
    payload = data[chunk.payload_offset : chunk.payload_offset + chunk.length]
    return _read_header(payload, limits), chunk.end


def _read_header(payload: bytes, limits: Limits) -> Header:
    invalid = FormatError("The header of the .qres file has the wrong length or number form; the file is not valid.")
    if payload and payload[0] > VERSION:
        _raise_newer_version(payload[0])
    if len(payload) < 2:
        raise invalid
    version, flags = payload[0], payload[1]
    if flags & ~(_ORIENTATION_FLAGS | _GREY_FLAG if version > 1 else 0) and version > 0:
        _raise_newer_version(version)
    width = _read_varint(payload, 2)
    height = _read_varint(payload, width[1]) if width else None
    if width is None or height is None or len(payload) < height[1] + 2:
        raise invalid
    quality_index, block_count = payload[height[1]], payload[height[1] + 1]
    band_height = _read_varint(payload, height[1] + 2) if version > 1 else (0, height[1] + 2)
    if band_height is None or len(payload) != band_height[1] + _model_id_bytes(version):
        raise invalid
    header = Header(
        width=width[0],
        height=height[0],
        quality_index=quality_index,
        block_count=block_count,
        model_id=payload[band_height[1] :],
        orientation=1 + (flags & _ORIENTATION_FLAGS),
        grey=bool(flags & _GREY_FLAG),
        band_height=band_height[0],
        version=version,
    )
    _check_header(header, limits)
    return header


def _write_header(header: Header) -> bytes:
    if header.version > VERSION:
        _raise_newer_version(header.version)
    _check_header(header, DEFAULT_LIMITS)
    if header.version == 1 and (header.orientation != 1 or header.grey or header.band_height):
        raise FormatError("Version 1 of the format has no orientation, grey pictures or bands; write version 2.")
    return (
        bytes((header.version, header.orientation - 1 + header.grey * _GREY_FLAG))
        + _write_varint(header.width)
        + _write_varint(header.height)
        + bytes((header.quality_index, header.block_count))
        + (_write_varint(header.band_height) if header.version > 1 else b"")
        + header.model_id
    )


def _check_header(header: Header, limits: Limits) -> None:
    if not 1 <= header.version <= VERSION:
        raise FormatError(
            "The .qres file claims the format version {version}, which never existed.", version=header.version
        )
    if not (1 <= header.width <= limits.side and 1 <= header.height <= limits.side):
        raise FormatError(
            "The picture is {width} x {height} pixels; each side must be between 1 and {limit}.",
            width=header.width,
            height=header.height,
            limit=limits.side,
        )
    if header.width * header.height > limits.pixels:
        raise FormatError(
            "The picture is {width} x {height} pixels, more than the limit of {limit} in total.",
            width=header.width,
            height=header.height,
            limit=limits.pixels,
        )
    if not 1 <= header.block_count <= limits.block_count:
        raise FormatError(
            "The header announces {block_count} latent blocks; there must be 1 to {limit}.",
            block_count=header.block_count,
            limit=limits.block_count,
        )
    if not 0 <= header.quality_index <= MAX_QUALITY_INDEX:
        raise FormatError(
            "The quality index {quality_index} is not between 0 and {limit}.",
            quality_index=header.quality_index,
            limit=MAX_QUALITY_INDEX,
        )
    if not 1 <= header.orientation <= 8:
        raise FormatError("The orientation {orientation} is not between 1 and 8.", orientation=header.orientation)
    if not 0 <= header.band_height < header.height:
        raise FormatError(
            "Bands of {band_height} rows do not divide a picture of {height} rows.",
            band_height=header.band_height,
            height=header.height,
        )
    if header.band_count > limits.band_count:
        raise FormatError(
            "The picture has {band_count} bands, more than the limit of {limit}.",
            band_count=header.band_count,
            limit=limits.band_count,
        )
    wanted = _model_id_bytes(header.version)
    if len(header.model_id) != wanted:
        raise FormatError(
            "The model id has {byte_count} bytes; it must have {wanted}.",
            byte_count=len(header.model_id),
            wanted=wanted,
        )


def _raise_newer_version(version: int) -> None:
    raise UnsupportedError(
        "The file needs features of the .qres format (version {version}) that this version of "
        "QRes does not have; open it with a newer one.",
        version=version,
    )


def _is_extra(type_: str, header: Header) -> bool:
    """Whether chunks of this type are known and are neither header nor latent block."""
    return type_ in _EXTRA_FIELDS and (type_ != "A" or header.version > 1)


def _read_block(data: bytes, chunk: ChunkInfo, header: Header) -> BlockStream:
    """The latent block of a chunk whose CRC-32 is right."""
    if header.band_count == 1:
        bands = [BandInfo(chunk.payload_offset, chunk.length, crc_ok=True)]
    else:
        bands = _read_index(data, chunk.offset, header) or []
    if not bands or any(not band.crc_ok or band.length < _checksum_bytes(header) for band in bands):
        raise FormatError(
            "The latent block at position {position} is not well formed; the file is not valid.", position=chunk.offset
        )
    return BlockStream(tuple(_read_band(data, band, header) for band in bands))


def _salvage_block(data: bytes, offset: int, number: int, header: Header, damage: list[str]) -> BlockStream | None:
    """The whole bands of the latent block in a damaged or cut-off chunk; None if nothing of it is certain."""
    bands = _read_index(data, offset, header) or []
    usable = [band.crc_ok and band.length >= _checksum_bytes(header) for band in bands]
    if not any(usable):
        return None
    whole = all(usable)
    for index, band in enumerate(bands):
        if not usable[index] and band.offset + band.length <= len(data):
            damage.append(
                Message(
                    "Band {index} of latent block {number} at position {position} is damaged, so it is coarser.",
                    index=index,
                    number=number,
                    position=band.offset,
                )
            )
    if whole:
        damage.append(
            Message(
                "The checksum of the chunk at position {offset} is damaged, but all of its content is whole.",
                offset=offset,
            )
        )
    found = zip(bands, usable, strict=True)
    return BlockStream(tuple(_read_band(data, band, header) if ok else None for band, ok in found))


def _checksum_bytes(header: Header) -> int:
    """Bytes of the checksum in front of a payload."""
    return 0 if header.version >= _JOINED_VERSION else _CHECKSUM_BYTES


def _read_band(data: bytes, band: BandInfo, header: Header) -> BandStream:
    payload_offset = band.offset + _checksum_bytes(header)
    checksum = data[band.offset : payload_offset]
    payload = data[payload_offset : band.offset + band.length]
    return BandStream(int.from_bytes(checksum, "little") if checksum else None, payload)


def _read_index(data: bytes, offset: int, header: Header) -> list[BandInfo] | None:
    """The bands of the latent-block chunk at an offset; None if it has no index or its index is damaged or cut off."""
    length = _read_varint(data, offset + 1)
    if data[offset : offset + 1] != b"B" or header.band_count == 1 or length is None:
        return None
    position = length[1]
    entries = []
    for _ in range(header.band_count):
        entry = _read_varint(data, position)
        if entry is None or entry[1] + _CRC_BYTES > len(data):
            return None
        position = entry[1] + _CRC_BYTES
        entries.append((entry[0], *struct.unpack_from("<I", data, entry[1])))
    start = position + _CRC_BYTES
    if start - length[1] + sum(size for size, _ in entries) != length[0] or start > len(data):
        return None
    if struct.unpack_from("<I", data, position) != (zlib.crc32(memoryview(data)[offset:position]),):
        return None
    bands = []
    for size, crc in entries:
        end = start + size
        bands.append(BandInfo(start, size, end <= len(data) and crc == zlib.crc32(memoryview(data)[start:end])))
        start = end
    return bands


def _write_block(block: BlockStream, header: Header) -> bytes:
    if len(block.bands) != header.band_count:
        raise FormatError(
            "A latent block has {bands} bands, but the header {band_count}.",
            bands=len(block.bands),
            band_count=header.band_count,
        )
    streams = []
    for band in block.bands:
        if band is None:
            raise FormatError("A latent block with missing bands cannot be written; encode the picture again.")
        streams.append(_write_checksum(band.symbol_checksum, header.version) + band.payload)
    if len(streams) == 1:
        return _write_chunk("B", streams[0], header.version)
    index = b"".join(_write_varint(len(stream)) + struct.pack("<I", zlib.crc32(stream)) for stream in streams)
    length = len(index) + _CRC_BYTES + sum(len(stream) for stream in streams)
    index_crc = zlib.crc32(b"B" + _write_varint(length) + index)
    return _write_chunk("B", index + struct.pack("<I", index_crc) + b"".join(streams), header.version)


def _write_checksum(checksum: int | None, version: int) -> bytes:
    if (checksum is None) != (version >= _JOINED_VERSION):
        raise FormatError("The bitstreams are not of the format version {version}.", version=version)
    if checksum is None:
        return b""
    if not 0 <= checksum < 2**16:
        raise FormatError("A symbol checksum does not fit into 16 bits; fold it before writing.")
    return struct.pack("<H", checksum)
