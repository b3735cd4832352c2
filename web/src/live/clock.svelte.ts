// What time it is at the reactor: the clock of this computer may be wrong, and times of day are told by the other one.

const CLOSE = 5; // s: an answer tells its instant in whole ones, and was on its way

class Clock {
  /** s by which the clock of this computer is ahead of that of the reactor's; 0 where they agree. */
  ahead = $state(0);

  /** Takes the instant of an answer that has just come, as its header tells it; `asked` is ms since 1970 here, as it was asked for. */
  hear(date: string | null, asked: number): void {
    const told = Date.parse(date ?? ""), now = Date.now();
    if (Number.isNaN(told) || now - asked > CLOSE * 1000) return; // it waited, or this computer slept meanwhile
    const ahead = Math.round((now - told) / 1000);
    if (Math.abs(ahead - this.ahead) > CLOSE) this.ahead = Math.abs(ahead) > CLOSE ? ahead : 0;
  }

  /** ms since 1970 there. */
  now(): number {
    return Date.now() - this.ahead * 1000;
  }
}

export const clock = new Clock();
