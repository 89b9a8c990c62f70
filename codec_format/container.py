"""The .qres container: bytes <-> header, latent-block bitstreams and metadata.

FORMAT.md, sections 2 to 4, is the specification of what is read and written here. The parser is total: any bytes give
a Container, a FormatError or an UnsupportedError, in time and memory proportional to their length. No length that the
bytes declare is ever allocated; a chunk is a slice of bytes that are present.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from codec_format.errors import FormatError, UnsupportedError

MAGIC = b"\x89QRS\r\n\x1a\n"
VERSION = 1
MODEL_ID_BYTES = 16
MAX_QUALITY_INDEX = 255

_MAX_VARINT_BYTES = 5
_CRC_BYTES = 4
_CHECKSUM_BYTES = 2
_BEFORE_BLOCKS = "ip"
_AFTER_BLOCKS = "ex"
_METADATA_FIELDS = {"i": "icc", "p": "preview", "e": "exif", "x": "xmp"}
_METADATA_NAMES = {"i": "colour profile", "p": "preview", "e": "EXIF data", "x": "XMP data"}


@dataclass(frozen=True)
class Limits:
    """What a reader accepts and a writer writes; the defaults are the format's own limits.

    Attributes:
        pixels: largest width * height.
        side: largest width and largest height.
        block_count: largest number of latent blocks.
        metadata_bytes: largest payload of a colour profile, EXIF or XMP chunk.
        preview_bytes: largest payload of a preview chunk.
        chunk_count: largest number of chunks in a file.
    """

    pixels: int = 2**28
    side: int = 2**20
    block_count: int = 64
    metadata_bytes: int = 16 * 2**20
    preview_bytes: int = 64 * 2**10
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
        model_id: first 16 bytes of the identity of the model package.
        version: format version; 1 is the only one.
    """

    width: int
    height: int
    quality_index: int
    block_count: int
    model_id: bytes
    version: int = VERSION


@dataclass(frozen=True)
class BlockStream:
    """The bitstream of one latent block.

    Attributes:
        symbol_checksum: 0..65535, checksum of the symbols that the payload decodes to.
        payload: the entropy-coded symbols; empty when all of them are zero.
    """

    symbol_checksum: int
    payload: bytes


@dataclass(frozen=True)
class Container:
    """The content of a file.

    Attributes:
        header: the header.
        blocks: the latent blocks that are present and whole, from block 0 on; fewer than `header.block_count` in a
            truncated file.
        icc: ICC colour profile.
        exif: EXIF data.
        xmp: XMP data.
        preview: a small JPEG or WebP picture.
        damage: one sentence for each thing in the file that had to be dropped; empty for a whole file and for one
            that merely ends early. Not written.
    """

    header: Header
    blocks: tuple[BlockStream, ...]
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    preview: bytes | None = None
    damage: tuple[str, ...] = ()

    @property
    def truncated(self) -> bool:
        """Whether latent blocks are missing, so that the picture is coarser than the one that was encoded."""
        return len(self.blocks) < self.header.block_count

    def first_blocks(self, k: int) -> "Container":
        """The same file with only its first k latent blocks (all that are present, if fewer than k are).

        Raises:
            ValueError: k is negative.
        """
        if k < 0:
            raise ValueError("the number of latent blocks must not be negative")
        return replace(self, blocks=self.blocks[:k])


@dataclass(frozen=True)
class ChunkInfo:
    """Where a chunk stands in a file.

    Attributes:
        type: one ASCII letter.
        offset: position of the type byte from the start of the file.
        length: number of payload bytes.
        crc_ok: whether the chunk's CRC-32 is right.
        payload_offset: position of the payload from the start of the file.
    """

    type: str
    offset: int
    length: int
    crc_ok: bool
    payload_offset: int

    @property
    def end(self) -> int:
        """Position just behind the chunk."""
        return self.payload_offset + self.length + _CRC_BYTES


