import { describe, expect, it } from 'vitest';
import { labFromArguments, windowObstacle } from '../../../electron/shell/launch.ts';
import { isAllowedNavigation, isOwnPage, pagePath } from '../../../electron/shell/page-origin.ts';

const foreign = [
  'https://sifaka/',
  'http://127.0.0.1:1234/',
  'file:///etc/passwd',
  'app://other/',
  'app://sifaka.evil/',
  'app://sifaka@evil/',
  'app://evil@sifaka/',
  'app://sifaka:80/',
  'app:sifaka',
  'data:text/html,x',
  'javascript:alert(1)',
  'blob:app://sifaka/x',
  'about:blank',
  '',
  'not a url',
];

describe('the page of the window', () => {
  it('is its own origin', () => {
    expect(isOwnPage('app://sifaka/')).toBe(true);
    expect(isOwnPage('app://sifaka/#/cards/burn/node')).toBe(true);
    expect(isAllowedNavigation('app://sifaka/')).toBe(true);
    expect(isAllowedNavigation('app://sifaka/#/jobs')).toBe(true);
  });

  it.each(foreign)('gives no port and goes nowhere for %j', (url) => {
    expect(isOwnPage(url)).toBe(false);
    expect(isAllowedNavigation(url)).toBe(false);
    expect(pagePath('GET', url)).toBeUndefined();
  });

  it('does not navigate to its own files', () => {
    expect(isAllowedNavigation('app://sifaka/assets/index.js')).toBe(false);
    expect(isAllowedNavigation('app://sifaka/?x=1')).toBe(false);
  });

  it('is read only, by its raw path', () => {
    expect(pagePath('GET', 'app://sifaka/')).toBe('/');
    expect(pagePath('GET', 'app://sifaka/assets/a.js')).toBe('/assets/a.js');
    expect(pagePath('GET', 'app://sifaka/../x')).toBe('/../x');
    for (const method of ['POST', 'PUT', 'HEAD', 'DELETE']) {
      expect(pagePath(method, 'app://sifaka/')).toBeUndefined();
    }
  });
});

describe('the launch', () => {
  it.each([
    [['electron', '.', '--lab', '/lab'], {}, '/lab'],
    [['electron', '.', '--lab=/lab'], {}, '/lab'],
    [['electron', '.', '--', '--lab=/lab'], {}, undefined],
    [['electron', '.', '--lab='], {}, undefined],
    [['electron', '.', '--lab', ''], {}, undefined],
    [['electron', '.'], { SIFAKA_LAB: '/other' }, '/other'],
    [['electron', '.', '--lab', '/lab'], { SIFAKA_LAB: '/other' }, '/lab'],
    [['electron', '.'], { SIFAKA_LAB: '' }, undefined],
    [['electron', '.'], {}, undefined],
  ])('%j with %j opens %j', (argv, environment, lab) => {
    expect(labFromArguments(argv, environment)).toBe(lab);
  });

  it('opens no window as root on Linux', () => {
    expect(windowObstacle('linux', 0, false)).toContain('root');
    expect(windowObstacle('linux', 1000, false)).toBeUndefined();
    expect(windowObstacle('darwin', 0, false)).toBeUndefined();
    expect(windowObstacle('win32', undefined, false)).toBeUndefined();
  });

  it('opens no window without Chromium’s sandbox', () => {
    expect(windowObstacle('linux', 1000, true)).toContain('sandbox');
    expect(windowObstacle('win32', undefined, true)).toContain('sandbox');
  });
});
