import struct
import time
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codec_format.container import (
    MAGIC,
    BandStream,
    BlockStream,
    Container,
    Header,
    Limits,
    list_bands,
    list_chunks,
    read_container,
    read_header,
    write_container,
)
from codec_format.errors import FormatError, UnsupportedError

HEADER = Header(width=640, height=427, quality_index=38, block_count=3, model_id=bytes(range(16)), version=2)
SMALL = Container(
    header=HEADER,
    blocks=(
        BlockStream((BandStream(0x1234, b"first"),)),
        BlockStream((BandStream(0, b""),)),
        BlockStream((BandStream(0xFFFF, b"third block"),)),
    ),
    icc=b"profile",
    exif=b"exif",
    xmp=b"<xmp/>",
    preview=b"preview",
)
SMALL_BYTES = write_container(SMALL)
BANDED = Container(
    header=Header(
        width=640,
        height=427,
        quality_index=38,
        block_count=2,
        model_id=bytes(range(16)),
        orientation=6,
        grey=True,
        band_height=192,
        version=2,
    ),
    blocks=(
        BlockStream((BandStream(1, b"one"), BandStream(2, b""), BandStream(0xFFFF, b"three"))),
        BlockStream((BandStream(4, b"four"), BandStream(5, b"five, longer"), BandStream(6, b"six"))),
    ),
    icc=b"profile",
    exif=b"exif",
    alpha=b"alpha",
)
BANDED_BYTES = write_container(BANDED)
VERSION_1 = replace(SMALL, header=replace(HEADER, version=1))


def joined(container: Container) -> Container:
    """The same content in version 3, where a bitstream has no checksum."""
    blocks = [
        BlockStream(tuple(BandStream(None, band.payload) for band in block.bands if band)) for block in container.blocks
    ]
    header = replace(container.header, version=3, model_id=container.header.model_id[:8])
    return replace(container, header=header, blocks=tuple(blocks))


both_versions = pytest.mark.parametrize("small", [SMALL, joined(SMALL)], ids=["version 2", "version 3"])
both_banded = pytest.mark.parametrize("banded", [BANDED, joined(BANDED)], ids=["version 2", "version 3"])


def chunk(type_: bytes, payload: bytes, length: bytes | None = None) -> bytes:
    """A chunk built by hand; `length` replaces the encoded length."""
    body = type_ + (bytes([len(payload)]) if length is None else length) + payload
    return body + struct.pack("<I", zlib.crc32(body))


def header_payload(**changes: bytes) -> bytes:
    fields = {
        "version": b"\2",
        "flags": b"\0",
        "width": b"\x80\x05",
        "height": b"\xab\x03",
        "quality": b"\x26",
        "blocks": b"\3",
        "band_height": b"\0",
        "model_id": bytes(range(16)),
        "rest": b"",
    }
    return b"".join({**fields, **changes}.values())


HEADER_BYTES = MAGIC + chunk(b"H", header_payload())
BLOCK = chunk(b"B", b"\0\0payload")

optional_bytes = st.none() | st.binary(max_size=300)
payloads = st.binary(max_size=200)
band_streams = {
    2: st.builds(BandStream, st.integers(0, 2**16 - 1), payloads),
    3: st.builds(BandStream, st.none(), payloads),
    4: st.builds(BandStream, st.none(), payloads),
}