def write_container(container: Container) -> bytes:
    """Serialise a container. Missing trailing latent blocks are allowed and give a truncated, valid file.

    Raises:
        FormatError: a value is outside the format's limits.
        UnsupportedError: the header asks for another format version.
    """
    header = container.header
    if len(container.blocks) > header.block_count:
        raise FormatError(
            f"There are {len(container.blocks)} latent blocks but the header announces {header.block_count}; "
            "build the header for the blocks that are written."
        )
    parts = [MAGIC, _write_chunk("H", _write_header(header))]
    parts += _write_metadata(container, _BEFORE_BLOCKS)
    for block in container.blocks:
        if not 0 <= block.symbol_checksum < 2**16:
            raise FormatError("A symbol checksum does not fit into 16 bits; fold it before writing.")
        parts.append(_write_chunk("B", struct.pack("<H", block.symbol_checksum) + block.payload))
    parts += _write_metadata(container, _AFTER_BLOCKS)
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
    metadata: dict[str, bytes] = {}
    damage: list[str] = []
    certain_blocks: int | None = None  # blocks in front of the first damaged chunk
    for chunk in _chunks_from(data, position, limits):
        if isinstance(chunk, _Rest):
            if not chunk.cut_off:
                damage.append(f"The bytes from position {chunk.offset} on are not a chunk; they were dropped.")
            elif len(blocks) == header.block_count:
                damage.append(f"The file ends inside the chunk at position {chunk.offset}, which was dropped.")
            break
        if not chunk.crc_ok:
            certain_blocks = len(blocks) if certain_blocks is None else certain_blocks
            name = _METADATA_NAMES.get(chunk.type, f"chunk '{chunk.type}'")
            if chunk.type.isupper():
                damage.append(f"The {name} at position {chunk.offset} is damaged; all from it on was dropped.")
                break
            damage.append(f"The {name} at position {chunk.offset} is damaged and was dropped.")
            continue
        payload = data[chunk.payload_offset : chunk.payload_offset + chunk.length]
        if chunk.type == "B":
            _check_block_place(chunk, metadata, len(blocks), header)
            blocks.append(_read_block(payload, chunk.offset))
        elif chunk.type in _METADATA_FIELDS:
            _check_metadata_place(chunk, metadata, bool(blocks))
            _check_metadata_size(chunk.type, chunk.length, limits)
            metadata[chunk.type] = payload
        elif chunk.type == "H":
            raise FormatError(f"The file has a second header at position {chunk.offset}; it is not valid.")
        elif chunk.type.isupper():
            raise UnsupportedError(
                f"The file needs the unknown chunk '{chunk.type}' at position {chunk.offset}; "
                "open it with a newer version of QRes."
            )
    if certain_blocks is not None and certain_blocks < len(blocks) < header.block_count:
        # The type of a damaged chunk is in doubt as well: it may have been a latent block, and the blocks behind it
        # would be taken for their predecessors. They are certain only when every block of the file was found.
        damage.append(f"The latent blocks from {certain_blocks} on stand behind damage and were dropped.")
        del blocks[certain_blocks:]
    return Container(
        header=header,
        blocks=tuple(blocks),
        icc=metadata.get("i"),
        exif=metadata.get("e"),
        xmp=metadata.get("x"),
        preview=metadata.get("p"),
        damage=tuple(damage),
    )


def list_chunks(data: bytes, limits: Limits = DEFAULT_LIMITS) -> list[ChunkInfo]:
    """The chunks that are present in full, in file order, up to the first bytes that form none.

    No payload is interpreted, so this also shows what stands in a file that `read_container` refuses.

    Raises:
        FormatError: this is no .qres file, or it has more chunks than the limit.
    """
    _check_magic(data)
    return [chunk for chunk in _chunks_from(data, len(MAGIC), limits) if isinstance(chunk, ChunkInfo)]


@dataclass(frozen=True)
class _Rest:
    """Bytes up to the end of the file that hold no whole chunk.

    Attributes:
        offset: where they start.
        cut_off: whether they can be the start of a chunk; otherwise they cannot be one, however many bytes follow.
    """

    offset: int
    cut_off: bool


def _chunks_from(data: bytes, position: int, limits: Limits) -> Iterator[ChunkInfo | _Rest]:
    """Whole chunks one after the other and, if bytes remain behind the last of them, one _Rest at the end."""
    count = 0
    while position < len(data):
        chunk = _read_chunk(data, position)
        count += 1
        if count > limits.chunk_count:
            raise FormatError(
                f"The file has more than {limits.chunk_count} chunks; no QRes encoder writes such a file."
            )
        yield chunk
        if isinstance(chunk, _Rest):
            return
        position = chunk.end


def _read_chunk(data: bytes, offset: int) -> ChunkInfo | _Rest:
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
    if crc_offset + _CRC_BYTES > len(data):
        return _Rest(offset, cut_off=True)
    (crc,) = struct.unpack_from("<I", data, crc_offset)
    crc_ok = crc == zlib.crc32(memoryview(data)[offset:crc_offset])
    return ChunkInfo(type_, offset, length, crc_ok, payload_offset)


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


def _write_chunk(type_: str, payload: bytes) -> bytes:
    body = type_.encode("ascii") + _write_varint(len(payload)) + payload
    return body + struct.pack("<I", zlib.crc32(body))


def _write_metadata(container: Container, types: str) -> list[bytes]:
    chunks = []
    for type_ in types:
        payload: bytes | None = getattr(container, _METADATA_FIELDS[type_])
        if payload is not None:
            _check_metadata_size(type_, len(payload), DEFAULT_LIMITS)
            chunks.append(_write_chunk(type_, payload))
    return chunks


