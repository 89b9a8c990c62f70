"""The things a window holds: a source picture, a coded file, and the pictures decoded from it. All are immutable."""

from dataclasses import dataclass
from pathlib import Path

from codec_format.picture import Picture
from desktop.state.choice import Choice
from desktop.state.display import Display


@dataclass(frozen=True, eq=False)
class Source:
    """The picture that was opened.

    Attributes:
        path: where its file lies, None for a picture from the clipboard.
        name: what it is called: the name of the file.
        picture: its pixels and metadata.
        display: the same for the screen.
        byte_count: size of the file, None for a picture from the clipboard.
    """

    path: Path | None
    name: str
    picture: Picture
    display: Display
    byte_count: int | None


@dataclass(frozen=True, eq=False)
class Glimpse:
    """The preview of a `.qres` file, while the picture itself is being decoded.

    Attributes:
        path: the file.
        display: the preview, for the screen.
    """

    path: Path
    display: Display


@dataclass(frozen=True)
class Chunk:
    """A part of a coded file.

    Attributes:
        type: the letter of the format.
        byte_count: bytes that it takes in the file, its own overhead included.
        crc: its checksum as the file has it, in hexadecimal.
        sound: the checksum is right.
    """

    type: str
    byte_count: int
    crc: str
    sound: bool


@dataclass(frozen=True)
class FileFacts:
    """What a coded file says about itself.

    Attributes:
        format_version: version of the format.
        quality_index: what the networks were given for the quality.
        model_id: the identity of the model package in hexadecimal, as far as the file holds it.
        chunks: its parts in order.
        profile: name of the colour profile, None if there is none, which means sRGB.
        metadata: further facts as (name of the EXIF tag, value), those that photographers look for.
        exif_bytes, xmp_bytes: size of the blocks.
    """

    format_version: int
    quality_index: int
    model_id: str
    chunks: tuple[Chunk, ...]
    profile: str | None
    metadata: tuple[tuple[str, str], ...]
    exif_bytes: int
    xmp_bytes: int


@dataclass(frozen=True, eq=False)
class CodedFile:
    """The bytes of a `.qres` file: those that Save writes, or those that were opened.

    Attributes:
        data: the whole file.
        width, height: size of the picture in pixels.
        block_bytes: bytes that each latent block takes, as far as blocks are present.
        block_count: latent blocks of the undamaged file; more than ``block_bytes`` has when the file was cut short.
        model: name of the model package.
        device: what the networks really run on.
        facts: for the information panel.
        choice: what it was encoded with, None for a file that was opened.
        quality: the quality setting that the choice came to, None for a lossless file and for one that was opened.
        encode_seconds: duration of the encoding, None for a file that was opened.
        path: the file on disk that holds exactly these bytes, None as long as there is none.
    """

    data: bytes
    width: int
    height: int
    block_bytes: tuple[int, ...]
    block_count: int
    model: str
    device: str
    facts: FileFacts
    choice: Choice | None = None
    quality: int | None = None
    encode_seconds: float | None = None
    path: Path | None = None

    @property
    def blocks(self) -> int:
        """Latent blocks that can be shown."""
        return len(self.block_bytes)

    @property
    def is_cut_short(self) -> bool:
        """Latent blocks are missing at the end."""
        return self.blocks < self.block_count

    def bytes_of_blocks(self, blocks: int) -> int:
        """Length of the file that holds only the first so many latent blocks, with all its metadata."""
        if blocks >= self.blocks:
            return len(self.data)
        of_the_whole = sum(chunk.byte_count for chunk in self.facts.chunks if chunk.type in "fl")
        return len(self.data) - sum(self.block_bytes[blocks:]) - of_the_whole

    def bits_per_pixel(self, blocks: int) -> float:
        """Bits that this file spends on each pixel."""
        return 8 * self.bytes_of_blocks(blocks) / (self.width * self.height)


@dataclass(frozen=True, eq=False)
class Similarity:
    """How close a decoded picture is to its source.

    Attributes:
        psnr: in dB over all samples; infinite for equal pictures.
        ms_ssim: at most 1; None for pictures too small for it.
    """

    psnr: float
    ms_ssim: float | None


@dataclass(frozen=True, eq=False)
class Decoded:
    """The picture that the first latent blocks of a coded file give.

    Attributes:
        blocks: how many blocks went into it.
        picture: the decoded pixels.
        display: the same for the screen.
        seconds: duration of the decoding.
        lossless: the pixels are those that were encoded, bit for bit.
        similarity: to the source; None without a source, and until it is measured.
    """

    blocks: int
    picture: Picture
    display: Display
    seconds: float
    lossless: bool = False
    similarity: Similarity | None = None


@dataclass(frozen=True)
class Model:
    """A model package to choose.

    Attributes:
        path: its file, None for the one that the program came with or was started with.
        name: what its manifest calls it.
        parameters: number of its weights.
        lossless: it can encode losslessly.
    """

    path: Path | None
    name: str
    parameters: int
    lossless: bool