@st.composite
def headers(draw: st.DrawFn) -> Header:
    height = draw(st.integers(1, 2**14))
    version = draw(st.sampled_from([2, 3, 4]))
    return Header(
        width=draw(st.integers(1, 2**14)),
        height=height,
        quality_index=draw(st.integers(0, 255)),
        block_count=draw(st.integers(1, 64)),
        model_id=draw(st.binary(min_size=8, max_size=8)) * (1 if version >= 3 else 2),
        orientation=draw(st.integers(1, 8)),
        grey=draw(st.booleans()),
        band_height=draw(st.just(0) | st.integers((height + 4) // 5, max((height + 4) // 5, height - 1))) % height,
        version=version,
    )


@st.composite
def containers(draw: st.DrawFn) -> Container:
    header = draw(headers())
    block_streams = st.tuples(*[band_streams[header.version]] * header.band_count).map(BlockStream)
    blocks = draw(st.lists(block_streams, max_size=min(8, header.block_count)))
    return Container(header, tuple(blocks), *[draw(optional_bytes) for _ in range(5)])


@settings(deadline=None)
@given(containers())
def test_round_trip(container: Container) -> None:
    data = write_container(container)
    assert read_container(data) == container
    assert read_header(data) == container.header
    assert all(chunk.crc_ok for chunk in list_chunks(data))
    assert container.truncated == (len(container.blocks) < container.header.block_count)


def test_bytes_are_those_of_the_specification() -> None:
    expected = HEADER_BYTES + b"".join(
        chunk(type_, payload)
        for type_, payload in [
            (b"i", b"profile"),
            (b"p", b"preview"),
            (b"B", b"\x34\x12first"),
            (b"B", b"\0\0"),
            (b"B", b"\xff\xffthird block"),
            (b"e", b"exif"),
            (b"x", b"<xmp/>"),
        ]
    )
    assert expected == SMALL_BYTES
    chunks = list_chunks(SMALL_BYTES)
    assert "".join(entry.type for entry in chunks) == "HipBBBex"
    assert chunks[0].offset == 8
    assert chunks[-1].end == len(SMALL_BYTES)
    assert SMALL_BYTES[chunks[3].payload_offset :][: chunks[3].length] == b"\x34\x12first"


def test_bytes_of_version_3_are_those_of_the_specification() -> None:
    def block(payload: bytes) -> bytes:
        crc = zlib.crc32(b"B" + bytes([len(payload)]) + payload)
        return chunk(b"B", payload)[:-4] + struct.pack("<H", crc >> 16 ^ crc & 0xFFFF)

    head = (
        MAGIC
        + chunk(b"H", header_payload(version=b"\3", model_id=bytes(range(8))))
        + chunk(b"i", b"profile")
        + chunk(b"p", b"preview")
    )
    tail = chunk(b"e", b"exif") + chunk(b"x", b"<xmp/>")
    data = write_container(joined(SMALL))
    assert data == head + block(b"first") + block(b"") + block(b"third block") + tail
    assert "".join(entry.type for entry in list_chunks(data)) == "HipBBBex"
    assert list_chunks(data)[-1].end == len(data)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_container_or_an_error_of_the_family(data: bytes) -> None:
    for candidate in (
        data,
        MAGIC + data,
        HEADER_BYTES + data,
        SMALL_BYTES + data,
        write_container(joined(SMALL)) + data,
    ):
        for read in (read_container, read_header, list_chunks):
            try:
                read(candidate)
            except (FormatError, UnsupportedError):
                continue


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(b"HBipexQqz{\x80"), st.binary(max_size=8)), max_size=12))
def test_any_sequence_of_chunks_gives_a_container_or_an_error_of_the_family(chunks: list[tuple[int, bytes]]) -> None:
    data = HEADER_BYTES + b"".join(chunk(bytes([type_]), payload) for type_, payload in chunks)
    try:
        container = read_container(data)
    except (FormatError, UnsupportedError):
        return
    # What was accepted holds the chunks as they stand, or says what was dropped.
    types = [type_ for type_, _ in chunks]
    assert container.damage or len(container.blocks) == types.count(ord("B"))


@both_versions
def test_every_truncation_gives_whole_blocks_or_an_error(small: Container) -> None:
    small_bytes = write_container(small)
    chunks = list_chunks(small_bytes)
    header_end = chunks[0].end
    block_ends = [entry.end for entry in chunks if entry.type == "B"]
    for length in range(len(small_bytes)):
        data = small_bytes[:length]
        if length < header_end:
            with pytest.raises(FormatError):
                read_container(data)
            continue
        container = read_container(data)
        expected = sum(end <= length for end in block_ends)
        assert container.header == small.header
        assert container.blocks == small.blocks[:expected]
        assert container.truncated == (expected < 3)
        assert container.icc in (None, small.icc)
        # An incomplete chunk behind the last block is a loss that nothing else would tell.
        assert bool(container.damage) == (expected == 3 and length not in [entry.end for entry in chunks])


@both_versions
def test_every_single_byte_corruption_is_noticed(small: Container) -> None:
    small_bytes = write_container(small)
    for position in range(len(small_bytes)):
        for flip in (*(1 << bit for bit in range(8)), 0xFF, 0x5A):
            data = bytearray(small_bytes)
            data[position] ^= flip
            try:
                container = read_container(bytes(data))
            except (FormatError, UnsupportedError):
                continue
            assert container.damage or container.truncated
            assert container.header == small.header
            # Blocks are never altered, reordered or taken for one another.
            assert container.blocks == small.blocks[: len(container.blocks)]
            for name in ("icc", "exif", "xmp", "preview"):
                assert getattr(container, name) in (None, getattr(small, name))


