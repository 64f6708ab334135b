"""The wheel carries libdatablock, which the C++ build has made: the environment's DATABLOCK_BUILT_LIBRARY, else the one in build/.

The version is that of package.json, as everywhere.
"""

import json
import os
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = "libdatablock.so.1"


class BuildWithLibrary(build_py):
    def run(self) -> None:
        super().run()
        built = Path(os.environ.get("DATABLOCK_BUILT_LIBRARY", ROOT / "build" / "native" / "c_abi" / LIBRARY))
        if not built.exists():
            raise SystemExit(f"{built} is missing: build it first (npm run build:native).")
        shutil.copyfile(built, Path(self.build_lib) / "datablock" / LIBRARY)


class PlatformWheel(bdist_wheel):
    """Of one platform, and of any Python 3: the library knows nothing of Python."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self) -> tuple[str, str, str]:
        return ("py3", "none", super().get_tag()[2])


setup(
    version=json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["version"],
    cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": PlatformWheel},
)
