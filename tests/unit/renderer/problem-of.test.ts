import { ORPCError } from '@orpc/client';
import { describe, expect, it } from 'vitest';
import { HostUnreachable } from '../../../renderer/connection/host-link.ts';
import { problemOf } from '../../../renderer/connection/problem-of.ts';

const data = { what: 'The image is cut short.', state: 'Nothing was written.', next: 'Fetch it again.' };

describe('what an operator reads about a failed call', () => {
  it('is what the host said, with its code', () => {
    expect(problemOf(new ORPCError('IMAGE_TRUNCATED', { data }))).toEqual({
      code: 'IMAGE_TRUNCATED',
      ...data,
    });
  });

  it('is never an errno, a stack or an unknown code', () => {
    const shown = [
      problemOf(new Error('ENOENT: no such file, open /root/secret')),
      problemOf(new ORPCError('SOMETHING_ELSE', { data })),
      problemOf(new ORPCError('IMAGE_TRUNCATED', { data: { what: 1 } })),
      problemOf('text'),
    ];
    for (const problem of shown) {
      expect(problem.code).toBe('INTERNAL');
      expect(JSON.stringify(problem)).not.toContain('ENOENT');
    }
  });

  it('does not claim anything about a call whose answer is lost', () => {
    expect(problemOf(new HostUnreachable()).state).toContain('not known');
  });
});