def _check_metadata_size(type_: str, length: int, limits: Limits) -> None:
    limit = limits.preview_bytes if type_ == "p" else limits.metadata_bytes
    if length > limit:
        raise FormatError(
            f"The {_METADATA_NAMES[type_]} takes {length} bytes, more than the {limit} that the format allows; "
            "leave it out or make it smaller."
        )


def _check_block_place(chunk: ChunkInfo, metadata: dict[str, bytes], block: int, header: Header) -> None:
    if block == header.block_count:
        raise FormatError(
            f"The file has more latent blocks than the {block} that its header announces; it is not valid."
        )
    if metadata.keys() & set(_AFTER_BLOCKS):
        raise FormatError(f"A latent block at position {chunk.offset} stands behind metadata; the file is not valid.")


def _check_metadata_place(chunk: ChunkInfo, metadata: dict[str, bytes], behind_block: bool) -> None:
    name = _METADATA_NAMES[chunk.type]
    if chunk.type in metadata:
        raise FormatError(f"The file has a second {name} at position {chunk.offset}; it is not valid.")
    if chunk.type in _BEFORE_BLOCKS and (behind_block or metadata.keys() & set(_AFTER_BLOCKS)):
        raise FormatError(f"The {name} at position {chunk.offset} stands behind a latent block; the file is not valid.")


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
    chunk = _read_chunk(data, len(MAGIC))
    if isinstance(chunk, _Rest) or not chunk.crc_ok:
        state = "cut off" if isinstance(chunk, _Rest) and chunk.cut_off else "damaged"
        raise FormatError(f"The header of the .qres file is {state}; copy or download the file again.")
    if chunk.type != "H":
        raise FormatError(f"The first chunk of the .qres file is '{chunk.type}' and not the header; it is not valid.")
    payload = data[chunk.payload_offset : chunk.payload_offset + chunk.length]
    return _read_header(payload, limits), chunk.end


def _read_header(payload: bytes, limits: Limits) -> Header:
    invalid = FormatError("The header of the .qres file has the wrong length or number form; the file is not valid.")
    if payload and payload[0] > VERSION:
        _raise_newer_version(payload[0])
    if len(payload) < 2:
        raise invalid
    version, flags = payload[0], payload[1]
    if version == VERSION and flags:
        _raise_newer_version(version)
    width = _read_varint(payload, 2)
    if width is None:
        raise invalid
    height = _read_varint(payload, width[1])
    if height is None or len(payload) != height[1] + 2 + MODEL_ID_BYTES:
        raise invalid
    quality_index, block_count = payload[height[1]], payload[height[1] + 1]
    header = Header(width[0], height[0], quality_index, block_count, payload[height[1] + 2 :], version)
    _check_header(header, limits)
    return header


def _write_header(header: Header) -> bytes:
    if header.version > VERSION:
        _raise_newer_version(header.version)
    _check_header(header, DEFAULT_LIMITS)
    return (
        bytes((header.version, 0))
        + _write_varint(header.width)
        + _write_varint(header.height)
        + bytes((header.quality_index, header.block_count))
        + header.model_id
    )


def _check_header(header: Header, limits: Limits) -> None:
    if header.version != VERSION:
        raise FormatError(f"The .qres file claims the format version {header.version}, which never existed.")
    if not (1 <= header.width <= limits.side and 1 <= header.height <= limits.side):
        raise FormatError(
            f"The picture is {header.width} x {header.height} pixels; each side must be between 1 and {limits.side}."
        )
    if header.width * header.height > limits.pixels:
        raise FormatError(
            f"The picture is {header.width} x {header.height} pixels, more than the limit of {limits.pixels} in total."
        )
    if not 1 <= header.block_count <= limits.block_count:
        raise FormatError(
            f"The header announces {header.block_count} latent blocks; there must be 1 to {limits.block_count}."
        )
    if not 0 <= header.quality_index <= MAX_QUALITY_INDEX:
        raise FormatError(f"The quality index {header.quality_index} is not between 0 and {MAX_QUALITY_INDEX}.")
    if len(header.model_id) != MODEL_ID_BYTES:
        raise FormatError(f"The model id has {len(header.model_id)} bytes; it must have {MODEL_ID_BYTES}.")


def _raise_newer_version(version: int) -> None:
    raise UnsupportedError(
        f"The file needs features of the .qres format (version {version}) that this version of QRes does not have; "
        "open it with a newer one."
    )


def _read_block(payload: bytes, offset: int) -> BlockStream:
    if len(payload) < _CHECKSUM_BYTES:
        raise FormatError(f"The latent block at position {offset} is too short; the file is not valid.")
    (checksum,) = struct.unpack_from("<H", payload)
    return BlockStream(checksum, payload[_CHECKSUM_BYTES:])
