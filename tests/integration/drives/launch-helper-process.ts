import {
  findPkexec,
  helperIsTrustworthy,
} from '../../../electron/services/drives/launch/installed-helper.ts';

/** Says on stdout what the launcher thinks of the helper that is its only argument, and of this machine's pkexec. */
const trusted = await helperIsTrustworthy(process.argv[2] ?? '');
process.stdout.write(JSON.stringify({ trusted, pkexec: await findPkexec() }));
