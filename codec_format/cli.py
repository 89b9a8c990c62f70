"""The command line: qres encode | decode | batch | sample | interpolate | inpaint | info | verify | thumbnail | models.

What is written where follows cwebp and cjxl: an output named with -o is replaced without asking, and "-" is standard
input or output. An output name that the program made up itself never replaces a file, unless --force is given.
Every failure is one sentence on standard error and an exit code of its own, listed in ``EXIT_CODES``.
"""

import argparse
import io
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from codec_format import batch_command, generation_command, model_package
from codec_format.backend import DEVICES
from codec_format.codec import SCALES, Cancel, Codec
from codec_format.container import DEFAULT_LIMITS, MAGIC, Limits, list_bands, list_chunks, read_container, read_header
from codec_format.errors import (
    CancelledError,
    InputError,
    ModelError,
    OutputError,
    QresError,
    SettingsError,
    UnsupportedError,
)
from codec_format.imaging import accept_pixels, check_extension, format_picture, parse_picture
from codec_format.picture import Picture
from codec_format.process_memory import limited_memory, return_large_arrays
from codec_format.rate_control import encode_to_target
from codec_format.safe_write import check_target, safe_write
from codec_format.settings import (
    DEFAULT_QUALITY,
    ENCODED_EXTENSION,
    HIGHEST_QUALITY,
    LOWEST_QUALITY,
    PRESETS,
    EncodeSettings,
    Target,
    TargetPsnr,
    parse_target_size,
    target_for,
)
from codec_format.terminal import ProgressBar, run_interruptibly, say
from codec_format.thumbnail import read_thumbnail

PIPE = "-"
DECODED_EXTENSION = ".png"
EXIT_INCOMPLETE = 10

EXIT_CODES = """\
exit codes:
   0  success
   1  an unexpected error in the program
   2  wrong usage
   3  the input does not exist or is not a readable picture
   4  the input is not a valid .qres file
   5  the input needs something that this version does not support
   6  the model package is missing or damaged
   7  the decoded symbols, or the lossless picture, do not match their checksum
   8  the output cannot be written
   9  cancelled
  10  the .qres file is truncated or damaged; what is whole was decoded
  11  some files of a batch failed; the others were converted
"""

_CHUNK_NAMES = {
    "H": "header",
    "B": "latent block",
    "i": "ICC colour profile",
    "p": "preview",
    "A": "alpha channel",
    "f": "post-filter",
    "e": "EXIF",
    "x": "XMP",
    "l": "lossless part",
}

