"""`vapordep simulate` whose pump stops at SIGUSR1, as by its thermal switch; the input that tells of it goes false."""

import asyncio
import signal
from collections.abc import Mapping
from typing import Any

from vapordep.app.twin import serving
from vapordep.cli import main
from vapordep.clock import Clock

serve = serving.serve


async def serve_until_it_dies(instruments: Mapping[str, Any], world: Any, clock: Clock) -> Any:
    """As `serve`; the plant's own pump goes on, for what the input tells is what counts."""
    stop = lambda: world.drive("pump.running", 0.0, clock.now())  # noqa: E731
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, stop)
    return await serve(instruments, world, clock)


if __name__ == "__main__":
    serving.serve = serve_until_it_dies
    main()
