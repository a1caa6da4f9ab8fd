// A secret that one page gives to the next: in memory until it is taken, never in the address or in storage.
let held: { secret: string; name: string } | null = null;

export function handOver(secret: string, name: string) {
  held = { secret, name };
}

/** What was handed over, and nobody else gets it. */
export function takeOver(): { secret: string; name: string } | null {
  const taken = held;
  held = null;
  return taken;
}