Result = TypeVar("Result")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code."""
    options = _parser().parse_args(arguments)
    accept_pixels()
    return_large_arrays()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # the name of a file may be no text
    try:
        with warnings.catch_warnings(), limited_memory():
            warnings.simplefilter("ignore")  # Pillow's remarks on unusual files; what is lost is reported as a note
            code: int = options.run(options)
        with _standard_output():
            sys.stdout.flush()
        return code
    except QresError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _fail("The work was cancelled.", CancelledError.exit_code)
    except MemoryError:
        return _fail("There is not enough memory for a picture of this size.", UnsupportedError.exit_code)
    except Exception as error:
        if os.environ.get("QRES_DEBUG"):
            raise
        kind = type(error).__name__
        return _fail(f"Unexpected {kind}: {error}; set QRES_DEBUG=1 to see where, and report it.", QresError.exit_code)


# --------------------------------------------------------------------------------------------------------- commands


def _encode(options: argparse.Namespace) -> int:
    settings, goal = _encode_settings(options), _goal(options)
    data = _read_input(options.input)
    if data.startswith(MAGIC):
        raise InputError(f"{_input_name(options.input)} is a .qres file already; choose a picture.")
    target = _target(options, ENCODED_EXTENSION)
    picture = parse_picture(data, _input_name(options.input))
    codec = _codec(options, None)
    if goal is None:
        encoded = _with_progress(lambda report, cancel: codec.encode(picture, settings, report, cancel))
    else:
        target_of_file = target_for(goal, len(data))
        result = _with_progress(
            lambda report, cancel: encode_to_target(codec, picture, target_of_file, settings, report, cancel)
        )
        encoded, settings = result.data, replace(settings, quality=result.quality)
        if not result.reached:
            say("note", f"Quality {result.quality} comes closest to the target, which is out of reach.")
    _warn_about_device(codec)
    _write_output(target, encoded)
    for note in picture.source_notes:
        say("note", note)
    bits_per_pixel = 8 * len(encoded) / (picture.width * picture.height)
    if target == PIPE:
        return 0
    _print_result(
        options,
        {
            "input": options.input,
            "output": target,
            "width": picture.width,
            "height": picture.height,
            "input_bytes": len(data),
            "bytes": len(encoded),
            "bits_per_pixel": bits_per_pixel,
            "quality": None if settings.lossless else settings.quality,
            "lossless": settings.lossless,
            "quality_index": read_header(encoded).quality_index,
            "model": codec.package.manifest.name,
            "model_id": codec.package.model_id.hex(),
            "device": codec.device,
            "notes": list(picture.source_notes),
        },
        f"{target}: {picture.width}x{picture.height}, {len(encoded)} bytes, {bits_per_pixel:.3f} bits per pixel"
        + (", lossless" if settings.lossless else ""),
    )
    return 0


def _decode(options: argparse.Namespace) -> int:
    data = _read_input(options.input)
    limits = Limits(pixels=options.max_pixels)
    header = read_header(data, limits)
    target = _target(options, DECODED_EXTENSION)
    extension = DECODED_EXTENSION if target == PIPE else Path(target).suffix
    check_extension(extension)
    sampling = generation_command.chosen_sampling(options)
    codec = _codec(options, header.model_id, limits)
    result = _with_progress(
        lambda report, cancel: codec.decode(
            data,
            options.blocks,
            report,
            cancel,
            region=options.region,
            scale=int(options.scale[2:]),
            sampling=sampling,
        )
    )
    _warn_about_device(codec)
    image_file = format_picture(result.picture, extension)
    _write_output(target, image_file.content)
    for warning in result.warnings:
        say("warning", warning)
    for note in image_file.notes:
        say("note", note)
    picture = result.picture
    if target == PIPE:
        return EXIT_INCOMPLETE if result.warnings else 0
    _print_result(
        options,
        {
            "input": options.input,
            "output": target,
            "width": picture.width,
            "height": picture.height,
            "blocks_decoded": result.blocks_decoded,
            "block_count": header.block_count,
            "sampling": asdict(sampling) if sampling else None,
            "lossless": result.lossless,
            "model": codec.package.manifest.name,
            "device": codec.device,
            "warnings": list(result.warnings),
            "notes": list(image_file.notes),
        },
        f"{target}: {picture.width}x{picture.height}, {result.blocks_decoded} of {header.block_count} latent blocks"
        + (
            f", the others drawn with seed {sampling.seed}"
            if sampling and result.blocks_decoded < header.block_count
            else ""
        )
        + (", lossless" if result.lossless else ""),
    )
    return EXIT_INCOMPLETE if result.warnings else 0


def _batch(options: argparse.Namespace) -> int:
    codecs: dict[bytes | None, Codec] = {}

    def codec_for(model_id: bytes | None) -> Codec:
        if model_id not in codecs:
            codecs[model_id] = _codec(options, model_id)
        return codecs[model_id]

    with _standard_output():
        report, code = batch_command.run(options, codec_for, _encode_settings(options), _goal(options))
    for codec in codecs.values():
        _warn_about_device(codec)
    if options.json:
        _print_result(options, report, "")
    return code


def _generate(options: argparse.Namespace) -> int:
    command: generation_command.Command = options.command
    targets = generation_command.output_names(options.output, command.count(options))
    for target in targets:
        _check_target(options, target, options.inputs)
    extension = DECODED_EXTENSION if options.output == PIPE else Path(options.output).suffix
    check_extension(extension)
    if options.output == PIPE and len(targets) > 1:
        raise SettingsError("Several pictures cannot go to standard output; name an output with -o.")
    options.sampling = generation_command.chosen_sampling(options) if "temperature" in options else None
    inputs = [_read_picture(options, name) for name in options.inputs]
    codec = _codec(options, None)
    pictures = _with_progress(lambda report, cancel: command.make(options, codec, inputs, report, cancel))
    _warn_about_device(codec)
    notes: dict[str, None] = {}
    for target, picture in zip(targets, pictures, strict=True):
        image_file = format_picture(picture, extension)
        _write_output(target, image_file.content)
        notes |= dict.fromkeys((*picture.source_notes, *image_file.notes))
    for note in notes:
        say("note", note)
    if options.output == PIPE:
        return 0
    size = f"{pictures[0].width}x{pictures[0].height}"
    _print_result(
        options,
        {
            "outputs": targets,
            "width": pictures[0].width,
            "height": pictures[0].height,
            "quality": options.quality,
            "sampling": asdict(options.sampling) if options.sampling else None,
            "model": codec.package.manifest.name,
            "device": codec.device,
            "notes": list(notes),
        },
        "\n".join(
            f"{target}: {size}" + (f", seed {options.sampling.seed + number}" if options.sampling else "")
            for number, target in enumerate(targets)
        ),
    )
    return 0


def _info(options: argparse.Namespace) -> int:
    data = _read_input(options.input)
    container = read_container(data)
    header = container.header
    package = _installed(header.model_id)
    report = {
        "input": options.input,
        "bytes": len(data),
        "format_version": header.version,
        "width": header.width,
        "height": header.height,
        "bits_per_pixel": 8 * len(data) / (header.width * header.height),
        "quality_index": header.quality_index,
        "block_count": header.block_count,
        "blocks_present": len(container.blocks),
        "truncated": container.truncated,
        "damage": list(container.damage),
        "model_id": header.model_id.hex(),
        "model": package.manifest.name if package else None,
        "model_installed": package is not None,
        "portable": package.manifest.portable if package else None,
        "icc_bytes": len(container.icc or b""),
        "exif_bytes": len(container.exif or b""),
        "xmp_bytes": len(container.xmp or b""),
        "preview_bytes": len(container.preview or b""),
        "alpha_bytes": len(container.alpha or b""),
        "lossless_bytes": len(container.lossless or b""),
        "grey": header.grey,
        "orientation": header.orientation,
        "chunks": [asdict(chunk) for chunk in list_chunks(data)],
    }
    model = f"model {package.manifest.name}" if package else "a model that is not installed"
    lines = [
        f"{_input_name(options.input)}: {header.width}x{header.height}, {len(data)} bytes, "
        f"{report['bits_per_pixel']:.3f} bits per pixel",
        f"format version {header.version}, quality index {header.quality_index}, {model} ({header.model_id.hex()})",
        f"{len(container.blocks)} of {header.block_count} latent blocks"
        + (": the file is truncated, the picture is coarser" if container.truncated else "")
        + (", and a lossless part" if container.lossless is not None else ""),
        *container.damage,
        "",
        "position   bytes  chunk",
        *_chunk_lines(data),
    ]
    _print_result(options, report, "\n".join(lines))
    return 0


def _chunk_lines(data: bytes) -> Iterator[str]:
    blocks = 0
    header = read_header(data)
    for chunk in list_chunks(data):
        name = _CHUNK_NAMES.get(chunk.type, f"unknown '{chunk.type}'")
        if chunk.type == "B":
            name = f"{name} {blocks}"
            blocks += 1
        yield f"{chunk.offset:8} {chunk.length:7}  {name}{'' if chunk.crc_ok else ', damaged'}"
        for index, band in enumerate(list_bands(data, chunk, header)):
            yield f"{band.offset:8} {band.length:7}    band {index}{'' if band.crc_ok else ', damaged'}"


def _verify(options: argparse.Namespace) -> int:
    data = _read_input(options.input)
    container = read_container(data)
    codec = _codec(options, container.header.model_id)
    symbols = _with_progress(lambda report, cancel: codec.read_symbols(container, None, report, cancel))
    lossless = False
    if container.lossless is not None:
        lossless = _with_progress(lambda report, cancel: codec.reconstruct(symbols, None, cancel)).lossless
    for warning in symbols.warnings:
        say("warning", warning)
    report = {
        "input": options.input,
        "whole": not symbols.warnings,
        "truncated": container.truncated,
        "damage": list(container.damage),
        "blocks_verified": len(symbols.blocks),
        "block_count": container.header.block_count,
        "lossless_verified": lossless,
        "warnings": list(symbols.warnings),
        "chunks": [
            asdict(chunk) | {"bands": [asdict(band) for band in list_bands(data, chunk, container.header)]}
            for chunk in list_chunks(data)
        ],
    }
    faults = ["truncated"] * container.truncated + ["damaged"] * bool(container.damage)
    state = " and ".join(faults) or "whole"
    lines = [
        f"{_input_name(options.input)}: {state}; the symbols of {len(symbols.blocks)} of "
        f"{container.header.block_count} latent blocks match their checksums"
        + (", and so does the lossless picture" if lossless else ""),
        "",
        "position   bytes  chunk",
        *_chunk_lines(data),
    ]
    _print_result(options, report, "\n".join(lines))
    return EXIT_INCOMPLETE if symbols.warnings else 0


def _thumbnail(options: argparse.Namespace) -> int:
    image = read_thumbnail(Path(options.input), options.size)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    safe_write(options.output, buffer.getvalue())
    return 0


def _models(options: argparse.Namespace) -> int:
    reports: list[dict[str, Any]] = []
    lines = []
    for path in model_package.installed_packages():
        try:
            package = model_package.ModelPackage.load(path)
        except QresError as error:
            reports.append({"path": str(path), "error": str(error)})
            lines.append(f"{path}: {error}")
            continue
        manifest = package.manifest
        reports.append(
            {
                "path": str(path),
                "model_id": package.model_id.hex(),
                "identity": package.identity.hex(),
                "name": manifest.name,
                "architecture": manifest.architecture,
                "parameters": manifest.parameters,
                "macs_per_pixel": dict(manifest.macs_per_pixel),
                "block_count": len(manifest.blocks),
                "quality_count": manifest.quality_count,
                "portable": manifest.portable,
                "licence": manifest.licence,
            }
        )
        kind = "portable" if manifest.portable else "not portable"
        lines.append(
            f"{manifest.name}: {package.model_id.hex()}, {len(manifest.blocks)} latent blocks, "
            f"{manifest.parameters / 1e6:.1f} M parameters, {kind}, {path}"
        )
    if not lines:
        places = ", ".join(str(place) for place in model_package.search_places())
        lines.append(f"No model package is installed; looked in {places}.")
    _print_result(options, reports, "\n".join(lines))
    return 0


# ------------------------------------------------------------------------------------------------- input and output


def _read_input(name: str) -> bytes:
    try:
        data = sys.stdin.buffer.read() if name == PIPE else Path(name).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{_input_name(name)} cannot be read: {reason}; check the path.") from error
    if not data:
        raise InputError(f"{_input_name(name)} is empty; choose another file.")
    return data


def _read_picture(options: argparse.Namespace, name: str) -> Picture:
    """The picture in a file of any type, decoded with the package that it names if it is a .qres file."""
    data = _read_input(name)
    if not data.startswith(MAGIC):
        return parse_picture(data, _input_name(name))
    codec = Codec(model_package.find_package(read_header(data).model_id), options.device)
    result = _with_progress(lambda report, cancel: codec.decode(data, None, report, cancel))
    return replace(result.picture, source_notes=result.warnings)


def _input_name(name: str) -> str:
    return "Standard input" if name == PIPE else name


def _target(options: argparse.Namespace, extension: str) -> str:
    """Where the output goes: a path, or "-"."""
    target: str
    if options.output is None and options.input == PIPE:
        target = PIPE
    elif options.output is None:
        target = str(Path(options.input).with_suffix(extension))
        if os.path.lexists(target) and not options.force:
            raise OutputError(f"{target} exists already; use --force to replace it, or name another output with -o.")
    else:
        target = options.output
    _check_target(options, target, [options.input])
    return target


def _check_target(options: argparse.Namespace, target: str, inputs: Sequence[str]) -> None:
    """Learn before the long work that an output cannot be written."""
    if target == PIPE:
        if options.json:
            raise SettingsError("--json and the picture cannot both go to standard output; name an output with -o.")
        if sys.stdout.isatty():
            raise SettingsError("A terminal cannot show the output; name a file with -o, or use a pipe.")
        return
    for name in inputs:
        if name != PIPE and os.path.exists(target) and os.path.exists(name) and os.path.samefile(name, target):
            raise SettingsError(f"The output {target} is the input itself; name another output with -o.")
    check_target(target)


def _write_output(target: str, content: bytes) -> None:
    if target != PIPE:
        safe_write(target, content)
        return
    with _standard_output():
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


@contextmanager
def _standard_output() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # Python would try to flush the closed pipe once more at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OutputError(f"Standard output cannot be written: {error.strerror}; check the reading end.") from error


def _print_result(options: argparse.Namespace, report: Any, text: str) -> None:
    """Print the result: `report` as JSON if that was asked for, else the text."""
    with _standard_output():
        print(json.dumps(report, indent=2) if options.json else text)


# ------------------------------------------------------------------------------------------------------------ helpers


def _codec(options: argparse.Namespace, model_id: bytes | None, limits: Limits = DEFAULT_LIMITS) -> Codec:
    if options.model is not None:
        package = _named_package(options.model)
    elif model_id is not None:
        package = model_package.find_package(model_id)
    else:
        package = model_package.default_package()
    return Codec(package, options.device, limits)


def _named_package(name: str) -> model_package.ModelPackage:
    """A package by path, or by the name that ``qres models`` shows."""
    path = Path(name)
    if path.suffix == model_package.EXTENSION or path.is_file():
        return model_package.ModelPackage.load(path)
    for installed in model_package.installed_packages():
        try:
            package = model_package.ModelPackage.load(installed)
        except QresError:
            continue  # a damaged neighbour is no reason to fail; "qres models" reports it
        if package.manifest.name == name:
            return package
    raise ModelError(f'No model package is called "{name}"; "qres models" lists those that are installed.')


def _installed(model_id: bytes) -> model_package.ModelPackage | None:
    try:
        return model_package.find_package(model_id)
    except QresError:
        return None


def _with_progress(work: Callable[[Callable[[float], None], Cancel], Result]) -> Result:
    """Do the work with a progress bar."""
    bar = ProgressBar()
    try:
        return run_interruptibly(lambda cancel: work(bar.draw, cancel))
    finally:
        bar.clear()


def _warn_about_device(codec: Codec) -> None:
    if codec.device_warning:
        say("warning", codec.device_warning)


def _fail(sentence: str, code: int) -> int:
    say("error", " ".join(sentence.split()))
    return code


# ------------------------------------------------------------------------------------------------------------- parser


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, instead of after the whole usage text."""

    def error(self, message: str) -> NoReturn:
        self.exit(SettingsError.exit_code, f"qres: error: {message}; see {self.prog} --help.\n")