def band_place(data: bytes, block: int, band: int) -> tuple[int, int]:
    """Start and end of a band's bitstream in the bytes of a file with bands."""
    chunk = [chunk for chunk in list_chunks(data) if chunk.type == "B"][block]
    place = list_bands(data, chunk, BANDED.header)[band]
    assert place.crc_ok
    return place.offset, place.offset + place.length


@both_banded
def test_bands_stand_where_the_index_says(banded: Container) -> None:
    data = write_container(banded)
    for number, block in enumerate(banded.blocks):
        for index, band in enumerate(block.bands):
            start, end = band_place(data, number, index)
            assert band is not None
            checksum = b"" if band.symbol_checksum is None else struct.pack("<H", band.symbol_checksum)
            assert data[start:end] == checksum + band.payload
    single = list_chunks(SMALL_BYTES)[3]
    assert list_bands(SMALL_BYTES, single, HEADER) == []


@both_banded
def test_every_truncation_of_a_file_with_bands_gives_its_whole_bands(banded: Container) -> None:
    data = write_container(banded)
    for length in range(list_chunks(data)[0].end, len(data)):
        container = read_container(data[:length])
        for band in range(3):
            expected = 0
            while expected < 2 and band_place(data, expected, band)[1] <= length:
                expected += 1
            assert container.band_depth(band) == expected
        assert container.truncated == (length < band_place(data, 1, 2)[1])
        for block, original in zip(container.blocks, banded.blocks, strict=False):
            assert all(got in (None, band) for got, band in zip(block.bands, original.bands, strict=True))


@both_banded
def test_damage_in_a_band_costs_only_this_band(banded: Container) -> None:
    banded_bytes = write_container(banded)
    for block in range(2):
        for band in range(3):
            for position in range(*band_place(banded_bytes, block, band)):
                data = bytearray(banded_bytes)
                data[position] ^= 1
                container = read_container(bytes(data))
                streams = [list(entry.bands) for entry in banded.blocks]
                streams[block][band] = None
                assert container.blocks == tuple(BlockStream(tuple(entry)) for entry in streams)
                assert (container.exif, container.alpha) == (b"exif", b"alpha")
                assert container.truncated
                (sentence,) = container.damage
                assert f"Band {band} of latent block {block}" in sentence
                assert container.band_depth(band) == block
                assert all(container.band_depth(other) == 2 for other in range(3) if other != band)


@both_banded
def test_every_single_byte_corruption_of_a_file_with_bands_is_noticed(banded: Container) -> None:
    banded_bytes = write_container(banded)
    for position in range(len(banded_bytes)):
        for flip in (*(1 << bit for bit in range(8)), 0xFF, 0x5A):
            data = bytearray(banded_bytes)
            data[position] ^= flip
            try:
                container = read_container(bytes(data))
            except (FormatError, UnsupportedError):
                continue
            assert container.damage or container.truncated
            assert container.header == banded.header
            for block, original in zip(container.blocks, banded.blocks, strict=False):
                assert all(got in (None, band) for got, band in zip(block.bands, original.bands, strict=True))
            for name in ("icc", "exif", "alpha"):
                assert getattr(container, name) in (None, getattr(banded, name))


def test_damaged_alpha_costs_only_itself() -> None:
    position = BANDED_BYTES.index(b"alpha")
    container = read_container(BANDED_BYTES[:position] + b"A" + BANDED_BYTES[position + 1 :])
    assert container == replace(BANDED, alpha=None, damage=container.damage)
    assert "alpha channel" in container.damage[0]


def test_an_index_that_contradicts_its_chunk_is_not_valid() -> None:
    start, _ = band_place(BANDED_BYTES, 0, 0)
    header_end = list_chunks(BANDED_BYTES)[0].end
    index = BANDED_BYTES[start - 19 : start - 4]
    for payload in (b"", index, index + b"1234" + bytes(14), BANDED_BYTES[start - 19 : start] + bytes(15)):
        with pytest.raises(FormatError, match="well formed"):
            read_container(BANDED_BYTES[:header_end] + chunk(b"B", payload))


def test_version_1_is_read_and_written() -> None:
    data = write_container(VERSION_1)
    header = header_payload(version=b"\1", band_height=b"")
    assert data == MAGIC + chunk(b"H", header) + SMALL_BYTES[len(HEADER_BYTES) :]
    assert read_container(data) == VERSION_1
    for changed in (
        replace(VERSION_1, alpha=b""),
        *(
            replace(VERSION_1, header=replace(VERSION_1.header, **change))
            for change in ({"orientation": 2}, {"grey": True}, {"band_height": 64})
        ),
    ):
        with pytest.raises(FormatError):
            write_container(changed)
    with pytest.raises(UnsupportedError):
        read_container(data + chunk(b"A", b"alpha"))


