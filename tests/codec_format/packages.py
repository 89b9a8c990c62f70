"""Changed copies of a model package, for tests of what is refused."""

import io
import json
import zipfile
from typing import Any


def members_of(package: bytes) -> dict[str, bytes]:
    """Content of every member, by name."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def package_of(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """A package with these members, in the order given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_manifest(package: bytes, **changes: Any) -> bytes:
    """The package with other manifest entries; None removes one."""
    members = members_of(package)
    manifest = json.loads(members["manifest.json"]) | changes
    manifest = {key: value for key, value in manifest.items() if value is not None}
    return package_of(members | {"manifest.json": json.dumps(manifest).encode()})


def without_members(package: bytes, *names: str) -> bytes:
    """The package without some of its members."""
    return package_of({name: content for name, content in members_of(package).items() if name not in names})
