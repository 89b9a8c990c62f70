"""Changed copies of a .qres file."""

from dataclasses import replace

from codec_format.container import read_container, write_container


def without_post_filter(data: bytes) -> bytes:
    """The file whose picture is what the networks give."""
    return write_container(replace(read_container(data), post_filter=None))
