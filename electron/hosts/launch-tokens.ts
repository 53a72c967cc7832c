import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CallContext } from '../router/context.ts';

type Role = CallContext['role'];

/** The keys of one launch: who has a role's token has the role, until the host stops. */
export interface LaunchTokens {
  /** 32 random bytes, base64url. */
  readonly operator: string;
  readonly viewer: string;
  /** The role a token gives; `undefined` for any other text. Takes as long for each of them. */
  roleOf(token: string): Role | undefined;
}

export function createLaunchTokens(): LaunchTokens {
  const operator = randomBytes(32).toString('base64url');
  const viewer = randomBytes(32).toString('base64url');
  const operatorDigest = sha256(operator);
  const viewerDigest = sha256(viewer);
  return {
    operator,
    viewer,
    roleOf(token) {
      // Digests, so that the comparison has one length whatever was sent.
      const given = sha256(token);
      const isOperator = timingSafeEqual(given, operatorDigest);
      const isViewer = timingSafeEqual(given, viewerDigest);
      if (isOperator) return 'operator';
      return isViewer ? 'viewer' : undefined;
    },
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
