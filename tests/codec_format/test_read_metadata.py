"""Reading everything but the latent blocks of a file: the same as reading all, without the bytes."""

import contextlib
import io
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec_format.container import (
    BandStream,
    BlockStream,
    Container,
    Header,
    list_chunks,
    read_container,
    read_metadata,
    write_container,
)
from codec_format.errors import FormatError, UnsupportedError

OPTIONAL = st.none() | st.binary(max_size=300)
CONTAINERS = st.builds(
    Container,
    st.builds(
        Header,
        width=st.integers(1, 500),
        height=st.just(7),
        quality_index=st.integers(0, 255),
        block_count=st.just(3),
        model_id=st.binary(min_size=8, max_size=8),
        orientation=st.integers(1, 8),
        grey=st.booleans(),
        version=st.just(3),
    ),
    st.lists(
        st.builds(
            lambda payload: BlockStream((BandStream(None, payload),)),
            st.binary(max_size=300),
        ),
        max_size=3,
    ).map(tuple),
    icc=OPTIONAL,
    exif=OPTIONAL,
    xmp=OPTIONAL,
    preview=OPTIONAL,
    alpha=OPTIONAL,
)


@given(CONTAINERS)
def test_it_is_the_container_without_its_latent_blocks(container: Container) -> None:
    data = write_container(container)
    assert read_metadata(io.BytesIO(data)) == replace(read_container(data), blocks=())


@given(CONTAINERS, st.data())
def test_every_cut_gives_what_is_there_or_an_error(container: Container, draw: st.DataObject) -> None:
    data = write_container(container)
    length = draw.draw(st.integers(0, len(data)))
    try:
        metadata = read_metadata(io.BytesIO(data[:length]))
    except FormatError:
        assert length < list_chunks(data)[0].end
        return
    assert metadata.header == container.header
    assert metadata.icc in (None, container.icc)
    assert metadata.exif in (None, container.exif)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_container_or_an_error(tail: bytes) -> None:
    header = Header(1, 1, 0, 1, bytes(8))
    data = write_container(Container(header, ())) + tail
    with contextlib.suppress(FormatError, UnsupportedError):
        assert read_metadata(io.BytesIO(data)).header == header


@pytest.mark.parametrize("type_", [b"A", b"e", b"z"])
def test_a_declared_length_reserves_no_memory(type_: bytes, tmp_path: Path) -> None:
    data = write_container(Container(Header(1, 1, 0, 1, bytes(8)), ()))
    path = tmp_path / "liar.qres"
    path.write_bytes(data + type_ + b"\xff\xff\xff\xff\x0f" + bytes(100))
    with path.open("rb") as file:
        tracemalloc.start()
        try:
            read_metadata(file)
            assert tracemalloc.get_traced_memory()[1] < 2**21
        finally:
            tracemalloc.stop()
