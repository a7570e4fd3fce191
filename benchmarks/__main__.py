"""`python -m benchmarks [name …]`: prints value, floor and ratio; 1 when a goal is missed."""

import importlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all."""
    known = sorted(p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_"))
    unknown = [n for n in names if n not in known]
    if unknown:
        print(f"There is no benchmark {unknown[0]}. Known: {', '.join(known)}.", file=sys.stderr)
        return 2
    worst = 0
    for name in names or known:
        about = importlib.import_module(f"benchmarks.{name}").__doc__ or ""
        print(f"== {name}: {about.splitlines()[0]}", flush=True)
        # A process of its own: one benchmark's imports and caches are not another's.
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False)
        worst = max(worst, done.returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
