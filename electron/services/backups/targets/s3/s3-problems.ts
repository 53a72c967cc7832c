import { systemErrorCode } from '../../../durable/system-error.ts';
import { cancelled, type Problem } from '../../../../../shared/problem.ts';
import { type Reason, targetRefused, targetUnreachable } from '../target-problems.ts';

/** What of an error may be looked at: everything else of it may hold a header, and with it the key. */
interface Seen {
  readonly name: string;
  readonly status: number | undefined;
  /** Of Node, as in ECONNREFUSED. */
  readonly system: string | undefined;
}

/** Codes of S3's errors (Amazon S3 API Reference, "Error responses") that have an answer of their own. */
const refusals: Readonly<Record<string, Reason>> = {
  InvalidAccessKeyId: {
    why: 'it does not know the access key',
    next: 'Seal the right one with `sifaka secrets seal`, or ask whoever runs it for a new one.',
  },
  SignatureDoesNotMatch: {
    why: 'the secret key does not fit the access key',
    next: 'Seal the right secret key with `sifaka secrets seal`. Behind a proxy, see that it keeps the Host header.',
  },
  AccessDenied: {
    why: 'the key may not do that',
    next: 'Give the key the right to list, read, write and delete in the bucket, and to do so with multipart uploads.',
  },
  RequestTimeTooSkewed: {
    why: 'its clock and the one of this machine differ by more than it takes',
    next: 'Set both clocks right (timedatectl).',
  },
  NoSuchBucket: {
    why: 'it has no such bucket',
    next: 'Make the bucket, or correct its name in the cluster file.',
  },
  BadDigest: damaged(),
  XAmzContentSHA256Mismatch: damaged(),
  NoSuchUpload: {
    why: 'somebody else ended the upload in the middle',
    next: 'Run it again: what is there by then is used.',
  },
  NoSuchKey: {
    why: 'a file that was there is gone',
    next: 'Discover again, and see who else removes files there.',
  },
  QuotaExceeded: { why: 'the account is full', next: 'Make room there, or prune.' },
  EntityTooLarge: { why: 'a file is larger than it takes', next: 'See what the server allows.' },
  NotImplemented: {
    why: 'it does not know a request that is needed',
    next: 'Use a server with multipart uploads.',
  },
};

function damaged(): Reason {
  return {
    why: 'the bytes that came to it were not those that were sent',
    next: 'Run it again: it goes on where it stopped. If it happens again, check memory and network.',
  };
}

const byStatus: Readonly<Record<number, Reason>> = {
  301: {
    why: 'the bucket is elsewhere, and a redirect is not followed',
    next: 'Write the address and the region that the bucket is really at into the cluster file.',
  },
  401: {
    why: 'it does not accept the key',
    next: 'Seal the right keys with `sifaka secrets seal`.',
  },
  403: {
    why: 'it does not accept the key, or the key may not do that',
    next: 'Seal the right keys with `sifaka secrets seal`, and see what the key may do in the bucket.',
  },
  404: {
    why: 'it has no such bucket',
    next: 'Make the bucket, or correct its name in the cluster file.',
  },
  411: { why: 'it wants a request that S3 does not have', next: 'See that an S3 server answers there.' },
  413: {
    why: 'a request is larger than it takes',
    next: 'See what the server, or a proxy before it, allows.',
  },
  507: { why: 'it is full', next: 'Make room there, or prune.' },
};

/** Node's codes (tls, "X509 certificate error codes") for a certificate that is not believed. */
const certificateCodes: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Further ones that are shown: a server could name its own error anything. */
const systemCodes: ReadonlySet<string> = new Set([
  ...certificateCodes,
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'EPROTO',
  'ETIMEDOUT',
]);

/** Problem of what an S3 client threw: made of its code and status alone, never of its text. */
export function s3Problem(name: string, endpoint: string, error: unknown, signal: AbortSignal): Problem {
  if (signal.aborted) return cancelled('What was copied so far is used by the next try.');
  const { name: code, status, system } = seen(error);
  const refusal = Object.hasOwn(refusals, code) ? refusals[code] : status && byStatus[status];
  if (refusal) return targetRefused(name, refusal);
  if (status !== undefined && status >= 300 && status < 400) return targetRefused(name, redirected);
  if (status !== undefined && status >= 500) {
    return targetUnreachable(name, {
      why: `${endpoint} answers with ${status}, which is its own trouble`,
      next: 'Try again later; what was copied so far is used then.',
    });
  }
  if (status !== undefined && status >= 400) {
    return targetRefused(name, {
      why: `it answers with ${status}`,
      next: 'See that an S3 server answers at the endpoint of the cluster file, and look at its log.',
    });
  }
  if (system !== undefined && certificateCodes.has(system)) {
    return targetUnreachable(name, {
      why: `the certificate of ${endpoint} is not one that is believed (${system})`,
      next: 'For a certificate of your own, put its CA into a file of the lab and name it as `caFile` of the target.',
    });
  }
  return targetUnreachable(name, {
    why: `${endpoint} does not answer as an S3 server${system === undefined ? '' : ` (${system})`}`,
    next: 'See that it runs and that its address is right; what was copied so far is used by the next try.',
  });
}

const redirected: Reason = {
  why: 'it answers with a redirect, which is not followed',
  next: 'Write the address that the bucket is really at into the cluster file.',
};

/** Whether an error says that there is no such object (or upload), rather than no bucket. */
export function isAbsent(error: unknown): boolean {
  const { name, status } = seen(error);
  return ['NoSuchKey', 'NotFound', 'NoSuchUpload'].includes(name) && (status === 404 || status === undefined);
}

function seen(error: unknown): Seen {
  const fields: { name?: unknown; Code?: unknown; $metadata?: unknown } =
    typeof error === 'object' && error !== null ? error : {};
  const metadata: { httpStatusCode?: unknown } =
    typeof fields.$metadata === 'object' && fields.$metadata !== null ? fields.$metadata : {};
  const status = metadata.httpStatusCode;
  const system = systemErrorCode(error);
  return {
    name: typeof fields.name === 'string' ? fields.name : '',
    status: typeof status === 'number' && Number.isInteger(status) ? status : undefined,
    system: system !== undefined && systemCodes.has(system) ? system : undefined,
  };
}
