"""Makes the adapter of docs/remote importable for the worlds of this folder."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "docs" / "remote"))
