import { describe, expect, it } from 'vitest';
import { powershell } from '../../../electron/services/drives/launch/powershell.ts';
import { diskNumber } from '../../../electron/writer/windows-volumes.ts';
import { volumesProgram, volumesSource } from '../../../electron/writer/windows-volumes-program.ts';

describe('the program that holds the volumes of a disk', () => {
  it('is short enough for a command line of Windows (CreateProcessW)', () => {
    expect(powershell(volumesProgram).join(' ').length).toBeLessThan(32_767);
  });

  it('is in a here-string of PowerShell that ends where it ends (about_Quoting_Rules)', () => {
    expect(volumesProgram.split(/^'@/m)).toHaveLength(2);
    expect(volumesProgram).toContain("@'\nusing System;");
    expect(volumesSource.endsWith('}\n')).toBe(true);
  });

  it('is ASCII, which no code page changes', () => {
    expect(volumesProgram).toMatch(/^[\n\x20-\x7e]*$/);
  });
});

describe('the number of a disk', () => {
  it('is in its path', () => {
    expect(diskNumber('\\\\.\\PhysicalDrive12')).toBe('12');
  });

  it.each([
    '\\\\.\\C:',
    'PhysicalDrive1',
    '\\\\.\\PhysicalDrive',
    '\\\\.\\PhysicalDrive1;calc',
    '\\\\.\\PhysicalDrive1\n',
  ])('is none of %j', (path) => {
    expect(() => diskNumber(path)).toThrow(/no disk/);
  });
});
