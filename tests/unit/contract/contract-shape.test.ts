import { describe, expect, it } from 'vitest';
import { problemExitCodes } from '../../../shared/problem.ts';
import { contractMethods } from '../router/contract-methods.ts';
import { sampleInputs } from '../router/sample-inputs.ts';

describe.each(contractMethods())('$name', (method) => {
  it('declares only codes of shared/problem.ts, and those any call may answer', () => {
    for (const code of method.errors) expect(Object.keys(problemExitCodes)).toContain(code);
    expect(method.errors).toEqual(expect.arrayContaining(['NOT_ALLOWED', 'INPUT_INVALID', 'INTERNAL']));
  });

  it('is for operators when it is destructive, and then takes a plan digest and a confirmation', () => {
    if (!method.policy.destructive) return;
    expect(method.policy.role).toBe('operator');
    expect(method.errors).toEqual(expect.arrayContaining(['CONFIRMATION_REQUIRED', 'CONFIRMATION_STALE']));
    const parse = (input: unknown) => method.input?.safeParse(input).success;
    const sample = sampleInputs[method.name];
    expect(parse(sample)).toBe(true);
    expect(parse({ ...(sample as object), planDigest: undefined })).toBe(false);
    expect(parse({ ...(sample as object), confirmation: undefined })).toBe(false);
  });

  it('takes the sample input the other tests use, and refuses keys it does not know', () => {
    if (!method.takesInput) return;
    expect(method.input?.safeParse(sampleInputs[method.name]).success).toBe(true);
    const more = { ...(sampleInputs[method.name] as object), surprise: 1 };
    expect(method.input?.safeParse(more).success).toBe(false);
  });
});
