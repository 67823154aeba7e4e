import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { rolloutShare, slotStates, type Slots } from "../../infra/domain/slots.ts";

const older = "example/app:1.0.0";
const newer = "example/app:1.1.0";

test.each<[string, Slots, string, string, number]>([
  [
    "first install",
    { activeColor: "blue", canaryWeight: 0, images: { blue: older } },
    "Production",
    "Standby",
    100,
  ],
  [
    "deployed",
    { activeColor: "blue", canaryWeight: 0, images: { blue: older, green: newer } },
    "Production",
    "Testing",
    0,
  ],
  [
    "ramping",
    { activeColor: "blue", canaryWeight: 25, images: { blue: older, green: newer } },
    "Production",
    "Canary",
    25,
  ],
  [
    "switched",
    { activeColor: "green", canaryWeight: 0, images: { blue: older, green: newer } },
    "Standby",
    "Production",
    100,
  ],
  [
    "rolled back",
    { activeColor: "blue", canaryWeight: 0, images: { blue: older, green: newer }, rolledBack: true },
    "Production",
    "Investigating",
    0,
  ],
  [
    "digests",
    { activeColor: "blue", canaryWeight: 10, images: { blue: "app@sha256:1", green: "app@sha256:2" } },
    "Production",
    "Canary",
    10,
  ],
])("%s", (_name, slots, blue, green, share) => {
  expect(slotStates(slots)).toEqual({ blue, green });
  expect(rolloutShare(slots)).toBe(share);
});

test("there is always exactly one Production slot", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("blue" as const, "green" as const),
      fc.nat(100),
      (activeColor, canaryWeight) => {
        const states = slotStates({ activeColor, canaryWeight, images: { blue: older, green: newer } });
        expect(Object.values(states).filter((state) => state === "Production")).toHaveLength(1);
        expect(states[activeColor]).toBe("Production");
      },
    ),
  );
});
