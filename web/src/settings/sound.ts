// The sound of a new alarm: two short tones, made here; nothing is loaded.

const TONES = [880, 660]; // Hz
const LONG = 0.18; // s
let context: AudioContext | null = null;

/** Once; a browser that nobody has touched yet stays silent. */
export function ring(): void {
  context ??= new AudioContext();
  TONES.forEach((hertz, n) => {
    const [tone, volume] = [context!.createOscillator(), context!.createGain()];
    const begin = context!.currentTime + n * LONG;
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.15, begin);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + LONG);
    tone.connect(volume).connect(context!.destination);
    tone.start(begin);
    tone.stop(begin + LONG);
  });
}
