"""`make screenshots`: real runs, a dashboard with a data folder of its own, a picture of each row.

A page that shows an error, or does not come to show what it should, ends it with a message.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from core.home import models_folder
from core.variants.models import BUNDLED_KEY
from docs.screenshots.pages import SHOTS, Shot
from tests.browser.chromium import find_chromium, launched, open_page, wait_until_settled
from tests.browser.server import ROOT, serve

HERE = Path(__file__).resolve().parent
MOST_BYTES = 200_000
SHORT = ("--max-new-tokens", "16", "--repeats", "5", "--warmup", "3")
TROUBLE = "[data-testid=stException], [data-testid=stAlertContentError]"
FAULTS = ("This part of the page failed", "Page not found")
PLACEHOLDERS = "[data-testid=stSkeleton]"  # in the place of what the browser has yet to draw
SETTLING_MS = 1500  # plots draw themselves, and columns find their widths


def main() -> None:
    """All pictures, or those whose file names are given."""
    wanted = [shot for shot in SHOTS if not sys.argv[1:] or shot.file in sys.argv[1:]]
    executable = find_chromium()
    if executable is None:
        sys.exit("Chromium is not installed (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory(prefix="screenshots-") as name:
        folder = Path(name)
        names = measure(folder / "home")
        with serve(ROOT / "app.py", folder) as server, launched(executable) as browser:
            for shot in wanted:
                take(browser, server.url, shot, names)


def measure(home: Path) -> dict[str, str]:
    """The runs that the pictures show, measured now: a few tokens of the bundled model each."""
    prepare(home)
    sweep = ("--precision", "fp32,bf16", "--batch-size", "1,2,4", "--no-quality")
    load = ("--rate-per-s", "0.5", "--requests", "8", "--measure", "none,static")
    core(home, "sweep", *SHORT, *sweep)
    return {
        "fp32": core(home, "run", *SHORT)["run_id"],
        "bf16": core(home, "run", *SHORT, "--precision", "bf16")["run_id"],
        "sweep": core(home, "sweep", "--list")[0]["experiment_id"],
        "load": core(home, "batching", *load)["experiment_id"],
    }


def prepare(home: Path) -> None:
    """A data folder with the bundled model: the person's own one where it is converted already."""
    converted = models_folder() / BUNDLED_KEY
    if converted.exists():
        (home / "models").mkdir(parents=True)
        (home / "models" / BUNDLED_KEY).symlink_to(converted, target_is_directory=True)
        return
    command = [sys.executable, "-m", "core.engine.bundled"]
    subprocess.run(command, cwd=ROOT, env=environment(home), check=True)


def core(home: Path, *arguments: str) -> Any:
    """The document that a command of the program prints; ends the script where it fails."""
    print("python -m core", *arguments, flush=True)
    command = [sys.executable, "-m", "core", *arguments, "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(home), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} ended with {done.returncode}")
    return json.loads(done.stdout)


def environment(home: Path) -> dict[str, str]:
    """The variables of the commands: a history of their own, the machine's own locks."""
    return {**os.environ, "TRADEOFFS_HOME": str(home)}


def take(browser: Browser, url: str, shot: Shot, names: dict[str, str]) -> None:
    """Go to the page, do what the row says, and write the picture."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    open_page(page, url + shot.path.format(**names))
    if shot.act:
        shot.act(page)
    page.get_by_text(shot.ready).first.wait_for(timeout=60_000)
    wait_until_settled(page, 60)
    expect(page.locator(PLACEHOLDERS)).to_have_count(0, timeout=60_000)
    page.wait_for_timeout(SETTLING_MS)
    refuse_trouble(page, shot)
    write(page.screenshot(), HERE / shot.file)
    context.close()


def refuse_trouble(page: Page, shot: Shot) -> None:
    """End the script where the page shows an error."""
    found = page.locator(TROUBLE).all_inner_texts()
    text = page.locator("body").inner_text()
    found += [fault for fault in FAULTS if fault in text]
    if found:
        page.screenshot(path=HERE / f"failed-{shot.file}")
        sys.exit(f"{shot.file}: {shot.path} shows: {'; '.join(found)}")


def write(png: bytes, file: Path) -> None:
    """The picture with as many colours as fit into MOST_BYTES."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32):
        picture.quantize(colours, dither=Image.Dither.NONE).save(file, optimize=True)
        size = file.stat().st_size
        if size <= MOST_BYTES:
            print(f"{file.name}: {size / 1000:.0f} kB, {colours} colours", flush=True)
            return
    sys.exit(f"{file.name} has {size} bytes, more than {MOST_BYTES}")


if __name__ == "__main__":
    main()