def test_damaged_metadata_costs_only_itself() -> None:
    position = SMALL_BYTES.index(b"profile")
    data = SMALL_BYTES[:position] + b"P" + SMALL_BYTES[position + 1 :]
    container = read_container(data)
    assert container == replace(SMALL, icc=None, damage=container.damage)
    assert len(container.damage) == 1
    assert "colour profile" in container.damage[0]
    assert [entry.crc_ok for entry in list_chunks(data)] == [True, False] + [True] * 6


def test_damaged_block_ends_the_picture_there() -> None:
    position = SMALL_BYTES.index(b"first")
    container = read_container(SMALL_BYTES[:position] + b"F" + SMALL_BYTES[position + 1 :])
    assert container.blocks == ()
    assert container.truncated
    assert container.exif is None
    assert len(container.damage) == 1


def test_blocks_behind_a_block_with_damaged_type_are_not_renumbered() -> None:
    position = SMALL_BYTES.index(b"B\x02\0\0")
    container = read_container(SMALL_BYTES[:position] + b"b" + SMALL_BYTES[position + 1 :])
    assert container.blocks == SMALL.blocks[:1]
    assert len(container.damage) == 2


def test_unknown_chunks() -> None:
    ancillary = HEADER_BYTES + chunk(b"q", b"new") + BLOCK * 3 + chunk(b"q", b"new")
    container = read_container(ancillary)
    assert len(container.blocks) == 3
    assert container.damage == ()
    with pytest.raises(UnsupportedError, match="newer version"):
        read_container(HEADER_BYTES + chunk(b"Q", b"new") + BLOCK * 3)


@pytest.mark.parametrize(
    "tail",
    [
        BLOCK * 4,
        chunk(b"i", b"") * 2,
        BLOCK + chunk(b"i", b""),
        BLOCK + chunk(b"p", b""),
        BLOCK + chunk(b"A", b""),
        chunk(b"A", b"") * 2,
        BLOCK * 3 + chunk(b"e", b"") * 2,
        chunk(b"x", b"") + BLOCK,
        chunk(b"e", b"") + chunk(b"i", b""),
        chunk(b"H", header_payload()),
        chunk(b"B", b"\0"),
        chunk(b"q", b"") * 2000,
    ],
)
def test_sound_chunks_in_the_wrong_place_are_refused(tail: bytes) -> None:
    with pytest.raises(FormatError):
        read_container(HEADER_BYTES + tail)


@pytest.mark.parametrize(
    "tail", [b"\0", b"{" + bytes(9), b"x\x80\0" + bytes(9), b"x\x80\x80\x80\x80\x80\x01" + bytes(9)]
)
def test_bytes_that_form_no_chunk_are_damage(tail: bytes) -> None:
    container = read_container(HEADER_BYTES + BLOCK * 3 + tail)
    assert len(container.blocks) == 3
    assert len(container.damage) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"version": b"\0"},
        {"width": b"\0"},
        {"height": b"\0"},
        {"width": b"\x81\x80\x40"},  # 2**20 + 1
        {"width": b"\x80\x80\x40", "height": b"\x81\x02"},  # 2**20 x 257
        {"width": b"\xff\xff\xff\xff\x7f"},
        {"width": b"\x80\x00"},
        {"height": b"\x80\x80\x80\x80\x80\x01"},
        {"blocks": b"\0"},
        {"blocks": b"\x41"},
        {"band_height": b"\xab\x03"},
        {"band_height": b"\x80\0"},
        {"band_height": b""},
        {"version": b"\1"},
        {"model_id": bytes(15)},
        {"rest": b"\0"},
    ],
)
def test_invalid_headers(changes: dict[str, bytes]) -> None:
    data = MAGIC + chunk(b"H", header_payload(**changes)) + BLOCK
    for read in (read_header, read_container):
        with pytest.raises(FormatError):
            read(data)


@pytest.mark.parametrize("payload", [b"", b"\1", b"\2", b"\2\0", b"\2\0\x80", b"\1\0\1\1\0\1"])
def test_short_headers(payload: bytes) -> None:
    with pytest.raises(FormatError):
        read_header(MAGIC + chunk(b"H", payload))


