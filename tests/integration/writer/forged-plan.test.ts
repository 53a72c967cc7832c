import canonicalize from 'canonicalize';
import { afterAll, describe, expect, test } from 'vitest';
import {
  burn,
  burnText,
  deltaOf,
  digestOf,
  driveSize,
  type ForgedStage,
  SharedStage,
} from './forged-stage.ts';
import { say } from './writer-alone.ts';

const shared = new SharedStage();
afterAll(() => shared.close());

const textOf = (plan: unknown) => canonicalize(plan) ?? '';
/** The rest of a job, so that nothing but the plan is wrong. */
const rest = [...deltaOf(8192), ...['begin', 'erase', 'head', 'finish'].map((type) => say({ type }))];

describe('a job as it should be', () => {
  test('changes its target and nothing else, so that the others prove something', async (context) => {
    const stage = await shared.get(context);
    const before = await stage.look();
    expect(await stage.run(stage.job())).toMatchObject({ code: 0, problem: undefined });
    const after = await stage.look();
    expect(after[stage.bystander.path]).toEqual(before[stage.bystander.path]);
    expect(after[stage.target.path]?.sha256).not.toBe(before[stage.target.path]?.sha256);
    expect(after[stage.target.path]?.written).not.toBe(before[stage.target.path]?.written);
  });
});

describe('a plan', () => {
  const forged: readonly (readonly [what: string, code: string, forge: (stage: ForgedStage) => Buffer])[] = [
    [
      'with the digest of another plan',
      'PLAN_CHANGED',
      (stage) => burnText(textOf(stage.plan()), digestOf(textOf(stage.plan({ label: 'another' })))),
    ],
    [
      'that names another device than the one that was digested',
      'PLAN_CHANGED',
      (stage) => {
        const { path, identity } = stage.bystander;
        return burnText(textOf(stage.plan({ path, identity })), digestOf(textOf(stage.plan())));
      },
    ],
    ['with a digest in capitals', 'WRITER_DIED', (stage) => burnText(textOf(stage.plan()), 'A'.repeat(64))],
    ['with an empty digest', 'WRITER_DIED', (stage) => burnText(textOf(stage.plan()), '')],
    [
      'whose text has spaces',
      'PLAN_CHANGED',
      (stage) => burnText(JSON.stringify(stage.plan(), undefined, 1)),
    ],
    ['with a newline at its end', 'PLAN_CHANGED', (stage) => burnText(`${textOf(stage.plan())}\n`)],
    ['with its keys in another order', 'PLAN_CHANGED', (stage) => burnText(JSON.stringify(stage.plan()))],
    [
      'with a letter written as an escape',
      'PLAN_CHANGED',
      (stage) => burnText(textOf(stage.plan()).replace('"titan"', String.raw`"\u0074itan"`)),
    ],
    [
      'with a size written as another number',
      'PLAN_CHANGED',
      (stage) => burnText(textOf(stage.plan()).replace(`"size":${driveSize}`, `"size":${driveSize}.0`)),
    ],
    [
      'with its target twice, the last one another device',
      'PLAN_CHANGED',
      (stage) => {
        const { path, identity } = stage.bystander;
        const other = textOf(stage.plan({ path, identity }).target);
        return burnText(textOf(stage.plan()).replace(/}$/, `,"target":${other}}`));
      },
    ],
    [
      'with its path twice, the first one another device',
      'PLAN_CHANGED',
      (stage) =>
        burnText(
          textOf(stage.plan()).replace('"path":', `"path":${JSON.stringify(stage.bystander.path)},"path":`),
        ),
    ],
    [
      'with a prototype that has another target',
      'PLAN_CHANGED',
      (stage) => {
        const { path, identity } = stage.bystander;
        const other = textOf({ target: stage.plan({ path, identity }).target });
        return burnText(textOf(stage.plan()).replace('{', `{"__proto__":${other},`));
      },
    ],
    [
      'with its target only in a prototype',
      'WRITER_DIED',
      (stage) => {
        const { target, ...others } = stage.plan();
        return burnText(textOf(others).replace('{', `{"__proto__":{"target":${textOf(target)}},`));
      },
    ],
    ['with more in it', 'PLAN_CHANGED', (stage) => burn({ ...stage.plan(), force: true })],
    [
      'with more in its target',
      'PLAN_CHANGED',
      (stage) => burn({ ...stage.plan(), target: { ...stage.plan().target, offered: true } }),
    ],
    ['of a virtual drive', 'PLAN_CHANGED', (stage) => burn(stage.plan({ kind: 'virtual-drive' }))],
    ['of an existing file', 'PLAN_CHANGED', (stage) => burn(stage.plan({ kind: 'existing-file' }))],
    ['of a new file', 'PLAN_CHANGED', (stage) => burn(stage.plan({ kind: 'new-file' }))],
    ['of a kind that is none', 'WRITER_DIED', (stage) => burn({ ...stage.plan(), target: { kind: 'x' } })],
    ['of a later version', 'WRITER_DIED', (stage) => burn({ ...stage.plan(), schema: 'sifaka.card-plan/2' })],
    ['that is no object', 'WRITER_DIED', () => burnText('[]')],
    ['that is no JSON', 'WRITER_DIED', (stage) => burnText(textOf(stage.plan()).slice(0, -1))],
    ['that is nothing', 'WRITER_DIED', () => burnText('')],
    ['that is nested without an end', 'WRITER_DIED', () => burnText('['.repeat(1 << 20))],
    [
      'with half a character, which is digested as a whole one',
      'WRITER_DIED',
      (stage) => burnText(textOf(stage.plan({ label: '\ufffd' })).replace('\ufffd', String.raw`\ud800`)),
    ],
    [
      'of another image size than the golden image has',
      'PLAN_CHANGED',
      (stage) => burn(stage.plan({}, { image: { ...stage.plan().image, size: 3 * 2 ** 20 } })),
    ],
    [
      'of a size beyond all numbers',
      'WRITER_DIED',
      (stage) => burnText(textOf(stage.plan()).replace(`"size":${driveSize}`, '"size":1e309')),
    ],
    ['of a size below nothing', 'WRITER_DIED', (stage) => burnText(textOf(stage.plan({ size: -1 })))],
    ['of no node', 'WRITER_DIED', (stage) => burn(stage.plan({}, { node: '../../dev/sda' }))],
  ];

  test.for(forged)('%s is refused (%s)', async ([, code, forge], context) => {
    const stage = await shared.get(context);
    const end = await stage.runUntouched([forge(stage), ...rest]);
    expect(end).toMatchObject({ code: 1, problem: code, state: 'Nothing was written.' });
    expect(end.messages.map(({ type }) => type)).toEqual(['hello', 'problem']);
  });
});
