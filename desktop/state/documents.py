"""The things a window holds: a source picture, a coded file, and the pictures decoded from it. All are immutable."""

from dataclasses import dataclass
from pathlib import Path

from codec_format.picture import Picture


@dataclass(frozen=True, eq=False)
class Source:
    """The picture file that was opened.

    Attributes:
        path: where it lies.
        picture: its pixels and metadata.
        byte_count: size of the file.
    """

    path: Path
    picture: Picture
    byte_count: int


@dataclass(frozen=True, eq=False)
class CodedFile:
    """The bytes of a `.qres` file: those that Save writes, or those that were opened.

    Attributes:
        data: the whole file.
        width, height: size of the picture in pixels.
        block_ends: for each latent block that is present, the length of the file up to its end; the last one is the
            length of the whole file, metadata included.
        block_count: latent blocks of the undamaged file; more than ``block_ends`` has when the file was cut short.
        model: name of the model package.
        device: what the networks really run on.
        quality: the quality setting of the encoding, None for a file that was opened.
        encode_seconds: duration of the encoding, None for a file that was opened.
        path: the file on disk that holds exactly these bytes, None as long as there is none.
    """

    data: bytes
    width: int
    height: int
    block_ends: tuple[int, ...]
    block_count: int
    model: str
    device: str
    quality: int | None = None
    encode_seconds: float | None = None
    path: Path | None = None

    @property
    def blocks(self) -> int:
        """Latent blocks that can be shown."""
        return len(self.block_ends)

    @property
    def is_cut_short(self) -> bool:
        """Latent blocks are missing at the end."""
        return self.blocks < self.block_count

    def bytes_of_blocks(self, blocks: int) -> int:
        """Length of the file that ends after so many latent blocks."""
        return self.block_ends[blocks - 1] if blocks else 0


@dataclass(frozen=True, eq=False)
class Decoded:
    """The picture that the first latent blocks of a coded file give.

    Attributes:
        blocks: how many blocks went into it.
        picture: the decoded pixels.
        seconds: duration of the decoding.
        psnr: against the source in dB, None without a source.
    """

    blocks: int
    picture: Picture
    seconds: float
    psnr: float | None
