import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asPlainUser } from '../../rig/plain-user.ts';
import { unproven } from '../../rig/required-tools.ts';
import { pageHeaders, pathSegments, readStaticFile } from '../../../electron/hosts/static-files.ts';

let folder = '';
let page = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sifaka-static-'));
  page = join(folder, 'page');
  await mkdir(join(page, 'assets'), { recursive: true });
  await writeFile(join(page, 'index.html'), '<p>page</p>');
  await writeFile(join(page, 'assets', 'index-abc.js'), '1');
  await writeFile(join(page, 'assets', 'index-abc.js.map'), '{}');
  await writeFile(join(page, '.hidden.js'), 'hidden');
  await writeFile(join(folder, 'outside.js'), 'outside');
  if (process.platform !== 'win32') {
    await symlink(join(folder, 'outside.js'), join(page, 'link.js'));
    await symlink(folder, join(page, 'up'));
    await symlink('circle.js', join(page, 'circle.js'));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the files of the page', () => {
  it('are the page and its assets', async () => {
    expect(await readStaticFile(page, '/')).toMatchObject({
      contentType: 'text/html; charset=utf-8',
      cacheControl: 'no-store',
    });
    const script = await readStaticFile(page, '/assets/index-abc.js?v=1#x');
    expect(script?.body.toString()).toBe('1');
    expect(script?.contentType).toBe('text/javascript; charset=utf-8');
  });

  it.each([
    '/../outside.js',
    '/assets/../../outside.js',
    '/%2e%2e/outside.js',
    '/..%2foutside.js',
    '/%2e%2e%2foutside.js',
    '/..%5coutside.js',
    '/..\\outside.js',
    '/assets/..%252f..%252foutside.js',
    '//outside.js',
    '/./index.html',
    '/.hidden.js',
    '/link.js',
    '/up/outside.js',
    '/index.html%00.js',
    '/%',
    '/assets',
    '/assets/',
    '/assets/index-abc.js.map',
    '/assets/index-abc.js/',
    '/index.html/x.js',
    '/C:/outside.js',
    'outside.js',
    'http://127.0.0.1/index.html',
    '/nowhere.js',
    '/circle.js',
    `/${'a'.repeat(3000)}.js`,
  ])('are nothing at %s', async (path) => {
    expect(await readStaticFile(page, path)).toBeUndefined();
  });

  it('are nothing where they may not be read', async (context) => {
    if (process.platform === 'win32') unproven(context, 'modes keep nobody out here');
    await writeFile(join(page, 'kept.js'), 'kept');
    await chmod(join(page, 'kept.js'), 0);
    await chmod(folder, 0o755);
    const [open, kept] = await asPlainUser(() =>
      Promise.all([readStaticFile(page, '/assets/index-abc.js'), readStaticFile(page, '/kept.js')]),
    );
    expect(open?.body.toString()).toBe('1');
    expect(kept).toBeUndefined();
  });

  it('never name a place outside, whatever the path', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '%2e',
      '%2f',
      '%5c',
      '%00',
      'a',
      'assets',
      'C:',
      '~',
      '%',
      '?',
      '#',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        for (const segment of pathSegments(`/${pieces.join('')}`) ?? []) {
          expect(segment).not.toMatch(/^\.|[\\/:\0]/);
          expect(segment).not.toBe('');
        }
      }),
    );
  });
});

describe('the headers of the page', () => {
  it('let nothing in but its own scripts, and no frame around it', () => {
    const headers = pageHeaders(['ws://127.0.0.1:1']);
    const policy = new Map(
      (headers['content-security-policy'] ?? '').split('; ').map((part): [string, string] => {
        const [name = '', ...sources] = part.split(' ');
        return [name, sources.join(' ')];
      }),
    );
    expect(policy.get('default-src')).toBe("'none'");
    expect(policy.get('script-src')).toBe("'self'");
    expect(policy.get('connect-src')).toBe("'self' ws://127.0.0.1:1");
    expect(policy.get('frame-ancestors')).toBe("'none'");
    expect(policy.get('base-uri')).toBe("'none'");
    expect(policy.get('form-action')).toBe("'none'");
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
  });
});
