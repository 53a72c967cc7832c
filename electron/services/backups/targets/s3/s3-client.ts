import { Readable, Transform } from 'node:stream';
import { getCACertificates } from 'node:tls';
import { S3Client } from '@aws-sdk/client-s3';
import type { S3Target } from '../../../../../shared/schemas/backup-policy.ts';

/** What opens a bucket, for as long as one piece of work takes. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface S3Access {
  readonly target: S3Target;
  readonly keys: S3Keys;
  /** PEM certificates that the server's may be signed by, beside the system's. */
  readonly ca: readonly string[] | undefined;
}

/** Any answer but an object's bytes is far smaller: a list has a thousand entries at most. */
const answerBytes = 8 * 1024 * 1024;

/**
 * A client that takes nothing from this machine's own settings for AWS but what it is given here: neither keys nor an
 * endpoint of the environment, and it follows no redirect.
 */
export function createS3Client({ target, keys, ca }: S3Access): S3Client {
  const client = new S3Client({
    endpoint: target.endpoint,
    region: target.region,
    forcePathStyle: target.pathStyle,
    credentials: { ...keys },
    maxAttempts: 4,
    retryMode: 'standard',
    defaultsMode: 'standard',
    followRegionRedirects: false,
    useArnRegion: false,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    disableS3ExpressSessionAuth: true,
    // Content-MD5 and the signed digest of the payload are what every S3 server knows; the trailers are not.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: 15_000,
      // Without a byte either way, whatever is going on.
      socketTimeout: 120_000,
      httpAgent: { keepAlive: true, maxSockets: 16 },
      httpsAgent: {
        keepAlive: true,
        maxSockets: 16,
        ...(ca ? { ca: [...getCACertificates('default'), ...ca] } : {}),
      },
    },
  });
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      if (context.commandName !== 'GetObjectCommand') boundBody(result.response);
      return result;
    },
    { step: 'deserialize', name: 'boundedAnswer', priority: 'low' },
  );
  return client;
}

function boundBody(response: unknown): void {
  if (typeof response !== 'object' || response === null || !('body' in response)) return;
  const { body } = response;
  if (!(body instanceof Readable)) return;
  let length = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      if (length > answerBytes) done(new Error('the answer is too long'));
      else done(null, chunk);
    },
  });
  body.on('error', (error) => bounded.destroy(error));
  bounded.on('error', () => body.destroy());
  response.body = body.pipe(bounded);
}
