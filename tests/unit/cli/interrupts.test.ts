import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { watchInterrupts } from '../../../electron/cli/interrupts.ts';

it('the first interrupt says at once what a second one does, whether anything watches or not; the second leaves', () => {
  const source = new EventEmitter() as EventEmitter & Pick<NodeJS.Process, 'on' | 'off'>;
  const said: string[] = [];
  const interrupts = watchInterrupts(source, {
    stopping: () => said.push(`stopping, aborted: ${interrupts.signal.aborted}`),
    leave: (stateLeft) => said.push(stateLeft),
  });
  source.emit('SIGTERM', 'SIGTERM');
  expect(said).toEqual(['stopping, aborted: false']);
  expect(interrupts.signal.aborted).toBe(true);
  interrupts.stateLeft = 'All is as it was.';
  source.emit('SIGINT', 'SIGINT');
  expect(said).toEqual(['stopping, aborted: false', 'All is as it was.']);
  interrupts.stop();
  expect(source.listenerCount('SIGTERM')).toBe(0);
});

it('one signal that comes twice, as through npx, is the first; later it is the second', () => {
  const source = new EventEmitter() as EventEmitter & Pick<NodeJS.Process, 'on' | 'off'>;
  const said: string[] = [];
  let time = 0;
  const on = { stopping: () => said.push('stopping'), leave: () => said.push('left') };
  watchInterrupts(source, on, () => time);
  source.emit('SIGTERM', 'SIGTERM');
  time = 499;
  source.emit('SIGTERM', 'SIGTERM');
  expect(said).toEqual(['stopping']);
  time = 500;
  source.emit('SIGTERM', 'SIGTERM');
  expect(said).toEqual(['stopping', 'left']);
});
