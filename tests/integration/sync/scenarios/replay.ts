import type { Ended, Hazard } from './hazard.ts';
import type { RunPasses } from './tools.ts';
import { World } from './world.ts';

export interface Replayed {
  readonly words: string;
  readonly ended: Ended;
  readonly a: Readonly<Record<string, string>>;
  readonly b: Readonly<Record<string, string>>;
  /** Temporaries and the like that the tool left outside the two trees are not looked for; what it wrote outside is. */
  readonly outside: Readonly<Record<string, string>>;
}

/** Plays one row with one tool, on folders of its own. */
export async function replay(
  hazard: Hazard,
  run: RunPasses,
  init?: (world: World) => Promise<void>,
): Promise<Replayed> {
  await using world = await World.make(hazard.disk);
  if (init !== undefined) await init(world);
  hazard.prepare(world);
  if (hazard.afterwards !== undefined) {
    await run(world, { ...hazard, onlyForth: false });
    hazard.afterwards(world);
  }
  const ended = await meanwhile(hazard, world, run);
  await hazard.finally?.(world);
  return {
    words: hazard.seen(world, ended),
    ended,
    a: world.a.shown,
    b: world.b.shown,
    outside: world.outside.shown,
  };
}

async function meanwhile(hazard: Hazard, world: World, run: RunPasses): Promise<Ended> {
  const disturbing = await hazard.meanwhile?.(world);
  try {
    return await run(world, hazard);
  } finally {
    await disturbing?.[Symbol.asyncDispose]();
  }
}
