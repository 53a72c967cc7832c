import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Desk } from './run-cli.ts';

let desk: Desk;
let lab = '';

beforeAll(async () => {
  desk = new Desk();
  lab = await desk.demoLab('lab');
});
afterAll(() => desk.remove());

const sifaka = (...args: string[]) => desk.run(args, { lab });

function put(file: string, text: string): void {
  mkdirSync(dirname(join(lab, file)), { recursive: true });
  writeFileSync(join(lab, file), text);
}

it('from a lab without designs to one that has another node', async () => {
  expect((await sifaka('bridge', 'designs')).stdout).toContain('The lab has no design yet.');
  const first = await sifaka('bridge', 'new-attempt');
  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toMatch(
    /^The design attempt1 is in deploy\/attempt1, .*\n +for +baobab, ebony, tapia\n/,
  );
  expect(existsSync(join(lab, 'deploy/attempt1/baobab/etc/network/interfaces.d/10-thunderbolt'))).toBe(true);
  expect((await sifaka('bridge', 'new-attempt')).stdout).toBe(
    'Nothing would differ from attempt1, so no design was made.\n',
  );

  const script = 'deploy/attempt1/deploy_tb.sh';
  put(script, '#!/bin/sh\ntouch "$0.ran"\nLEMUR_MGMT_IP=192.168.22.74\ndeclare -A TB=([lemur]=10.99.0.4)\n');
  // The node is not in the cluster file yet, and only an array's key can name one.
  const shown = await sifaka('bridge', 'import-addresses', script);
  expect(shown.stdout).toContain('   4  lemur  thunderbolt  10.99.0.4\n');
  expect(shown.stdout).toContain(`To set 1 value: sifaka bridge import-addresses ${script} --write\n`);
  expect((await sifaka('bridge', 'import-addresses', script, '--write')).stdout).toContain(
    'Set in cluster/madagascar.json',
  );
  // Now it is, and the variable with its name says the other address.
  const again = await sifaka('bridge', 'import-addresses', script, '--write', '--json');
  expect(again.last['report']).toMatchObject({
    written: true,
    lacking: [{ value: { management: '192.168.22.74' } }],
  });
  expect(existsSync(join(lab, `${script}.ran`))).toBe(false);

  const incomplete = await sifaka('bridge', 'new-attempt');
  expect(incomplete).toMatchObject({ code: 2 });
  expect(incomplete.stderr).toContain('LAB_VALUE_MISSING');
  const pointer = '/clusters/madagascar/nodes/lemur/thunderbridge/ports';
  expect(incomplete.stderr).toContain(`sifaka lab set cluster/madagascar.json ${pointer} '["thunderbolt0"`);
  await sifaka('lab', 'set', 'cluster/madagascar.json', pointer, '["thunderbolt0", "thunderbolt1"]');
  const second = await sifaka('bridge', 'new-attempt');
  expect(second.stdout).toContain('  + lemur:/etc/network/interfaces.d/10-thunderbolt\n');
  expect(second.stdout).not.toContain('baobab:');

  const list = await sifaka('bridge', 'designs', '--json');
  expect(list.last['report']).toMatchObject([{ name: 'attempt2' }, { name: 'attempt1' }]);
  expect(readFileSync(join(lab, 'CHANGELOG.md'), 'utf8')).toContain('Made the design attempt2');
});

it('shows a design that is refused, without what would act on the terminal', async () => {
  const other = desk.copyLab(lab, 'hostile');
  mkdirSync(join(other, 'deploy/attempt3/common/etc/cron.d'), { recursive: true });
  writeFileSync(join(other, 'deploy/attempt3/common/etc/cron.d/\u001b[2Jx'), 'x');
  const list = await desk.run(['bridge', 'designs'], { lab: other });
  expect(list).toMatchObject({ code: 0 });
  expect(list.stdout).toMatch(/attempt3 +– +– +cannot be read: deploy\/attempt3\/common\/etc\/cron.d/);
  expect(list.stdout).not.toMatch(/[^\P{Cc}\n]/u);
  const made = await desk.run(['bridge', 'new-attempt'], { lab: other });
  expect(made).toMatchObject({ code: 3 });
  const without = await desk.run(['bridge', 'new-attempt', '--from', 'attempt2'], { lab: other });
  expect(without.stdout).toContain('The design attempt4 is in deploy/attempt4');
});