@pytest.mark.parametrize(
    "payload",
    [
        header_payload(flags=b"\x80"),
        header_payload(version=b"\1", flags=b"\1", band_height=b""),
        header_payload(version=b"\6"),
        b"\5and all is new",
    ],
)
def test_newer_files_are_unsupported(payload: bytes) -> None:
    with pytest.raises(UnsupportedError, match="newer"):
        read_container(MAGIC + chunk(b"H", payload))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n", "not a .qres file"),
        (MAGIC[:7], "damaged"),
        (MAGIC.replace(b"\r\n", b"\n") + SMALL_BYTES[8:], "line ends"),
        (MAGIC, "cut off"),
        (MAGIC + chunk(b"i", b""), "not the header"),
    ],
)
def test_what_is_no_file_is_told_apart(data: bytes, words: str) -> None:
    for read in (read_header, read_container):
        with pytest.raises(FormatError, match=words):
            read(data)


def test_limits_of_metadata_hold_in_both_directions() -> None:
    at_limit = replace(SMALL, preview=bytes(64 * 1024))
    assert read_container(write_container(at_limit)) == at_limit
    with pytest.raises(FormatError, match="preview"):
        write_container(replace(SMALL, preview=bytes(64 * 1024 + 1)))
    with pytest.raises(FormatError, match="EXIF"):
        write_container(replace(SMALL, exif=bytes(16 * 2**20 + 1)))
    with pytest.raises(FormatError, match="profile"):
        read_container(SMALL_BYTES, Limits(metadata_bytes=3))


def test_reader_limits_are_adjustable() -> None:
    with pytest.raises(FormatError, match="640 x 427"):
        read_header(SMALL_BYTES, Limits(pixels=640 * 427 - 1))
    with pytest.raises(FormatError, match="latent blocks"):
        read_header(SMALL_BYTES, Limits(block_count=2))
    with pytest.raises(FormatError, match="3 bands"):
        read_header(BANDED_BYTES, Limits(band_count=2))
    with pytest.raises(FormatError, match="alpha"):
        read_container(BANDED_BYTES, Limits(alpha_bytes=4))


@pytest.mark.parametrize(
    "header",
    [
        replace(HEADER, width=0),
        replace(HEADER, height=2**20 + 1),
        replace(HEADER, block_count=2),
        replace(HEADER, quality_index=256),
        replace(HEADER, quality_index=-1),
        replace(HEADER, model_id=bytes(32)),
        replace(HEADER, version=0),
        replace(HEADER, orientation=0),
        replace(HEADER, orientation=9),
        replace(HEADER, band_height=427),
        replace(HEADER, band_height=-1),
        replace(BANDED.header, band_height=300),
    ],
)
def test_writer_refuses_what_a_reader_would(header: Header) -> None:
    with pytest.raises(FormatError):
        write_container(replace(SMALL, header=header))


def test_writer_refuses_other_versions_and_checksums() -> None:
    with pytest.raises(UnsupportedError):
        write_container(replace(SMALL, header=replace(HEADER, version=6)))
    with pytest.raises(FormatError):
        write_container(replace(SMALL, blocks=(BlockStream((BandStream(2**16, b""),)),)))
    for mixed in (replace(joined(SMALL), blocks=SMALL.blocks), replace(joined(SMALL), header=HEADER)):
        with pytest.raises(FormatError, match="version"):
            write_container(mixed)


def test_first_blocks() -> None:
    coarse = SMALL.first_blocks(1)
    assert coarse.truncated
    assert read_container(write_container(coarse)) == coarse
    assert SMALL.first_blocks(9) == SMALL
    with pytest.raises(ValueError, match="negative"):
        SMALL.first_blocks(-1)


@pytest.mark.parametrize("type_", [b"B", b"i", b"q"])
def test_huge_declared_lengths_take_no_time_or_memory(type_: bytes) -> None:
    data = HEADER_BYTES + type_ + b"\xff\xff\xff\xff\x7f" + b"little"
    start = time.perf_counter()
    container = read_container(data)
    assert time.perf_counter() - start < 0.1
    assert container.blocks == ()
    assert container.truncated
    assert container.damage == ()


def test_a_flood_of_chunks_is_refused_in_time() -> None:
    data = HEADER_BYTES + chunk(b"B", bytes(2**24 - 1), b"\xff\xff\xff\x07") + chunk(b"q", b"") * 2**20
    start = time.perf_counter()
    for read in (read_container, list_chunks):
        with pytest.raises(FormatError, match="1024 chunks"):
            read(data)
    assert time.perf_counter() - start < 1
