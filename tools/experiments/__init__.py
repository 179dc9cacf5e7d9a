"""Tools that make the figures of docs/; run them as modules from the repository's root.

python -m tools.experiments.demo
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
