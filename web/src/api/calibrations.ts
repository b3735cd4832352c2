// What was found out about a reactor, and when.
import { ask, order } from "./ask.svelte";
import type { Calibration } from "./described";

export type { Calibration };

interface Kind {
  name: string;
  of: string;
  such: string;
  value: string;
  method: string;
  dimension: string;
  usual: string;
}

const FOIL: Kind = { name: "foil offset", of: "stage", such: "stage", value: "-3.2 K", method: "thermocouple on a foil", dimension: "temperature difference", usual: "K" };
/** What may be calibrated: how it is called, of what, and an example of each entry. */
export const CALIBRATED: Record<string, Kind> = {
  foil_offset: FOIL,
  pulse_area: { name: "pulse area", of: "source", such: "TMA", value: "64 Pa s", method: "20 pulses of 50 ms", dimension: "exposure", usual: "Pa s" },
  gauge_zero: { name: "zero", of: "gauge", such: "gauge.pressure", value: "0.4 Pa", method: "below 1e-3 Pa", dimension: "pressure", usual: "Pa" },
  pumping_speed: { name: "pumping speed", of: "pump", such: "pump", value: "12 m3/h", method: "pressure at a known flow", dimension: "pumping speed or conductance", usual: "m3/h" },
};

export const kindOf = (kind: string): Kind => CALIBRATED[kind] ?? FOIL;
export const readCalibrations = (reactor: string): Promise<Calibration[]> => ask(`/api/calibrations?${new URLSearchParams({ reactor })}`);
export const addCalibration = (given: Record<string, string>): Promise<unknown> =>
  order("/api/calibrations", { ...given, at: given.kind === "pumping_speed" ? given.at : "" });