def _parser() -> _Parser:
    parser = _Parser(
        prog="qres",
        description="Encode pictures as .qres files, a learned image format, and decode them.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    encode = _add_command(commands, "encode", _encode, "encode a picture as a .qres file")
    encode.add_argument("input", metavar="INPUT", help='any picture file that Pillow reads, or "-" for standard input')
    _add_output(encode, ENCODED_EXTENSION)
    _add_quality(encode)
    _add_model(encode)

    decode = _add_command(commands, "decode", _decode, "decode a .qres file to PNG, JPEG, WebP, AVIF or TIFF")
    decode.add_argument("input", metavar="INPUT", help='a .qres file, or "-" for standard input')
    _add_output(decode, DECODED_EXTENSION)
    decode.add_argument("--blocks", type=int, metavar="K", help="use only the first K latent blocks: a coarser picture")
    generation_command.add_sampling(decode, None)
    decode.add_argument(
        "--region", type=generation_command.parse_region, metavar="X,Y,W,H", help="decode only this part, in pixels"
    )
    decode.add_argument(
        "--scale",
        choices=[f"1/{scale}" for scale in SCALES],
        default="1/1",
        help="make the picture smaller; needs no memory for the large one",
    )
    decode.add_argument(
        "--max-pixels",
        type=int,
        default=Limits().pixels,
        metavar="N",
        help="refuse pictures of more pixels; default %(default)s",
    )
    _add_model(decode)

    batch = _add_command(commands, "batch", _batch, "convert files and folders of pictures to .qres, or back")
    batch_command.add_arguments(batch)
    _add_quality(batch)
    _add_model(batch)

    for name, generation in generation_command.COMMANDS.items():
        generate = _add_command(commands, name, _generate, generation.text)
        generate.set_defaults(command=generation)
        generation.add_arguments(generate)
        _add_model(generate)

    info = _add_command(commands, "info", _info, "show what a .qres file holds; needs no model package")
    info.add_argument("input", metavar="INPUT", help='a .qres file, or "-" for standard input')

    verify = _add_command(commands, "verify", _verify, "check every checksum of a .qres file")
    verify.add_argument("input", metavar="INPUT", help='a .qres file, or "-" for standard input')
    _add_model(verify)

    thumbnail = commands.add_parser(
        "thumbnail",
        help="write the preview of a .qres file as PNG, for file managers; needs no model package",
        description="Write a small picture of a file as PNG. That of a .qres file is the preview that it holds.",
    )
    thumbnail.add_argument("input", metavar="INPUT", help="a .qres file or a picture")
    thumbnail.add_argument("output", metavar="OUTPUT", help="replaced if it exists; a PNG file, whatever it is called")
    thumbnail.add_argument("-s", "--size", type=int, default=256, metavar="N", help="pixels of the longer side at most")
    thumbnail.set_defaults(run=_thumbnail)

    _add_command(commands, "models", _models, "list the installed model packages")
    return parser


def _add_command(
    commands: "argparse._SubParsersAction[_Parser]", name: str, run: Callable[[argparse.Namespace], int], text: str
) -> _Parser:
    command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    command.add_argument("--json", action="store_true", help="print the result as JSON")
    command.set_defaults(run=run)
    return command


def _add_output(command: _Parser, extension: str) -> None:
    command.add_argument(
        "-o",
        "--output",
        metavar="OUTPUT",
        help=f'replaced if it exists; "-" for standard output; default: the input with the extension {extension}',
    )
    command.add_argument("-f", "--force", action="store_true", help="replace the output also when -o is not given")


def _encode_settings(options: argparse.Namespace) -> EncodeSettings:
    """The preset that is asked for, or the default one, with what else is asked for."""
    settings = PRESETS[options.preset] if options.preset is not None else EncodeSettings()
    if options.quality is not None:
        settings = replace(settings, quality=options.quality)
    if options.preview_share is not None:
        settings = replace(settings, preview_share=options.preview_share)
    keep_metadata = settings.keep_metadata and not options.no_metadata
    return replace(settings, keep_metadata=keep_metadata, lossless=options.lossless)


def _goal(options: argparse.Namespace) -> Target | None:
    """What the encoding has to reach, None if the quality is given."""
    if options.target_size is not None:
        return parse_target_size(options.target_size)
    return TargetPsnr(options.target_psnr) if options.target_psnr is not None else None


def _add_quality(command: _Parser) -> None:
    goals = command.add_mutually_exclusive_group()
    goals.add_argument(
        "-q",
        "--quality",
        type=int,
        metavar="N",
        help=f"{LOWEST_QUALITY} (smallest) to {HIGHEST_QUALITY} (best); default {DEFAULT_QUALITY}",
    )
    goals.add_argument(
        "--target-size",
        metavar="SIZE",
        help="best quality of at most this size: 90000, 90KB, 1.5MB (decimal units), or 12%% of the input",
    )
    goals.add_argument(
        "--target-psnr", type=float, metavar="DB", help="lowest quality of at least this PSNR against the input"
    )
    presets = (
        f"{name}: quality {settings.quality}{'' if settings.keep_metadata else ' without metadata'}"
        for name, settings in PRESETS.items()
    )
    goals.add_argument("--preset", choices=PRESETS, metavar="NAME", help="; ".join(presets))
    goals.add_argument(
        "--lossless",
        action="store_true",
        help="keep every pixel bit for bit; the first bytes of the file still show a lossy picture",
    )
    command.add_argument("--no-metadata", action="store_true", help="leave EXIF and XMP out; colour profiles are kept")
    command.add_argument(
        "--preview-share",
        type=float,
        metavar="SHARE",
        help="largest share of the file that a preview for file managers may take, 0 (no preview) to 1; "
        f"default {EncodeSettings().preview_share}",
    )


def _add_model(command: _Parser) -> None:
    command.add_argument("--model", metavar="PACKAGE", help='a .qresmodel file, or a name that "qres models" shows')
    command.add_argument("--device", choices=DEVICES, default="auto", help="where the networks run; default auto")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for, which saves every other start the time."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        import importlib.metadata

        print(f"qres {importlib.metadata.version('qres-codec')}")
        parser.exit(0)


if __name__ == "__main__":
    sys.exit(main())
