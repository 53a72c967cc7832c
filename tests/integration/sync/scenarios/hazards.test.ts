import { expect, test } from 'vitest';
import { requireFileSystems } from '../../../rig/file-systems/mount-file-system.ts';
import { requireTools } from '../../../rig/required-tools.ts';
import { hazards } from './hazards/all.ts';
import { replay } from './replay.ts';
import { initPair, runSifaka } from './run-sifaka.ts';

test.for(hazards.map((hazard) => [hazard.title, hazard] as const))(
  'a hazard replayed: %s',
  async ([, hazard], context) => {
    if (hazard.disk !== undefined) requireFileSystems(context, hazard.disk);
    requireTools(context, 'mkfifo');
    let replayed = await replay(hazard, runSifaka, initPair);
    for (let attempt = 2; attempt <= 20 && replayed.words === hazard.undisturbed; attempt += 1)
      replayed = await replay(hazard, runSifaka, initPair);
    const { words, ended, a, b, outside } = replayed;
    const { sifaka } = hazard;
    expect({ words, rows: ended.rows, notices: ended.notices, problem: ended.problem }).toEqual({
      words: sifaka.words,
      rows: sifaka.rows.toSorted(),
      notices: (sifaka.notices ?? []).toSorted(),
      problem: sifaka.problem,
    });
    if (sifaka.a !== undefined) expect(a).toEqual(sifaka.a);
    if (sifaka.b !== undefined) expect(b).toEqual(sifaka.b);
    expect(outside).toEqual({ file: 'outside' });
  },
);
