"""Section 7.2: all symbols of a file, which need integers only."""

from collections.abc import Iterator

from tests.reference import rans
from tests.reference.container import File, InvalidError
from tests.reference.package import Package
from tests.reference.rans import Integers
from tests.reference.scale_network import ScaleNetwork


def decode_symbols(file: File, package: Package, band: int = 0) -> Iterator[tuple[Integers, Integers]]:
    """Table indices and symbols, both [z, h, w], of every latent block that the file holds of a band."""
    if not package.identity.startswith(file.model_id):
        raise InvalidError
    alignment = package.manifest["alignment"]
    if file.band_height % alignment:
        raise InvalidError
    strides = [block["stride"] for block in package.manifest["blocks"]]
    top = band * file.band_height
    height = file.band_height if band < file.band_count - 1 else file.height - top
    rows, columns = (-(-side // alignment) * alignment // strides[0] for side in (height, file.width))
    network = ScaleNetwork(package.parameters, strides, file.quality_index, (rows, columns))

    def table_indices(before: Integers | None) -> Integers:
        if before is not None:
            network.next_block(before)
        return network.table_index()

    streams = []
    for block in file.blocks:
        stream = block[band]
        if stream is None:
            break
        streams.append(stream)
    if file.version >= 3:
        pieces = [payload for _, payload in streams]
        yield from rans.decode_stream(
            pieces, table_indices, package.tables, file.block_count, package.groups, file.version
        )
        return
    symbols: Integers | None = None
    for checksum, payload in streams:
        table_index = table_indices(symbols)
        symbols = rans.decode(payload, table_index, package.tables, package.groups)
        if rans.symbol_checksum(symbols) != checksum:
            raise InvalidError
        yield table_index, symbols
